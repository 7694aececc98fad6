"""The standard limits of attributes, events and links, applied to finished bytes.

Our own limits are tighter than the defaults, so this runs only where somebody set a limit of their own; then it takes
each span or log record apart once more.
Source: OpenTelemetry specification 1.60, Attribute Limits and Span Limits; opentelemetry-proto v1.11.0.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from asyncwatch.config.settings import Limits
from asyncwatch.tracing.protobuf import field, varint

_TEXT: Final = 1  # AnyValue.string_value
_VALUE: Final = 2  # KeyValue.value


class Form(NamedTuple):
    """Numbers of fields. `attributes` maps the field of a list of attributes to the field that counts dropped ones;
    `inner` maps a field of messages (events, links) to such numbers of theirs.
    """

    attributes: Mapping[int, int]
    events: tuple[int, int] | None = None
    links: tuple[int, int] | None = None
    inner: Mapping[int, Form] = {}


SPAN: Final = Form({9: 10}, (11, 12), (13, 14), {11: Form({3: 4}), 13: Form({4: 5})})
LOG_RECORD: Final = Form({6: 7})


@dataclass(frozen=True, slots=True)
class AttributeLimits:
    """Cuts spans or log records down to limits."""

    limits: Limits
    form: Form

    @classmethod
    def of(cls, limits: Limits, form: Form) -> AttributeLimits | None:
        """Give the limits; None = there is none to apply."""
        return None if limits == Limits() else cls(limits, form)

    def apply(self, written: Sequence[bytes]) -> list[bytes]:
        """Cut down each thing, given and given back with its tag and length."""
        return [
            b"".join(varint(key) + _framed(self._cut(body, self.form)) for key, body in _parts(one)) for one in written
        ]

    def _cut(self, body: bytes, form: Form) -> bytes:
        limits = self.limits
        counts: dict[int, int] = {}
        most: dict[int, tuple[int | None, int]] = {
            number: (limits.attributes, dropped) for number, dropped in form.attributes.items()
        }
        for bound, pair in ((limits.events, form.events), (limits.links, form.links)):
            if pair is not None:
                most[pair[0]] = (bound, pair[1])
        dropped: dict[int, int] = {}
        kept: list[bytes] = []
        for key, content in _parts(body):
            number = key >> 3
            if key & 7 != 2:
                if number in {pair[1] for pair in most.values()}:
                    dropped[number] = dropped.get(number, 0) + _number(content)
                else:
                    kept.append(varint(key) + content)
                continue
            bound, counter = most.get(number, (None, 0))
            counts[number] = counts.get(number, 0) + 1
            if bound is not None and counts[number] > bound:
                dropped[counter] = dropped.get(counter, 0) + 1
                continue
            left = content
            if number in form.attributes and limits.value_chars is not None:
                left = _shorten(content, limits.value_chars)
            elif number in form.inner:
                left = self._cut(content, form.inner[number])
            kept.append(varint(key) + _framed(left))
        kept += [varint(number << 3) + varint(count) for number, count in sorted(dropped.items())]
        return b"".join(kept)


def _shorten(attribute: bytes, most_chars: int) -> bytes:
    """Cut the text of a KeyValue, where it is a text."""
    written = []
    for key, content in _parts(attribute):
        left = content
        if key >> 3 == _VALUE:
            ((kind, value),) = _parts(content)
            if kind >> 3 == _TEXT:
                left = field(_TEXT, value.decode("utf-8")[:most_chars].encode())
        written.append(varint(key) + _framed(left))
    return b"".join(written)


def _framed(content: bytes) -> bytes:
    return varint(len(content)) + content


def _parts(message: bytes) -> Iterator[tuple[int, bytes]]:
    """Take a message of ours apart: keys, and contents without the length; a varint keeps its bytes."""
    place = 0
    while place < len(message):
        key, place = _read(message, place)
        kind = key & 7
        start = place
        if kind == 2:
            length, start = _read(message, place)
            place = start + length
        elif kind == 0:
            _, place = _read(message, place)
        else:
            place += 8 if kind == 1 else 4
        yield key, message[start:place]


def _read(message: bytes, place: int) -> tuple[int, int]:
    number = shift = 0
    while True:
        digit = message[place]
        place += 1
        number |= (digit & 0x7F) << shift
        if digit < 0x80:
            return number, place
        shift += 7


def _number(content: bytes) -> int:
    return _read(content, 0)[0]
