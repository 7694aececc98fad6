"""What falls due: gaps that are told, gaps that are given up, probations that end; each in the order it began."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final, NamedTuple

from asyncwatch.ordering.gap import Gap, KeyState
from asyncwatch.ordering.patience import PROBATION_NS

NEVER_NS: Final = 1 << 80


class Due(NamedTuple):
    """One thing that is due: a gap to tell, a gap to give up, or a key whose probation ends."""

    due_ns: int
    tell: Gap | None = None
    lose: Gap | None = None
    end: KeyState | None = None


class Deadlines:
    """Three queues over a clock that never runs backwards, so that each is sorted by itself.

    Units: `due_ns` is no later than the first thing due; NEVER_NS when nothing waits.
    """

    __slots__ = ("_awaited", "_lost_after_ns", "_probations", "_silent", "due_ns", "silent_ns")

    def __init__(self, silent_ns: int, lost_after_ns: int) -> None:
        self.silent_ns = silent_ns
        """How long a gap is open before it is told; it only grows."""
        self._lost_after_ns = lost_after_ns
        self._silent: OrderedDict[Gap, None] = OrderedDict()
        """Open gaps that were not told yet."""
        self._awaited: OrderedDict[Gap, None] = OrderedDict()
        """Open gaps."""
        self._probations: OrderedDict[KeyState, int] = OrderedDict()
        """Keys on probation, with its start."""
        self.due_ns = NEVER_NS

    @property
    def open_gaps(self) -> int:
        return len(self._awaited)

    @property
    def open_ranges(self) -> int:
        return sum(gap.state.gaps.count(gap) for gap in self._awaited)

    def open(self, gap: Gap) -> None:
        """Let a gap wait to be told and to be given up."""
        self._silent[gap] = None
        self._awaited[gap] = None
        self.due_ns = min(self.due_ns, gap.opened_ns + min(self.silent_ns, self._lost_after_ns))

    def close(self, gap: Gap) -> None:
        """Stop waiting for a gap: it is filled or given up."""
        self._silent.pop(gap, None)
        self._awaited.pop(gap, None)

    def hold(self, state: KeyState, started_ns: int) -> None:
        """Let a key's probation wait for its end."""
        self._probations[state] = started_ns
        self.due_ns = min(self.due_ns, started_ns + PROBATION_NS)

    def release(self, state: KeyState) -> None:
        """Stop waiting for a probation: it is decided."""
        self._probations.pop(state, None)

    def held(self) -> list[KeyState]:
        """Give the keys on probation, the oldest first."""
        return list(self._probations)

    def take(self, now_ns: int) -> Due | None:
        """Take what is due first; None when nothing is due by now."""
        first = Due(NEVER_NS)
        if self._silent:
            gap = next(iter(self._silent))
            first = Due(gap.opened_ns + self.silent_ns, tell=gap)
        if self._awaited:
            gap = next(iter(self._awaited))
            if gap.opened_ns + self._lost_after_ns < first.due_ns:
                first = Due(gap.opened_ns + self._lost_after_ns, lose=gap)
        if self._probations:
            state = next(iter(self._probations))
            if self._probations[state] + PROBATION_NS < first.due_ns:
                first = Due(self._probations[state] + PROBATION_NS, end=state)
        self.due_ns = first.due_ns
        if first.due_ns > now_ns:
            return None
        if first.tell is not None:
            del self._silent[first.tell]
        elif first.lose is not None:
            self.close(first.lose)
        elif first.end is not None:
            self.release(first.end)
        return first
