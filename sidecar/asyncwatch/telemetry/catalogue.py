"""Every metric once: its name, kind, unit, meaning and attributes. Nothing is emitted that does not stand here.

Rule 1: our own metrics begin with `asyncwatch.`; the others keep the names and meanings of those who defined them.
Source: facts on telemetry §5, on ordering A3 and on lag B4; OpenTelemetry semantic conventions 1.44.0 (otel.sdk,
process); the OpenTelemetry Collector's kafkametrics receiver (kafka.consumer_group).
"""

from __future__ import annotations

import re
from typing import Final, Literal, TypeAlias

from msgspec import Struct

from asyncwatch.tracing import attributes as keys

Kind: TypeAlias = Literal["counter", "updowncounter", "gauge", "histogram"]

_UNITS: Final = {"s": "seconds", "By": "bytes", "1": "ratio"}
_PLACE: Final = (keys.SYSTEM, keys.DESTINATION_NAME, keys.DESTINATION_TEMPLATE, keys.SERVER)
_GROUP: Final = (*_PLACE, keys.CONSUMER_GROUP)
_COMPONENT: Final = (keys.COMPONENT_TYPE, keys.COMPONENT_NAME)


class Metric(Struct, frozen=True):
    """One metric. `unit` is UCUM, `{…}` names what is counted."""

    name: str
    kind: Kind
    unit: str
    meaning: str
    attributes: tuple[str, ...]

    @property
    def prometheus_unit(self) -> str:
        """Give the unit as it stands at the end of the Prometheus name; "" = none."""
        if self.unit == "1":
            return "ratio" if self.kind == "gauge" else ""
        whole, _, per = self.unit.partition("/")
        written = "" if whole.startswith("{") else _UNITS[whole]
        return f"{written}_per_second".lstrip("_") if per == "s" else written

    @property
    def prometheus_family(self) -> str:
        """Give the name of the Prometheus family, which OpenMetrics writes without `_total`."""
        stem, unit = prometheus_name(self.name), self.prometheus_unit
        return stem if not unit or stem.endswith("_" + unit) else f"{stem}_{unit}"

    @property
    def prometheus_name(self) -> str:
        """Give the name of the Prometheus samples, or what buckets, count and sum begin with."""
        return f"{self.prometheus_family}_total" if self.kind == "counter" else self.prometheus_family


def prometheus_name(name: str) -> str:
    """Write a dotted name in the characters that every Prometheus takes."""
    return re.sub(r"[^A-Za-z0-9_]", "_", name)


# What was observed
MESSAGES: Final = Metric(
    "asyncwatch.messages", "counter", "{message}", "messages observed, by what became of them",
    (*_PLACE, keys.MESSAGE_NAME, keys.VALIDATION_RESULT),
)  # fmt: skip
BODY_SIZE: Final = Metric(
    "asyncwatch.message.body.size", "histogram", "By", "sizes of payloads as they lie on the broker; null payloads have none",
    _PLACE,
)  # fmt: skip
TRANSIT: Final = Metric(
    "asyncwatch.transit.duration", "histogram", "s",
    "time from a message's timestamp to our seeing it; live messages only", (*_PLACE, keys.TIMESTAMP_SOURCE),
)  # fmt: skip
CLOCK_SKEW: Final = Metric(
    "asyncwatch.clock_skew", "histogram", "s", "how far timestamps lay ahead of our clock; live messages only", _PLACE,
)  # fmt: skip
VIOLATIONS: Final = Metric(
    "asyncwatch.violations", "counter", "{violation}", "occurrences of findings, by rule and severity",
    (*_PLACE, keys.MESSAGE_NAME, keys.ERROR_TYPE, keys.VIOLATION_SEVERITY),
)  # fmt: skip
CONTEXTS: Final = Metric(
    "asyncwatch.context.messages", "counter", "{message}",
    "messages by the format of their trace context; `duplicate` counts messages that count under their format too",
    (*_PLACE, keys.CONTEXT_FORMAT, keys.CONTEXT_SAMPLED),
)  # fmt: skip

