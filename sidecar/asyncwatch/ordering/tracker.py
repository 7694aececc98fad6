"""Follows the numbers of one scope through batches and time.

Rule 1: a key in order is one integer in a table; only a key that misses numbers, or is on probation, has a state.
Rule 2: everything that time decides is decided at its own moment, before the first row that came after it. So neither
the cuts between batches nor the ticks change a result.
Source: facts on ordering A2, A3.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable, Sequence
from copy import copy

from asyncwatch.ordering.digests import pair_hash
from asyncwatch.ordering.gap import KeyState
from asyncwatch.ordering.happening import GAP, WAITED, SequenceCounts
from asyncwatch.ordering.judging import Judging
from asyncwatch.ordering.keys import ABSENT, SHIFT, UNKNOWN, pack, unpack
from asyncwatch.ordering.patience import DIGESTS, KEYS, RANGES, SILENT_ACROSS_PARTITIONS_NS, Patience
from asyncwatch.ordering.probation import Arrival
from asyncwatch.ordering.rows import Origin, Rows


class Tracker(Judging):
    """The sequences of all keys under one scope.

    `across_partitions`: numbers of one key come over several partitions, so their gaps stay silent for longer.
    """

    def __init__(
        self,
        patience: Patience,
        *,
        across_partitions: bool = False,
        keys: int = KEYS,
        digests: int = DIGESTS,
        ranges: int = RANGES,
    ) -> None:
        super().__init__(patience, keys, digests, ranges)
        self._delta = (patience.step << SHIFT) + 1
        self._across = across_partitions
        self._partitions: set[int | None] = set()
        self._starts: dict[Origin, bool] = {}
        """Origin -> was it read from its very first position."""
        self._epochs: OrderedDict[Hashable, int] = OrderedDict()
        self._epoch_bound = keys

    @property
    def open_gaps(self) -> int:
        return self._deadlines.open_gaps

    @property
    def open_ranges(self) -> int:
        """Give how many ranges of numbers are still awaited; a gap that was filled in its middle has two."""
        return self._deadlines.open_ranges

    @property
    def held(self) -> int:
        """Give how many messages are held on probation, to be judged later."""
        return sum(len(state.probation.held) for state in self._deadlines.held() if state.probation is not None)

    @property
    def succeeded(self) -> int:
        """Give the number of judged messages that had a predecessor of their key."""
        return self.counts.sequenced - self.counts.keys

    def enter(self, rows: Rows, partition: int | None, *, gap: bool) -> None:
        """Note where a batch comes from, before its rows are tracked; `gap`: something before it was not seen."""
        self.advance(rows.clocks[0])
        if self._across and partition not in self._partitions:
            self._partitions.add(partition)
            if len(self._partitions) > 1:
                self._deadlines.silent_ns = SILENT_ACROSS_PARTITIONS_NS
        positions = rows.first_positions()
        if self._patience.start is not None:
            for origin, position in positions.items():
                self._starts.setdefault(origin, position == 0)
        if gap:
            self._table.freeze(positions)

    def track(
        self,
        rows: Rows,
        keys: Sequence[Hashable | None],
        numbers: Sequence[int | None],
        digests: Sequence[int],
        start: int,
        end: int,
        epochs: Sequence[object] | None = None,
    ) -> None:
        """Judge the rows from `start` to before `end`; a row without number or key is unsequenced.

        Shape: all columns are as long as the batch. Cost: bench loop[sequence].
        """
        pairs = _pairs(keys, numbers, start, end)
        renewed = self._renewed(keys, epochs, start, end) if epochs is not None else []
        row = start
        while row < end:
            self.advance(rows.clocks[row])
            stop = min(rows.first_at(self._deadlines.due_ns, row), end)
            if renewed:
                if renewed[0] == row:
                    del renewed[0]
                    self._judge(rows, row, keys[row], numbers[row], digests[row], pairs[row - start], renewed=True)
                    row += 1
                    continue
                stop = min(stop, renewed[0])
            row = self._run(rows, keys, numbers, digests, pairs, start, row, stop)

    def _run(
        self,
        rows: Rows,
        keys: Sequence[Hashable | None],
        numbers: Sequence[int | None],
        digests: Sequence[int],
        pairs: list[int],
        start: int,
        begin: int,
        stop: int,
    ) -> int:
        """Judge rows before the next thing falls due; give the row to go on with."""
        table, delta, due_ns = self._table.current, self._delta, self._deadlines.due_ns
        get, extend = table.get, self._ring.extend
        states = self._states
        fresh_ok = self._patience.start is None and self._table.has_room(stop - begin)
        slow = fresh = 0
        known = begin
        """Rows before it are in the ring."""
        row = begin - 1
        if begin or stop != len(keys):
            keys, numbers = keys[begin:stop], numbers[begin:stop]
        for row, (key, number) in enumerate(zip(keys, numbers, strict=True), begin):
            packed = get(key, ABSENT) + delta
            if packed >> SHIFT == number:
                table[key] = packed
                continue
            if packed < UNKNOWN and fresh_ok and number is not None and key is not None and key not in states:
                table[key] = number << SHIFT
                fresh += 1
                continue
            slow += 1
            if known < row:
                extend(pairs[known - start : row - start], digests[known:row])
            known = row + 1
            self._judge(rows, row, key, number, digests[row], pairs[row - start])
            if self._deadlines.due_ns < due_ns:
                due_ns = self._deadlines.due_ns
                if due_ns <= rows.top_ns:
                    break
        if known <= row:
            extend(pairs[known - start : row + 1 - start], digests[known : row + 1])
        self.counts.in_order += row + 1 - begin - slow
        self.counts.keys += fresh
        self._table.live += fresh
        return row + 1

    def advance(self, now_ns: int) -> None:
        """Do everything that is due by now, in the order in which it falls due."""
        if now_ns < self._deadlines.due_ns:
            return
        while (due := self._deadlines.take(now_ns)) is not None:
            if due.tell is not None:
                self._say_missing(GAP, due.tell)
            elif due.lose is not None:
                self._lose(due.lose, WAITED)
                self._settle(due.lose.state)
            elif due.end is not None:
                self._end_probation(due.end, due.due_ns)

    def finish(self, now_ns: int) -> None:
        """Judge what is still held: nothing more will come."""
        self.advance(now_ns)
        for state in self._deadlines.held():
            self._deadlines.release(state)
            self._end_probation(state, now_ns)

    def provisional(self) -> SequenceCounts:
        """Give the counts as if nothing more came: held messages count as what they would become."""
        counts = copy(self.counts)
        for state in self._deadlines.held():
            self._count_held(counts, state)
        return counts

    def _judge(
        self,
        rows: Rows,
        row: int,
        key: Hashable | None,
        wire: int | None,
        digest: int,
        pair: int,
        *,
        renewed: bool = False,
    ) -> None:
        """Judge a row that is not simply the next of a key in order; `renewed`: its producer was started again."""
        if wire is None or key is None:
            self.counts.unsequenced += 1
            return
        state = self._states.get(key)
        taken = self._table.take(key)
        if taken is not None:
            packed, seen_at = taken
            first, highest = unpack(packed, self._step)
            if state is None:
                state = KeyState(key, first, highest, seen_at)
            state.highest, state.seen_at = highest, seen_at
        elif state is None:
            self._begin(rows, row, key, wire, digest, pair)
            return
        number, modulus = wire, self._patience.modulus
        if modulus is not None:
            number = wire + _nearest_multiple(state.highest - wire, modulus)
            pair = pair_hash(key, number)
        if (number - state.highest) % self._step:
            self.counts.unsequenced += 1
            self._settle(state)
            return
        arrival = Arrival(number, wire, digest, pair, rows.clocks[row], rows.place(row), row)
        blind = rows.compacted or self._table.is_blind(rows.origin(row), state.seen_at)
        if renewed and number != state.highest + self._step:
            self._renew(state, arrival)
        elif state.probation is not None:
            self._judge_on_probation(state, state.probation, arrival, blind=blind)
        else:
            self._classify(state, arrival, blind=blind, may_restart=True)
        state.seen_at = self._table.ordinal
        self._settle(state)

    def _begin(self, rows: Rows, row: int, key: Hashable, number: int, digest: int, pair: int) -> None:
        """Meet a key: earlier numbers are missing only if its start is declared and everything was read."""
        start, counts, table = self._patience.start, self.counts, self._table
        if start is not None and (number - start) % self._step:
            counts.unsequenced += 1
            return
        self._make_room()
        table.live += 1
        counts.keys += 1
        counts.in_order += 1
        self._ring.add(pair, digest)
        table.current[key] = pack(number, number, self._step)
        if start is not None and number > start and not counts.evicted:
            origin = rows.origin(row)
            if self._starts.get(origin, False):
                state = KeyState(key, start, number, table.ordinal)
                state.count = 1
                arrival = Arrival(number, number, digest, pair, rows.clocks[row], rows.place(row), row)
                self._open(state, start, number - self._step, arrival, base=0, blind=table.is_blind(origin, 0))
                if state.open and state.count >= state.window_at:
                    self._lose_by_count(state)
                self._settle(state)
        table.look_ahead()

    def _make_room(self) -> None:
        while self._table.full:
            key = self._table.evict()
            if key is None:  # every key awaits something: the one that waits longest goes
                held = self._deadlines.held()
                key = next((gap.state.key for gap in self._remembered), held[0].key if held else None)
                if key is None:
                    return
                self._table.take(key)
                self._table.remove(key)
                self._table.live -= 1
            self.counts.evicted += 1
            state = self._states.pop(key, None)
            if state is not None:
                self._drop(state)

    def _drop(self, state: KeyState) -> None:
        """Forget a key: what it missed is no longer awaited, and nobody is blamed for it."""
        if state.probation is not None:
            self._deadlines.release(state)
            self._count_held(self.counts, state)
            state.probation = None
        for gap in state.open:
            self._deadlines.close(gap)
            self.counts.missing -= gap.missing
            self.counts.unobserved += gap.missing
        state.open.clear()
        self._forget_ranges(state)

    def _renewed(self, keys: Sequence[Hashable | None], epochs: Sequence[object], start: int, end: int) -> list[int]:
        """Give the rows whose producer is another one than at its key's message before."""
        rows: list[int] = []
        known = self._epochs
        for row in range(start, end):
            key, epoch = keys[row], epochs[row]
            if key is None or epoch is None:
                continue
            mark = hash(epoch)
            before = known.get(key)
            if before != mark:
                known[key] = mark
                if before is not None:
                    rows.append(row)
                elif len(known) > self._epoch_bound:
                    known.popitem(last=False)
        return rows


def _pairs(keys: Sequence[Hashable | None], numbers: Sequence[int | None], start: int, end: int) -> list[int]:
    """Hash the keys and numbers of some rows; a row without number gets a hash that nobody asks for."""
    if start or end != len(keys):
        keys, numbers = keys[start:end], numbers[start:end]
    pairs = list(map(hash, zip(keys, numbers, strict=True)))
    try:
        if min(numbers) >= 0:  # type: ignore[type-var, operator]
            return pairs
    except TypeError:  # some row has no number
        pass
    for at, number in enumerate(numbers):
        if number is not None and number < 0:
            pairs[at] = pair_hash(keys[at], number)
    return pairs


def _nearest_multiple(distance: int, modulus: int) -> int:
    """Give the multiple of a modulus that is nearest to a distance; of two, the larger."""
    return (distance + modulus // 2) // modulus * modulus
