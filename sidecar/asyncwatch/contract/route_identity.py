"""What makes two routes judge alike, so that a reload lets a route go on whose meaning did not change."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import fields, replace
from typing import Final

from asyncwatch.contract.entities import Message
from asyncwatch.model.route import Route

_NOT_MEANT: Final = frozenset({"identity", "cluster", "candidates", "pattern", "schemas", "slots", "checks"})


def identity_of(route: Route, messages: Iterable[Message]) -> str:
    """Digest everything that a route's checks go by: its settings, and what its messages' schemas mean."""
    meant: list[object] = [repr(getattr(route, one.name)) for one in fields(route) if one.name not in _NOT_MEANT]
    meant += [repr(replace(one, payload=None, headers=None, key=None)) for one in route.candidates]
    for message in messages:
        for schema in (message.payload, message.headers, message.kafka_key):
            meant.append(None if schema is None else (schema.identity, schema.format, schema.reason, schema.declared))
    return hashlib.blake2b(repr(meant).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
