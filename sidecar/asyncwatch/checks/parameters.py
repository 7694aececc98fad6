"""What stands in the place of an address's placeholders, against the documented parameters.

Rule 1: an address is right that is right for one of the channels that lie there.
Rule 2: a finding never changes the message's state (settled 3), and never shows the value.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import ClassVar, Final

import orjson
from msgspec import Struct

from asyncwatch.checks.base import header_text
from asyncwatch.model.finding import Fault, Finding
from asyncwatch.model.observation import Observation
from asyncwatch.model.route import AddressParameters, Placeholder, Route
from asyncwatch.ordering.lookup import Lookup, lookup

_REMEMBERED: Final = 4_096
"""Addresses whose verdict is kept; beyond that the memory begins anew."""
_LONGEST: Final = 1_024
"""Signs of an address that is kept."""
_SHOWN: Final = 100
_SCALAR: Final = re.compile(r"-?[0-9.eE+-]{1,40}|true|false|null")


class ParametersStatistics(Struct):
    """Messages whose address breaks a parameter, and messages that hold another value than their address."""

    refused: int = 0
    differing: int = 0


class _Verdict(Struct, frozen=True):
    """What is wrong with an address, and the values of its placeholders: a tuple a channel, () where it does not fit."""

    faults: tuple[Fault, ...]
    values: tuple[tuple[str, ...], ...]


class _Copy(Struct, frozen=True):
    """A place of the message that holds the value of a placeholder again."""

    place: int
    lookup: Lookup
    fault: Fault


class ParametersCheck:
    """Says `channel.parameter` of addresses on routes with placeholders."""

    writes: ClassVar[frozenset[str]] = frozenset({"faults"})

    @classmethod
    def wants(cls, route: Route) -> tuple[str, ...]:
        found = [lookup(one.location) for channel in route.parameters for one in channel.placeholders]
        return tuple(one.header for one in found if one is not None and one.header is not None)

    def __init__(self, route: Route) -> None:
        self._statistics = ParametersStatistics()
        self._severity = route.severities["channel.parameter"]
        self._channels = route.parameters if self._severity != "off" else ()
        self._copies = [self._copies_of(channel) for channel in self._channels]
        if not all(self._copies):
            self._copies = []  # where one of the channels holds no copy, none can be missed
        self._known: dict[str, _Verdict] = {}

    def observe(self, obs: Observation, /) -> None:
        """Compare each real address with the parameters, once; a row costs one look into a set.

        Cost: bench loop[parameters].
        """
        addresses = obs.batch.addresses
        if not self._channels or addresses is None:
            return
        met = set(addresses)
        verdicts = {address: self._verdict(address) for address in met}
        wrong = {address: one.faults for address, one in verdicts.items() if one.faults}
        if wrong:
            for row, address in enumerate(addresses):
                faults = wrong.get(address)
                if faults is not None:
                    self._statistics.refused += 1
                    obs.faults.extend((row, fault) for fault in faults)
        if self._copies:
            self._compare(obs, addresses, verdicts)

    def _verdict(self, address: str) -> _Verdict:
        found = self._known.get(address)
        if found is None:
            found = self._judge(address)
            if len(address) <= _LONGEST:
                if len(self._known) >= _REMEMBERED:
                    self._known.clear()
                self._known[address] = found
        return found

    def _judge(self, address: str) -> _Verdict:
        """Take the channel that the address breaks least: one that it does not break, if there is one."""
        values: list[tuple[str, ...]] = []
        nearest: tuple[Fault, ...] | None = None
        for channel in self._channels:
            fitting = channel.pattern.fullmatch(address)
            if fitting is None:
                values.append(())
                continue
            own = fitting.groups()  # wildcards have none
            values.append(own)
            pairs = zip(channel.placeholders, own, strict=True)
            faults = tuple(fault for one, value in pairs if (fault := self._fault(one, value)) is not None)
            if nearest is None or len(faults) < len(nearest):
                nearest = faults
        return _Verdict(nearest or (), tuple(values))

    def _fault(self, placeholder: Placeholder, value: str) -> Fault | None:
        """Judge one value: text first, then what it says as a number or a boolean (as for headers, settled 18)."""
        schema, values = placeholder.schema, placeholder.values
        if schema is not None:
            parsed = _parsed(value)
            if schema.is_valid(value) or schema.is_valid(parsed):
                return None
            faults = schema.explain(parsed, 1)
            if parsed is not value and faults and faults[0].keyword == "type":
                faults = schema.explain(value, 1)
            if not faults or (faults[0].keyword == "enum" and values is not None):
                return self._write(placeholder, "/schema", "enum", _listed(values or ()))
            return self._write(
                placeholder, "/schema" + faults[0].schema_path[1:], faults[0].keyword, faults[0].expected
            )
        if values is None or value in values:
            return None
        return self._write(placeholder, "/enum", "enum", _listed(values))

    def _write(
        self, placeholder: Placeholder, pointer: str, keyword: str, expected: str, summary: str | None = None
    ) -> Fault:
        path = "/" + placeholder.name.replace("~", "~0").replace("/", "~1")
        return Fault(
            rule="channel.parameter", severity=self._severity, path=path, group_path=path, schema_path=f"#{pointer}",
            keyword=keyword, expected=expected, actual="another value",
            summary=f"parameter {placeholder.name} of the address: {summary or f'{expected} expected'}",
        )  # fmt: skip

    def _copies_of(self, channel: AddressParameters) -> list[_Copy]:
        found: list[_Copy] = []
        for place, one in enumerate(channel.placeholders):
            where = lookup(one.location)
            if where is not None:
                fault = self._write(
                    one, "/location", "location", f"the value at {where}", f"another value stands at {where}"
                )
                found.append(_Copy(place, where, fault))
        return found

    def _compare(self, obs: Observation, addresses: Sequence[str], verdicts: dict[str, _Verdict]) -> None:
        """Compare the values in addresses with those that messages hold; an absent one is the schema's business."""
        differing = [
            self._differing(obs, copies, [verdicts[address].values[number] for address in addresses])
            for number, copies in enumerate(self._copies)
        ]
        for row, faults in differing[0].items():
            if all(row in others for others in differing[1:]):
                self._statistics.differing += 1
                obs.faults.extend((row, fault) for fault in faults)

    @staticmethod
    def _differing(
        obs: Observation, copies: Sequence[_Copy], values: Sequence[tuple[str, ...]]
    ) -> dict[int, list[Fault]]:
        found: dict[int, list[Fault]] = {}
        for copy in copies:
            column = copy.lookup.column(obs)
            for row, held in enumerate(column or ()):
                own = values[row]
                if held is not None and own and _text(held) != own[copy.place]:
                    found.setdefault(row, []).append(copy.fault)
        return found

    def advance(self, now_ns: int, /) -> Sequence[Finding]:
        """Nothing here depends on time."""
        return ()

    def statistics(self) -> ParametersStatistics:
        return self._statistics


def _listed(values: Sequence[str]) -> str:
    """Name documented values, cut to a readable length."""
    listed = ", ".join(values)
    shown = listed if len(listed) <= _SHOWN else listed[: _SHOWN - 1] + "…"
    return f"one of {shown}" if len(values) > 1 else shown or "a value that fits"


def _parsed(value: str) -> object:
    """Give a number or a boolean for its text, and any other text itself."""
    if _SCALAR.fullmatch(value) is None:
        return value
    try:
        return orjson.loads(value)
    except ValueError:
        return value


def _text(held: object) -> str | None:
    """Give a value of a message as it would stand in an address; None for a structure, which cannot."""
    if isinstance(held, dict | list):
        return None
    if isinstance(held, float) and held.is_integer():
        return str(int(held))
    return header_text(held)
