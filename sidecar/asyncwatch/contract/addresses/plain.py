"""Addresses of protocols that we know nothing about: a placeholder never takes in a separator that stands beside one."""

from __future__ import annotations

import re
from itertools import count
from typing import Final

from asyncwatch.contract.addresses.placeholders import PLACEHOLDER, cut, is_literal, segment_pattern

_SEPARATORS: Final = "./:_-|"
_USUAL: Final = "/"


def separators_of(address: str) -> str:
    """Give the separators that stand beside placeholders; the usual one where none does."""
    beside = {
        sign
        for found in PLACEHOLDER.finditer(address)
        for sign in (address[found.start() - 1 : found.start()], address[found.end() :][:1])
    }
    return "".join(sign for sign in _SEPARATORS if sign in beside) or _USUAL


def pattern(address: str, *, wildcards: bool) -> re.Pattern[str] | None:
    """Give the pattern of addresses. Raises: Unmatchable."""
    separators = separators_of(address)
    segments = cut(address, separators)
    if is_literal(segments):
        return None
    sign, numbers = f"[^{re.escape(separators)}]", count()
    return re.compile("".join(segment_pattern(one, sign, numbers) + re.escape(one.separator) for one in segments))


def subscription(address: str, *, wildcards: bool) -> str | None:
    """Give a literal address; None for any other."""
    return None if PLACEHOLDER.search(address) else address


def fault(address: str) -> str | None:
    """Nothing is known to be illegal."""
    return None
