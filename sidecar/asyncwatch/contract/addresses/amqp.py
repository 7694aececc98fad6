"""AMQP routing keys: at topic exchanges `*` stands for one word, `#` for any number of them, none included.

An empty key has no words at all.
Source: RabbitMQ, topic exchange; AMQP 0-9-1, section 3.1.3.3.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import count, groupby
from typing import Final

from asyncwatch.contract.addresses.placeholders import PLACEHOLDER, Segment, cut, segment_pattern

_WORD: Final = r"[^.]"
_MOST_BYTES: Final = 255


def pattern(address: str, *, wildcards: bool) -> re.Pattern[str] | None:
    """Give the pattern of routing keys; `wildcards`: at a topic exchange. Raises: Unmatchable."""
    words = cut(address, ".")
    if all(word.text is not None and not (wildcards and word.text in {"*", "#"}) for word in words):
        return None
    numbers = count()
    chunks = [
        [] if is_many else [_word(word, wildcards, numbers) for word in group]
        for is_many, group in groupby(words, lambda word: wildcards and word.text == "#")
    ]
    return re.compile(_join(chunks))


def _word(word: Segment, wildcards: bool, numbers: Iterator[int]) -> str:
    return rf"{_WORD}*+" if wildcards and word.text == "*" else segment_pattern(word, _WORD, numbers)


def _join(chunks: Sequence[Sequence[str]]) -> str:
    """Join runs of single words; an empty run stands for any number of words.

    Between two of those a run is taken where it fits first: what follows fits behind a later place only if it fits
    there too. So a match takes linear time.
    """
    if not any(chunks):
        return "(?s:.*+)"
    pieces = [r"(?!\Z)"]
    last = len(chunks) - 1
    for place, chunk in enumerate(chunks):
        if not chunk:
            if place == last:
                pieces.append(rf"(?:\.{_WORD}*+)*+")
            continue
        words = r"\.".join(chunk)
        if place == 0:
            pieces.append(words + r"(?=\.|\Z)")
            continue
        behind_first = place > 1
        many = rf"(?:\.{_WORD}*+)*?\." if behind_first else rf"(?:{_WORD}*+\.)*?"
        fitting = rf"{many}{words}"
        pieces.append(rf"(?>{fitting}(?=\.|\Z))" if place < last else fitting + r"(?=\Z)")
    return "".join(pieces)


def subscription(address: str, *, wildcards: bool) -> str | None:
    """Give the narrowest binding key that takes in all real routing keys; None where there are no wildcards."""
    words = cut(address, ".")
    if not wildcards and any(word.text is None for word in words):
        return None
    return ".".join("*" if word.text is None else word.text for word in words)


def fault(address: str) -> str | None:
    """Say why nothing can be sent with a routing key; None if it can."""
    key = PLACEHOLDER.sub("x", address)
    if len(key.encode("utf-8", "surrogatepass")) > _MOST_BYTES:
        return "too long for a routing key of AMQP"
    return None
