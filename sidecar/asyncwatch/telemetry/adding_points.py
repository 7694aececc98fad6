"""Points of several places added up: undocumented addresses, workers of one run.

Rule 1: counts add, and so do gauges of amounts; where a sum would say nothing the largest stands.
Rule 2: what ended keeps its counts only: nothing waits there any more, and nothing is in any state.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from asyncwatch.model.distribution import Distribution, Exemplar
from asyncwatch.telemetry import catalogue as metrics
from asyncwatch.telemetry.points import Attributes, HistogramPoint, NumberPoint, Point

_LARGEST: Final = frozenset({metrics.OBSERVER_LAG.name, metrics.SERVER_STATE.name})


class AddedPoints:
    """Adds points up where metric and attributes are the same."""

    def __init__(self, points: Iterable[Point] = ()) -> None:
        self._points: dict[tuple[str, Attributes], Point] = {}
        self.take(points)

    def __iter__(self) -> Iterator[Point]:
        return iter(self._points.values())

    def take(self, points: Iterable[Point]) -> None:
        """Add some; what was given is not changed."""
        for point in points:
            place = (point.metric.name, point.attributes)
            known = self._points.get(place)
            self._points[place] = point if known is None else _added(known, point)

    def settled(self) -> AddedPoints:
        """Give what stays when those that were counted have ended."""
        return AddedPoints(one for one in self if one.metric.kind in {"counter", "histogram"})


def _added(one: Point, other: Point) -> Point:
    if isinstance(one, NumberPoint) and isinstance(other, NumberPoint):
        largest = one.metric.name in _LARGEST
        value = max(one.value, other.value) if largest else one.value + other.value
        return one._replace(value=value, exemplar=_newer(one.exemplar, other.exemplar))
    assert isinstance(one, HistogramPoint)  # a metric has one kind of point
    assert isinstance(other, HistogramPoint)
    both = Distribution.over(one.distribution.bounds)
    both.add(one.distribution)
    both.add(other.distribution)
    slots = [None] * len(both.counts)
    marks = [_newer(*pair) for pair in zip(one.exemplars or slots, other.exemplars or slots, strict=True)]
    return one._replace(distribution=both, exemplars=marks)


def _newer(one: Exemplar | None, other: Exemplar | None) -> Exemplar | None:
    if one is None or other is None:
        return one or other
    return one if one.time_ns >= other.time_ns else other
