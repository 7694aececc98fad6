"""The terminal dashboard: a client of the sidecar's API; imports only asyncwatch.model of the core."""
