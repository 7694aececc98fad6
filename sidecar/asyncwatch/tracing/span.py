"""The transit span of a message: from the producer's timestamp to our seeing it, as protobuf bytes.

Rule 1: what is constant about a route is encoded when the route is first met; a row adds ids, times and a few values.
Rule 2: a context with the sampled flag gives a span below it; a violation gets past the ratio.
Rule 3: an error on a message whose trace is not recorded gets a span without a parent in that trace, so that nobody
misses one, and a link to the context; such spans are capped.
Rule 4: our own lag never looks like latency: a message that is not live gets a span of no length.
Rule 5: where a protocol gives no lasting position, ids follow from position and time of the observation.
Source: facts on telemetry §4 (T1, T2); opentelemetry-proto v1.11.0, trace.proto.
"""

from __future__ import annotations

from binascii import unhexlify
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as column
from hashlib import sha256
from struct import Struct
from typing import Final

from asyncwatch.config.settings import TracingSettings
from asyncwatch.model.finding import Fault
from asyncwatch.model.observation import Observation
from asyncwatch.model.route import Route
from asyncwatch.tracing import attributes as keys
from asyncwatch.tracing.identity import derive_id, nonzero
from asyncwatch.tracing.links import REMOTE_FLAGS, TRACESTATE, extension_state, header_link, origin_link
from asyncwatch.tracing.message_attributes import MessageAttributes
from asyncwatch.tracing.protobuf import clip, field, varint
from asyncwatch.tracing.sampling import ViolationCap, rejection_threshold
from asyncwatch.tracing.span_constants import (
    CLOCK_SKEW,
    ID_HEADS,
    OFFSET_HEADS,
    REPLAY,
    SOURCES,
    STATE_ATTRIBUTES,
    TOMBSTONE,
    W3C,
    Place,
    SpanConstants,
    size_attribute,
    text_attribute,
)
from asyncwatch.tracing.traceparent import EXTENSIONS, SAMPLED_DIGITS
from asyncwatch.tracing.tracestate import parse_tracestate
from asyncwatch.tracing.violation_events import ViolationEvents

MAX_AGE_NS: Final = 3_600 * 1_000_000_000
"""Older messages get no span: many back ends reject or hide very old ones."""

_LAST_NS: Final = (1 << 63) - 1
_REMEMBERED: Final = 4096

_CHILD: Final = Struct("<2s16s2s8s2s8sBQBQ2sI")
"""trace_id, span_id, parent_span_id, start_time_unix_nano, end_time_unix_nano, flags, each after its tag."""
_ROOT: Final = Struct("<2s16s2s8sBQBQ2sI")
_ROOT_FLAGS: Final = 0x101
"""Sampled; it is known whether the parent is remote, and there is none."""

_ERROR: Final = b"\x18\x02"  # Status.code

_LOWER_DIGITS: Final = tuple(bytes((digit | 0x80,)) for digit in range(128))
"""The first byte of a varint that goes on."""

_SPAN_HEADS: Final = tuple(b"\x12" + varint(length) for length in range(2048))
"""ScopeSpans.spans: tag and length."""

_LOUD: Final = frozenset({"error", "warning"})


@dataclass(slots=True)
class Transits:
    """The spans of a batch, each with its tag and length as ScopeSpans takes it; `left_out` counts by reason."""

    plain: list[bytes] = column(default_factory=list)
    violating: list[bytes] = column(default_factory=list)
    """Spans of messages with a finding of severity error or warning."""
    left_out: dict[str, int] = column(default_factory=dict)
    own: dict[int, bytes] = column(default_factory=dict)
    """Row -> trace id and span id of its span, 24 bytes, for rows with a finding."""


