"""What a route's messages say about their sequence: numbers, scope keys, identities and the producer's epoch.

Rule 1: the first place that a message has a value at counts; a value that is no number leaves the message unsequenced.
Source: facts on ordering A1; settled 29, 30.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import replace

from asyncwatch.model.observation import Observation
from asyncwatch.model.route import OrderingRule, Route
from asyncwatch.ordering import names
from asyncwatch.ordering.envelope import HEADERS, attribute, is_structured
from asyncwatch.ordering.lookup import Lookup, declared_integers, first_present, lookup, payload_column
from asyncwatch.ordering.number import scope_keys


def effective_rules(route: Route) -> tuple[OrderingRule, ...]:
    """Give the rule of messages without a candidate, then that of each candidate: what the message says comes first."""
    common = route.ordering
    rules = [common]
    for candidate in route.candidates:
        own = candidate.ordering
        if own is None:
            rules.append(common)
            continue
        rules.append(
            replace(
                common, location=own.location or common.location, key=own.key or common.key,
                start=common.start if own.start is None else own.start, step=own.step if own.step != 1 else common.step,
                modulus=own.modulus or common.modulus, scope=own.scope or common.scope,
                event_time=own.event_time or common.event_time,
                event_time_unit=own.event_time_unit if own.event_time else common.event_time_unit,
                identity=own.identity or common.identity,
                allowed_lateness_s=own.allowed_lateness_s if own.event_time else common.allowed_lateness_s,
            )
        )  # fmt: skip
    return tuple(rules)


def governing_rule(route: Route) -> OrderingRule:
    """Give the rule that a route's one tracker goes by: that of the first message which declares a sequence."""
    rules = effective_rules(route)
    return next((rule for rule in rules if rule.location is not None), rules[0])


def wanted_headers(route: Route) -> tuple[str, ...]:
    """Give the headers to pick, lower case."""
    found = [*names.SEQUENCES, *names.PRODUCERS, *names.EPOCHS, *names.IDENTITIES, *HEADERS]
    for rule in effective_rules(route):
        places = (lookup(rule.location), lookup(rule.key), lookup(rule.identity))
        found += [place.header for place in places if place is not None and place.header is not None]
    return tuple(dict.fromkeys(found))


class _Declared:
    """A place that differs by message: the column is put together from the place of each row's message."""

    def __init__(self, places: Sequence[Lookup | None]) -> None:
        self.places = tuple(dict.fromkeys(places))
        self._by_message = [self.places.index(place) for place in places]

    @property
    def any(self) -> bool:
        return self.places != (None,)

    def column(self, obs: Observation) -> tuple[list[object] | None, Sequence[bool] | None]:
        """Give the values, and for which rows a place is declared; None = for all."""
        if len(self.places) == 1:
            place = self.places[0]
            found = None if place is None else place.column(obs)
            return (None if found is None else list(found)), None
        columns = [None if place is None else place.column(obs) for place in self.places]
        chosen = [self._by_message[message + 1] for message in obs.message]
        values: list[object] = []
        for row, index in enumerate(chosen):
            column = columns[index]
            values.append(None if column is None else column[row])
        return values, [self.places[index] is not None for index in chosen]


_DECLARED, _EVENT, _HEADER, _PAYLOAD, _NOWHERE = 0, 1, 10, 20, 99
"""The order of search."""


class SequenceSource:
    """Finds the columns that a sequence is judged by."""

    def __init__(self, route: Route) -> None:
        rules = effective_rules(route)
        self.rule = governing_rule(route)
        self._locations = _Declared([lookup(rule.location) for rule in rules])
        self._keys = _Declared([lookup(rule.key) for rule in rules])
        self._identities = _Declared([lookup(rule.identity) for rule in rules])
        self._fields = declared_integers(route, names.SEQUENCES)
        self._structured = is_structured(route)
        self.declares_key = self._keys.any
        self.found: str | None = None
        """Where numbers were found, in words: of several places, the one that is looked at first."""
        self._rank = _NOWHERE
        declared = next((place for place in self._locations.places if place is not None), None)
        self._declared = None if declared is None else str(declared)

    def numbers(self, obs: Observation) -> list[object] | None:
        """Give each row's value of the sequence outside CloudEvents; None when no row has one."""
        values: list[object] | None = None
        declared: Sequence[bool] | None = None
        if self._locations.any:
            values, declared = self._locations.column(obs)
            if values is not None and self._declared is not None:
                self._note(_DECLARED, self._declared)
            if declared is None:
                return values
        usual = self._usual(obs)
        if values is None or declared is None:
            return usual
        if usual is not None:
            for row, is_declared in enumerate(declared):
                if not is_declared:
                    values[row] = usual[row]
        return values

    def _usual(self, obs: Observation) -> list[object] | None:
        headers = first_present(obs, names.SEQUENCES)
        values = None if headers is None else headers[1]
        if headers is not None:
            self._note(_HEADER + names.SEQUENCES.index(headers[0]), f"header {headers[0]}")
        if self._fields and (values is None or None in values):
            for rank, (name, messages) in enumerate(self._fields.items(), _PAYLOAD):
                column = payload_column(obs, (name,))
                if column is None:
                    continue
                taken: list[object] = values if values is not None else [None] * len(column)
                for row, value in enumerate(column):
                    if taken[row] is None and value is not None and obs.message[row] in messages:
                        taken[row] = value
                        values = taken
                        self._note(rank, f"payload /{name}")
        return values

    def _note(self, rank: int, word: str) -> None:
        """Keep the word of the place that is looked at first, whichever is met first: batches may be cut anywhere."""
        if rank < self._rank:
            self._rank = rank
            self.found = word

    def events(self, obs: Observation) -> tuple[list[object], Sequence[bytes | None]] | None:
        """Give CloudEvents sequence values and sources; None when no row has one, or the document declares another place."""
        if self._locations.any:
            return None
        values = attribute(obs, "sequence", structured=self._structured)
        if values is None:
            return None
        self._note(_EVENT, "CloudEvents sequence")
        sources = attribute(obs, "source", structured=self._structured) or [None] * len(values)
        return values, scope_keys(sources)

    def keys(self, obs: Observation) -> Sequence[bytes | None]:
        """Give the declared scope key of each row."""
        values, _ = self._keys.column(obs)
        return [None] * len(obs.batch) if values is None else scope_keys(values)

    def producers(self, obs: Observation) -> Sequence[bytes | None] | None:
        """Give the producer that each row names; None when none does."""
        found = first_present(obs, names.PRODUCERS)
        return None if found is None else scope_keys(found[1])

    def epochs(self, obs: Observation) -> list[object] | None:
        """Give what tells one start of a producer from another; None when no row has it."""
        found = first_present(obs, names.EPOCHS)
        return None if found is None else found[1]

    def identities(self, obs: Observation) -> list[Hashable | None] | None:
        """Give what identifies each message; None when no row has it."""
        if self._identities.any:
            values, _ = self._identities.column(obs)
            return None if values is None else list(scope_keys(values))
        ids = attribute(obs, "id", structured=self._structured)
        found: list[Hashable | None] | None = None
        if ids is not None:
            sources = attribute(obs, "source", structured=self._structured)
            if sources is not None:
                found = [
                    None if one is None or source is None else (source, one)
                    for source, one in zip(scope_keys(sources), scope_keys(ids), strict=True)
                ]
        others = first_present(obs, names.IDENTITIES)
        if others is None:
            return found
        other = scope_keys(others[1])
        return (
            list(other) if found is None else [one if one is not None else other[row] for row, one in enumerate(found)]
        )
