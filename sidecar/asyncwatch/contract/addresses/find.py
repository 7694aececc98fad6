"""Where a channel lies: what its protocol's binding names, else its own address (3.x) or key (2.x), else unknown.

Source: facts on asyncapi, sections 3, 4 and 6; settled 4 and 5.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from asyncwatch.contract.addresses import redis
from asyncwatch.contract.addresses.channel_address import AmqpPlace, ChannelAddress
from asyncwatch.contract.addresses.families import RULES
from asyncwatch.contract.addresses.mqtt import unshared
from asyncwatch.contract.addresses.placeholders import Unmatchable
from asyncwatch.contract.entities import Family

Bindings = Mapping[str, object]
_MOST_SIGNS: Final = 4_096
"""Bounds the time that patterns take to compile."""


@dataclass(frozen=True, slots=True)
class Said:
    """What a document says about a channel's place: its bindings, those of its operations, and its own address.

    `is_key`: the own address is the channel's key (2.x), which some generators use for a label.
    """

    bindings: Bindings
    operations: Sequence[Bindings]
    own: str | None
    is_key: bool


def find_address(family: Family, said: Said) -> ChannelAddress:
    """Find a channel's address on servers of a family.

    Raises: Unmatchable.
    """
    binding = said.bindings.get(family)
    known: Bindings = binding if isinstance(binding, dict) else {}
    amqp = _amqp_place(known, said) if family == "amqp" else None
    method = group = None
    named: str | None = None
    wildcards = True
    match family:
        case "kafka":
            named = _text(known.get("topic"))
        case "nats":
            named = _text(known.get("subject"))
        case "redis":
            named, method = _text(known.get("channel")), _text(known.get("method"))
        case "amqp":
            assert amqp is not None  # made above
            named = _routing_key(amqp, said)
            wildcards = amqp.exchange_type in {None, "topic"}
        case _:
            pass
    address = said.own if named is None else named
    if address is not None and family == "mqtt":
        group, address = unshared(address)
    if address is not None and family == "redis":
        wildcards = redis.has_wildcards(address, method)
    if address is not None and len(address) > _MOST_SIGNS:
        raise Unmatchable(f"its address has more than {_MOST_SIGNS:,} characters")
    rules = RULES[family]
    return ChannelAddress(
        address=address,
        pattern=None if address is None else rules.pattern(address, wildcards=wildcards),
        subscription=None if address is None else rules.subscription(address, wildcards=wildcards),
        from_binding=named is not None, amqp=amqp, redis_method=method, mqtt_group=group,
    )  # fmt: skip


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _amqp_place(binding: Bindings, said: Said) -> AmqpPlace:
    exchange, queue = binding.get("exchange"), binding.get("queue")
    inner: Bindings = exchange if isinstance(exchange, dict) else {}
    own_queue: Bindings = queue if isinstance(queue, dict) else {}
    kind = _text(inner.get("type"))
    name = inner.get("name")
    routing = [key for one in said.operations for key in _routing_keys(one.get("amqp"))]
    queue_name = _text(own_queue.get("name"))
    return AmqpPlace(
        kind="queue" if binding.get("is") == "queue" else "routingKey",
        exchange="" if kind == "default" or name == "" else _text(name),
        exchange_type="direct" if kind is None and name == "" else kind,
        vhost=_text(inner.get("vhost")) or _text(own_queue.get("vhost")),
        queue=queue_name,
        keys=tuple(dict.fromkeys(routing)),
    )  # fmt: skip


def _routing_keys(binding: object) -> list[str]:
    """Give the routing keys of an operation; older generators write one as text."""
    keys = binding.get("cc") if isinstance(binding, dict) else None
    listed = keys if isinstance(keys, list) else [keys]
    return [key for key in listed if isinstance(key, str)]


def _routing_key(place: AmqpPlace, said: Said) -> str | None:
    """Give the routing key where not the channel itself names it.

    Where a key of `channels` only begins with the name that queue or operation give (FastStream's `queue:exchange:…`),
    it is a label. A queue's name stands in where there is no routing key: the default exchange brings messages to it.
    """
    only_key = place.keys[0] if len(place.keys) == 1 else None
    if said.own is None:
        return only_key or place.queue
    if said.is_key:
        for name in (place.queue, only_key):
            if name and said.own.startswith(f"{name}:"):
                return only_key or name
    return None
