"""A finding as a log record with an event name, as protobuf bytes.

Rule 1: what findings of one cause share is encoded once; an occurrence adds its times, its place and its trace.
Rule 2: the trace is that of our own span where there is one, else that of the message's header.
Source: facts on telemetry §6; opentelemetry-proto v1.11.0, logs.proto.
"""

from __future__ import annotations

from binascii import unhexlify
from collections.abc import Callable
from struct import Struct
from typing import Final, NamedTuple

from asyncwatch.model.finding import Fault, Finding
from asyncwatch.model.observation import Observation
from asyncwatch.model.occurrence import occurrence
from asyncwatch.model.route import Route
from asyncwatch.tracing import attributes as keys
from asyncwatch.tracing.event_attributes import event_attributes
from asyncwatch.tracing.protobuf import any_value, attribute, clip, field, int_value, text_value
from asyncwatch.tracing.span_constants import broker_attributes, is_named

_ATTRIBUTES: Final = 6  # LogRecord.attributes
_TIMES: Final = Struct("<BQBQ")
"""time_unix_nano (1) and observed_time_unix_nano (11), fixed64, each after its tag."""
_FLAGS: Final = Struct("<BI")  # LogRecord.flags: tag 8, fixed32
_SAMPLED: Final = _FLAGS.pack(0x45, 1)
_LAST_NS: Final = (1 << 64) - 1
_REMEMBERED: Final = 1024

_SEVERITIES: Final = {"error": (17, "ERROR"), "warning": (13, "WARN"), "info": (9, "INFO")}
_CALM: Final = frozenset({"context.invalid"})
"""Rules whose events are of severity INFO, whatever the finding's: traffic is full of them."""


class _Place(NamedTuple):
    """The attributes of a partition, and how its message ids begin; None = an id would give an address away."""

    partition: bytes
    id_stem: str | None


