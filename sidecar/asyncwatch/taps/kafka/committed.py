"""Which groups there are, and what each of them has committed on the wanted partitions."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from aiokafka.errors import IncompatibleBrokerVersion, KafkaError
from aiokafka.protocol.admin import ListGroupsRequest
from aiokafka.protocol.commit import OffsetFetchRequest
from aiokafka.structs import TopicPartition

from asyncwatch.taps.kafka.client import PassiveClient
from asyncwatch.taps.kafka.group_requests import DescribeCluster, OffsetsOfGroups

PAGE: Final = 100
"""Groups in one request."""
_NAMED_PARTITIONS: Final = 64
"""So many partitions are asked for by name; with more of them a group is asked for all that it has committed."""
_OF_CONSUMERS: Final = frozenset({"consumer", "streams", ""})
"""Protocol types that commit offsets of topics; "" = readers that chose their partitions by themselves."""
_DESCRIBE_BIT: Final = 1 << 8


MOST_GROUPS: Final = 100_000
"""Groups of a cluster that are known at all."""
_NAME_CHARACTERS: Final = 1_024


@dataclass(slots=True)
class Groups:
    """The groups that the brokers list: group → its coordinator.

    `silent`: brokers that did not answer. `left_out`: groups that are too many, or whose names are too long.
    """

    nodes: dict[str, int] = field(default_factory=dict)
    silent: set[int] = field(default_factory=set)
    left_out: int = 0


async def list_groups(client: PassiveClient, brokers: Collection[int]) -> Groups:
    """Ask every broker for the groups it coordinates; no coordinator is looked up, as that may create a topic."""
    found = Groups()

    async def ask(node: int) -> None:
        try:
            answer: Any = await client.ask(node, ListGroupsRequest())
        except (KafkaError, NotImplementedError):
            found.silent.add(node)
            return
        if answer.error_code != 0:
            found.silent.add(node)
        for group, protocol in answer.groups or ():
            if protocol not in _OF_CONSUMERS:
                continue
            if len(group) > _NAME_CHARACTERS or len(found.nodes) >= MOST_GROUPS:
                found.left_out += 1
            else:
                found.nodes[group] = node

    await asyncio.gather(*(ask(node) for node in brokers))
    return found


async def sees_all_groups(client: PassiveClient, node: int) -> bool:
    """Tell whether the cluster may be described: then no group is hidden from us. False also where it does not tell."""
    try:
        answer: Any = await client.ask(node, DescribeCluster())
    except (KafkaError, NotImplementedError):
        return False
    return (
        answer.error_code == 0
        and answer.authorized_operations > 0
        and bool(answer.authorized_operations & _DESCRIBE_BIT)
    )


@dataclass(slots=True)
class Committed:
    """Group → partition → offset. A group that was asked and has nothing there is empty, one without an answer is missing."""

    offsets: dict[str, dict[TopicPartition, int]] = field(default_factory=dict)


class OffsetReader:
    """Asks groups for their offsets: many in one request where the brokers can do that (Kafka 3.0), else one by one."""

    def __init__(self, client: PassiveClient) -> None:
        self._client = client
        self._many = True

    async def read(self, groups: Sequence[tuple[str, int]], wanted: Collection[TopicPartition]) -> Committed:
        """Give the offsets of (group, coordinator) on the wanted partitions."""
        found = Committed()
        named: list[tuple[str, list[int]]] | None = None
        if len(wanted) <= _NAMED_PARTITIONS:
            topics: dict[str, list[int]] = {}
            for place in wanted:
                topics.setdefault(place.topic, []).append(place.partition)
            named = list(topics.items())
        by_node: dict[int, list[str]] = {}
        for group, node in groups:
            by_node.setdefault(node, []).append(group)
        kept = frozenset(wanted)
        for node, names in by_node.items():
            for start in range(0, len(names), PAGE):
                await self._page(node, names[start : start + PAGE], named, kept, found)
        return found

    async def _page(
        self,
        node: int,
        groups: Sequence[str],
        named: list[tuple[str, list[int]]] | None,
        kept: frozenset[TopicPartition],
        found: Committed,
    ) -> None:
        if self._many:
            try:
                answer: Any = await self._client.ask(node, OffsetsOfGroups(groups, named))
            except (NotImplementedError, IncompatibleBrokerVersion):
                self._many = False
            except KafkaError:
                return
            else:
                for group, topics, code, _ in answer.groups:
                    if code == 0:
                        found.offsets[group] = _offsets([(one[0], one[1]) for one in topics or ()], kept, code_at=4)
                return
        for group in groups:
            try:
                answer = await self._client.ask(node, OffsetFetchRequest(group, named))
            except (KafkaError, NotImplementedError):
                continue
            if getattr(answer, "error_code", 0) == 0:
                found.offsets[group] = _offsets(answer.topics, kept, code_at=3)


def _offsets(
    topics: Sequence[tuple[str, Sequence[Any]]], kept: frozenset[TopicPartition], *, code_at: int
) -> dict[TopicPartition, int]:
    return {
        place: one[1]
        for topic, partitions in topics
        for one in partitions or ()
        if one[1] >= 0 and one[code_at] == 0 and (place := TopicPartition(topic, one[0])) in kept
    }
