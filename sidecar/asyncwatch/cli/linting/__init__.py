"""Strict reading of documents as a command: which files, what was found, in which form."""
