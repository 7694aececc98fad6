"""NATS subjects: `*` stands for one token, `>` at the end for one or more.

Source: NATS documentation, subject-based messaging.
"""

from __future__ import annotations

import re
from itertools import count
from typing import Final

from asyncwatch.contract.addresses.placeholders import PLACEHOLDER, Segment, cut, segment_pattern

_TOKEN: Final = r"[^.]"  # noqa: S105 # a token of a subject
_UNSENDABLE: Final = re.compile(r"[\s\x00-\x1f\x7f]")
_MOST_BYTES: Final = 1_024
_MOST_TOKENS: Final = 128


def pattern(address: str, *, wildcards: bool) -> re.Pattern[str] | None:
    """Give the pattern of subjects. Raises: Unmatchable."""
    tokens = cut(address, ".")
    if not any(_is_open(token, wildcards) for token in tokens):
        return None
    numbers = count()
    pieces: list[str] = []
    for token in tokens:
        if wildcards and token.text == "*":
            piece = rf"{_TOKEN}++"
        elif wildcards and token.text == ">" and not token.separator:
            piece = rf"{_TOKEN}++(?:\.{_TOKEN}++)*+"
        else:
            piece = segment_pattern(token, _TOKEN, numbers)
        pieces += [piece, re.escape(token.separator)]
    return re.compile("".join(pieces))


def _is_open(token: Segment, wildcards: bool) -> bool:
    """Tell whether a token stands for others."""
    return token.text is None or (wildcards and (token.text == "*" or (token.text == ">" and not token.separator)))


def subscription(address: str, *, wildcards: bool) -> str | None:
    """Give the narrowest subject that takes in all real ones."""
    return ".".join("*" if token.text is None else token.text for token in cut(address, "."))


def fault(address: str) -> str | None:
    """Say why nothing can be sent to a subject; None if it can."""
    subject = PLACEHOLDER.sub("x", address)
    tokens = subject.split(".")
    if len(subject.encode("utf-8", "surrogatepass")) > _MOST_BYTES or len(tokens) > _MOST_TOKENS:
        return "too long for a subject of NATS"
    if not all(tokens):
        return "no subject of NATS: a token between its dots is empty"
    if _UNSENDABLE.search(subject) or not subject.isprintable():
        return "no subject of NATS: it holds white space or control signs"
    return None
