"""Export requests in OTLP's JSON form, made from their protobuf bytes.

Rule 1: ids are hex digits, enumerations numbers, 64-bit integers texts, names in lowerCamelCase.
Rule 2: what is written is what was queued: there is one encoder, and this is only another form of its bytes.
Source: OTLP specification 1.11, JSON Protobuf Encoding; opentelemetry-proto v1.11.0.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from struct import iter_unpack, unpack
from typing import Final, Literal, NamedTuple, TypeAlias

import orjson

from asyncwatch.outlets.otlp.signals import Signal
from asyncwatch.tracing.wire import read_message

Kind: TypeAlias = Literal[
    "text", "hex", "base64", "whole", "int64", "fixed64", "sfixed64", "fixed32", "double", "bool", "fixed64s", "doubles",
    "message",
]  # fmt: skip


class _Field(NamedTuple):
    name: str
    kind: Kind
    form: str = ""
    """The message's form, for a message."""
    many: bool = False


def _one(name: str, form: str) -> _Field:
    return _Field(name, "message", form)


def _many(name: str, form: str) -> _Field:
    return _Field(name, "message", form, many=True)


_ATTRIBUTES: Final = _many("attributes", "KeyValue")
_DROPPED: Final = _Field("droppedAttributesCount", "whole")
_SCHEMA: Final = _Field("schemaUrl", "text")
_START: Final = _Field("startTimeUnixNano", "fixed64")
_TIME: Final = _Field("timeUnixNano", "fixed64")
_POINT: Final = {2: _START, 3: _TIME}

_FORMS: Final[Mapping[str, Mapping[int, _Field]]] = {
    "traces": {1: _many("resourceSpans", "ResourceSpans")},
    "logs": {1: _many("resourceLogs", "ResourceLogs")},
    "metrics": {1: _many("resourceMetrics", "ResourceMetrics")},
    "ResourceSpans": {1: _one("resource", "Resource"), 2: _many("scopeSpans", "ScopeSpans"), 3: _SCHEMA},
    "ResourceLogs": {1: _one("resource", "Resource"), 2: _many("scopeLogs", "ScopeLogs"), 3: _SCHEMA},
    "ResourceMetrics": {1: _one("resource", "Resource"), 2: _many("scopeMetrics", "ScopeMetrics"), 3: _SCHEMA},
    "ScopeSpans": {1: _one("scope", "Scope"), 2: _many("spans", "Span"), 3: _SCHEMA},
    "ScopeLogs": {1: _one("scope", "Scope"), 2: _many("logRecords", "LogRecord"), 3: _SCHEMA},
    "ScopeMetrics": {1: _one("scope", "Scope"), 2: _many("metrics", "Metric"), 3: _SCHEMA},
    "Resource": {1: _ATTRIBUTES, 2: _DROPPED},
    "Scope": {1: _Field("name", "text"), 2: _Field("version", "text"), 3: _ATTRIBUTES, 4: _DROPPED},
    "KeyValue": {1: _Field("key", "text"), 2: _one("value", "AnyValue")},
    "AnyValue": {
        1: _Field("stringValue", "text"), 2: _Field("boolValue", "bool"), 3: _Field("intValue", "int64"),
        4: _Field("doubleValue", "double"), 5: _one("arrayValue", "ArrayValue"), 6: _one("kvlistValue", "KeyValues"),
        7: _Field("bytesValue", "base64"),
    },
    "ArrayValue": {1: _many("values", "AnyValue")},
    "KeyValues": {1: _many("values", "KeyValue")},
    "Span": {
        1: _Field("traceId", "hex"), 2: _Field("spanId", "hex"), 3: _Field("traceState", "text"),
        4: _Field("parentSpanId", "hex"), 16: _Field("flags", "fixed32"), 5: _Field("name", "text"),
        6: _Field("kind", "whole"), 7: _START, 8: _Field("endTimeUnixNano", "fixed64"), 9: _ATTRIBUTES, 10: _DROPPED,
        11: _many("events", "Event"), 12: _Field("droppedEventsCount", "whole"), 13: _many("links", "Link"),
        14: _Field("droppedLinksCount", "whole"), 15: _one("status", "Status"),
    },
    "Event": {1: _TIME, 2: _Field("name", "text"), 3: _ATTRIBUTES, 4: _DROPPED},
    "Link": {
        1: _Field("traceId", "hex"), 2: _Field("spanId", "hex"), 3: _Field("traceState", "text"), 4: _ATTRIBUTES,
        5: _DROPPED, 6: _Field("flags", "fixed32"),
    },
    "Status": {2: _Field("message", "text"), 3: _Field("code", "whole")},
    "LogRecord": {
        1: _TIME, 11: _Field("observedTimeUnixNano", "fixed64"), 2: _Field("severityNumber", "whole"),
        3: _Field("severityText", "text"), 5: _one("body", "AnyValue"), 6: _ATTRIBUTES, 7: _DROPPED,
        8: _Field("flags", "fixed32"), 9: _Field("traceId", "hex"), 10: _Field("spanId", "hex"),
        12: _Field("eventName", "text"),
    },
    "Metric": {
        1: _Field("name", "text"), 2: _Field("description", "text"), 3: _Field("unit", "text"),
        5: _one("gauge", "Gauge"), 7: _one("sum", "Sum"), 9: _one("histogram", "Histogram"),
        12: _many("metadata", "KeyValue"),
    },
    "Gauge": {1: _many("dataPoints", "NumberDataPoint")},
    "Sum": {
        1: _many("dataPoints", "NumberDataPoint"), 2: _Field("aggregationTemporality", "whole"),
        3: _Field("isMonotonic", "bool"),
    },
    "Histogram": {1: _many("dataPoints", "HistogramDataPoint"), 2: _Field("aggregationTemporality", "whole")},
    "NumberDataPoint": {
        **_POINT, 7: _ATTRIBUTES, 4: _Field("asDouble", "double"), 6: _Field("asInt", "sfixed64"),
        5: _many("exemplars", "Exemplar"), 8: _Field("flags", "whole"),
    },
    "HistogramDataPoint": {
        **_POINT, 9: _ATTRIBUTES, 4: _Field("count", "fixed64"), 5: _Field("sum", "double"),
        6: _Field("bucketCounts", "fixed64s"), 7: _Field("explicitBounds", "doubles"),
        8: _many("exemplars", "Exemplar"), 10: _Field("flags", "whole"), 11: _Field("min", "double"),
        12: _Field("max", "double"),
    },
    "Exemplar": {
        7: _many("filteredAttributes", "KeyValue"), 2: _TIME, 3: _Field("asDouble", "double"),
        6: _Field("asInt", "sfixed64"), 4: _Field("spanId", "hex"), 5: _Field("traceId", "hex"),
    },
}  # fmt: skip


