"""Addresses: where a channel lies on its broker, and the pattern of real addresses behind placeholders.

Rule 1: a binding that names the place wins, then the channel's own address (3.x) or key (2.x), else it is unknown.
Rule 2: a placeholder stands for one segment: it never takes in the separator beside it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

from asyncwatch.contract.entities import Family

PLACEHOLDER: Final = re.compile(r"\{([^{}]{1,200})\}")
_KAFKA_SIGNS: Final = "A-Za-z0-9"
_KAFKA_SEPARATORS: Final = "._-"
_SEGMENTS: Final[Mapping[Family, str]] = {"mqtt": "/", "ws": "/", "amqp": ".", "nats": "."}
_SEPARATORS: Final = "./:_-|"
_MOST_OPEN: Final[Mapping[Family, int]] = {"kafka": 3}
"""Placeholders without a separator after them, else 1; each one more multiplies the time a match may take."""
_MOST_PLACEHOLDERS: Final = 32
_NATS_WILDCARD: Final = re.compile(r"(?<![^.])(?:\*(?=\.|$)|>$)")
"""A token that stands for any one token, or at the end for one or more."""
_LEGAL_TOPIC: Final = re.compile(r"[A-Za-z0-9._-]{1,249}")


def channel_address(families: Iterable[Family], bindings: Mapping[str, object], own: str | None) -> str | None:
    """Give the address of a channel on servers of these families; None = known at run time only."""
    wanted = set(families)
    for family, read in (("kafka", _kafka), ("nats", _nats), ("redis", _redis), ("amqp", _amqp)):
        binding = bindings.get(family)
        if isinstance(binding, dict) and (not wanted or family in wanted):
            found = read(binding, own)
            if found:
                return found
    return own


def _kafka(binding: Mapping[str, object], _own: str | None) -> str | None:
    return _text(binding.get("topic"))


def _nats(binding: Mapping[str, object], _own: str | None) -> str | None:
    return _text(binding.get("subject"))


def _redis(binding: Mapping[str, object], _own: str | None) -> str | None:
    return _text(binding.get("channel"))


def _amqp(binding: Mapping[str, object], own: str | None) -> str | None:
    """A queue's name stands in only where there is no routing key (settled 4, 5)."""
    queue = binding.get("queue")
    if binding.get("is") == "queue" and own is None and isinstance(queue, dict):
        return _text(queue.get("name"))
    return None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


class Unmatchable(ValueError):
    """An address whose placeholders cannot be told apart."""


def address_pattern(address: str, family: Family) -> re.Pattern[str] | None:
    """Compile the pattern of an address; None if it has no placeholders. Group `p0`, `p1`… is a placeholder's value.

    The wildcards of NATS are placeholders without a value. Raises: Unmatchable.
    """
    found = list(PLACEHOLDER.finditer(address))
    if not found and not (family == "nats" and _NATS_WILDCARD.search(address)):
        return None
    if len(found) > _MOST_PLACEHOLDERS:
        raise Unmatchable(f"more than {_MOST_PLACEHOLDERS} placeholders")
    pieces: list[str] = []
    end = open_ones = 0
    for number, placeholder in enumerate(found):
        pieces.append(_literal(address, end, placeholder.start(), family))
        if number and placeholder.start() == end:
            raise Unmatchable("two placeholders stand side by side")
        before, after = address[placeholder.start() - 1 : placeholder.start()], address[placeholder.end() :][:1]
        signs, is_bounded = _signs(family, before, after)
        open_ones += not is_bounded
        pieces.append(f"(?P<p{number}>{signs}+)")
        end = placeholder.end()
    most = _MOST_OPEN.get(family, 1)
    if open_ones > most:
        raise Unmatchable(f"more than {most} placeholders without a separator after them")
    pieces.append(_literal(address, end, len(address), family))
    return re.compile("".join(pieces))


def _literal(address: str, start: int, end: int, family: Family) -> str:
    """Write what stands between two placeholders as a pattern."""
    if family != "nats":
        return re.escape(address[start:end])
    pieces: list[str] = []
    for wildcard in _NATS_WILDCARD.finditer(address):
        if start <= wildcard.start() < end:
            pieces += [re.escape(address[start : wildcard.start()]), r"[^.]+" if wildcard[0] == "*" else r".+"]
            start = wildcard.end()
    return "".join([*pieces, re.escape(address[start:end])])


def _signs(family: Family, before: str, after: str) -> tuple[str, bool]:
    """Give the signs that a placeholder may stand for, and whether they end at what follows it."""
    if family == "kafka":
        kept = [sign for sign in _KAFKA_SEPARATORS if sign not in {before, after}]
        return f"[{_KAFKA_SIGNS}{re.escape(''.join(kept))}]", not after or after in _KAFKA_SEPARATORS
    separator = _SEGMENTS.get(family)
    if separator is not None:
        return f"[^{re.escape(separator)}]", not after or after == separator
    excluded = "".join(sign for sign in _SEPARATORS if sign in {before, after}) or "/"
    return f"[^{re.escape(excluded)}]", not after or after in excluded


def is_legal_topic(address: str) -> bool:
    """Tell whether an address, its placeholders filled in somehow, may be a Kafka topic's name."""
    return _LEGAL_TOPIC.fullmatch(PLACEHOLDER.sub("x", address)) is not None and address not in {".", ".."}
