"""A row's faults as span events: names and attributes as in the event catalogue, never a value of the message.

Source: facts on telemetry §6.
"""

from __future__ import annotations

from collections.abc import Sequence
from struct import Struct
from typing import Final

from asyncwatch.model.finding import Fault
from asyncwatch.model.observation import Observation
from asyncwatch.model.occurrence import occurrence
from asyncwatch.tracing import attributes as keys
from asyncwatch.tracing.event_attributes import event_attributes
from asyncwatch.tracing.protobuf import any_value, attribute, clip, field, varint

MAX_EVENTS: Final = 8
"""Events a span carries; the others are counted in `dropped_events_count`."""

_REMEMBERED: Final = 1024
_ATTRIBUTES: Final = 3  # Span.Event.attributes
_TIME: Final = Struct("<BQ")  # Span.Event.time_unix_nano: tag 9, fixed64


class ViolationEvents:
    """Writes the events of one route's faults; equal faults are encoded once."""

    __slots__ = ("_encoded",)

    def __init__(self) -> None:
        self._encoded: dict[tuple[Fault, int], bytes] = {}

    def encode(self, obs: Observation, row: int, faults: Sequence[Fault], time_ns: int) -> bytes:
        """Write the fields `events` and `dropped_events_count` of a span."""
        known = self._encoded
        written = []
        time = _TIME.pack(9, time_ns)
        for fault in faults[:MAX_EVENTS]:
            cause = (fault, obs.message[row])
            rest = known.get(cause)
            if rest is None:
                if len(known) >= _REMEMBERED:
                    known.clear()
                rest = known[cause] = _name_and_attributes(obs, row, fault)
            written.append(field(11, time + rest))
        if len(faults) > MAX_EVENTS:
            written.append(b"\x60" + varint(len(faults) - MAX_EVENTS))
        return b"".join(written)


def _name_and_attributes(obs: Observation, row: int, fault: Fault) -> bytes:
    fingerprint = ""
    if keys.event_name(fault.rule) == keys.VIOLATION_EVENT:
        fingerprint = occurrence(obs, row, fault, lambda _: "").fingerprint
    texts = event_attributes(fault, fingerprint)
    attributes = [attribute(_ATTRIBUTES, key, any_value(text)) for key, text in texts.items()]
    return field(2, clip(keys.event_name(fault.rule))) + b"".join(attributes)
