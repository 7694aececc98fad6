"""An exponential histogram (base 2^(2^-scale)) that can be added to another without loss.

Source: OpenTelemetry metrics data model, exponential histograms; interfaces.md §3 (`latency.buckets`).
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import Final

SCALE: Final = 3
_PER_OCTAVE: Final = 2**SCALE
_SMALLEST: Final = 1e-9
_LOWEST: Final = -240
"""The index of 1 ns."""
_TABLED_NS: Final = 1 << 52
"""About 52 days; longer durations are counted one by one."""


def _index(seconds: float) -> int:
    return math.ceil(math.log2(seconds) * _PER_OCTAVE) - 1


def _tops_ns() -> list[int]:
    """Give the longest duration of each bucket from _LOWEST on, in whole nanoseconds, exactly as `_index` has it."""
    tops: list[int] = []
    top = 1
    while top < _TABLED_NS:
        index = _LOWEST + len(tops)
        top = max(int(2.0 ** ((index + 1) / _PER_OCTAVE) * 1e9), 1)
        while _index((top + 1) / 1e9) <= index:
            top += 1
        while _index(top / 1e9) > index:
            top -= 1
        tops.append(top)
    return tops


_TOPS_NS: Final = _tops_ns()


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
        index = _index(seconds)
        self.counts[index] = self.counts.get(index, 0) + 1

    def record_sorted_ns(self, durations_ns: Sequence[int]) -> None:
        """Count a sorted column, at least one long, as `record` would count each.

        Units: nanoseconds. Cost: bench loop[volume].
        """
        counts, tops, n = self.counts, _TOPS_NS, len(durations_ns)
        largest = durations_ns[-1] / 1e9
        if self.largest is None or largest > self.largest:
            self.largest = largest
        at = bisect_right(durations_ns, 1)
        self.zero += at
        self.total += at
        tabled = n if durations_ns[-1] <= tops[-1] else bisect_right(durations_ns, tops[-1])
        self.total += tabled - at
        while at < tabled:
            bucket = bisect_left(tops, durations_ns[at])
            end = bisect_right(durations_ns, tops[bucket], at)
            index = bucket + _LOWEST
            counts[index] = counts.get(index, 0) + end - at
            at = end
        for duration_ns in durations_ns[tabled:]:
            self.record(duration_ns / 1e9)

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
