"""What routes counted that a reload took out of the run: the series of their places go on from it.

Rule 1: a series never falls and never begins anew: what counted once is told until the end of the run.
Rule 2: routes are let go in one step and written out later, a few at a time: a reload must not hold the event loop.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
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
        self._waiting: deque[Route] = deque()
        self._leaving: list[Route] = []
        self.places: dict[tuple[str, str], Attributes] = {}
        """Of documented addresses, by server and address."""

    def retire(self, replaced: Sequence[Route], removed: Sequence[Route]) -> None:
        """Let routes go; removed ones may still be given messages until the next reload."""
        self._waiting += (*self._leaving, *replaced)
        self._leaving = list(removed)
        for route in removed:
            if route.documented and len(self.places) < _MOST_PLACES:
                self.places[route.server, route.address] = place_of(route)

    def write_out(self) -> Iterator[None]:
        """Keep the counts of routes that were let go, one route a step."""
        while self._waiting:
            route = self._waiting.popleft()
            place = place_of(route)
            counts = _counts(route, place)
            known = self._kept.pop(place, None)
            if known is not None or counts is not None:
                self._kept[place] = AddedPoints((*(known or ()), *(counts or ())))
            if len(self._kept) > _MOST_PLACES:
                del self._kept[next(iter(self._kept))]
            yield

    def all(self) -> dict[Attributes, AddedPoints]:
        """Give the points of each place as they are by now."""
        for _ in self.write_out():
            pass
        found = dict(self._kept)
        for route in self._leaving:
            place = place_of(route)
            counts = _counts(route, place)
            if counts is not None:
                found[place] = AddedPoints((*found.get(place, ()), *counts))
        return found


def _counts(route: Route, place: Attributes) -> AddedPoints | None:
    """Give what a route has counted; None where no message came."""
    checks = checks_of(route)
    return AddedPoints(channel_points(route, checks, place)).settled() if checks.volume.statistics().total else None


def together(now: Iterable[Point], before: AddedPoints | None) -> Iterable[Point]:
    """Lay points over those of the same place from before."""
    return now if before is None else AddedPoints((*before, *now))
