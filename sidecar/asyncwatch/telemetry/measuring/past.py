"""What routes counted that a reload took out of the run: the series of their places go on from it.

Rule 1: a series never falls and never begins anew: what counted once is told until the end of the run.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from asyncwatch.ledger.rows import checks_of
from asyncwatch.model.route import Route
from asyncwatch.telemetry.adding_points import AddedPoints
from asyncwatch.telemetry.measuring.channels import channel_points
from asyncwatch.telemetry.measuring.places import place_of
from asyncwatch.telemetry.points import Attributes, Point

_MOST_PLACES: Final = 10_000


class PastPoints:
    """Points of routes that are gone, by their place."""

    def __init__(self) -> None:
        self._kept: dict[Attributes, AddedPoints] = {}
        self._leaving: list[Route] = []

    def retire(self, replaced: Sequence[Route], removed: Sequence[Route]) -> None:
        """Keep what routes have counted; removed ones may still be given messages until the next reload."""
        for route in (*self._leaving, *replaced):
            place = place_of(route)
            known = self._kept.pop(place, None)
            points = _counts(route, place) if known is None else AddedPoints((*known, *_counts(route, place)))
            self._kept[place] = points
            if len(self._kept) > _MOST_PLACES:
                del self._kept[next(iter(self._kept))]
        self._leaving = list(removed)

    def all(self) -> dict[Attributes, AddedPoints]:
        """Give the points of each place as they are by now."""
        found = dict(self._kept)
        for route in self._leaving:
            place = place_of(route)
            found[place] = AddedPoints((*found.get(place, ()), *_counts(route, place)))
        return found


def _counts(route: Route, place: Attributes) -> AddedPoints:
    return AddedPoints(channel_points(route, checks_of(route), place)).settled()


def together(now: Iterable[Point], before: AddedPoints | None) -> Iterable[Point]:
    """Lay points over those of the same place from before."""
    return now if before is None else AddedPoints((*before, *now))
