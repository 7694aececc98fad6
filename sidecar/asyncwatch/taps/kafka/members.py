"""Who is in a group, and who of them reads which partition."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from aiokafka.errors import IncompatibleBrokerVersion, KafkaError
from aiokafka.structs import TopicPartition

from asyncwatch.taps.kafka.client import PassiveClient
from asyncwatch.taps.kafka.group_requests import DescribeClassicGroups, DescribeConsumerGroups

PAGE: Final = 100
"""Groups in one request."""
_NAME_CHARACTERS: Final = 128


@dataclass(slots=True)
class Members:
    """Members of one group. `count` None = not known, which is not zero."""

    count: int | None = None
    readers: dict[TopicPartition, str] = field(default_factory=dict)
    """Partition → the client id of the member that it is assigned to."""


async def members_of(client: PassiveClient, nodes: Mapping[str, int]) -> dict[str, Members]:
    """Ask each group's coordinator, given by `nodes`, for its members; what it does not tell is not known."""
    pages: list[tuple[int, list[str]]] = []
    by_node: dict[int, list[str]] = {}
    for group, node in nodes.items():
        by_node.setdefault(node, []).append(group)
    for node, groups in by_node.items():
        pages += [(node, groups[start : start + PAGE]) for start in range(0, len(groups), PAGE)]
    found: dict[str, Members] = {group: Members() for group in nodes}
    for answer in await asyncio.gather(*(_page(client, node, groups) for node, groups in pages)):
        found.update(answer)
    return found


async def _page(client: PassiveClient, node: int, groups: Sequence[str]) -> dict[str, Members]:
    found: dict[str, Members] = {}
    newer: list[str] = []
    try:
        answer: Any = await client.ask(node, DescribeClassicGroups(groups))
    except (KafkaError, NotImplementedError):
        return found
    for code, group, state, protocol_type, _, members, *_ in answer.groups:
        if code != 0:
            continue
        if state == "Dead":
            newer.append(group)
        elif members or protocol_type:
            found[group] = Members(
                len(members), _readers((one[1], assigned_partitions(one[4] or b"")) for one in members)
            )
        # Without a protocol type nobody joins: its readers chose their partitions, and are not known.
    if newer:
        found.update(await _newer(client, node, newer))
    return found


async def _newer(client: PassiveClient, node: int, groups: Sequence[str]) -> dict[str, Members]:
    try:
        answer: Any = await client.ask(node, DescribeConsumerGroups(groups))
    except (KafkaError, NotImplementedError, IncompatibleBrokerVersion):
        return {}
    return {
        group: Members(
            len(members),
            _readers(
                (
                    one[4],
                    [
                        TopicPartition(topic, partition)
                        for _, topic, partitions, _ in one[8][0] or ()
                        for partition in partitions or ()
                    ],
                )
                for one in members
            ),
        )
        for code, _, group, _, _, _, _, members, *_ in answer.groups
        if code == 0
    }


def _readers(members: Any) -> dict[TopicPartition, str]:
    return {place: (name or "")[:_NAME_CHARACTERS] for name, places in members for place in places}


def assigned_partitions(assignment: bytes) -> list[TopicPartition]:
    """Read a classic consumer's assignment: version, then topics with their partitions; what is no such thing is empty."""
    found: list[TopicPartition] = []
    try:
        _, topics = struct.unpack_from(">hi", assignment, 0)
        at = 6
        for _ in range(topics):
            (length,) = struct.unpack_from(">H", assignment, at)
            topic = assignment[at + 2 : at + 2 + length].decode()
            at += 2 + length
            (count,) = struct.unpack_from(">i", assignment, at)
            partitions = struct.unpack_from(f">{count}i", assignment, at + 4) if 0 <= count <= len(assignment) else ()
            at += 4 + 4 * len(partitions)
            found += [TopicPartition(topic, partition) for partition in partitions]
    except (struct.error, UnicodeDecodeError):
        return []
    return found
