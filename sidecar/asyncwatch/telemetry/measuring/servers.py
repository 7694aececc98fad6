"""Our connections to brokers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, get_args

from asyncwatch.ledger.servers import ConnectionState, ServerRecord
from asyncwatch.telemetry import catalogue as metrics
from asyncwatch.telemetry.measuring.places import system
from asyncwatch.telemetry.points import NumberPoint, Point, label
from asyncwatch.tracing import attributes as keys

_STATES: Final[tuple[str, ...]] = get_args(ConnectionState)


def server_points(records: Iterable[ServerRecord], behind: Mapping[str, int | None]) -> list[Point]:
    """Read the servers; `behind`: messages that each tap has still to read, None = not known."""
    points: list[Point] = []
    for record in records:
        place = ((keys.SYSTEM, system(record.protocol)), (keys.SERVER, label(record.server)))
        points += [
            NumberPoint(metrics.SERVER_STATE, (*place, (keys.SERVER_STATE, state)), float(record.state == state))
            for state in _STATES
        ]
        points.append(NumberPoint(metrics.SERVER_BREAKS, place, record.breaks))
        if record.missed is not None:
            points.append(NumberPoint(metrics.SERVER_MISSED, place, record.missed))
        messages = behind.get(record.server)
        if messages is not None:
            points.append(NumberPoint(metrics.OBSERVER_LAG_MESSAGES, place, messages))
    return points
