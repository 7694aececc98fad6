"""The Kafka binding, 0.3.0 to 0.5.0."""

from __future__ import annotations

from typing import Final

from asyncwatch.contract.grammar.bindings.versions import SCHEMA, Fields, binding, part
from asyncwatch.contract.grammar.language import FLAG, TEXT, AnyOf, Choice, ListOf, Named, Referable, one_of, whole

_EARLIER: Final = ("0.1.0", "0.2.0")
_SERVER: Final[Fields] = {"schemaRegistryUrl": TEXT, "schemaRegistryVendor": TEXT}
_CHANNEL: Final[Fields] = {"topic": TEXT, "partitions": whole(least=1), "replicas": whole(least=1)}
_TOPIC: Final[Fields] = {
    "cleanup.policy": ListOf(one_of("compact", "delete")), "retention.ms": whole(least=-1),
    "retention.bytes": whole(least=-1), "delete.retention.ms": whole(least=0), "max.message.bytes": whole(least=0),
}  # fmt: skip
_CONFLUENT: Final[Fields] = {
    "confluent.key.schema.validation": FLAG, "confluent.key.subject.name.strategy": TEXT,
    "confluent.value.schema.validation": FLAG, "confluent.value.subject.name.strategy": TEXT,
}  # fmt: skip
_CLOSED_TOPIC: Final = part("the topic configuration", _TOPIC, is_open=False, extends=False)
_OPERATION: Final[Fields] = {"groupId": SCHEMA, "clientId": SCHEMA}
_MESSAGE: Final[Fields] = {
    "schemaIdLocation": one_of("header", "payload"), "schemaIdPayloadEncoding": TEXT, "schemaLookupStrategy": TEXT,
}  # fmt: skip
_AVRO: Final = Referable(Named("avro"))
_SCHEMA_OR_AVRO: Final = AnyOf((SCHEMA, _AVRO))
_KEY: Final = Choice(lambda value: _AVRO if isinstance(value, str | list) else _SCHEMA_OR_AVRO)

SERVER: Final = binding("kafka", {"0.5.0": _SERVER, "0.4.0": _SERVER, "0.3.0": _SERVER}, earlier=_EARLIER)
CHANNEL: Final = binding(
    "kafka",
    {
        "0.5.0": {**_CHANNEL, "topicConfiguration": part("the topic configuration", {**_TOPIC, **_CONFLUENT})},
        "0.4.0": {**_CHANNEL, "topicConfiguration": _CLOSED_TOPIC},
        "0.3.0": _CHANNEL,
    },
    earlier=_EARLIER,
)
OPERATION: Final = binding("kafka", {"0.5.0": _OPERATION, "0.4.0": _OPERATION, "0.3.0": _OPERATION}, earlier=_EARLIER)
MESSAGE: Final = binding(
    "kafka",
    {"0.5.0": {**_MESSAGE, "key": SCHEMA}, "0.4.0": {**_MESSAGE, "key": _KEY}, "0.3.0": {**_MESSAGE, "key": SCHEMA}},
    earlier=_EARLIER,
)
