"""Bindings of cloud services: SNS 0.1.0, SQS 0.2.0, Google Pub/Sub 0.2.0."""

from __future__ import annotations

from typing import Final

from asyncwatch.contract.grammar.bindings.versions import Fields, binding, part
from asyncwatch.contract.grammar.language import (
    FLAG,
    OPAQUE,
    TEXT,
    TEXTS,
    Choice,
    Data,
    ListOf,
    MapOf,
    Text,
    one_of,
    required,
    whole,
)

_FREE: Final = MapOf("the object", OPAQUE)
_A_TEXT: Final = Text(expected="a text or a list of texts")
_TEXT_OR_TEXTS: Final = Choice(lambda value: TEXTS if isinstance(value, list) else _A_TEXT)
_STATEMENT: Final = part(
    "a statement",
    {
        "effect": required(one_of("Allow", "Deny")), "principal": required(_TEXT_OR_TEXTS),
        "action": required(_TEXT_OR_TEXTS),
    },
)  # fmt: skip
_POLICY: Final = part("the policy", {"statements": required(ListOf(_STATEMENT))})
_FILTER_VALUE: Final = Data(("string", "object"), "a text, an object or a list of texts")
_FILTER: Final = Choice(lambda value: TEXTS if isinstance(value, list) else _FILTER_VALUE)

_TOPIC_NAME: Final = part("the identifier", {"url": TEXT, "email": TEXT, "phone": TEXT, "arn": TEXT, "name": TEXT})
_DELIVERY: Final = part(
    "the delivery policy",
    {
        **dict.fromkeys(
            (
                "minDelayTarget", "maxDelayTarget", "numRetries", "numNoDelayRetries", "numMinDelayRetries",
                "numMaxDelayRetries", "maxReceivesPerSecond",
            ),
            whole(),
        ),
        "backoffFunction": one_of("arithmetic", "exponential", "geometric", "linear"),
    },
)  # fmt: skip
_CONSUMER: Final = part(
    "a consumer",
    {
        "protocol": required(
            one_of("http", "https", "email", "email-json", "sms", "sqs", "application", "lambda", "firehose")
        ),
        "endpoint": required(_TOPIC_NAME), "filterPolicy": MapOf("the filter policy", _FILTER),
        "filterPolicyScope": one_of("MessageAttributes", "MessageBody"), "rawMessageDelivery": required(FLAG),
        "redrivePolicy": part(
            "the redrive policy", {"deadLetterQueue": required(_TOPIC_NAME), "maxReceiveCount": whole()}
        ),
        "deliveryPolicy": _DELIVERY, "displayName": TEXT,
    },
)  # fmt: skip
SNS_CHANNEL: Final = binding(
    "sns",
    {
        "0.1.0": {
            "name": required(TEXT),
            "ordering": part(
                "the ordering", {"type": required(one_of("standard", "FIFO")), "contentBasedDeduplication": FLAG}
            ),
            "policy": _POLICY, "tags": _FREE,
        }
    },
    earlier=("0.2.0",),
)  # fmt: skip
SNS_OPERATION: Final = binding(
    "sns",
    {
        "0.1.0": {
            "topic": _TOPIC_NAME, "consumers": required(ListOf(_CONSUMER, least=1)), "deliveryPolicy": _DELIVERY,
        }
    },
    earlier=("0.2.0",),
)  # fmt: skip

_QUEUE_NAME: Final = part("the identifier", {"arn": TEXT, "name": TEXT})
_QUEUE: Final[Fields] = {
    "name": required(TEXT), "fifoQueue": FLAG, "deduplicationScope": one_of("queue", "messageGroup"),
    "fifoThroughputLimit": one_of("perQueue", "perMessageGroupId"), "deliveryDelay": whole(0, 900),
    "visibilityTimeout": whole(0, 43_200), "receiveMessageWaitTime": whole(),
    "messageRetentionPeriod": whole(60, 1_209_600),
    "redrivePolicy": part(
        "the redrive policy", {"deadLetterQueue": required(_QUEUE_NAME), "maxReceiveCount": whole()}
    ),
    "policy": _POLICY, "tags": _FREE,
}  # fmt: skip
_OWN_QUEUE: Final = part("a queue", {**_QUEUE, "fifoQueue": required(FLAG)})
SQS_CHANNEL: Final = binding(
    "sqs", {"0.2.0": {"queue": required(_OWN_QUEUE), "deadLetterQueue": _OWN_QUEUE}}, earlier=("0.1.0", "0.3.0")
)
SQS_OPERATION: Final = binding(
    "sqs", {"0.2.0": {"queues": required(ListOf(part("a queue", _QUEUE)))}}, earlier=("0.1.0", "0.3.0")
)

GOOGLEPUBSUB_CHANNEL: Final = binding(
    "googlepubsub",
    {
        "0.2.0": {
            "labels": _FREE, "messageRetentionDuration": TEXT,
            "messageStoragePolicy": part(
                "the storage policy", {"allowedPersistenceRegions": TEXTS}, is_open=False, extends=False
            ),
            "schemaSettings": required(
                part(
                    "the schema settings",
                    {
                        "encoding": required(TEXT), "name": required(TEXT), "firstRevisionId": TEXT,
                        "lastRevisionId": TEXT,
                    },
                )
            ),
        }
    },
    earlier=("0.1.0",),
)  # fmt: skip
GOOGLEPUBSUB_MESSAGE: Final = binding(
    "googlepubsub",
    {"0.2.0": {"attributes": _FREE, "orderingKey": TEXT, "schema": part("the schema", {"name": required(TEXT)})}},
    earlier=("0.1.0",),
)
