"""Occurrences of findings, by rule, place and severity."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from asyncwatch.ledger.groups import Group
from asyncwatch.model.distribution import Exemplar
from asyncwatch.telemetry import catalogue as metrics
from asyncwatch.telemetry.measuring.places import Places
from asyncwatch.telemetry.points import Attributes, NumberPoint, Point, label
from asyncwatch.tracing import attributes as keys

_MANY_RULES: Final = "_OTHER"
"""`error.type` of the one group that stands for all beyond the bound, as the semantic conventions have it."""


class Violations:
    """Adds up groups that differ by path only; the newest example stays."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self._counts: dict[Attributes, int] = {}
        self._examples: dict[Attributes, Exemplar] = {}

    def take(self, groups: Iterable[Group]) -> None:
        """Count some groups."""
        counts, examples = self._counts, self._examples
        for group in groups:
            about = group.about
            is_undocumented = about.channel is None and about.group is None and about.address is not None
            place = self._places.find(about.server, about.address, is_undocumented=is_undocumented)
            stands_for_many = about.address is None and about.channel is None and about.group is None
            if about.message is not None:
                place = (*place, (keys.MESSAGE_NAME, label(about.message)))
            place = (*place, (keys.ERROR_TYPE, _MANY_RULES if stands_for_many else about.rule))
            for severity, count in group.by_severity().items():
                named = (*place, (keys.VIOLATION_SEVERITY, severity))
                counts[named] = counts.get(named, 0) + count
            named = (*place, (keys.VIOLATION_SEVERITY, about.severity))
            example = group.example
            if example is not None and (named not in examples or examples[named].time_ns < example.time_ns):
                examples[named] = example

    def points(self) -> Iterator[Point]:
        """Give what was counted."""
        for named, count in self._counts.items():
            yield NumberPoint(metrics.VIOLATIONS, named, count, self._examples.get(named))
