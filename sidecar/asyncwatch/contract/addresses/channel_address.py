"""Where a channel lies on servers of one family."""

from __future__ import annotations

from dataclasses import dataclass
from re import Pattern
from typing import Literal


@dataclass(frozen=True, slots=True)
class AmqpPlace:
    """What a reader must know beside the routing key. `exchange` "" is the default exchange, None is not said.

    `exchange_type`: topic, direct, fanout, headers, default; None = not said. `queue`: the application's own one, which
    nobody else may consume. `keys`: the routing keys that operations name beside the address.
    """

    kind: Literal["queue", "routingKey"]
    exchange: str | None
    exchange_type: str | None
    vhost: str | None
    queue: str | None
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ChannelAddress:
    """The documented address with its placeholders, and what real addresses look like; `address` None = unknown.

    `pattern` is None for a literal address, else it has a group `p0`, `p1`… for each placeholder in their order.
    `subscription` is what the broker is asked for: it takes in everything that the pattern matches, and perhaps more;
    None = the broker knows no wildcards, so addresses are listed (Kafka) or must be filled in (WebSocket).
    """

    address: str | None
    pattern: Pattern[str] | None
    subscription: str | None
    from_binding: bool
    """The protocol's binding names it, not the channel itself."""
    amqp: AmqpPlace | None = None
    redis_method: str | None = None
    """How the application reads or writes: subscribe, psubscribe, publish, xreadgroup, lpop…; None = not said."""
    mqtt_group: str | None = None
    """The group of a shared subscription, which a reader beside it never joins."""
