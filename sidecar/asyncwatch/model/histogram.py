"""An exponential histogram (base 2^(2^-scale)) that can be added to another without loss.

Source: OpenTelemetry metrics data model, exponential histograms; interfaces.md §3 (`latency.buckets`).
"""

from __future__ import annotations

import math
from typing import Final

SCALE: Final = 3
_PER_OCTAVE: Final = 2**SCALE
_SMALLEST: Final = 1e-9


class Histogram:
    """Counts of durations in buckets ]base^i, base^(i+1)], base = 2^(1/8).

    Units: seconds; zero and less count apart.
    """

    __slots__ = ("counts", "largest", "total", "zero")

    def __init__(self) -> None:
        self.counts: dict[int, int] = {}
        self.zero = 0
        self.total = 0
        self.largest: float | None = None

    def record(self, seconds: float) -> None:
        """Count one duration."""
        self.total += 1
        if self.largest is None or seconds > self.largest:
            self.largest = seconds
        if seconds <= _SMALLEST:
            self.zero += 1
            return
        index = math.ceil(math.log2(seconds) * _PER_OCTAVE) - 1
        self.counts[index] = self.counts.get(index, 0) + 1

    def add(self, other: Histogram) -> None:
        """Take over another histogram's counts."""
        for index, count in other.counts.items():
            self.counts[index] = self.counts.get(index, 0) + count
        self.zero += other.zero
        self.total += other.total
        if other.largest is not None and (self.largest is None or other.largest > self.largest):
            self.largest = other.largest

    def quantile(self, share: float) -> float | None:
        """Give the duration below which a share of all lies; None when nothing was counted.

        Units: seconds, the middle of the bucket it falls into, at most 4.5 % off; never above the largest seen.
        """
        if self.total == 0 or self.largest is None:
            return None
        rank = max(1, math.ceil(share * self.total))
        if rank <= self.zero:
            return 0.0
        seen = self.zero
        for index in sorted(self.counts):
            seen += self.counts[index]
            if seen >= rank:
                middle: float = 2.0 ** ((index + 0.5) / _PER_OCTAVE)
                return min(middle, self.largest)
        return self.largest

    def dense(self) -> tuple[int, list[int]]:
        """Give the lowest index and the counts from there on; (0, []) when only zeros were counted."""
        if not self.counts:
            return 0, []
        low, high = min(self.counts), max(self.counts)
        return low, [self.counts.get(index, 0) for index in range(low, high + 1)]
