"""Finds the scope of a sequence that nobody declared: four scopes are followed side by side, the one with the fewest
faults wins.

Source: facts on ordering A1; settled 23.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Final, Literal

from asyncwatch.ordering.patience import DIGESTS, KEYS, SECOND_NS, Patience
from asyncwatch.ordering.rows import Rows
from asyncwatch.ordering.tracker import Tracker

Scope = Literal["channel", "partition", "key", "producer"]
SCOPES: Final[tuple[Scope, ...]] = ("channel", "partition", "key", "producer")
"""The widest first: a tie goes to the wider one."""
ENOUGH: Final = 200
MOST: Final = 20_000
PROBE_NS: Final = 60 * SECOND_NS
WORST: Final = 0.5
"""A best score above it: the field is no sequence."""
WORST_OF_A_PART: Final = 0.02
"""The same for scope `partition` where only some partitions are seen: a sequence of the channel that lies mostly on one of
them would look like one of the partition with gaps."""


class ScopeProbe:
    """Followers of one sequence under every scope, until one of them is chosen.

    `winner` and `gave_up` stay None until then; `gave_up` says why no scope was chosen. `parted`: others read some of the
    partitions, so nobody sees the channel as a whole.
    """

    def __init__(self, patience: Patience, *, keys: int = KEYS, digests: int = DIGESTS, parted: bool = False) -> None:
        self._parted = parted
        self.trackers: dict[Scope, Tracker] = {
            scope: Tracker(patience, across_partitions=scope == "channel", keys=keys, digests=digests)
            for scope in SCOPES
        }
        self._began_ns: int | None = None
        self._messages = 0
        self.decided_ns = 0
        self.winner: Scope | None = None
        self.gave_up: Literal["no scope fits", "too few messages"] | None = None

    @property
    def began(self) -> bool:
        return self._began_ns is not None

    @property
    def decided(self) -> bool:
        return self.winner is not None or self.gave_up is not None

    def enter(self, rows: Rows, partition: int | None, *, gap: bool) -> None:
        """Note where a batch comes from."""
        for tracker in self.trackers.values():
            tracker.enter(rows, partition, gap=gap)

    def track(
        self,
        rows: Rows,
        keys: Mapping[Scope, Sequence[Hashable | None]],
        numbers: Sequence[int | None],
        digests: Sequence[int],
        epochs: Sequence[object] | None,
    ) -> int:
        """Follow rows until the scope is decided; give the row to go on with."""
        trackers = [(tracker, keys[scope]) for scope, tracker in self.trackers.items() if scope in keys]
        for row, number in enumerate(numbers):
            self.advance(rows.clocks[row])
            if self.decided:
                return row
            if number is None:
                continue
            if self._began_ns is None:
                self._began_ns = rows.clocks[row]
            for tracker, column in trackers:
                tracker.track(rows, column, numbers, digests, row, row + 1, epochs)
            self._messages += 1
            if self._messages >= MOST or (self._messages > ENOUGH and self._all_judged()):
                self.decide(rows.clocks[row])
                return row + 1
        return len(numbers)

    def advance(self, now_ns: int) -> None:
        """Let time pass; after a minute the scope is decided with what was seen."""
        if self._began_ns is not None and not self.decided and now_ns >= self._began_ns + PROBE_NS:
            for tracker in self.trackers.values():
                tracker.advance(self._began_ns + PROBE_NS)
            self.decide(self._began_ns + PROBE_NS)

    def _all_judged(self) -> bool:
        return all(tracker.succeeded >= ENOUGH for tracker in self.trackers.values() if tracker.counts.keys)

    def decide(self, now_ns: int) -> None:
        """Choose the scope with the lowest score among those with enough messages to be judged."""
        self.decided_ns = now_ns
        scores = {scope: _score(tracker) for scope, tracker in self.trackers.items() if tracker.succeeded >= ENOUGH}
        if not scores:
            self.gave_up = "too few messages"
            return
        best = min(scores, key=lambda scope: (scores[scope], SCOPES.index(scope)))
        worst = WORST_OF_A_PART if self._parted and best == "partition" else WORST
        if scores[best] <= worst:
            self.winner = best
        else:
            self.gave_up = "no scope fits" if self._all_judged() else "too few messages"


def _score(tracker: Tracker) -> float:
    """Give the share of faults among the messages that had a predecessor; out of order counts half."""
    counts = tracker.counts
    faults = tracker.open_ranges + counts.duplicates + counts.conflicts + counts.restarts + counts.out_of_order / 2
    return faults / tracker.succeeded
