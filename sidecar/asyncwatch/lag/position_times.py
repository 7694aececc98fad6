"""Position → time of one partition: sparse, exact to a step, from the records that we read anyway.

Entry i says: the first record at or after `positions[i]` has the time `times[i]`, and so have, within the step, the
records up to the next entry. So a hole in the positions (compaction, transaction markers) belongs to what follows it.
Source: facts on lag, B2.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Sequence
from typing import Final

STEP_RECORDS: Final = 1_000
STEP_NS: Final = 100_000_000
"""A new entry after so many records or so much record time, whichever comes first: an answer is at most that wrong."""
UNTIMED: Final = -1
"""The time of a record that carries none, and of a span that we did not see."""
MOST_ENTRIES: Final = 1_000_000
"""Entries of all partitions of a run together."""


class EntryBudget:
    """How many entries all partitions of a run may hold; when they are spent, the largest gives its oldest away."""

    def __init__(self, most: int = MOST_ENTRIES) -> None:
        self._most = most
        self._used = 0
        self._partitions: list[PositionTimes] = []

    def join(self, partition: PositionTimes) -> None:
        """Let a partition share the budget."""
        self._partitions.append(partition)

    def spend(self, entries: int) -> None:
        """Note entries that were added (or, negative, given away)."""
        self._used += entries
        while self._used > self._most:
            largest = max(self._partitions, key=len)
            if len(largest) < 2:  # a partition keeps its newest entry, however many partitions there are
                return
            self._used -= largest.forget_oldest(max(len(largest) // 4, 1))


class PositionTimes:
    """What is known about the times of one partition's records. Units: nanoseconds since the epoch."""

    __slots__ = ("_budget", "_records", "_since", "next_position", "positions", "records", "times")

    def __init__(self, budget: EntryBudget) -> None:
        self.positions = array("q")
        self.times = array("q")
        self.records = array("q")
        """Records read before each entry."""
        self.next_position: int | None = None
        """One after the last record read; None = nothing was read."""
        self._records = 0
        self._since = 0
        """Records since the last entry, its own included."""
        self._budget = budget
        budget.join(self)

    def __len__(self) -> int:
        return len(self.positions)

    @property
    def first_position(self) -> int | None:
        return self.positions[0] if self.positions else None

    def note(self, positions: Sequence[int], times_ns: Sequence[int]) -> None:
        """Note records in the order of their positions; UNTIMED = no time. A fall of positions starts anew.

        Cost: bench loop[progress].
        """
        expected = self.next_position
        if expected is not None and positions[0] < expected:
            self.restart()
            expected = None
        row, n = 0, len(positions)
        low_ns, high_ns = min(times_ns), max(times_ns)
        if expected is None:
            self._enter(positions[0], times_ns[0])
            row = 1
        if low_ns == high_ns:
            self._note_alike(positions, low_ns, row)
        elif self._are_near(low_ns, high_ns) and self._since + n - row <= STEP_RECORDS:
            self._since += n - row
        else:
            self._note_each(positions, times_ns, row)
        self._records += n
        self.next_position = positions[-1] + 1

    def _note_alike(self, positions: Sequence[int], time_ns: int, row: int) -> None:
        """Note records of one time, as a tap gives them live: an entry where the first differs, then one a STEP_RECORDS."""
        n = len(positions)
        while row < n:
            room = STEP_RECORDS - self._since if self._are_near(time_ns, time_ns) else 0
            if n - row <= room:
                self._since += n - row
                return
            row += room
            self._enter(self._behind(positions, row), time_ns, before=row)
            row += 1

    def _note_each(self, positions: Sequence[int], times_ns: Sequence[int], row: int) -> None:
        last_ns, since = self.times[-1], self._since
        for at in range(row, len(positions)):
            time_ns = times_ns[at]
            far = time_ns - last_ns
            known = time_ns == last_ns or UNTIMED not in (time_ns, last_ns)
            if since < STEP_RECORDS and -STEP_NS < far < STEP_NS and known:
                since += 1
                continue
            self._enter(self._behind(positions, at), time_ns, before=at)
            last_ns, since = time_ns, 1
        self._since = since

    def _are_near(self, low_ns: int, high_ns: int) -> bool:
        """Tell whether all times between two need no entry of their own."""
        last_ns = self.times[-1]
        if UNTIMED in (low_ns, last_ns):
            return low_ns == high_ns == last_ns
        return high_ns - last_ns < STEP_NS and last_ns - low_ns < STEP_NS

    def _behind(self, positions: Sequence[int], row: int) -> int:
        """Give where an entry for a row begins: right behind the record before it."""
        if row:
            return positions[row - 1] + 1
        return positions[0] if self.next_position is None else self.next_position

    def _enter(self, position: int, time_ns: int, *, before: int = 0) -> None:
        self.positions.append(position)
        self.times.append(time_ns)
        self.records.append(self._records + before)
        self._since = 1
        self._budget.spend(1)

    def skip(self, position: int) -> None:
        """Note that everything up to a position was not seen."""
        expected = self.next_position
        if expected is not None and position > expected:
            self._enter(expected, UNTIMED)
            self._since = STEP_RECORDS
            self.next_position = position

    def restart(self) -> None:
        """Forget everything: the positions fell, so this is another log under the old name."""
        self._budget.spend(-len(self.positions))
        del self.positions[:], self.times[:], self.records[:]
        self.next_position = None
        self._records = self._since = 0

    def forget_oldest(self, entries: int) -> int:
        """Give the oldest entries away; tell how many that were."""
        before = len(self.positions)
        del self.positions[:entries], self.times[:entries], self.records[:entries]
        return before - len(self.positions)

    def time_of(self, position: int) -> int | None:
        """Give the time of the first record at or after a position; None where that was not read, or had no time."""
        if self.next_position is None or not self.positions or not self.positions[0] <= position < self.next_position:
            return None
        time_ns = self.times[bisect_right(self.positions, position) - 1]
        return None if time_ns == UNTIMED else time_ns

    def records_between(self, position: int, end: int) -> int | None:
        """Count the records in [position, end); None where they were not all read, or holes blur the count."""
        first, last = self._records_before(position), self._records_before(end)
        if first is None or last is None:
            return None
        span = self.times[bisect_right(self.positions, position) - 1 : bisect_right(self.positions, end - 1)]
        return None if UNTIMED in span else last - first

    def _records_before(self, position: int) -> int | None:
        if self.next_position is None or not self.positions or not self.positions[0] <= position <= self.next_position:
            return None
        if position == self.next_position:
            return self._records
        at = bisect_right(self.positions, position) - 1
        last = at + 1 == len(self.positions)
        stop, count = (self.next_position, self._records) if last else (self.positions[at + 1], self.records[at + 1])
        into = position - self.positions[at]
        if into and count - self.records[at] != stop - self.positions[at]:
            return None
        return self.records[at] + into
