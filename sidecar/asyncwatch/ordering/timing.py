"""The event time of every message, from the first place that has one.

Source: facts on ordering A1; settled 32.
"""

from __future__ import annotations

from collections.abc import Sequence

from asyncwatch.model.observation import Observation
from asyncwatch.model.route import Route
from asyncwatch.ordering import names
from asyncwatch.ordering.envelope import attribute, is_structured
from asyncwatch.ordering.event_time import EventTimeReader, Unit
from asyncwatch.ordering.lookup import Lookup, lookup, present
from asyncwatch.ordering.source import effective_rules, wanted_headers


def timing_headers(route: Route) -> tuple[str, ...]:
    """Give the headers to pick, lower case."""
    found = [names.TIMESTAMP, names.CONTENT_TYPE, *names.CE_TIME, *wanted_headers(route)]
    for rule in effective_rules(route):
        place = lookup(rule.event_time)
        if place is not None and place.header is not None:
            found.append(place.header)  # the place is needed twice
    return tuple(dict.fromkeys(found))


class EventTimes:
    """Finds event times: the declared place, CloudEvents `time`, the header `timestamp`, else the message's timestamp."""

    def __init__(self, route: Route) -> None:
        rules = effective_rules(route)
        self.rule = next((rule for rule in rules if rule.event_time is not None), rules[0])
        self._places: list[tuple[Lookup | None, Unit]] = [
            (lookup(rule.event_time), rule.event_time_unit) for rule in rules
        ]
        self._declared = any(place is not None for place, _ in self._places)
        self._one = len(set(self._places)) == 1
        self._structured = is_structured(route)
        units: set[Unit] = {"auto", *(unit for _, unit in self._places)}
        self._readers = {unit: EventTimeReader(unit) for unit in units}
        self.found: str | None = None

    def column(self, obs: Observation) -> list[int | None]:
        """Give each row's event time.

        Shape: None = no time, or one that cannot be read. Units: nanoseconds since the epoch.
        """
        if not self._declared:
            return self._usual(obs)
        if self._one:
            place, unit = self._places[0]
            assert place is not None  # something is declared, and all are alike
            values = place.column(obs)
            self.found = self.found or str(place)
            return [None] * len(obs.batch) if values is None else self._readers[unit].read(values)
        columns: list[Sequence[int | None]] = []
        for place, unit in self._places:
            if place is None:
                columns.append(self._usual(obs))
                continue
            self.found = self.found or str(place)
            values = place.column(obs)
            columns.append([None] * len(obs.batch) if values is None else self._readers[unit].read(values))
        return [columns[message + 1][row] for row, message in enumerate(obs.message)]

    def _usual(self, obs: Observation) -> list[int | None]:
        found: list[int | None] = list(obs.batch.sent_ns)
        word = None if obs.batch.time_source == "none" else f"{obs.batch.time_source} timestamp"
        header = present(obs, names.TIMESTAMP)
        events = attribute(obs, "time", structured=self._structured)
        for name, values in (("header timestamp", header), ("CloudEvents time", events)):
            if values is None:
                continue
            word = name
            times = self._readers["auto"].read(values)
            if None in times:
                found = [old if new is None else new for old, new in zip(found, times, strict=True)]
            else:
                found = times
        self.found = self.found or word
        return found
