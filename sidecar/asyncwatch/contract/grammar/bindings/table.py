"""The Bindings Objects: which protocols there are for servers, channels, operations and messages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from asyncwatch.contract.grammar.bindings import amqp, cloud, kafka, mqtt, queues, solace, streams, web
from asyncwatch.contract.grammar.language import (
    OBJECT,
    OPAQUE,
    Advisory,
    Choice,
    Doubted,
    Field,
    Kind,
    Record,
    Referable,
    Table,
    since,
)

_UNDESCRIBED: Final = (
    "amqp", "amqp1", "anypointmq", "googlepubsub", "http", "ibmmq", "jms", "kafka", "mqtt", "nats", "pulsar", "redis",
    "sns", "solace", "sqs", "stomp", "ws",
)  # fmt: skip
"""Protocols that have no fields at some objects: whatever is written there is taken as it is."""

_UNKNOWN_TO_TOOLS: Final = "the specification has it, the official tools of 3.x do not know it"
_BY_OBJECT: Final[Mapping[str, Mapping[str, Kind | Field]]] = {
    "server": {
        "ibmmq": queues.IBMMQ_SERVER, "jms": queues.JMS_SERVER, "kafka": kafka.SERVER, "mqtt": mqtt.SERVER,
        "pulsar": streams.PULSAR_SERVER, "ros2": since(1, streams.ROS2_SERVER), "solace": solace.SERVER,
    },
    "channel": {
        "amqp": amqp.CHANNEL, "anypointmq": queues.ANYPOINTMQ_CHANNEL, "googlepubsub": cloud.GOOGLEPUBSUB_CHANNEL,
        "ibmmq": queues.IBMMQ_CHANNEL, "jms": queues.JMS_CHANNEL, "kafka": kafka.CHANNEL,
        "pulsar": streams.PULSAR_CHANNEL, "sns": cloud.SNS_CHANNEL, "sqs": cloud.SQS_CHANNEL, "ws": web.WS_CHANNEL,
    },
    "operation": {
        "amqp": amqp.OPERATION, "http": web.HTTP_OPERATION, "kafka": kafka.OPERATION, "mqtt": mqtt.OPERATION,
        "nats": streams.NATS_OPERATION, "ros2": since(1, streams.ROS2_OPERATION), "sns": cloud.SNS_OPERATION,
        "solace": solace.OPERATION, "sqs": cloud.SQS_OPERATION,
    },
    "message": {
        "amqp": amqp.MESSAGE, "anypointmq": queues.ANYPOINTMQ_MESSAGE, "googlepubsub": cloud.GOOGLEPUBSUB_MESSAGE,
        "http": web.HTTP_MESSAGE, "ibmmq": queues.IBMMQ_MESSAGE, "jms": queues.JMS_MESSAGE, "kafka": kafka.MESSAGE,
        "mqtt": mqtt.MESSAGE,
    },
}  # fmt: skip


def _bindings(where: str, undescribed: tuple[str, ...], doubted: Mapping[str, Kind]) -> Record:
    fields: dict[str, Kind | Field] = dict.fromkeys(undescribed, OPAQUE)
    return Record(
        f"the bindings of {'an' if where == 'operation' else 'a'} {where}",
        {**fields, **doubted, **_BY_OBJECT[where]},
    )


def _of_any_version(record: Record) -> Record:
    fields = {name: kind.kind if isinstance(kind, Field) else kind for name, kind in record.fields.items()}
    return Record(record.noun, fields)


_DOUBTED: Final = {name: Doubted(OPAQUE, _UNKNOWN_TO_TOOLS) for name in ("mqtt5", "mercure")}
BINDINGS_V3: Final[Table] = {
    f"{where} bindings": _bindings(
        where,
        tuple(name for name in _UNDESCRIBED if (where, name) not in {("operation", "pulsar"), ("message", "pulsar")}),
        _DOUBTED,
    )
    for where in _BY_OBJECT
}
_UNJUDGED: Final = dict.fromkeys(("mqtt5", "mercure"), OPAQUE)


def _advisory(where: str) -> Kind:
    judged = Advisory(_of_any_version(_bindings(where, _UNDESCRIBED, _UNJUDGED)), "document.binding")
    return Referable(Choice(lambda value: judged if isinstance(value, dict) else OBJECT))


BINDINGS_V2: Final[Table] = {f"{where} bindings": _advisory(where) for where in _BY_OBJECT}
"""In 2.x the official tools ask for an object only: what a protocol's own description says is advice."""
