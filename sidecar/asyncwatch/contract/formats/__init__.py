"""Schemas that are no JSON Schema, a file a format: each says in JSON Schema which values it allows."""
