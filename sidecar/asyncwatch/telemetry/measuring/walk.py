"""One look at everything, in pieces: whoever reads them decides how long the event loop is held.

Rule 1: every pair of metric and attributes comes once; what falls together (undocumented addresses) is added up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

from asyncwatch.ledger.ledger import Ledger
from asyncwatch.ledger.rows import checks_of
from asyncwatch.model.report import LagRow
from asyncwatch.model.view import LagView
from asyncwatch.telemetry.adding_points import AddedPoints
from asyncwatch.telemetry.happenings import COUNTS
from asyncwatch.telemetry.measuring.channels import channel_points
from asyncwatch.telemetry.measuring.consumers import lag_points
from asyncwatch.telemetry.measuring.findings import Violations
from asyncwatch.telemetry.measuring.ourselves import own_points
from asyncwatch.telemetry.measuring.past import PastPoints, together
from asyncwatch.telemetry.measuring.places import Places
from asyncwatch.telemetry.measuring.readings import Readings
from asyncwatch.telemetry.measuring.servers import server_points
from asyncwatch.telemetry.points import Attributes, Point

_GROUPS: Final = 500
"""Finding groups in a piece."""

Measure = Callable[[], Iterator[Iterable[Point]]]


class Measuring:
    """Reads what a run has counted.

    `lag` gives rows and their views, which may be fewer; None = groups could not be asked. `past`: what routes counted
    that a reload took out. Units: `started_ns` since the epoch.
    """

    def __init__(
        self,
        ledger: Ledger,
        readings: Callable[[], Readings],
        lag: Callable[[], tuple[Sequence[LagRow], Sequence[LagView]] | None],
        *,
        by_partition: bool = False,
        past: PastPoints | None = None,
    ) -> None:
        self._ledger = ledger
        self._readings = readings
        self._lag = lag
        self._by_partition = by_partition
        self._past = past

    @property
    def started_ns(self) -> int:
        return self._ledger.started_ns

    def pieces(self) -> Iterator[Iterable[Point]]:
        """Give every point there is by now.

        Shape: pieces of at most a few milliseconds each, some are empty; a long one makes its points one by one.
        """
        ledger = self._ledger
        routes = ledger.routes()
        protocols = {record.server: record.protocol for record in ledger.servers.values()}
        readings = self._readings()
        yield server_points(ledger.servers.values(), readings.behind_messages)
        yield own_points(readings, dict(COUNTS))
        places = Places(protocols)
        undocumented = AddedPoints()
        past: dict[Attributes, AddedPoints] = {}
        if self._past is not None:
            past = self._past.all()
            places.learn(self._past.places)
        for route in routes:
            place = places.add(route)
            points: Iterable[Point] = channel_points(route, checks_of(route), place)
            if route.documented:
                yield together(points, past.pop(place, None))
            else:
                undocumented.take(points)
                yield ()
        for before in past.values():
            undocumented.take(before)
            yield ()
        yield undocumented
        violations, groups = Violations(places), ledger.groups.all()
        for start in range(0, len(groups), _GROUPS):
            violations.take(groups[start : start + _GROUPS])
            yield ()
        yield violations.points()
        lag = self._lag()
        if lag is not None:
            rows, views = lag
            yield lag_points(rows, views, places, protocols, by_partition=self._by_partition)