class EventEncoder:
    """Writes the log records of one route's findings; `route` None: of findings that belong to no known route."""

    def __init__(self, route: Route | None) -> None:
        self.route = route
        self.cluster = None if route is None else route.cluster
        self._kafka = route is not None and route.protocol == "kafka"
        self._broker = b"" if route is None else broker_attributes(route, _ATTRIBUTES)
        self._named = route is not None and is_named(route)
        self._causes: dict[tuple[Fault, int, str], bytes] = {}
        self._places: dict[tuple[str | None, int | None], _Place] = {}

    def of_fault(self, obs: Observation, row: int, fault: Fault) -> bytes:
        """Write the record of a row's fault, with tag and length as ScopeLogs takes it.

        Cost: bench loop[event]
        """
        batch, route = obs.batch, obs.route
        address = route.address
        if not route.documented and batch.addresses is not None:
            address = batch.addresses[row]
        cause = (fault, obs.message[row], address)
        rest = self._causes.get(cause)
        if rest is None:
            if len(self._causes) >= _REMEMBERED:
                self._causes.clear()
            chosen = obs.message[row]
            name = fault.message or (route.candidates[chosen].message if chosen >= 0 else None)
            rest = self._causes[cause] = self._of_cause(occurrence(obs, row, fault, _no_hash), name)
        observed_ns, sent_ns = batch.observed_ns[row], batch.sent_ns[row]
        trusted = sent_ns is not None and batch.time_source != "none" and 0 <= sent_ns <= observed_ns
        own = obs.spans.get(row)
        if own is not None:
            trace = _SAMPLED + field(9, own[:16]) + field(10, own[16:])
        else:
            context = None if obs.context is None else obs.context[row]
            trace = b"" if context is None else _header_context(context)
        times = self._times(sent_ns if trusted and sent_ns is not None else observed_ns, observed_ns)
        return field(2, times + rest + self._place(address, batch.partition, batch.positions[row]) + trace)

    def of_finding(self, finding: Finding) -> bytes:
        """Write the record of a finding that belongs to no row, with tag and length as ScopeLogs takes it."""
        place = b""
        if finding.position is not None:
            place = self._place(finding.address, finding.partition, finding.position)
        elif finding.partition is not None:
            place = self._partition(finding.partition)
        trace = b"" if finding.trace_id is None else field(9, unhexlify(finding.trace_id))
        return field(
            2, self._times(finding.time_ns, finding.time_ns) + self._of_cause(finding, finding.message) + place + trace
        )

    def of_held_back(
        self, rule: str, severity: str, channel: str | None, address: str | None, count: int, time_ns: int
    ) -> bytes:
        """Write the record that stands for so many more occurrences of one rule."""
        body = f"{count} more of this rule on this channel were not sent one by one"
        written = (
            self._head(rule, severity, body)
            + self._where(address, channel, None)
            + attribute(_ATTRIBUTES, keys.ERROR_TYPE, text_value(rule))
            + attribute(_ATTRIBUTES, keys.SUPPRESSED, int_value(count))
        )
        return field(2, self._times(time_ns, time_ns) + written)

    def _times(self, time_ns: int, observed_ns: int) -> bytes:
        return _TIMES.pack(0x09, min(max(time_ns, 0), _LAST_NS), 0x59, min(max(observed_ns, 0), _LAST_NS))

    def _of_cause(self, finding: Finding, message: str | None) -> bytes:
        """Write everything but times, place and trace; `message`: as which documented message the finding's was taken."""
        own = [
            attribute(_ATTRIBUTES, key, any_value(text))
            for key, text in event_attributes(finding, finding.fingerprint).items()
        ]
        where = self._where(finding.address, finding.channel, message)
        return self._head(finding.rule, finding.severity, finding.summary) + where + b"".join(own)

    def _head(self, rule: str, severity: str, body: str) -> bytes:
        number, word = _SEVERITIES["info" if rule in _CALM else severity]
        return (
            b"\x10" + bytes((number,)) + field(3, word.encode()) + field(5, text_value(body))
            + field(12, clip(keys.event_name(rule)))
        )  # fmt: skip

    def _where(self, address: str | None, channel: str | None, message: str | None) -> bytes:
        """Write where a finding belongs: broker, destination, channel, message."""
        written = [self._broker]
        if address is not None:
            named = self._named or self.route is None or not self.route.documented
            key = keys.DESTINATION_NAME if named else keys.DESTINATION_TEMPLATE
            written.append(attribute(_ATTRIBUTES, key, text_value(address)))
        for key, text in ((keys.CHANNEL, channel), (keys.MESSAGE_NAME, self._message(message))):
            if text is not None:
                written.append(attribute(_ATTRIBUTES, key, text_value(text)))
        return b"".join(written)

    def _message(self, message: str | None) -> str | None:
        """Name a message as spans do."""
        for candidate in () if self.route is None else self.route.candidates:
            if candidate.message == message:
                return candidate.name or candidate.message
        return message

    def _partition(self, partition: int) -> bytes:
        return attribute(_ATTRIBUTES, keys.PARTITION_ID, text_value(str(partition)))

    def _place(self, address: str | None, partition: int | None, position: int) -> bytes:
        if not self._kafka:
            return b"" if partition is None else self._partition(partition)
        known = self._places.get((address, partition))
        if known is None:
            if len(self._places) >= _REMEMBERED:
                self._places.clear()
            stem = f"{address}.{partition}." if self._named and partition is not None else None
            written = b"" if partition is None else self._partition(partition)
            known = self._places[address, partition] = _Place(written, stem)
        written = known.partition + attribute(_ATTRIBUTES, keys.KAFKA_OFFSET, int_value(position))
        if known.id_stem is not None:
            written += attribute(_ATTRIBUTES, keys.MESSAGE_ID, text_value(f"{known.id_stem}{position}"))
        return written


def _header_context(context: bytes) -> bytes:
    """Write trace, span and flags of a context in normalised form."""
    flags = int(context[53:55], 16) & 3
    return _FLAGS.pack(0x45, flags) + field(9, unhexlify(context[3:35])) + field(10, unhexlify(context[36:52]))


_no_hash: Final[Callable[[bytes], str]] = lambda _: ""  # noqa: E731 # events name no key but a declared sequence's
