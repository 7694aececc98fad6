"""Bindings of message queues: IBM MQ 0.1.0, JMS 0.0.1, Anypoint MQ 0.0.1."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from asyncwatch.contract.grammar.bindings.versions import SCHEMA, binding, part
from asyncwatch.contract.grammar.language import FLAG, TEXT, Data, ListOf, Text, one_of, required, whole

_OBJECT_NAME: Final = Text(most=48)


def _destination(value: Mapping[str, object]) -> tuple[str | None, str] | None:
    kind = value.get("destinationType")
    if kind == "topic" and "queue" in value:
        return "queue", "'queue' does not stand where 'destinationType' is 'topic'"
    if kind == "queue" and "queue" not in value:
        return None, "needs 'queue' because 'destinationType' is 'queue'"
    if kind != "topic" and "queue" in value and "topic" in value:
        return "topic", "'topic' does not stand beside 'queue'"
    return None


def _headers(value: Mapping[str, object]) -> tuple[str | None, str] | None:
    if "headers" in value and str(value.get("type")) in {"jms", "string"}:
        return "headers", "'headers' stands only where 'type' is 'binary'"
    return None


IBMMQ_SERVER: Final = binding(
    "ibmmq",
    {
        "0.1.0": {
            "groupId": TEXT, "ccdtQueueManagerName": TEXT, "cipherSpec": TEXT, "multiEndpointServer": FLAG,
            "heartBeatInterval": whole(0, 999_999),
        }
    },
)  # fmt: skip
IBMMQ_CHANNEL: Final = binding(
    "ibmmq",
    {
        "0.1.0": {
            "destinationType": one_of("topic", "queue"),
            "queue": part("the queue", {"objectName": required(_OBJECT_NAME), "isPartitioned": FLAG, "exclusive": FLAG}),
            "topic": part(
                "the topic",
                {
                    "string": Text(most=10_240), "objectName": _OBJECT_NAME, "durablePermitted": FLAG,
                    "lastMsgRetained": FLAG,
                },
            ),
            "maxMsgLength": whole(0, 104_857_600),
        }
    },
    rules=(_destination,),
)  # fmt: skip
IBMMQ_MESSAGE: Final = binding(
    "ibmmq",
    {
        "0.1.0": {
            "type": one_of("string", "jms", "binary"), "headers": TEXT, "description": TEXT, "expiry": whole(least=0),
        }
    },
    rules=(_headers,),
)  # fmt: skip

_PROPERTY: Final = part(
    "a property",
    {
        "name": required(TEXT),
        "value": required(Data(("string", "boolean", "number", "integer", "null"), "a text, a number, a flag or null")),
    },
)
JMS_SERVER: Final = binding(
    "jms", {"0.0.1": {"jmsConnectionFactory": required(TEXT), "properties": ListOf(_PROPERTY), "clientID": TEXT}}
)
JMS_CHANNEL: Final = binding("jms", {"0.0.1": {"destination": TEXT, "destinationType": one_of("queue", "fifo-queue")}})
JMS_MESSAGE: Final = binding("jms", {"0.0.1": {"headers": SCHEMA}})

ANYPOINTMQ_CHANNEL: Final = binding(
    "anypointmq",
    {"0.0.1": {"destination": TEXT, "destinationType": one_of("exchange", "queue", "fifo-queue")}},
)
ANYPOINTMQ_MESSAGE: Final = binding("anypointmq", {"0.0.1": {"headers": SCHEMA}})
