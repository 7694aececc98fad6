"""What the checks of a route have counted."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from asyncwatch.ledger.rows import RouteChecks
from asyncwatch.model.distribution import SECOND_NS, Distribution
from asyncwatch.model.route import Route
from asyncwatch.model.state import INVALID, STATES, VALID
from asyncwatch.ordering.totals import SequenceTotals
from asyncwatch.telemetry import catalogue as metrics
from asyncwatch.telemetry.points import Attributes, HistogramPoint, NumberPoint, Point, label
from asyncwatch.tracing import attributes as keys

_ALWAYS: Final = frozenset({VALID, INVALID})
"""States that stand there from the start, so that the first invalid message is an increase; the others once they came."""
_CLASSES: Final = ("in_order", "out_of_order", "duplicates", "conflicts", "unsequenced")
_CLASS_WORDS: Final = {"duplicates": "duplicate", "conflicts": "conflict"}
_SEQUENCE_COUNTERS: Final = (
    (metrics.SEQUENCE_GAPS, "gaps"), (metrics.SEQUENCE_FILLED, "filled"), (metrics.SEQUENCE_LOST, "lost"),
    (metrics.SEQUENCE_RECOVERED, "recovered"), (metrics.SEQUENCE_RESTARTS, "restarts"),
    (metrics.SEQUENCE_MISSING, "missing"),
)  # fmt: skip
_UNFLAGGED: Final = ("none", "invalid", "duplicate")
"""Words beside which `sampled` says nothing."""


def channel_points(route: Route, checks: RouteChecks, place: Attributes) -> list[Point]:
    """Read everything that one route's checks have counted."""
    volume = checks.volume.statistics()
    points: list[Point] = _message_points(route, volume.states, place)
    _add_histogram(points, metrics.BODY_SIZE, place, volume.sizes)
    if volume.transit.count:
        timed = (*place, (keys.TIMESTAMP_SOURCE, volume.time_source))
        points.append(
            HistogramPoint(metrics.TRANSIT, timed, volume.transit, SECOND_NS, checks.volume.examples.slots)
        )  # fmt: skip
    _add_histogram(points, metrics.CLOCK_SKEW, place, volume.skew, SECOND_NS)
    if volume.total:
        points += _context_points(checks, volume.sampled, place)
        freshness = checks.freshness.statistics()
        points.append(NumberPoint(metrics.SEQUENCE_LATE, place, freshness.late))
        _add_histogram(points, metrics.SEQUENCE_LATENESS, place, freshness.lateness, SECOND_NS)
    totals = checks.sequence.totals()
    if totals is not None:
        points += _sequence_points(totals, place)
    return points


def _add_histogram(
    points: list[Point], metric: metrics.Metric, place: Attributes, found: Distribution, divisor: int = 1
) -> None:
    if found.count:
        points.append(HistogramPoint(metric, place, found, divisor))


def _message_points(route: Route, states: dict[int, list[int]], place: Attributes) -> list[Point]:
    """Give messages by name and state; equal names of several channels are one."""
    by_name: dict[str | None, list[int]] = {
        candidate.message: [0] * len(STATES) for candidate in route.candidates
    }  # fmt: skip
    for index, counts in states.items():
        name = route.candidates[index].message if index >= 0 else None
        known = by_name.setdefault(name, [0] * len(STATES))
        for code, count in enumerate(counts):
            known[code] += count
    points: list[Point] = []
    for name, counts in by_name.items():
        named = place if name is None else (*place, (keys.MESSAGE_NAME, label(name)))
        points += [
            NumberPoint(metrics.MESSAGES, (*named, (keys.VALIDATION_RESULT, STATES[code])), count)
            for code, count in enumerate(counts)
            if count or (code in _ALWAYS and name is not None)
        ]
    return points


def _context_points(checks: RouteChecks, sampled: dict[str, int], place: Attributes) -> Iterable[Point]:
    counts = checks.context.statistics()
    for word in counts.__struct_fields__:
        count = getattr(counts, word)
        if not count:
            continue
        formed = (*place, (keys.CONTEXT_FORMAT, word))
        if word in _UNFLAGGED:
            yield NumberPoint(metrics.CONTEXTS, formed, count)
            continue
        recorded = sampled.get(word, 0)
        yield NumberPoint(metrics.CONTEXTS, (*formed, (keys.CONTEXT_SAMPLED, "true")), recorded)
        yield NumberPoint(metrics.CONTEXTS, (*formed, (keys.CONTEXT_SAMPLED, "false")), count - recorded)


def _sequence_points(totals: SequenceTotals, place: Attributes) -> Iterable[Point]:
    for name in _CLASSES:
        count = getattr(totals, name)
        if count:
            word = _CLASS_WORDS.get(name, name)
            yield NumberPoint(metrics.SEQUENCE_MESSAGES, (*place, (keys.SEQUENCE_CLASS, word)), count)
    if totals.in_order:
        for metric, name in _SEQUENCE_COUNTERS:
            yield NumberPoint(metric, place, getattr(totals, name))
    if totals.distances.count:
        yield HistogramPoint(metrics.SEQUENCE_DISTANCE, place, totals.distances)
