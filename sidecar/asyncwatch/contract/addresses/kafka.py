"""Kafka topics. The broker knows no wildcards: a reader lists all topics and picks.

A placeholder stands for legal signs, except the separator beside it.
Source: Kafka's legal topic names (org.apache.kafka.common.internals.Topic); facts on asyncapi, section 6.
"""

from __future__ import annotations

import re
from typing import Final

from asyncwatch.contract.addresses.placeholders import MOST_PLACEHOLDERS, PLACEHOLDER, Unmatchable

_SIGNS: Final = "A-Za-z0-9"
_SEPARATORS: Final = "._-"
_MOST_OPEN: Final = 3
"""Placeholders without a separator after them; each one more multiplies the time a match may take."""
_LEGAL: Final = re.compile(r"[A-Za-z0-9._-]{1,249}")
_LENGTH: Final = r"(?=.{1,249}\Z)"
"""Bounds the time of a match: nothing longer is a topic."""


def pattern(address: str, *, wildcards: bool) -> re.Pattern[str] | None:
    """Give the pattern of topics. Raises: Unmatchable."""
    found = list(PLACEHOLDER.finditer(address))
    if not found:
        return None
    if len(found) > MOST_PLACEHOLDERS:
        raise Unmatchable(f"more than {MOST_PLACEHOLDERS} placeholders")
    pieces: list[str] = [_LENGTH]
    end = open_ones = 0
    for number, placeholder in enumerate(found):
        pieces.append(re.escape(address[end : placeholder.start()]))
        if number and placeholder.start() == end:
            raise Unmatchable("two placeholders stand side by side")
        before, after = address[placeholder.start() - 1 : placeholder.start()], address[placeholder.end() :][:1]
        kept = [sign for sign in _SEPARATORS if sign not in {before, after}]
        open_ones += bool(after) and after not in _SEPARATORS
        pieces.append(f"(?P<p{number}>[{_SIGNS}{re.escape(''.join(kept))}]+)")
        end = placeholder.end()
    if open_ones > _MOST_OPEN:
        raise Unmatchable(f"more than {_MOST_OPEN} placeholders without a separator after them")
    pieces.append(re.escape(address[end:]))
    return re.compile("".join(pieces))


def subscription(address: str, *, wildcards: bool) -> str | None:
    """Give the topic; None where topics must be listed."""
    return None if PLACEHOLDER.search(address) else address


def fault(address: str) -> str | None:
    """Say why no topic can have this name; None if one can."""
    return None if is_legal_topic(address) else "no legal name of a Kafka topic"


def is_legal_topic(address: str) -> bool:
    """Tell whether an address, its placeholders filled in somehow, may be a Kafka topic's name."""
    return _LEGAL.fullmatch(PLACEHOLDER.sub("x", address)) is not None and address not in {".", ".."}