# Sequences
SEQUENCE_MESSAGES: Final = Metric(
    "asyncwatch.sequence.messages", "counter", "{message}",
    "messages by their place in the producer's sequence, once that is decided", (*_PLACE, keys.SEQUENCE_CLASS),
)  # fmt: skip
SEQUENCE_GAPS: Final = Metric(
    "asyncwatch.sequence.gaps", "counter", "{gap}", "ranges of numbers that were skipped", _PLACE
)
SEQUENCE_MISSING: Final = Metric(
    "asyncwatch.sequence.missing", "gauge", "{message}", "numbers that are awaited now", _PLACE
)
SEQUENCE_FILLED: Final = Metric(
    "asyncwatch.sequence.filled", "counter", "{message}", "missing numbers that came after all", _PLACE
)
SEQUENCE_LOST: Final = Metric(
    "asyncwatch.sequence.lost", "counter", "{message}", "missing numbers that were given up", _PLACE
)
SEQUENCE_RECOVERED: Final = Metric(
    "asyncwatch.sequence.recovered", "counter", "{message}",
    "numbers that came after they were given up; lost less recovered is what is still lost", _PLACE,
)  # fmt: skip
SEQUENCE_RESTARTS: Final = Metric(
    "asyncwatch.sequence.restarts", "counter", "{restart}", "sequences that began again", _PLACE
)
SEQUENCE_DISTANCE: Final = Metric(
    "asyncwatch.sequence.reorder.distance", "histogram", "{message}",
    "how far below the highest number of its key a message was that came out of order", _PLACE,
)  # fmt: skip
SEQUENCE_LATE: Final = Metric(
    "asyncwatch.sequence.late", "counter", "{message}", "events older than their key's watermark", _PLACE
)
SEQUENCE_LATENESS: Final = Metric(
    "asyncwatch.sequence.lateness", "histogram", "s", "how far late events were behind the newest of their key", _PLACE
)

# Consumers
LAG_MESSAGES: Final = Metric(
    "asyncwatch.lag.messages", "gauge", "{message}", "messages that a group has not settled yet", _GROUP
)
LAG_DURATION: Final = Metric(
    "asyncwatch.lag.duration", "gauge", "s", "age of the first message that a group has not settled",
    (*_GROUP, keys.LAG_CLOCK, keys.LAG_SOURCE),
)  # fmt: skip
LAG_STATUS: Final = Metric(
    "asyncwatch.lag.status", "gauge", "{status}", "1 for the status that a group has, 0 for the others",
    (*_GROUP, keys.LAG_STATUS),
)  # fmt: skip
LAG_VELOCITY: Final = Metric(
    "asyncwatch.lag.velocity", "gauge", "{message}/s", "how fast the lag grows; negative = it shrinks", _GROUP
)
LAG_CATCH_UP: Final = Metric(
    "asyncwatch.lag.catch_up", "gauge", "s", "when the lag will be gone at the present pace; absent = never, or not known",
    _GROUP,
)  # fmt: skip
LAG_RETENTION_SHARE: Final = Metric(
    "asyncwatch.lag.retention.share", "gauge", "1", "lag as a share of what the broker still holds", _GROUP
)
KAFKA_LAG_SUM: Final = Metric(
    "kafka.consumer_group.lag_sum", "gauge", "1", "lag of a group over all partitions of a topic",
    (keys.KAFKA_GROUP, keys.KAFKA_TOPIC, keys.SERVER),
)  # fmt: skip
KAFKA_LAG: Final = Metric(
    "kafka.consumer_group.lag", "gauge", "1", "lag of a group on a partition",
    (keys.KAFKA_GROUP, keys.KAFKA_TOPIC, keys.KAFKA_PARTITION, keys.SERVER),
)  # fmt: skip
KAFKA_OFFSET: Final = Metric(
    "kafka.consumer_group.offset", "gauge", "1", "committed offset of a group on a partition",
    (keys.KAFKA_GROUP, keys.KAFKA_TOPIC, keys.KAFKA_PARTITION, keys.SERVER),
)  # fmt: skip
KAFKA_MEMBERS: Final = Metric(
    "kafka.consumer_group.members", "gauge", "{member}", "members of a group", (keys.KAFKA_GROUP, keys.SERVER)
)

