"""Addresses cut at their separators, and the pattern of one segment.

Rule 1: a placeholder stands for at least one sign and never takes in a separator.
Rule 2: several in one segment end at the first occurrence of what stands between them, so a match takes linear time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

PLACEHOLDER: Final = re.compile(r"\{([^{}]{1,200})\}")
MOST_PLACEHOLDERS: Final = 32


class Unmatchable(ValueError):
    """An address whose placeholders cannot be told apart."""


@dataclass(frozen=True, slots=True)
class Segment:
    """What stands between two separators: `literals` are around its placeholders, so there is one more of them."""

    literals: tuple[str, ...]
    separator: str
    """The one that follows; empty at the end."""

    @property
    def text(self) -> str | None:
        """Give the text of a segment without placeholders."""
        return self.literals[0] if len(self.literals) == 1 else None


def names_of(address: str) -> list[str]:
    """Give the names of the placeholders in their order; one that stands twice is given twice."""
    return PLACEHOLDER.findall(address)


def without_names(address: str) -> str:
    """Give an address as it reads whatever its placeholders are called."""
    return PLACEHOLDER.sub("{}", address)


def cut(address: str, separators: str) -> list[Segment]:
    """Cut an address at its separators, but not inside the names of placeholders.

    Raises: Unmatchable.
    """
    pieces = PLACEHOLDER.split(address)[::2]
    if len(pieces) - 1 > MOST_PLACEHOLDERS:
        raise Unmatchable(f"more than {MOST_PLACEHOLDERS} placeholders")
    at_separator = re.compile(f"([{re.escape(separators)}])")
    segments: list[Segment] = []
    literals: list[str] = []
    for piece in pieces:
        parts = at_separator.split(piece)
        literals.append(parts[0])
        for separator, text in zip(parts[1::2], parts[2::2], strict=True):
            segments.append(Segment(tuple(literals), separator))
            literals = [text]
    segments.append(Segment(tuple(literals), ""))
    if any(not literal for segment in segments for literal in segment.literals[1:-1]):
        raise Unmatchable("two placeholders stand side by side")
    return segments


def is_literal(segments: Sequence[Segment]) -> bool:
    """Tell whether an address has no placeholder."""
    return all(segment.text is not None for segment in segments)


def segment_pattern(segment: Segment, sign: str, numbers: Iterator[int]) -> str:
    """Write the pattern of one segment; `sign` is the class of what a placeholder stands for."""
    first, *rest = segment.literals
    pieces = [re.escape(first)]
    for place, literal in enumerate(rest, 1):
        group = f"(?P<p{next(numbers)}>{sign}"
        if place < len(rest):
            # Whatever stands behind may take in the rest of the segment, so the first occurrence is as good as any.
            pieces.append(f"(?>{group}+?){re.escape(literal)})")
        else:
            pieces.append(f"{group}+){re.escape(literal)}" if literal else f"{group}++)")
    return "".join(pieces)
