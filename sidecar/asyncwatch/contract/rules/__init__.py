"""Rules of documents that say more than which fields an object has."""
