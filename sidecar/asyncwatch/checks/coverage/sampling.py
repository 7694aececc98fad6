"""Which messages are looked at closely: enough to see every field that is in use, few enough to cost next to nothing.

Rule 1: that depends on the partition's own messages only, so a run, the replay of its capture and the sum of several
workers look at the same ones, wherever batches are cut and in whatever order partitions come.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

FIRST: Final = 250
"""So many messages of each partition are all looked at."""
STRIDE: Final = 101
"""Then every so many-th: a prime, so that producers that take turns are all met."""
_MOST_PARTITIONS: Final = 10_000


class Sampling:
    """Counts the messages of each partition, and picks some."""

    __slots__ = ("_counts",)

    def __init__(self) -> None:
        self._counts: dict[int | None, int] = {}

    def pick(self, partition: int | None, n: int) -> Sequence[int]:
        """Give the rows to look at of the next `n` messages of a partition."""
        counts = self._counts
        before = counts.get(partition, 0)
        if before or len(counts) < _MOST_PARTITIONS:
            counts[partition] = before + n
        first = -before % STRIDE
        if before >= FIRST:
            return range(first, n, STRIDE)
        dense = min(FIRST - before, n)
        if dense == n:
            return range(n)
        return [*range(dense), *(row for row in range(first, n, STRIDE) if row >= dense)]
