"""A sidecar's address as it may be shown."""

from __future__ import annotations


def without_secret(url: str) -> str:
    """Give an address without a user or password in it, to be shown."""
    scheme, sep, rest = url.partition("://")
    if not sep:
        return url.rpartition("@")[2]
    host, slash, path = rest.partition("/")
    return f"{scheme}://{host.rpartition('@')[2]}{slash}{path.partition('?')[0]}"