# Ourselves
OBSERVER_LAG: Final = Metric(
    "asyncwatch.observer.lag", "gauge", "s", "how far our reading is behind the brokers; absent = not known", ()
)
OBSERVER_LAG_MESSAGES: Final = Metric(
    "asyncwatch.observer.lag.messages", "gauge", "{message}", "messages on the broker that we have not read yet",
    (keys.SYSTEM, keys.SERVER),
)  # fmt: skip
SERVER_STATE: Final = Metric(
    "asyncwatch.server.state", "gauge", "{state}", "1 for the state of our connection, 0 for the others",
    (keys.SYSTEM, keys.SERVER, keys.SERVER_STATE),
)  # fmt: skip
SERVER_BREAKS: Final = Metric(
    "asyncwatch.server.breaks", "counter", "{break}", "connections that were lost", (keys.SYSTEM, keys.SERVER)
)
SERVER_MISSED: Final = Metric(
    "asyncwatch.server.missed", "counter", "{message}", "messages that went by unseen; absent = the protocol cannot tell",
    (keys.SYSTEM, keys.SERVER),
)  # fmt: skip
HAPPENINGS: Final = Metric(
    "asyncwatch.happenings",
    "counter",
    "{happening}",
    "what happened to us: each is a line of the log",
    (keys.HAPPENING,),
)
OUTLET_ITEMS: Final = Metric(
    "asyncwatch.outlet.items", "counter", "{item}", "what outlets delivered, and, with `error.type`, what they dropped",
    (keys.OUTLET, keys.ERROR_TYPE),
)  # fmt: skip
OUTLET_QUEUED: Final = Metric(
    "asyncwatch.outlet.queued", "updowncounter", "{item}", "what waits in an outlet", (keys.OUTLET,)
)
CPU_TIME: Final = Metric("process.cpu.time", "counter", "s", "CPU time of the sidecar", ())
MEMORY: Final = Metric("process.memory.usage", "updowncounter", "By", "resident memory of the sidecar", ())

# Our export, in the words of the SDKs
SPAN_QUEUE_SIZE: Final = Metric(
    "otel.sdk.processor.span.queue.size", "updowncounter", "{span}", "spans that wait", _COMPONENT
)
SPAN_QUEUE_CAPACITY: Final = Metric(
    "otel.sdk.processor.span.queue.capacity", "updowncounter", "{span}", "spans that may wait", _COMPONENT
)
SPANS_PROCESSED: Final = Metric(
    "otel.sdk.processor.span.processed", "counter", "{span}",
    "spans that left the queue; with `error.type` those that were dropped", (*_COMPONENT, keys.ERROR_TYPE),
)  # fmt: skip
SPANS_EXPORTED: Final = Metric(
    "otel.sdk.exporter.span.exported", "counter", "{span}",
    "spans whose export is over; with `error.type` those that were not taken", (*_COMPONENT, keys.ERROR_TYPE),
)  # fmt: skip
LOG_QUEUE_SIZE: Final = Metric(
    "otel.sdk.processor.log.queue.size", "updowncounter", "{log_record}", "log records that wait", _COMPONENT
)
LOG_QUEUE_CAPACITY: Final = Metric(
    "otel.sdk.processor.log.queue.capacity", "updowncounter", "{log_record}", "log records that may wait", _COMPONENT
)
LOGS_PROCESSED: Final = Metric(
    "otel.sdk.processor.log.processed", "counter", "{log_record}",
    "log records that left the queue; with `error.type` those that were dropped", (*_COMPONENT, keys.ERROR_TYPE),
)  # fmt: skip
LOGS_EXPORTED: Final = Metric(
    "otel.sdk.exporter.log.exported", "counter", "{log_record}",
    "log records whose export is over; with `error.type` those that were not taken", (*_COMPONENT, keys.ERROR_TYPE),
)  # fmt: skip
POINTS_EXPORTED: Final = Metric(
    "otel.sdk.exporter.metric_data_point.exported", "counter", "{data_point}",
    "data points whose export is over; with `error.type` those that were not taken", (*_COMPONENT, keys.ERROR_TYPE),
)  # fmt: skip

CATALOGUE: Final[dict[str, Metric]] = {
    metric.name: metric for metric in list(globals().values()) if isinstance(metric, Metric)
}
"""Every metric by its name, in the order in which they are written out."""
