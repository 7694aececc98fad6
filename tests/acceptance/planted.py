"""Traffic with known faults, planted by a program that keeps its own books."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field

from servers.flood import Flood

PARTITIONS = 4
KEYS = 1_000

DOCUMENT = """\
asyncapi: 3.0.0
info: {title: Planted, version: 1.0.0}
defaultContentType: application/json
servers:
  production: {host: BOOTSTRAP, protocol: kafka}
channels:
  orders:
    address: TOPIC
    messages:
      Order:
        payload:
          type: object
          required: [id, amount]
          properties: {id: {type: string}, amount: {type: number}, copy: {type: integer}}
"""


@dataclass
class Books:
    """What was planted."""

    sent: int = 0
    broken: int = 0
    gaps: int = 0
    missing: int = 0
    filled: int = 0
    duplicates: int = 0
    conflicts: int = 0
    out_of_order: int = 0
    keys: set[int] = field(default_factory=set)


def planted(
    messages: int, books: Books, *, gaps: int = 50, duplicates: int = 50, conflicts: int = 20, swaps: int = 30
) -> Iterator[Flood]:
    """Give messages of a thousand keys with a sequence each, 1 % broken payloads, and so many faults of each kind."""
    chance = random.Random(41)
    kinds = ["gap"] * gaps + ["duplicate"] * duplicates + ["conflict"] * conflicts + ["swap"] * swaps
    chance.shuffle(kinds)
    keys = chance.sample(range(KEYS), len(kinds))
    # Each fault has a key of its own and comes when that key has reached this number.
    plan = {key: (kind, chance.randrange(20, 120)) for key, kind in zip(keys, kinds, strict=True)}
    number = [0] * KEYS
    delayed: list[tuple[int, Flood]] = []

    def message(key: int, sequence: int, *, copy: int = 0) -> Flood:
        broken = chance.random() < 0.01 and copy == 0
        amount = '"many"' if broken else f"{sequence}.5"
        payload = f'{{"id":"order-{key}-{sequence}","amount":{amount},"copy":{copy}}}'.encode()
        headers: list[tuple[str, bytes | None]] = [("sequence_id", b"%d" % sequence)]
        return key % PARTITIONS, b"key-%06d" % key, payload, headers, None

    def count(flood: Flood) -> Flood:
        books.sent += 1
        books.broken += b'"many"' in (flood[2] or b"")
        return flood

    for index in range(messages):
        for due in [one for one in delayed if one[0] <= index]:
            delayed.remove(due)
            yield count(due[1])
        key = chance.randrange(KEYS)
        books.keys.add(key)
        number[key] += 1
        kind, at = plan.get(key, ("", 0))
        if kind and number[key] == at:
            del plan[key]
            if kind == "gap":
                width = chance.randrange(1, 4)
                books.gaps += 1
                books.missing += width
                number[key] += width
            elif kind == "swap":
                held = message(key, number[key])
                number[key] += 1
                books.gaps += 1
                books.filled += 1
                books.out_of_order += 1
                yield count(message(key, number[key]))
                yield count(held)
                continue
            else:
                original = message(key, number[key])
                yield count(original)
                later = original if kind == "duplicate" else message(key, number[key], copy=1)
                books.duplicates += kind == "duplicate"
                books.conflicts += kind == "conflict"
                delayed.append((index + chance.randrange(1, 30_000), later))
                continue
        yield count(message(key, number[key]))
    for _, flood in sorted(delayed, key=lambda one: one[0]):
        yield count(flood)
    assert not plan, "every fault was planted"
