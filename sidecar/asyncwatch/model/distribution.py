"""A histogram with fixed bounds: what metrics are made of, where readers add up buckets of many processes.

Rule 1: whole columns are counted at once; a column whose smallest and largest value share a bucket is never sorted.
Source: OpenTelemetry metrics data model, histograms; facts on telemetry §5 (buckets).
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import Final, NamedTuple

from msgspec import Struct

SECOND_NS: Final = 1_000_000_000
_DURATIONS_S: Final = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0)

DURATION_BOUNDS_NS: Final = tuple(round(bound_s * SECOND_NS) for bound_s in _DURATIONS_S)
TRANSIT_BOUNDS_NS: Final = (*DURATION_BOUNDS_NS, 30 * SECOND_NS, 60 * SECOND_NS, 300 * SECOND_NS)
SIZE_BOUNDS_BYTES: Final = tuple(64 * 4**step for step in range(9))
"""64 B to 4 MiB."""

_SAMPLED: Final = b"13579bdf"


class Distribution(Struct):
    """Counts of whole numbers; bucket i holds what is above bound i-1 and at most bound i, the last one the rest.

    Shape: `counts` is one longer than `bounds`. Units: those of `bounds`; `total` is the sum of all values.
    """

    bounds: tuple[int, ...]
    counts: list[int]
    total: int = 0

    @classmethod
    def over(cls, bounds: tuple[int, ...]) -> Distribution:
        """Make an empty one."""
        return cls(bounds, [0] * (len(bounds) + 1))

    @property
    def count(self) -> int:
        """Give how many values were counted."""
        return sum(self.counts)

    def add(self, other: Distribution) -> None:
        """Take over the counts of another one with the same bounds."""
        self.counts = [mine + its for mine, its in zip(self.counts, other.counts, strict=True)]
        self.total += other.total

    def record(self, value: int) -> None:
        """Count one value."""
        self.counts[bisect_left(self.bounds, value)] += 1
        self.total += value

    def record_column(self, values: Sequence[int]) -> None:
        """Count a column in any order, at least one long.

        Cost: bench loop[volume].
        """
        low = bisect_left(self.bounds, min(values))
        if low == bisect_left(self.bounds, max(values)):
            self.counts[low] += len(values)
            self.total += sum(values)
        else:
            self.record_sorted(sorted(values))

    def record_sorted(self, values: Sequence[int]) -> None:
        """Count a column that is sorted, at least one long.

        Cost: bench loop[volume].
        """
        bounds, counts = self.bounds, self.counts
        self.total += sum(values)
        n, at = len(values), 0
        bucket = bisect_left(bounds, values[0])
        while bucket < len(bounds):
            end = bisect_right(values, bounds[bucket], at)
            counts[bucket] += end - at
            if end == n:
                return
            at = end
            bucket = bisect_left(bounds, values[at], bucket)
        counts[bucket] += n - at


class Exemplar(NamedTuple):
    """One message that fell into a bucket. `context` is in normalised W3C form. Units: `time_ns` since the epoch."""

    value: int
    context: bytes
    time_ns: int

    @property
    def trace_id(self) -> str:
        return self.context[3:35].decode()

    @property
    def span_id(self) -> str:
        return self.context[36:52].decode()

    @property
    def sampled(self) -> bool:
        return is_sampled(self.context)


class Exemplars:
    """The newest example of each bucket; one whose trace is recorded is kept against one whose trace is not.

    Shape: `slots` is one longer than the bounds.
    """

    __slots__ = ("_bounds", "slots")

    def __init__(self, bounds: tuple[int, ...]) -> None:
        self._bounds = bounds
        self.slots: list[Exemplar | None] = [None] * (len(bounds) + 1)

    def note(self, value: int, context: bytes, time_ns: int) -> None:
        """Keep an example, called a few times a batch."""
        bucket = bisect_left(self._bounds, value)
        known = self.slots[bucket]
        if known is None or context[54] in _SAMPLED or not known.sampled:
            self.slots[bucket] = Exemplar(value, context, time_ns)


def is_sampled(context: bytes) -> bool:
    """Tell whether the trace of a context in normalised form is recorded."""
    return context[54] in _SAMPLED


def count_sampled(contexts: Sequence[bytes]) -> int:
    """Give how many contexts in normalised form have the sampled flag."""
    flags = b"".join(contexts)[54::55]
    return len(flags) - len(flags.translate(None, _SAMPLED))
