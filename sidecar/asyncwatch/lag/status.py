"""The table of statuses: what a group does on one partition, by the first line that fits.

Polling cannot tell a commit of the same offset from no commit, so the members decide between stalled and stopped.
Source: facts on lag, B4.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Final, NamedTuple

from asyncwatch.lag.samples import Change, History
from asyncwatch.lag.trend import Trend

STATUSES: Final = ("ok", "idle", "abandoned", "unknown", "rewound", "warning", "stalled", "stopped")
"""Mildest first; a group shows its worst partition."""

SILENT_NS: Final = 600_000_000_000
"""Ten minutes without a commit."""
RHYTHM_NS: Final = 60_000_000_000
"""A group is given at least so long between two commits."""
ENOUGH_SAMPLES: Final = 6


class Case(NamedTuple):
    """What a line of the table may look at.

    `members` None = not known, which is not zero. `silent_ns`: for how long the group has committed nothing, anywhere.
    """

    history: History
    trend: Trend
    now_ns: int
    members: int | None
    silent_ns: int


def status_of(case: Case) -> str:
    """Judge one partition of a group."""
    for fits, status in TABLE:
        if fits(case):
            return status
    return "ok"


def worst(statuses: list[str]) -> str:
    """Give the worst of some statuses, at least one."""
    return max(statuses, key=STATUSES.index)


def _cannot_be_told(case: Case) -> bool:
    now = case.history.now
    return now.committed is None or now.end is None or len(case.history.samples) < 2


def _nobody_is_left(case: Case) -> bool:
    return case.members == 0 and case.silent_ns >= SILENT_NS


def _nothing_moves(case: Case) -> bool:
    places = {(sample.committed, sample.end, sample.lag) for sample in case.history.samples}
    return case.history.now.lag == 0 and len(places) == 1


def _has_read_all(case: Case) -> bool:
    return case.history.now.lag == 0


def _broke_its_rhythm(case: Case) -> bool:
    changes, committed = case.history.changes, case.history.now.committed
    if len(changes) < 2 or committed is None:
        return False
    first_ns, last_ns = changes[0].time_ns, changes[-1].time_ns
    longest_ns = max(later.time_ns - earlier.time_ns for earlier, later in pairwise(changes))
    if case.now_ns - last_ns <= max(last_ns - first_ns, 2 * longest_ns, RHYTHM_NS):
        return False
    return not any(sample.end is not None and sample.end <= committed for sample in case.history.samples)


def _stopped(case: Case) -> bool:
    return case.members == 0 and _broke_its_rhythm(case)


def _stalled(case: Case) -> bool:
    return case.members != 0 and _broke_its_rhythm(case)


def _went_back(case: Case) -> bool:
    return lost_ground(list(case.history.changes)) is not None


def _was_at_the_end(case: Case) -> bool:
    return any(sample.lag == 0 for sample in case.history.samples)


def _never_moved(case: Case) -> bool:
    history = case.history
    still_ns = case.now_ns - history.moved_ns()
    return len(history.changes) < 2 and case.members != 0 and still_ns >= SILENT_NS


def _falls_behind(case: Case) -> bool:
    lags = [sample.lag for sample in case.history.samples if sample.lag is not None]
    if len(lags) < ENOUGH_SAMPLES or any(later < earlier for earlier, later in pairwise(lags)):
        return False
    return case.trend.direction == "growing"


TABLE: Final[tuple[tuple[Callable[[Case], bool], str], ...]] = (
    (_cannot_be_told, "unknown"),
    (_nobody_is_left, "abandoned"),
    (_nothing_moves, "idle"),
    (_has_read_all, "ok"),
    (_stopped, "stopped"),
    (_stalled, "stalled"),
    (_went_back, "rewound"),
    (_was_at_the_end, "ok"),
    (_never_moved, "stalled"),
    (_falls_behind, "warning"),
)
"""Asked in this order; nothing fits: ok."""


def lost_ground(changes: list[Change]) -> int | None:
    """Give the position before the first fall, where no later change has reached it again; None = no such fall."""
    for at, change in enumerate(changes):
        if change.offset < change.before:
            regained = any(later.offset >= change.before for later in changes[at + 1 :])
            return None if regained else change.before
    return None
