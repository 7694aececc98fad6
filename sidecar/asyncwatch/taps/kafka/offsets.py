"""Offsets of many partitions at once: the oldest, the end, or the first at a time.

Asked partition by partition of the answer, so one partition without a leader does not keep the others from starting.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from aiokafka.errors import KafkaError
from aiokafka.protocol.offset import OffsetRequest
from aiokafka.structs import TopicPartition

from asyncwatch.taps.kafka.client import Listing, PassiveClient

EARLIEST: Final = -2
LATEST: Final = -1

_TOPIC_AUTHORIZATION_FAILED: Final = 29
_AGAIN_S: Final = (0.02, 0.08, 0.2)
"""Pauses between tries: a partition's leader takes a moment after a topic was made, or a leader was chosen."""


@dataclass(slots=True)
class Offsets:
    """What the leaders answered; a partition that stands in neither has no leader at the moment.

    `found`: None = no message at or after the time.
    """

    found: dict[TopicPartition, int | None] = field(default_factory=dict)
    denied: set[str] = field(default_factory=set)


async def look_up(
    client: PassiveClient, listing: Listing, wanted: Mapping[TopicPartition, int], *, read_committed: bool
) -> Offsets:
    """Ask the leaders for offsets; `wanted` gives EARLIEST, LATEST or milliseconds since the epoch."""
    offsets = Offsets()
    left = dict(wanted)
    for pause_s in (0.0, *_AGAIN_S):
        await asyncio.sleep(pause_s)
        by_node: dict[int, dict[str, list[tuple[int, int]]]] = defaultdict(lambda: defaultdict(list))
        for place, when in left.items():
            leader = listing.metadata.leader_for_partition(place)
            if leader is not None and leader != -1:
                by_node[leader][place.topic].append((place.partition, when))
        asked = [_ask(client, node, topics, offsets, read_committed) for node, topics in by_node.items()]
        if not any(await asyncio.gather(*asked)):
            break
        left = {
            place: when
            for place, when in left.items()
            if place not in offsets.found and place.topic not in offsets.denied
        }
    return offsets


async def _ask(
    client: PassiveClient,
    node: int,
    topics: Mapping[str, list[tuple[int, int]]],
    offsets: Offsets,
    read_committed: bool,
) -> bool:
    """Ask one node; tell whether asking it again may give more."""
    request = OffsetRequest(-1, 1 if read_committed else 0, list(topics.items()))
    try:
        answer: Any = await client.ask(node, request)
    except KafkaError:
        return False
    again = False
    for topic, partitions in answer.topics:
        for partition, code, *rest in partitions:
            if code == _TOPIC_AUTHORIZATION_FAILED:
                offsets.denied.add(topic)
            elif code == 0:
                # Brokers before 0.10.1 answer a list of offsets, later ones (timestamp, offset).
                offset = (rest[0][0] if rest[0] else -1) if answer.API_VERSION == 0 else rest[1]
                offsets.found[TopicPartition(topic, partition)] = None if offset < 0 else offset
            else:
                again = True
    return again
