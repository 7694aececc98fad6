"""What was seen of one group on one partition: the last polls, and the last times its committed position moved.

Source: facts on lag, B4 (two memories).
"""

from __future__ import annotations

from collections import deque
from typing import Final, NamedTuple

from asyncwatch.model.progress import GroupProgress

SAMPLES: Final = 15
CHANGES: Final = 10


class Sample(NamedTuple):
    """One poll; None = not known. `lag` is floored at 0 and counts from the oldest message that is still there."""

    time_ns: int
    committed: int | None
    end: int | None
    low: int | None
    lag: int | None


class Change(NamedTuple):
    """The committed position was seen to move, from `before` to `offset`; `lag` as it was then."""

    time_ns: int
    before: int
    offset: int
    lag: int | None


class History:
    """Samples and changes of one group on one partition. `read_committed`: its readers stop at open transactions."""

    __slots__ = ("_end", "begun_ns", "changes", "committed", "deleted_unread", "latest", "samples")

    def __init__(self) -> None:
        self.samples: deque[Sample] = deque(maxlen=SAMPLES)
        self.changes: deque[Change] = deque(maxlen=CHANGES)
        self.begun_ns = 0
        """When this was first looked at."""
        self.committed: int | None = None
        """The committed position that was last known."""
        self._end: int | None = None
        self.latest: GroupProgress | None = None
        self.deleted_unread = 0
        """Messages that the broker deleted before the group had read them, as of the last poll."""

    def note(self, seen: GroupProgress, as_of_ns: int, *, read_committed: bool) -> None:
        """Note a poll; a fall of the end is another log under the old name, so what was known of it is dropped."""
        end = seen.last_stable if read_committed and seen.last_stable is not None else seen.end
        if end is not None:
            if self._end is not None and end < self._end:
                self.samples.clear()
                self.changes.clear()
                self.committed = None
            self._end = end
        if not self.samples:
            self.begun_ns = as_of_ns
        committed = seen.committed
        lag = _lag(seen, end)
        self.deleted_unread = 0
        if committed is not None and seen.low is not None and seen.pending is None:
            self.deleted_unread = max(min(seen.low, seen.low if end is None else end) - committed, 0)
        self.samples.append(Sample(as_of_ns, committed, end, seen.low, lag))
        if committed is not None:
            if self.committed is not None and committed != self.committed:
                when_ns = as_of_ns if seen.commit_ns is None else min(seen.commit_ns, as_of_ns)
                self.changes.append(Change(when_ns, self.committed, committed, lag))
            self.committed = committed
        self.latest = seen

    def lose_sight(self, as_of_ns: int) -> None:
        """Note a poll that told nothing."""
        self.samples.append(Sample(as_of_ns, None, None, None, None))

    @property
    def now(self) -> Sample:
        return self.samples[-1]

    def first_unread(self) -> int | None:
        """Give the position from which on nothing was read; never below the oldest that is still there."""
        now = self.samples[-1]
        if now.committed is None:
            return None
        return now.committed if now.low is None else max(now.committed, now.low)

    def moved_ns(self) -> int:
        """Give when the committed position was last seen to move, else when it was first looked at."""
        return self.changes[-1].time_ns if self.changes else self.begun_ns


def _lag(seen: GroupProgress, end: int | None) -> int | None:
    if seen.pending is not None:
        return max(seen.pending, 0)
    if seen.committed is None or end is None:
        return None
    return max(end - (seen.committed if seen.low is None else max(seen.committed, seen.low)), 0)
