"""asyncwatch: a passive sidecar that checks live broker traffic against AsyncAPI documents."""

__version__ = "0.1.0"
