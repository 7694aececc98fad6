"""Every attribute key that stands on our spans, and the words some of them take.

Source: OpenTelemetry semantic conventions 1.44.0 (messaging, still in development); facts on telemetry §4 and §6.
"""

from __future__ import annotations

from typing import Final

SCHEMA_URL: Final = "https://opentelemetry.io/schemas/1.44.0"
SCOPE_NAME: Final = "asyncwatch"

# Resource
SERVICE_NAME: Final = "service.name"
SERVICE_VERSION: Final = "service.version"
SERVICE_INSTANCE_ID: Final = "service.instance.id"
DISTRO_NAME: Final = "telemetry.distro.name"
DISTRO_VERSION: Final = "telemetry.distro.version"

# Span, as the semantic conventions name them
SYSTEM: Final = "messaging.system"
OPERATION_NAME: Final = "messaging.operation.name"
DESTINATION_NAME: Final = "messaging.destination.name"
DESTINATION_TEMPLATE: Final = "messaging.destination.template"
PARTITION_ID: Final = "messaging.destination.partition.id"
MESSAGE_ID: Final = "messaging.message.id"
BODY_SIZE: Final = "messaging.message.body.size"
KAFKA_OFFSET: Final = "messaging.kafka.offset"
KAFKA_CLUSTER_ID: Final = "messaging.kafka.cluster.id"
KAFKA_TOMBSTONE: Final = "messaging.kafka.message.tombstone"
KAFKA_KEY: Final = "messaging.kafka.message.key"
CE_ID: Final = "cloudevents.event_id"
CE_SOURCE: Final = "cloudevents.event_source"
CE_SPEC_VERSION: Final = "cloudevents.event_spec_version"
CE_TYPE: Final = "cloudevents.event_type"
CE_SUBJECT: Final = "cloudevents.event_subject"
SERVER_ADDRESS: Final = "server.address"
SERVER_PORT: Final = "server.port"
ERROR_TYPE: Final = "error.type"

# Span, ours
SPEC_ID: Final = "asyncwatch.spec.id"
CHANNEL: Final = "asyncwatch.channel"
MESSAGE_NAME: Final = "asyncwatch.message.name"
OPERATION_ID: Final = "asyncwatch.operation.id"
VALIDATION_RESULT: Final = "asyncwatch.validation.result"
CONTEXT_FORMAT: Final = "asyncwatch.context.format"
TIMESTAMP_SOURCE: Final = "asyncwatch.timestamp.source"
REPLAY: Final = "asyncwatch.replay"
CLOCK_SKEW: Final = "asyncwatch.clock_skew.detected"

# Metrics, ours
SERVER: Final = "asyncwatch.server"
CONTEXT_SAMPLED: Final = "asyncwatch.context.sampled"
SEQUENCE_CLASS: Final = "asyncwatch.sequence.class"
SERVER_STATE: Final = "asyncwatch.server.state"
LAG_STATUS: Final = "asyncwatch.lag.status"
LAG_CLOCK: Final = "asyncwatch.lag.clock"
LAG_SOURCE: Final = "asyncwatch.lag.source"
OUTLET: Final = "asyncwatch.outlet.name"
HAPPENING: Final = "asyncwatch.happening.name"

# Metrics, as the semantic conventions and the Collector's receivers name them
CONSUMER_GROUP: Final = "messaging.consumer.group.name"
COMPONENT_NAME: Final = "otel.component.name"
COMPONENT_TYPE: Final = "otel.component.type"
KAFKA_GROUP: Final = "group"
KAFKA_TOPIC: Final = "topic"
KAFKA_PARTITION: Final = "partition"

# Link
LINK_KIND: Final = "asyncwatch.link.kind"

# Span event
VIOLATION_SEVERITY: Final = "asyncwatch.violation.severity"
VIOLATION_PATH: Final = "asyncwatch.violation.path"
VIOLATION_KEYWORD: Final = "asyncwatch.violation.keyword"
VIOLATION_SCHEMA_REF: Final = "asyncwatch.violation.schema_ref"
VIOLATION_EXPECTED: Final = "asyncwatch.violation.expected"
VIOLATION_ACTUAL_TYPE: Final = "asyncwatch.violation.actual_type"
VIOLATION_FINGERPRINT: Final = "asyncwatch.violation.fingerprint"
SEQUENCE_KEY: Final = "asyncwatch.sequence.key"
SEQUENCE_EXPECTED: Final = "asyncwatch.sequence.expected"
SEQUENCE_ACTUAL: Final = "asyncwatch.sequence.actual"
CONTEXT_REASON: Final = "asyncwatch.context.reason"
LAG_MESSAGES: Final = "asyncwatch.lag.messages"
LAG_SECONDS: Final = "asyncwatch.lag.seconds"
SUPPRESSED: Final = "asyncwatch.suppressed"

OPERATION_TRANSIT: Final = "transit"
"""`messaging.operation.name` of the way from the producer to the broker; no `messaging.operation.type` goes with it, so
that consumer dashboards do not count us."""

IDENTIFIERS: Final = frozenset({KAFKA_KEY, CE_SUBJECT, DESTINATION_NAME})
"""Attributes that may hold personal data: on spans only where the settings name them, in full or hashed."""

LINK_CE_ORIGIN: Final = "ce_origin"
"""The CloudEvents extension names the start of the transmission, the header its last hop."""

FORMAT_W3C: Final = "w3c"
FORMAT_CLOUDEVENTS: Final = "cloudevents"

SYSTEMS: Final = {"kafka": "kafka", "amqp": "rabbitmq", "ws": "websocket"}
"""`messaging.system` by protocol family, where it is not the family's own name."""

VIOLATION_EVENT: Final = "asyncwatch.violation"
VIOLATION_FAMILIES: Final = frozenset({"payload", "headers", "key", "message"})
"""Rule families that share one event name."""


def event_name(rule: str) -> str:
    """Give the event name of a rule: fixed, without dynamic parts."""
    if rule.partition(".")[0] in VIOLATION_FAMILIES:
        return VIOLATION_EVENT
    return "asyncwatch." + rule.replace("-", "_")
