"""The sidecar's HTTP API: what it knows, read-only, for dashboards and programs."""