class TransitEncoder:
    """Writes the transit spans of one route.

    `events`: whether they carry what is wrong with their messages. `hash_text` names identifiers that are wanted hashed.
    """

    def __init__(
        self,
        route: Route,
        tracing: TracingSettings,
        *,
        events: bool = True,
        hash_text: Callable[[bytes], str] | None = None,
    ) -> None:
        self.constants = SpanConstants(route)
        self._links = tracing.relation == "link"
        self._ratio = tracing.ratio
        self._threshold = rejection_threshold(tracing.ratio)
        self._message = MessageAttributes(route, tracing.identifiers, hash_text)
        self._cap = ViolationCap()
        self._events = ViolationEvents() if events else None
        self._places: dict[tuple[str, int | None], Place] = {}
        self._sizes: dict[int, bytes] = {}

    def encode(self, obs: Observation) -> Transits:
        """Write a span for every row whose context wants one.

        Raises: nothing; a row whose times no span can hold is left out and counted.
        Cost: bench loop[transit]
        """
        transits = Transits()
        context = obs.context
        if context is None or self._ratio <= 0.0:
            return transits
        faults = _by_row(obs)
        rows = self._kept(obs, context, faults, transits)
        alone = self._alone(obs, context, faults, transits) if faults else frozenset()
        if alone:
            rows = sorted((*rows, *alone))
        if rows:
            self._write(obs, context, rows, alone, faults, transits)
        return transits

    def _kept(
        self,
        obs: Observation,
        context: Sequence[bytes | None],
        faults: Mapping[int, Sequence[Fault]],
        transits: Transits,
    ) -> list[int]:
        """Choose the rows: sampled, and kept by the ratio or asked for by a violation."""
        sampled = SAMPLED_DIGITS
        rows = [row for row, value in enumerate(context) if value is not None and value[54] in sampled]
        if self._ratio >= 1.0:
            return rows
        threshold, observed_ns, kept = self._threshold, obs.batch.observed_ns, []
        for row in rows:
            value = context[row]
            if (value is not None and threshold is not None and value[21:35] >= threshold) or (
                row in faults and self._admits(obs, row, faults[row], observed_ns[row], transits)
            ):
                kept.append(row)
        return kept

    def _alone(
        self,
        obs: Observation,
        context: Sequence[bytes | None],
        faults: Mapping[int, Sequence[Fault]],
        transits: Transits,
    ) -> frozenset[int]:
        """Choose the rows with an error in a trace that is not recorded."""
        sampled, observed_ns = SAMPLED_DIGITS, obs.batch.observed_ns
        return frozenset(
            row
            for row, own in faults.items()
            if (value := context[row]) is not None
            and value[54] not in sampled
            and self._admits(obs, row, own, observed_ns[row], transits)
        )

    def _admits(self, obs: Observation, row: int, faults: Sequence[Fault], now_ns: int, transits: Transits) -> bool:
        """Tell whether a row has an error, and the cap lets it have a span of its own; counts what it does not."""
        error = _error(faults)
        if error is None:
            return False
        chosen = obs.message[row]
        channel = obs.route.candidates[chosen].channel if chosen >= 0 else obs.route.channel
        if self._cap.admits(channel, error.rule, now_ns):
            return True
        transits.left_out["violation_cap"] = transits.left_out.get("violation_cap", 0) + 1
        return False

    def _write(
        self,
        obs: Observation,
        context: Sequence[bytes | None],
        rows: Sequence[int],
        alone: frozenset[int],
        faults: Mapping[int, Sequence[Fault]],
        transits: Transits,
    ) -> None:
        batch, route, constants = obs.batch, obs.route, self.constants
        addresses, partition, positions, payloads = batch.addresses, batch.partition, batch.positions, batch.payloads
        sent_ns, observed_ns, headers, keys_of = batch.sent_ns, batch.observed_ns, batch.headers, batch.keys
        message, state, formats = obs.message, obs.state, obs.context_format
        candidates, is_kafka, sizes, as_links = constants.candidates, constants.is_kafka, self._sizes, self._links
        live, source, no_source = batch.live, SOURCES[batch.time_source], SOURCES["none"]
        replay = b"" if live else REPLAY
        origins = [
            obs.fields[slot]
            for slot in map(route.slots.get, EXTENSIONS)
            if slot is not None and obs.fields and obs.fields[slot].count(None) != len(batch)
        ]
        address = route.address
        place = self._place(address, partition)
        shared = constants.shared + place.partition + replay
        pack_child, pack_root, hash_of, flags_of = _CHILD.pack, _ROOT.pack, sha256, REMOTE_FLAGS
        fleeting = not is_kafka and batch.time_source == "none"
        told_more = self._message.wants(obs)
        too_old, upper, upper_digits = 0, 0, b""
        for row in rows:
            value = context[row]
            if value is None:
                continue
            end, start, skew, told = observed_ns[row], sent_ns[row], b"", source
            if start is None:
                start, told = end, no_source
            elif start > end:
                start, skew = end, CLOCK_SKEW
            if end - start > MAX_AGE_NS or start < 0 or end > _LAST_NS:
                too_old += 1
                continue
            if not live:
                end = start
            if addresses is not None and addresses[row] != address:
                address = addresses[row]
                place = self._place(address, partition)
            position = positions[row]
            digits = b"%d" % position
            if fleeting:
                digits += b".%d" % end
            span_id = hash_of(place.span_stem + digits).digest()[:8]
            if span_id == b"\0\0\0\0\0\0\0\0":
                span_id = nonzero(span_id)
            if formats and row in formats:
                context_format = text_attribute(keys.CONTEXT_FORMAT, formats[row])
                tracestate = extension_state(headers[row]) if formats[row] == keys.FORMAT_CLOUDEVENTS else b""
                origin: object = None
            else:
                context_format = W3C
                found = [text for name, text in headers[row] if len(name) == 10 and name.lower() == TRACESTATE]
                tracestate = parse_tracestate(found) if found else b""
                origin = None
                for fields in origins:
                    if origin is None:
                        origin = fields[row]
            trace = unhexlify(value[3:35])
            if as_links or row in alone:
                if as_links:
                    trace = derive_id(place.trace_stem, digits, 16)
                head = pack_root(
                    b"\n\x10", trace, b"\x12\x08", span_id, 0x39, start, 0x41, end, b"\x85\x01", _ROOT_FLAGS
                )
                head += header_link(value, tracestate)
            else:
                head = pack_child(
                    b"\n\x10", trace, b"\x12\x08", span_id, b'"\x08', unhexlify(value[36:52]),
                    0x39, start, 0x41, end, b"\x85\x01", flags_of[value[53:55]],
                )  # fmt: skip
                if tracestate:
                    head += field(3, tracestate)
            if origin is not None:
                head += origin_link(value, origin)
            payload = payloads[row]
            if payload is None:
                size = TOMBSTONE if is_kafka else b""
            else:
                known = sizes.get(len(payload))
                size = known if known is not None else self._size(len(payload))
            native = b""
            if is_kafka:
                if position >> 7 != upper:  # a neighbour's upper digits are mostly the same
                    upper = position >> 7
                    upper_digits = varint(upper)
                number = _LOWER_DIGITS[position & 127] + upper_digits if 0 < upper < 1 << 57 else varint(position)
                native = OFFSET_HEADS[len(number)] + number
                if place.id_stem is not None:
                    id_text = place.id_stem + digits
                    if len(id_text) > 256:
                        id_text = clip(id_text.decode("utf-8", "replace"))
                    native += ID_HEADS[len(id_text)] + id_text
            if told_more:
                native += self._message.encode(headers[row], keys_of[row], address)
            own = faults.get(row)
            judged = b""
            if own is not None:
                transits.own[row] = trace + span_id
                judged = self._judged(obs, row, own, end)
            span = b"".join((
                head, shared, candidates[message[row]], STATE_ATTRIBUTES[state[row]], context_format, told, skew, size,
                native, judged,
            ))  # fmt: skip
            spans = transits.violating if own is not None and _is_loud(own) else transits.plain
            length = len(span)
            spans.append((_SPAN_HEADS[length] if length < 2048 else b"\x12" + varint(length)) + span)
        if too_old:
            transits.left_out["too_old"] = too_old

    def _judged(self, obs: Observation, row: int, faults: Sequence[Fault], time_ns: int) -> bytes:
        """Write what a row's faults add: events, and on an error its type and the status."""
        written = b"" if self._events is None else self._events.encode(obs, row, faults, time_ns)
        error = _error(faults)
        if error is not None:
            written += text_attribute(keys.ERROR_TYPE, error.rule) + field(15, field(2, clip(error.summary)) + _ERROR)
        return written

    def _place(self, address: str, partition: int | None) -> Place:
        place = self._places.get((address, partition))
        if place is None:
            if len(self._places) >= _REMEMBERED:
                self._places.clear()
            place = self._places[address, partition] = self.constants.place(address, partition)
        return place

    def _size(self, size_bytes: int) -> bytes:
        if len(self._sizes) >= _REMEMBERED:
            self._sizes.clear()
        written = self._sizes[size_bytes] = size_attribute(size_bytes)
        return written


def _by_row(obs: Observation) -> dict[int, list[Fault]]:
    rows: dict[int, list[Fault]] = {}
    for row, fault in obs.faults:
        rows.setdefault(row, []).append(fault)
    return rows


def _error(faults: Sequence[Fault]) -> Fault | None:
    """Give the first fault of severity error."""
    return next((fault for fault in faults if fault.severity == "error"), None)


def _is_loud(faults: Sequence[Fault]) -> bool:
    return any(fault.severity in _LOUD for fault in faults)