def json_form(signal: Signal, request: bytes) -> bytes:
    """Write an export request as JSON."""
    return orjson.dumps(_object(request, signal.name))


def _object(message: bytes, form: str) -> dict[str, object]:
    fields = _FORMS[form]
    made: dict[str, object] = {}
    for number, _, value, content in read_message(message):
        field = fields[number]
        if field.kind == "message":
            inner = _object(content, field.form)
            if field.many:
                found = made.setdefault(field.name, [])
                assert isinstance(found, list)
                found.append(inner)
            else:
                made[field.name] = inner
        else:
            made[field.name] = _scalar(field.kind, value, content)
    return made


def _scalar(kind: Kind, value: int, content: bytes) -> object:
    match kind:
        case "text":
            return content.decode("utf-8", "replace")
        case "hex":
            return content.hex()
        case "base64":
            return b64encode(content).decode("ascii")
        case "bool":
            return bool(value)
        case "int64":
            return str(value - (1 << 64) if value >> 63 else value)
        case "fixed64":
            return str(unpack("<Q", content)[0])
        case "sfixed64":
            return str(unpack("<q", content)[0])
        case "fixed32":
            return unpack("<I", content)[0]
        case "double":
            return _number(unpack("<d", content)[0])
        case "fixed64s":
            return [str(one) for (one,) in iter_unpack("<Q", content)]
        case "doubles":
            return [_number(one) for (one,) in iter_unpack("<d", content)]
        case _:
            return value


def _number(value: float) -> float | str:
    """JSON has no word for these numbers; Protobuf's JSON form writes texts."""
    if value != value:  # noqa: PLR0124 # only NaN differs from itself
        return "NaN"
    if value in {float("inf"), float("-inf")}:
        return "Infinity" if value > 0 else "-Infinity"
    return value
