"""How much a message's payload, headers and key together really say."""

from __future__ import annotations

from asyncwatch.contract.entities import Channel, Message
from asyncwatch.model.strength import Strength, added

_NOTHING_SAID = Strength(1, 0, ("/",))
"""A payload that is not described is one leaf that nothing constrains."""


def message_strength(message: Message) -> Strength:
    """Add up the schemas of a message; those that are not judged by count as not read."""
    parts = [_NOTHING_SAID] if message.payload is None else []
    for prefix, schema in (("", message.payload), ("headers ", message.headers), ("key ", message.kafka_key)):
        if schema is None:
            continue
        found = schema.strength
        if found is None:
            parts.append(Strength(unread=1))
        else:
            loose = tuple(prefix + (pointer or "/") for pointer in found.loose)
            parts.append(Strength(found.leaves, found.constrained, loose))
    return added(parts)


def channel_strength(channel: Channel) -> Strength:
    """Add up the messages of a channel."""
    return added([message_strength(message) for message in channel.messages])
