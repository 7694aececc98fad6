"""Paths of WebSocket servers: a placeholder stands for one segment of the path."""

from __future__ import annotations

import re
from itertools import count
from typing import Final

from asyncwatch.contract.addresses.placeholders import PLACEHOLDER, cut, is_literal, segment_pattern

_SIGN: Final = r"[^/?#]"
_UNSENDABLE: Final = re.compile(r"[\s\x00-\x1f\x7f]")


def pattern(address: str, *, wildcards: bool) -> re.Pattern[str] | None:
    """Give the pattern of paths. Raises: Unmatchable."""
    segments = cut(address, "/?#")
    if is_literal(segments):
        return None
    numbers = count()
    return re.compile("".join(segment_pattern(one, _SIGN, numbers) + re.escape(one.separator) for one in segments))


def subscription(address: str, *, wildcards: bool) -> str | None:
    """Give the path to connect to; None where placeholders must be filled in."""
    return None if PLACEHOLDER.search(address) else address


def fault(address: str) -> str | None:
    """Say why a path cannot be asked for; None if it can."""
    if _UNSENDABLE.search(PLACEHOLDER.sub("x", address)):
        return "no path of a URL: it holds white space or control signs"
    return None
