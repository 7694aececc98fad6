"""What a tracker has to say: the counts of a report, and single happenings with their place."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Final, NamedTuple

from msgspec import Struct

from asyncwatch.ordering.rows import Place

GAP: Final = "sequence.gap"
LOST: Final = "sequence.lost"
DUPLICATE: Final = "sequence.duplicate"
CONFLICT: Final = "sequence.conflict"
OUT_OF_ORDER: Final = "sequence.out-of-order"
RESTART: Final = "sequence.restart"

INTERLEAVED: Final = "interleaved producers"
UNVERIFIED: Final = "content not compared"
TEXT: Final = "text"
WAITED: Final = "waited"
LATER_MESSAGES: Final = "later messages"
BEGAN_AGAIN: Final = "the sequence began again"
TOO_MANY: Final = "too many gaps at once"


class Happening(NamedTuple):
    """One thing that a tracker saw.

    `low` to `high` are the numbers it is about, `size` how many of them, `whole` whether that is all of them. `row` is
    the row of the batch being judged; None where time, or a later message, brought it to light.
    """

    rule: str
    key: Hashable
    place: Place
    row: int | None
    low: int
    high: int
    size: int = 1
    whole: bool = True
    why: str | None = None


class SequenceCounts(Struct):
    """Counts in the words of the report (interfaces.md §3)."""

    keys: int = 0
    evicted: int = 0
    in_order: int = 0
    out_of_order: int = 0
    duplicates: int = 0
    conflicts: int = 0
    unsequenced: int = 0
    restarts: int = 0
    gaps: int = 0
    missing: int = 0
    filled: int = 0
    lost: int = 0
    recovered: int = 0
    """Numbers that were lost and came after all; `lost` does not hold them any more."""
    unobserved: int = 0

    @property
    def sequenced(self) -> int:
        return self.in_order + self.out_of_order + self.duplicates + self.conflicts
