"""The standard limits of attributes, events and links, applied to finished bytes.

Our own limits are tighter than the defaults, so this runs only where somebody set a limit of their own; then it takes
each span or log record apart once more.
Source: OpenTelemetry specification 1.60, Attribute Limits and Span Limits; opentelemetry-proto v1.11.0.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from asyncwatch.config.settings import Limits
from asyncwatch.tracing.protobuf import field, varint
from asyncwatch.tracing.wire import LENGTH, VARINT, read_message

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
            b"".join(field(number, self._cut(body, self.form)) for number, _, _, body in read_message(one))
            for one in written
        ]

    def _cut(self, body: bytes, form: Form) -> bytes:
        limits = self.limits
        most: dict[int, tuple[int | None, int]] = {
            number: (limits.attributes, counter) for number, counter in form.attributes.items()
        }
        for bound, pair in ((limits.events, form.events), (limits.links, form.links)):
            if pair is not None:
                most[pair[0]] = (bound, pair[1])
        counters = {counter for _, counter in most.values()}
        seen: dict[int, int] = {}
        dropped: dict[int, int] = {}
        kept: list[bytes] = []
        for number, kind, value, content in read_message(body):
            if number in counters:
                dropped[number] = dropped.get(number, 0) + value
                continue
            if number in most:
                bound, counter = most[number]
                seen[number] = seen.get(number, 0) + 1
                if bound is not None and seen[number] > bound:
                    dropped[counter] = dropped.get(counter, 0) + 1
                    continue
            left = content
            if number in form.attributes and limits.value_chars is not None:
                left = _shorten(content, limits.value_chars)
            elif number in form.inner:
                left = self._cut(content, form.inner[number])
            kept.append(_write(number, kind, value, left))
        kept += [_write(number, VARINT, count, b"") for number, count in sorted(dropped.items())]
        return b"".join(kept)


def _shorten(attribute: bytes, most_chars: int) -> bytes:
    """Cut the text of a KeyValue, where it is a text."""
    written = []
    for number, kind, value, content in read_message(attribute):
        left = content
        if number == _VALUE:
            ((any_number, _, _, text),) = read_message(content)
            if any_number == _TEXT:
                left = field(_TEXT, text.decode("utf-8")[:most_chars].encode())
        written.append(_write(number, kind, value, left))
    return b"".join(written)


def _write(number: int, kind: int, value: int, content: bytes) -> bytes:
    head = varint(number << 3 | kind)
    if kind == VARINT:
        return head + varint(value)
    return head + varint(len(content)) + content if kind == LENGTH else head + content
