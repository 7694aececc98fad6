"""The grammar of AsyncAPI's objects: which fields they have, and what may stand in them, by version."""
