"""What a message says of its own format: its content type and content encoding, remembered by value."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from asyncwatch.checks.base import header_text
from asyncwatch.decode.media_type import essence
from asyncwatch.model.batch import HeaderValue
from asyncwatch.model.finding import Fault
from asyncwatch.model.observation import Observation
from asyncwatch.model.route import Candidate, Route
from asyncwatch.model.severity import severity_of

TYPES: Final = ("content-type", "contenttype")
_PROPERTY: Final = "content_type"
_REMEMBERED: Final = 256


class WireFormat(Struct, frozen=True):
    """How rows of one content type are read. `content_type` None = as documented. `fault`: it is not the documented one.

    `is_framed`: a schema registry's id stands before or beside the data, so the data is in the registry's format.
    """

    content_type: str | None
    is_framed: bool = False
    fault: Fault | None = None


AS_DOCUMENTED: Final = WireFormat(None)


class WireFormats:
    """Tells for each row of a batch in which format the wire says it is."""

    def __init__(self, route: Route) -> None:
        self._severity = route.severities["payload.content-type"]
        self._mild = severity_of(route.severities, "payload.content-type", "info")
        self._message = route.candidates[0].message if len(route.candidates) == 1 else None
        self._documented = frozenset(essence(candidate.content_type) for candidate in route.candidates)
        self._wants_text = any(_wants_text(candidate) for candidate in route.candidates)
        self._slots = [route.slots[name] for name in TYPES if name in route.slots]
        self._known: dict[tuple[HeaderValue, bool], WireFormat] = {}

    def of(self, obs: Observation) -> list[WireFormat] | None:
        """Give each row's format; None = all as documented, the usual case.

        Cost: bench loop[decode].
        """
        fields, frames = obs.fields, obs.frames
        is_usual = frames is None and all(
            value is None or self._format(value, is_framed=False) is AS_DOCUMENTED
            for slot in self._slots
            for value in set(fields[slot])
        )
        properties = obs.batch.properties
        if is_usual and properties is None:
            return None
        n = len(obs.batch)
        types: list[HeaderValue] = [None] * n
        for slot in self._slots:
            for row, value in enumerate(fields[slot]):
                if value is not None:
                    types[row] = value
        if properties is not None:
            for row, named in enumerate(properties):
                stated = named.get(_PROPERTY)
                if isinstance(stated, str) and stated:
                    types[row] = stated.encode("utf-8", "replace")
        framed: Sequence[bool] = [False] * n
        if frames is not None:
            framed = [frame is not None and frame.schema_id is not None for frame in frames]
            for row, frame in enumerate(frames):
                if frame is not None and frame.data_type is not None:
                    types[row] = frame.data_type.encode("utf-8", "replace")
        formats = [self._format(value, is_framed=one) for value, one in zip(types, framed, strict=True)]
        return None if all(one is AS_DOCUMENTED for one in formats) else formats

    def _format(self, value: HeaderValue, *, is_framed: bool) -> WireFormat:
        found = self._known.get((value, is_framed))
        if found is None:
            found = self._read(
                None if value is None else header_text(value), is_framed=is_framed, is_given=value is not None
            )
            if len(self._known) < _REMEMBERED:
                self._known[value, is_framed] = found
        return found

    def _read(self, text: str | None, *, is_framed: bool, is_given: bool) -> WireFormat:
        if not is_given:
            return WireFormat(None, is_framed) if is_framed else AS_DOCUMENTED
        wire = essence(text) if text is not None else ""
        if wire in self._documented and "charset" not in (text or "").lower():
            return WireFormat(None, is_framed) if is_framed else AS_DOCUMENTED
        fault = None
        if wire not in self._documented and self._severity != "off":
            is_plain_text = wire == "text/plain" and self._wants_text
            expected = " or ".join(sorted(self._documented))
            fault = Fault(
                rule="payload.content-type", severity=self._mild if is_plain_text else self._severity,
                message=self._message, expected=expected, actual="another content type",
                summary=f"the content type is not the documented {expected}",
            )  # fmt: skip
        return WireFormat(text[:200] if text is not None else "", is_framed, fault)


def _wants_text(candidate: Candidate) -> bool:
    """Tell whether a message is documented as one text."""
    return candidate.payload is not None and candidate.payload.is_valid("") and not candidate.payload.is_valid({})
