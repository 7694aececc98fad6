"""What sequences have come to, in numbers that only grow: for metrics, where a report's present counts would fall again."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct, field

from asyncwatch.model.distribution import Distribution
from asyncwatch.ordering.happening import SequenceCounts
from asyncwatch.ordering.missing import DISTANCE_BOUNDS
from asyncwatch.ordering.tracker import Tracker


class SequenceTotals(Struct):
    """Counts since the start; only what is decided counts, a message that is held counts when it is judged.

    `lost` counts numbers that were given up, `recovered` those of them that came after all; `missing` is the present
    number of awaited ones. `distances`: how far below the highest number a late one was.
    """

    in_order: int = 0
    out_of_order: int = 0
    duplicates: int = 0
    conflicts: int = 0
    unsequenced: int = 0
    restarts: int = 0
    gaps: int = 0
    missing: int = 0
    filled: int = 0
    lost: int = 0
    recovered: int = 0
    distances: Distribution = field(default_factory=lambda: Distribution.over(DISTANCE_BOUNDS))


def sequence_totals(
    messages: int, repeats: int, trackers: Iterable[Tracker], text: SequenceCounts | None
) -> SequenceTotals:
    """Add up what trackers have decided; `repeats` are messages whose identity was seen before."""
    totals = SequenceTotals(duplicates=repeats)
    held = 0
    followed = list(trackers)
    for counts in [*(tracker.counts for tracker in followed), *([] if text is None else [text])]:
        totals.in_order += counts.in_order
        totals.out_of_order += counts.out_of_order
        totals.duplicates += counts.duplicates
        totals.conflicts += counts.conflicts
        totals.restarts += counts.restarts
        totals.gaps += counts.gaps
        totals.missing += counts.missing
        totals.filled += counts.filled
        totals.lost += counts.lost + counts.recovered
        totals.recovered += counts.recovered
    for tracker in followed:
        held += tracker.held
        totals.distances.add(tracker.distances)
    decided = totals.in_order + totals.out_of_order + totals.duplicates + totals.conflicts
    totals.unsequenced = messages - decided - held
    return totals
