"""The bench document and its traffic: JSON orders of about 450 bytes with four headers, made from a seed."""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterator

import orjson

from asyncwatch.model.clock import format_time
from servers.flood import Flood

DOCUMENT = """\
asyncapi: 3.0.0
info: {title: Bench, version: 1.0.0}
defaultContentType: application/json
servers:
  bench: {host: BOOTSTRAP, protocol: kafka}
channels:
  orders:
    address: TOPIC
    messages:
      Order:
        bindings:
          kafka: {key: {type: string, minLength: 3}}
        headers:
          type: object
          required: [sequence_id, timestamp]
          properties:
            sequence_id: {type: integer, minimum: 1}
            timestamp: {type: string, format: date-time}
        payload:
          type: object
          additionalProperties: false
          required: [id, customer, currency, lines, total, created, status]
          properties:
            id: {type: string, format: uuid}
            customer:
              type: object
              additionalProperties: false
              required: [id, email]
              properties:
                id: {type: string, minLength: 3}
                email: {type: string, format: email}
                name: {type: string}
            currency: {enum: [EUR, USD, GBP, CHF]}
            lines:
              type: array
              minItems: 1
              maxItems: 5
              items:
                type: object
                additionalProperties: false
                required: [sku, quantity, price]
                properties:
                  sku: {type: string, pattern: '^[A-Z]{3}-[0-9]{4}$'}
                  quantity: {type: integer, minimum: 1}
                  price: {type: number, minimum: 0}
            total: {type: number, minimum: 0}
            created: {type: string, format: date-time}
            status: {enum: [new, paid, shipped, cancelled]}
            note: {type: string, maxLength: 200}
operations:
  sendOrder: {action: send, channel: {$ref: '#/channels/orders'}}
"""

CREATED = "2026-09-21T14:13:02.980Z"
_BEGAN_NS = 1_790_000_000_000_000_000
PARTITIONS = 4


def payload(chance: random.Random, customer: str) -> dict[str, object]:
    """Make a valid order of about 450 bytes."""
    lines = [
        {
            "sku": f"{chance.choice(('ABC', 'KLM', 'XYZ'))}-{chance.randrange(10_000):04d}",
            "quantity": chance.randrange(1, 9),
            "price": round(chance.uniform(1, 90), 2),
        }
        for _ in range(chance.randrange(2, 5))
    ]
    return {
        "id": str(uuid.UUID(int=chance.getrandbits(128), version=4)),
        "customer": {"id": customer, "email": f"{customer}@example.org", "name": "A customer of the bench"},
        "currency": chance.choice(("EUR", "USD", "GBP", "CHF")),
        "lines": lines,
        "total": round(chance.uniform(5, 900), 2),
        "created": CREATED,
        "status": chance.choice(("new", "paid", "shipped")),
        "note": "leave it with the neighbours, second floor, if nobody answers",
    }


def traffic(count: int, keys: int, invalid: float = 0.01, sampled: float = 0.1) -> Iterator[Flood]:
    """Give messages with perfect sequences per key; a share of payloads has a total that is text."""
    chance = random.Random(7)
    templates = []
    for index in range(512):
        order = payload(chance, f"customer-{index:06d}")
        broken = order | {"total": "many"}
        templates.append((orjson.dumps(order), orjson.dumps(broken)))
    numbers = [0] * keys
    for index in range(count):
        key = chance.randrange(keys)
        numbers[key] += 1
        good, bad = templates[chance.randrange(512)]
        flag = b"01" if chance.random() < sampled else b"00"
        parent = b"00-%032x-%016x-%s" % (chance.getrandbits(128) | 1, chance.getrandbits(64) | 1, flag)
        yield (
            key % PARTITIONS,
            b"customer-%06d" % key,
            bad if chance.random() < invalid else good,
            [
                ("traceparent", parent),
                ("sequence_id", b"%d" % numbers[key]),
                ("timestamp", format_time(_BEGAN_NS + index * 50_000_000 // 1000)[:23].encode() + b"Z"),
                ("content-type", b"application/json"),
            ],
            None,
        )
