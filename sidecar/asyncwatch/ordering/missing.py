"""What keys miss: gaps open, are filled, or are given up, within bounds of memory.

Rule 1: a missing number stands in exactly one of the counts `missing`, `lost` and `unobserved`.
Rule 2: a number that is given up stays remembered as lost, so that it can still come.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from typing import Final

from asyncwatch.model.distribution import Distribution
from asyncwatch.ordering.deadlines import Deadlines
from asyncwatch.ordering.digests import DigestRing
from asyncwatch.ordering.gap import LOST, OPEN, UNOBSERVED, Gap, KeyState
from asyncwatch.ordering.happening import LATER_MESSAGES, OUT_OF_ORDER, TOO_MANY, Happening, SequenceCounts
from asyncwatch.ordering.happening import LOST as LOST_RULE
from asyncwatch.ordering.keys import KeyTable, pack
from asyncwatch.ordering.patience import RANGES_OF_KEY, Patience
from asyncwatch.ordering.probation import Arrival

DISTANCE_BOUNDS: Final = (1, 2, 5, 10, 25, 50, 100, 250, 500, 1000, 10_000)


class Missing:
    """The missing ranges of all keys, and the tables they are kept in.

    `happenings` grows until its reader clears it.
    """

    def __init__(self, patience: Patience, keys: int, digests: int, ranges: int) -> None:
        self._patience = patience
        self._step = patience.step
        self._table = KeyTable(keys)
        self._ring = DigestRing(digests)
        self._states: dict[Hashable, KeyState] = {}
        """Keys of which a range is remembered, or that are on probation."""
        self._deadlines = Deadlines(patience.silent_ns, patience.lost_after_ns)
        self._remembered: OrderedDict[Gap, None] = OrderedDict()
        """Gaps of which a range is remembered, the oldest first."""
        self._ranges = 0
        self._most_ranges = ranges
        self.counts = SequenceCounts()
        self.distances = Distribution.over(DISTANCE_BOUNDS)
        """How far below the highest number of their key late numbers were."""
        self.happenings: list[Happening] = []

    def _open(self, state: KeyState, low: int, high: int, arrival: Arrival, *, base: int, blind: bool) -> None:
        """Note that numbers were skipped."""
        missing = (high - low) // self._step + 1
        gap = Gap(
            state, low, high, missing, arrival.place, arrival.clock_ns, base,
            UNOBSERVED if blind else OPEN,
        )  # fmt: skip
        state.insert(gap)
        self._ranges += 1
        self._remembered[gap] = None
        if blind:
            self.counts.unobserved += missing
        else:
            self.counts.gaps += 1
            self.counts.missing += missing
            window_at = base + self._patience.window
            state.window_at = min(state.window_at, window_at) if state.open else window_at
            state.open.append(gap)
            self._deadlines.open(gap)
        self._keep_bounds(state)

    def _fill(self, state: KeyState, at: int, arrival: Arrival) -> None:
        gap, counts = state.gaps[at], self.counts
        self._ranges += state.fill(at, arrival.number, self._step)
        self._ring.add(arrival.pair, arrival.digest)
        gap.missing -= 1
        counts.out_of_order += 1
        self.distances.record(state.highest - arrival.number)
        if gap.status == UNOBSERVED:
            counts.unobserved -= 1
        else:
            counts.filled += 1
            if gap.status == OPEN:
                counts.missing -= 1
            else:
                counts.lost -= 1
                counts.recovered += 1
            if arrival.clock_ns - gap.opened_ns >= self._deadlines.silent_ns:
                self._say(OUT_OF_ORDER, state, arrival, high=state.highest)
        if not gap.missing:
            del self._remembered[gap]
            if gap.status == OPEN:
                state.open.remove(gap)
                self._deadlines.close(gap)
        self._keep_bounds(state)

    def _keep_bounds(self, state: KeyState) -> None:
        """Give up the lowest gap of a key that misses too many ranges, and the oldest one of all keys."""
        while len(state.lows) >= RANGES_OF_KEY:
            gap = state.gaps[0]
            if gap.status == OPEN:
                self._lose(gap, TOO_MANY)
            gap.missing -= (state.highs[0] - state.lows[0]) // self._step + 1
            state.remove(0)
            self._ranges -= 1
            if not gap.missing:
                del self._remembered[gap]
        while self._ranges > self._most_ranges:
            gap = next(iter(self._remembered))
            if gap.status == OPEN:
                self._lose(gap, TOO_MANY)
            other = gap.state
            for at in reversed([index for index, one in enumerate(other.gaps) if one is gap]):
                other.remove(at)
                self._ranges -= 1
            del self._remembered[gap]
            if other is not state:
                self._settle(other)

    def _lose(self, gap: Gap, why: str) -> None:
        """Give a gap up; its numbers stay remembered."""
        state = gap.state
        self._deadlines.close(gap)
        state.open.remove(gap)
        gap.status = LOST
        self.counts.missing -= gap.missing
        self.counts.lost += gap.missing
        self._say_missing(LOST_RULE, gap, why)

    def _lose_by_count(self, state: KeyState) -> None:
        window, count = self._patience.window, state.count
        for gap in [gap for gap in state.open if count - gap.base >= window]:
            self._lose(gap, LATER_MESSAGES)
        state.window_at = min((gap.base + window for gap in state.open), default=0)

    def _forget_ranges(self, state: KeyState) -> None:
        self._ranges -= len(state.lows)
        for gap in state.gaps:
            self._remembered.pop(gap, None)
        state.lows.clear()
        state.highs.clear()
        state.gaps.clear()

    def _settle(self, state: KeyState) -> None:
        """Let a key stand where it belongs: in the fast table unless something of it is awaited."""
        key = state.key
        if state.open or state.probation is not None:
            self._table.remove(key)
            self._states[key] = state
            return
        if state.lows:
            self._states[key] = state
        else:
            self._states.pop(key, None)
        self._table.put(key, pack(state.first, state.highest, self._step), state.seen_at)

    def _say_missing(self, rule: str, gap: Gap, why: str | None = None) -> None:
        low, high = gap.state.span(gap)
        whole = (high - low) // self._step + 1 == gap.missing
        self.happenings.append(
            Happening(rule, gap.state.key, gap.place, None, low, high, gap.missing, whole=whole, why=why)
        )

    def _say(
        self, rule: str, state: KeyState, arrival: Arrival, *, high: int | None = None, why: str | None = None
    ) -> None:
        low = arrival.number
        self.happenings.append(
            Happening(rule, state.key, arrival.place, arrival.row, low, low if high is None else high, why=why)
        )
