"""Ids that follow from a message's place alone, so that a restart or a replay gives the same spans.

Rule 1: a span id is cut from a hash over where the message lies; the same message has the same span everywhere.
Rule 2: an id of ours never carries the random flag.
Source: facts on telemetry §4, Ids.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Final

_SEPARATOR: Final = "\x1f"


def _stem(tag: str, system: str, cluster: str, destination: str, partition: int | None) -> bytes:
    place = "" if partition is None else str(partition)
    text = _SEPARATOR.join((tag, system, cluster, destination, place, ""))
    return text.encode("utf-8", "surrogatepass")


def span_stem(family: str, system: str, cluster: str, destination: str, partition: int | None) -> bytes:
    """Give what is hashed before the position for span ids of a family: T, R, I1, I2."""
    return _stem("asyncwatch/1/span/" + family, system, cluster, destination, partition)


def trace_stem(system: str, cluster: str, destination: str, partition: int | None) -> bytes:
    """Give what is hashed before the position for trace ids of messages known by their place only."""
    return _stem("asyncwatch/1/trace", system, cluster, destination, partition)


def derive_id(stem: bytes, place: bytes, length: int) -> bytes:
    """Give an id of 8 or 16 bytes, never all zeros. `place`: the position in decimal digits, and what else tells apart."""
    return nonzero(sha256(stem + place).digest()[:length])


def nonzero(derived: bytes) -> bytes:
    """Replace the one id that is not legal by the next."""
    return derived if any(derived) else derived[:-1] + b"\x01"
