"""Protocol names of AsyncAPI documents, and the families we know them by.

Source: AsyncAPI bindings repository (protocol names); facts on asyncapi, section 1.
"""

from __future__ import annotations

import difflib
from typing import Final

from asyncwatch.contract.entities import Family

_FAMILIES: Final[dict[str, tuple[Family, bool]]] = {
    "kafka": ("kafka", False), "kafka-secure": ("kafka", True), "kafka+ssl": ("kafka", True),
    "amqp": ("amqp", False), "amqps": ("amqp", True),
    "mqtt": ("mqtt", False), "mqtts": ("mqtt", True), "secure-mqtt": ("mqtt", True), "mqtt5": ("mqtt", False),
    "nats": ("nats", False), "nats+tls": ("nats", True),
    "redis": ("redis", False), "rediss": ("redis", True),
    "ws": ("ws", False), "wss": ("ws", True),
}  # fmt: skip
_OTHERS: Final = frozenset(
    {
        "amqp1", "anypointmq", "googlepubsub", "http", "https", "ibmmq", "ibmmq-secure", "jms", "mercure", "pulsar",
        "ros2", "sns", "solace", "sqs", "sse", "stomp", "stomps",
    }
)  # fmt: skip


def family_of(protocol: str) -> tuple[Family, bool]:
    """Give a protocol's family, and whether its name says TLS."""
    return _FAMILIES.get(protocol.lower(), ("other", False))


def is_known(protocol: str) -> bool:
    """Tell whether a protocol's name is one that documents use."""
    return protocol.lower() in _FAMILIES or protocol.lower() in _OTHERS


def nearest(protocol: str) -> str | None:
    """Give the known name that a mistyped one is nearest to."""
    found = difflib.get_close_matches(protocol[:40].lower(), [*_FAMILIES, *_OTHERS], n=1, cutoff=0.7)
    return found[0] if found else None
