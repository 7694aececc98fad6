"""Payload bytes to values, in the format that the wire names, else the document.

Rule 1: what cannot be decoded because we lack the format is unchecked; what is broken is undecodable.
Rule 2: a null payload is a tombstone, whatever the schema says (settled 7).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Final

from msgspec import Struct

from asyncwatch.checks.base import header_text
from asyncwatch.decode.json import Recovered, parse_json, recover
from asyncwatch.decode.media_type import essence, is_identity, is_json
from asyncwatch.model.batch import HeaderValue
from asyncwatch.model.finding import Fault, Finding
from asyncwatch.model.observation import Observation
from asyncwatch.model.route import Route
from asyncwatch.model.state import TOMBSTONE, UNDECODABLE, UNKNOWN

_TYPES: Final = ("content-type", "contenttype")
_ENCODING: Final = "content-encoding"
_REMEMBERED: Final = 256


class DecodeStatistics(Struct):
    """Payloads decoded and refused."""

    decoded: int = 0
    refused: int = 0


class _Kind(Struct, frozen=True):
    """What a wire value of content type or encoding means: decode as JSON, or leave unchecked for a reason."""

    unchecked: str | None
    fault: Fault | None


_PLAIN: Final = _Kind(None, None)
_LEFT: Final = bytes(bytearray(b"\xff"))
"""Stands for a payload that is not to be decoded: an object of its own, which no payload is, and no JSON."""


class DecodeCheck:
    """Fills `values` and `decoded`, and the states tombstone, undecodable and unknown."""

    writes: ClassVar[frozenset[str]] = frozenset({"values", "decoded", "state", "message", "reasons", "faults"})

    @classmethod
    def wants(cls, route: Route) -> tuple[str, ...]:
        return (*_TYPES, _ENCODING) if route.candidates else ()

    def __init__(self, route: Route) -> None:
        self._statistics = DecodeStatistics()
        self._severities = route.severities
        self._undescribed = not route.candidates
        self._only = 0 if len(route.candidates) == 1 else -1
        self._message = route.candidates[0].message if self._only == 0 else None
        self._documented = frozenset(essence(candidate.content_type) for candidate in route.candidates)
        others = sorted(kind for kind in self._documented if not is_json(kind))
        self._default = _PLAIN
        if route.candidates and len(others) == len(self._documented):
            self._default = _Kind(f"format {others[0]} is not read", None)
        self._type_slots = [route.slots[name] for name in _TYPES if name in route.slots]
        self._encoding_slot = route.slots.get(_ENCODING, -1)
        self._kinds: dict[tuple[int, HeaderValue], _Kind] = {}

    def observe(self, obs: Observation, /) -> None:
        """Decode every payload.

        Cost: bench loop[decode].
        """
        state, payloads = obs.state, obs.batch.payloads
        if self._undescribed:
            for row, payload in enumerate(payloads):
                state[row] = TOMBSTONE if payload is None else UNKNOWN
            return
        n = len(payloads)
        if self._only == 0:
            obs.message = [0] * n
        kinds = self._kinds_of(obs)
        if kinds is None:
            wanted = payloads
        else:
            wanted = [
                payload if payload is None or self._admit(obs, row, kinds[row]) else _LEFT
                for row, payload in enumerate(payloads)
            ]
        values: list[object] = []
        refused: list[int] = []
        rest = iter(wanted)
        while len(values) < n:  # what was appended before a refusal stays in the list
            try:
                values.extend(map(parse_json, rest))  # type: ignore[arg-type] # null payloads are refused as well
            except (ValueError, RecursionError):
                refused.append(len(values))
                values.append(None)
        decoded = bytearray(b"\x01") * n
        obs.values, obs.decoded = values, decoded
        for row in refused:
            decoded[row] = 0
            if wanted[row] is None:
                state[row] = TOMBSTONE
            elif wanted[row] is not _LEFT:
                self._statistics.refused += 1
                self._look_again(obs, row, values, decoded)
        self._statistics.decoded += decoded.count(1)

    def _kinds_of(self, obs: Observation) -> list[_Kind] | None:
        """Tell how each row is to be read; None = all plain JSON, the usual case."""
        fields = obs.fields
        if self._default is _PLAIN and all(
            value is None or self._kind(slot, value) is _PLAIN
            for slot in (*self._type_slots, self._encoding_slot)
            for value in set(fields[slot])
        ):
            return None
        kinds = [self._default] * len(obs.batch)
        for slot in (*self._type_slots, self._encoding_slot):
            is_type = slot != self._encoding_slot
            for row, value in enumerate(fields[slot]):
                if value is not None:
                    kind = self._kind(slot, value)
                    if is_type or kind is not _PLAIN:
                        kinds[row] = kind
        return kinds

    def _kind(self, slot: int, value: HeaderValue) -> _Kind:
        kind = self._kinds.get((slot, value))
        if kind is None:
            text = header_text(value)
            kind = self._encoding_kind(text) if slot == self._encoding_slot else self._type_kind(text)
            if len(self._kinds) < _REMEMBERED:
                self._kinds[slot, value] = kind
        return kind

    def _encoding_kind(self, text: str | None) -> _Kind:
        if text is not None and is_identity(text):
            return _PLAIN
        return _Kind("content encoding is not read", None)

    def _type_kind(self, text: str | None) -> _Kind:
        wire = essence(text) if text is not None else ""
        fault = None
        severity = self._severities["payload.content-type"]
        if wire not in self._documented and severity != "off":
            expected = " or ".join(sorted(self._documented))
            fault = Fault(
                rule="payload.content-type", severity=severity, message=self._message, expected=expected,
                actual="another content type", summary=f"the content type is not the documented {expected}",
            )  # fmt: skip
        if is_json(wire):
            return _PLAIN if fault is None else _Kind(None, fault)
        return _Kind("the format that the content type names is not read", fault)

    def _admit(self, obs: Observation, row: int, kind: _Kind) -> bool:
        """Note what a row's kind says; tell whether it is to be decoded as JSON."""
        if kind.fault is not None:
            obs.faults.append((row, kind.fault))
        if kind.unchecked is None:
            return True
        obs.reasons.append((row, kind.unchecked))
        return False

    def _look_again(self, obs: Observation, row: int, values: list[object], decoded: bytearray) -> None:
        payload = obs.batch.payloads[row]
        assert payload is not None  # tombstones never reach the decoder
        found = recover(payload)
        if isinstance(found, Recovered):
            values[row] = found.value
            decoded[row] = 1
            if found.doubt is not None and self._severities["payload.encoding"] != "off":
                obs.faults.append(
                    (row, Fault(rule="payload.encoding", severity="info", message=self._message, summary=found.doubt))
                )
        elif found.unchecked is not None:
            obs.reasons.append((row, found.unchecked))
        else:
            obs.state[row] = UNDECODABLE
            severity = self._severities["payload.undecodable"]
            if severity != "off":
                obs.faults.append(
                    (
                        row,
                        Fault(
                            rule="payload.undecodable", severity=severity, message=self._message, expected="JSON",
                            actual=found.reason, summary="the payload is not JSON", keyword="contentType",
                        ),
                    )
                )  # fmt: skip

    def advance(self, now_ns: int, /) -> Sequence[Finding]:
        """Nothing here depends on time."""
        return ()

    def statistics(self) -> DecodeStatistics:
        return self._statistics
