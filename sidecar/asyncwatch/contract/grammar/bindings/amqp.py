"""The AMQP 0-9-1 binding, 0.3.0."""

from __future__ import annotations

from typing import Final

from asyncwatch.contract.grammar.bindings.versions import binding, part
from asyncwatch.contract.grammar.language import FLAG, TEXT, TEXTS, Number, Text, one_of, whole
from asyncwatch.contract.grammar.relations import either_by

_EARLIER: Final = ("0.1.0", "0.2.0")
_NAME: Final = Text(most=255)

CHANNEL: Final = binding(
    "amqp",
    {
        "0.3.0": {
            "is": one_of("queue", "routingKey"),
            "exchange": part(
                "the exchange",
                {
                    "name": _NAME, "type": one_of("topic", "direct", "fanout", "default", "headers"), "durable": FLAG,
                    "autoDelete": FLAG, "vhost": TEXT,
                },
            ),
            "queue": part(
                "the queue", {"name": _NAME, "durable": FLAG, "exclusive": FLAG, "autoDelete": FLAG, "vhost": TEXT}
            ),
        }
    },
    earlier=_EARLIER,
    rules=(either_by("is", {"routingKey": "exchange", "queue": "queue"}),),
)  # fmt: skip
OPERATION: Final = binding(
    "amqp",
    {
        "0.3.0": {
            "expiration": whole(least=0), "userId": TEXT, "cc": TEXTS, "priority": whole(),
            "deliveryMode": Number(choices=(1, 2)), "mandatory": FLAG, "bcc": TEXTS, "timestamp": FLAG, "ack": FLAG,
        }
    },
    earlier=_EARLIER,
)  # fmt: skip
MESSAGE: Final = binding("amqp", {"0.3.0": {"contentEncoding": TEXT, "messageType": TEXT}}, earlier=_EARLIER)
