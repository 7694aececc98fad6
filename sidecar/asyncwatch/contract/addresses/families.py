"""The families of protocols and their rules for addresses."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from asyncwatch.contract.addresses import amqp, kafka, mqtt, nats, plain, redis, websocket
from asyncwatch.contract.entities import Family


class _Patterns(Protocol):
    def __call__(self, address: str, *, wildcards: bool) -> re.Pattern[str] | None: ...


class _Texts(Protocol):
    def __call__(self, address: str, *, wildcards: bool) -> str | None: ...


@dataclass(frozen=True, slots=True)
class AddressRules:
    """One family's rules. `wildcards`: the protocol's own ones are meant, where that depends on more than the address.

    `pattern` gives None for a literal address and may raise Unmatchable, as `subscription` does.
    """

    pattern: _Patterns
    subscription: _Texts
    fault: Callable[[str], str | None]
    """Say why nothing can be sent to an address; None if it can."""


RULES: Final[Mapping[Family, AddressRules]] = {
    "kafka": AddressRules(kafka.pattern, kafka.subscription, kafka.fault),
    "amqp": AddressRules(amqp.pattern, amqp.subscription, amqp.fault),
    "mqtt": AddressRules(mqtt.pattern, mqtt.subscription, mqtt.fault),
    "nats": AddressRules(nats.pattern, nats.subscription, nats.fault),
    "redis": AddressRules(redis.pattern, redis.subscription, redis.fault),
    "ws": AddressRules(websocket.pattern, websocket.subscription, websocket.fault),
    "other": AddressRules(plain.pattern, plain.subscription, plain.fault),
}


def address_pattern(address: str, family: Family, *, wildcards: bool = True) -> re.Pattern[str] | None:
    """Give the pattern of real addresses; None if the address is literal. Raises: Unmatchable."""
    return RULES[family].pattern(address, wildcards=wildcards)
