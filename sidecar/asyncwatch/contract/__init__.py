"""AsyncAPI documents of all versions as one immutable Contract."""
