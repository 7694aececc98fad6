"""The usual names of sequence, time, producer and identity.

Source: facts on ordering A1; CloudEvents bindings (Kafka `ce_`, HTTP and NATS `ce-`, AMQP `cloudEvents:` and
`cloudEvents_`); settled 24.
"""

from __future__ import annotations

from typing import Final

SEQUENCES: Final = ("sequence_id", "sequence", "seq")
PRODUCERS: Final = ("producer_id", "producer", "source")
EPOCHS: Final = ("producer_epoch", "epoch", "producer_instance")
IDENTITIES: Final = ("message_id", "nats-msg-id")
TIMESTAMP: Final = "timestamp"
CONTENT_TYPE: Final = "content-type"
STRUCTURED: Final = "application/cloudevents+json"
"""The media type of a CloudEvent that is in the payload as a whole."""

_PREFIXES: Final = ("ce_", "ce-", "cloudevents:", "cloudevents_")


def cloudevents(attribute: str) -> tuple[str, ...]:
    """Give the header names of a CloudEvents attribute in binary mode."""
    return tuple(prefix + attribute for prefix in _PREFIXES)


CE_SEQUENCE: Final = cloudevents("sequence")
CE_SOURCE: Final = cloudevents("source")
CE_ID: Final = cloudevents("id")
CE_TIME: Final = cloudevents("time")
