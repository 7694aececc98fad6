"""The class of a number, by the tests of facts A3 in their order, and whether a sequence began again.

Rule 1: a number is judged against the highest of its key; a late message never moves that back.
Source: facts on ordering A3; settled 22 to 27.
"""

from __future__ import annotations

from collections.abc import Sequence

from asyncwatch.ordering.gap import KeyState
from asyncwatch.ordering.happening import (
    BEGAN_AGAIN,
    CONFLICT,
    DUPLICATE,
    INTERLEAVED,
    RESTART,
    UNVERIFIED,
    SequenceCounts,
)
from asyncwatch.ordering.missing import Missing
from asyncwatch.ordering.patience import INTERLEAVED_NS, Patience
from asyncwatch.ordering.probation import Arrival, Probation


class Judging(Missing):
    """Classes of numbers, one message after the other."""

    def __init__(self, patience: Patience, keys: int, digests: int, ranges: int) -> None:
        super().__init__(patience, keys, digests, ranges)
        self._distance = patience.distance
        self._beginnings = patience.beginnings
        self._interleaved_ns: int | None = None

    def _classify(self, state: KeyState, arrival: Arrival, *, blind: bool, may_restart: bool) -> None:
        """Give a number its class: the tests of facts A3 from the second on, the first that hits decides."""
        number, step, counts = arrival.number, self._step, self.counts
        expected = state.highest + step
        if number >= expected:
            counts.in_order += 1
            state.count += 1
            state.highest = number
            self._ring.add(arrival.pair, arrival.digest)
            if number > expected:
                self._open(state, expected, number - step, arrival, base=state.count - 1, blind=blind)
        elif (at := state.find(number)) >= 0:
            state.count_above(number)
            self._fill(state, at, arrival)
        else:
            known = self._ring.find(arrival.pair)
            if known == arrival.digest:
                state.count_above(number)
                counts.duplicates += 1
                self._say(DUPLICATE, state, arrival)
            elif may_restart and (
                number < state.highest - self._distance or (arrival.wire in self._beginnings and number < state.highest)
            ):
                state.probation = Probation(arrival)
                self._deadlines.hold(state, arrival.clock_ns)
                return
            else:
                self._judge_seen(state, arrival, known)
        if state.open and state.count >= state.window_at:
            self._lose_by_count(state)

    def _judge_seen(self, state: KeyState, arrival: Arrival, known: int | None) -> None:
        """Judge a number that is not missing: tests 7 to 9."""
        number, step, counts = arrival.number, self._step, self.counts
        state.count_above(number)
        if known is not None:
            counts.conflicts += 1
            self._say(CONFLICT, state, arrival)
        elif number >= state.first:
            counts.duplicates += 1
            self._say(DUPLICATE, state, arrival, why=UNVERIFIED)
        else:
            counts.out_of_order += 1
            self.distances.record(state.highest - number)
            self._ring.add(arrival.pair, arrival.digest)
            first, state.first = state.first, number
            if number + step < first:
                self._open(state, number + step, first - step, arrival, base=state.count, blind=False)

    def _judge_on_probation(self, state: KeyState, probation: Probation, arrival: Arrival, *, blind: bool) -> None:
        """Judge a number while it is unclear whether the sequence began again; what fits both runs is the new one's."""
        number, step = arrival.number, self._step
        if number != probation.highest + step:
            if number > state.highest:
                probation.old += 1
                self._classify(state, arrival, blind=blind, may_restart=False)
                return
            known = self._ring.find(arrival.pair)
            if state.find(number) >= 0 or known == arrival.digest:
                self._classify(state, arrival, blind=blind, may_restart=False)
                return
            if not probation.highest < number <= probation.highest + self._distance:
                near = probation.first - self._distance <= number <= probation.highest
                if not (near and probation.hold(arrival)):
                    self._judge_seen(state, arrival, known)
                return
        if probation.go_on(arrival):
            self._deadlines.release(state)
            state.probation = None
            if probation.old:
                self._note_interleaved(state, probation, arrival)
            else:
                self._restart(state, probation.held, arrival.clock_ns)

    def _end_probation(self, state: KeyState, now_ns: int) -> None:
        """Judge the held messages as if there had been no probation."""
        assert state.probation is not None
        held, state.probation = state.probation.held, None
        for arrival in held:
            self._classify(state, arrival._replace(clock_ns=now_ns), blind=False, may_restart=False)
        self._settle(state)

    def _note_interleaved(self, state: KeyState, probation: Probation, arrival: Arrival) -> None:
        """Two producers share the sequence: their messages count as repeats, and it is said once an hour."""
        counts = self.counts
        for one in probation.held:
            known = self._ring.find(one.pair)
            same = known == one.digest or (known is None and state.first <= one.number <= state.highest)
            if same:
                counts.duplicates += 1
            else:
                counts.conflicts += 1
        if self._interleaved_ns is None or arrival.clock_ns - self._interleaved_ns >= INTERLEAVED_NS:
            self._interleaved_ns = arrival.clock_ns
            self._say(CONFLICT, state, arrival._replace(row=None), why=INTERLEAVED)

    def _renew(self, state: KeyState, arrival: Arrival) -> None:
        """Begin again at once: the producer said that it was started anew."""
        if state.probation is not None:
            self._deadlines.release(state)
            self._end_probation(state, arrival.clock_ns)
        self._restart(state, [arrival], arrival.clock_ns)

    def _restart(self, state: KeyState, run: Sequence[Arrival], now_ns: int) -> None:
        """Let a key begin again with a run of messages; what the old run missed is lost."""
        for gap in list(state.open):
            self._lose(gap, BEGAN_AGAIN)
        self._forget_ranges(state)
        begin = run[0]
        self.counts.restarts += 1
        self.counts.in_order += 1
        self._say(RESTART, state, begin, high=state.highest)
        state.first = state.highest = begin.number
        state.count = 0
        self._ring.add(begin.pair, begin.digest)
        for arrival in run[1:]:
            self._classify(state, arrival._replace(clock_ns=now_ns), blind=False, may_restart=False)

    def _count_held(self, counts: SequenceCounts, state: KeyState) -> None:
        """Count the held messages of a key as what they would become if nothing more came."""
        assert state.probation is not None
        for arrival in state.probation.held:
            known = self._ring.find(arrival.pair)
            if known is not None and known != arrival.digest:
                counts.conflicts += 1
            elif known is not None or state.first <= arrival.number <= state.highest:
                counts.duplicates += 1
            elif arrival.number > state.highest:
                counts.in_order += 1
            else:
                counts.out_of_order += 1
