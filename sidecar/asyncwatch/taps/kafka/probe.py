"""How far the consumer groups of a cluster have come, over connections of its own.

Rule 1: groups first, ends second, so that no group is ahead of an end. Rule 2: only requests that read; no group is
joined, no coordinator looked up, no topic named that might be created. Rule 3: bounded by pages: groups that read a
wanted topic are asked each time, the others in turn.
Source: facts on taps, §2 Kafka (lag).
"""

from __future__ import annotations

import asyncio
import socket
import time
import uuid
from collections.abc import Mapping, Sequence
from typing import Any, Final

from aiokafka.errors import KafkaError
from aiokafka.structs import TopicPartition

from asyncwatch.config.settings import ServerSettings
from asyncwatch.model.batch import UNDOCUMENTED
from asyncwatch.model.errors import Disconnected
from asyncwatch.model.progress import GroupProgress, Position, Progress
from asyncwatch.taps.base import Filter
from asyncwatch.taps.kafka.client import BootstrapFailed, Listing, PassiveClient, silence_library
from asyncwatch.taps.kafka.committed import OffsetReader, list_groups, sees_all_groups
from asyncwatch.taps.kafka.members import Members, members_of
from asyncwatch.taps.kafka.offsets import EARLIEST, LATEST, Offsets, look_up
from asyncwatch.taps.kafka.record_times import record_time_ns
from asyncwatch.taps.kafka.retention import Retention
from asyncwatch.taps.kafka.security import connect_error, connection_options
from asyncwatch.taps.kafka.topics import Selection

GROUPS_A_POLL: Final = 2_000
"""Groups asked in one poll that are not known to read a wanted topic, in turn."""
ALWAYS_ASKED: Final = 500
"""So many of them are asked each time: a new group is seen as soon as it commits."""
READERS: Final = 5_000
"""Groups followed that do; more of them are counted and left out."""
ROWS: Final = 50_000
"""Rows of groups and partitions in one answer."""
TIMES_A_SECOND: Final = 50

_LIST_AGAIN_S: Final = 30.0
_ASK_AGAIN_S: Final = 60.0
_MOVED_S: Final = 600.0
_REQUEST_TIMEOUT_MS: Final = 10_000
_STEP_S: Final = 0.5
_BREATH: Final = 500
"""Groups after which the reading gets its turn."""
_HIDDEN: Final = "no group is visible; group DESCRIBE may be missing"


class KafkaProbe:
    """Asks one cluster about its groups."""

    def __init__(self, server: str, settings: ServerSettings) -> None:
        self._server = server
        self._settings = settings
        connection_options(server, settings)  # what is wrong is told before anything runs
        self._client: PassiveClient | None = None
        self._listing: Listing | None = None
        self._listed_s = 0.0
        self._wanted: tuple[Filter, ...] = ()
        self._selection = Selection(())
        self._offsets: OffsetReader | None = None
        self._retention = Retention()
        self._groups: dict[str, int] = {}
        """Group → its coordinator, as last listed."""
        self._gone_s: dict[int, float] = {}
        """Since when a coordinator of known groups is no broker of the cluster any more."""
        self._readers: dict[str, dict[TopicPartition, int]] = {}
        """What the groups that read a wanted topic had committed when they were last asked."""
        self._asked_s: dict[str, float] = {}
        """When each of the other groups was last asked."""
        self._next_time_s = 0.0

    def __repr__(self) -> str:
        return f"<KafkaProbe {self._server} {self._settings.url}>"

    @property
    def _connection(self) -> dict[str, object]:
        """The options of the next connection: a secret in a file may be another one by then."""
        return connection_options(self._server, self._settings)

    async def poll(self, wanted: Sequence[Filter]) -> Progress:
        """Ask for every group that reads one of the wanted topics; opens the connection when there is none.

        Raises: Unreachable, Refused, Disconnected; a missing right is told in the answer.
        """
        self._select(wanted)
        client = await self._connected()
        try:
            return await self._poll(client)
        except KafkaError as error:
            await self.close()
            raise Disconnected(
                f"server '{self._server}': no broker of {self._settings.url} answers", detail=type(error).__name__
            ) from None

    async def times(self, wanted: Sequence[Position]) -> Sequence[int | None]:
        """Read the one record at each position, or the next one that exists; at most 50 a second."""
        client, listing = self._client, self._listing
        if client is None or listing is None:
            return [None] * len(wanted)
        found: list[int | None] = []
        for one in wanted:
            now_s = time.monotonic()
            await asyncio.sleep(self._next_time_s - now_s)
            self._next_time_s = max(self._next_time_s, now_s) + 1 / TIMES_A_SECOND
            place = TopicPartition(one.address, one.partition or 0)
            found.append(await record_time_ns(client, listing, place, one.position))
        return found

    async def close(self) -> None:
        """End every task and close every socket within about half a second; idempotent."""
        client, self._client, self._listing = self._client, None, None
        if client is None:
            return
        transports = client.transports()
        try:
            task = asyncio.create_task(client.close())
            await asyncio.wait([task], timeout=_STEP_S)
            task.cancel()
            await asyncio.wait([task])
            if not task.cancelled():
                task.exception()
        finally:
            for transport in transports:
                transport.abort()

    def _select(self, wanted: Sequence[Filter]) -> None:
        documented = tuple(one for one in wanted if one.id != UNDOCUMENTED)
        if documented != self._wanted:
            self._wanted, self._selection = documented, Selection(documented)
            self._readers, self._asked_s = {}, {}
            self._listed_s = 0.0

    async def _connected(self) -> PassiveClient:
        if self._client is not None:
            return self._client
        silence_library()
        client = PassiveClient(
            **self._connection,
            connect_timeout_s=self._settings.connect_timeout_s,
            client_id=f"asyncwatch-{socket.gethostname()}-{uuid.uuid4().hex[:8]}",
            request_timeout_ms=_REQUEST_TIMEOUT_MS,
        )
        try:
            await client.bootstrap()
        except BootstrapFailed as failed:
            raise connect_error(self._server, failed.causes) from None
        except (KafkaError, OSError) as error:
            raise connect_error(self._server, [(self._settings.url, error)]) from None
        else:
            self._client = client
        finally:
            if self._client is None:
                await client.close()
        self._offsets = OffsetReader(client)
        self._listed_s = 0.0
        return client

    async def _poll(self, client: PassiveClient) -> Progress:
        listing = await self._listed(client)
        brokers: list[int] = [broker.nodeId for broker in listing.metadata.brokers()]
        partitions = set(self._selection.choose(listing))
        groups = await list_groups(client, brokers)
        if brokers and len(groups.silent) == len(brokers):
            raise KafkaError
        silent = groups.silent | self._absent(brokers)
        # A broker that is away keeps its groups, and what they have committed is not known.
        away = {group: node for group, node in self._groups.items() if node in silent}
        self._groups = {**away, **groups.nodes}
        self._forget_gone()
        members = await self._members(client, list(self._readers))
        left_out = await self._read_offsets(client, silent, partitions)
        new = [group for group in self._readers if group not in members]
        rights_missing: list[str] = []
        hidden = not self._groups and bool(brokers) and not await sees_all_groups(client, brokers[0])
        if hidden:
            rights_missing.append(_HIDDEN)
        places = {place for offsets in self._readers.values() for place in offsets}
        places |= {place for one in members.values() for place in one.readers if place in partitions}
        low, end, stable = await self._ends(client, listing, places)
        as_of_ns = time.time_ns()
        members |= await self._members(client, new)
        topics = sorted({place.topic for place in places})
        if brokers:
            await self._retention.refresh(client, brokers[0], topics)
        rights_missing += [f"topic {topic}: DESCRIBE" for topic in sorted(end.denied)]
        rights_missing += [f"topic {topic}: DESCRIBE_CONFIGS" for topic in sorted(self._retention.denied)]
        rows: list[GroupProgress] = []
        for number, group in enumerate(sorted(self._readers)):
            if number % _BREATH == 0:
                await asyncio.sleep(0)
            rows += [
                self._row(group, place, members.get(group, Members()), silent, (low, end, stable))
                for place in self._places_of(group, members, partitions)
            ]
        if any(place not in end.found and place.topic not in end.denied for place in places):
            self._listed_s = 0.0
        return Progress(
            self._server, as_of_ns, None if hidden else rows[:ROWS], rights_missing,
            groups.left_out + left_out + len({row.group for row in rows[ROWS:]}),
        )  # fmt: skip

    async def _listed(self, client: PassiveClient) -> Listing:
        now_s = time.monotonic()
        if self._listing is None or now_s - self._listed_s >= _LIST_AGAIN_S:
            self._listing = await client.list_topics(self._selection.names())
            self._listed_s = now_s
        return self._listing

    def _absent(self, brokers: Sequence[int]) -> set[int]:
        """Give the coordinators that the cluster does not list any more: their groups move to others, sooner or later."""
        now_s = time.monotonic()
        gone = set(self._groups.values()) - set(brokers)
        self._gone_s = {node: self._gone_s.get(node, now_s) for node in gone}
        return {node for node, since_s in self._gone_s.items() if now_s - since_s < _MOVED_S}

    def _forget_gone(self) -> None:
        self._readers = {group: offsets for group, offsets in self._readers.items() if group in self._groups}
        self._asked_s = {group: asked_s for group, asked_s in self._asked_s.items() if group in self._groups}

    async def _read_offsets(self, client: PassiveClient, silent: set[int], partitions: set[TopicPartition]) -> int:
        """Ask the readers, and as many of the others as are due; tell how many readers are beyond the bound."""
        assert self._offsets is not None  # set with the connection
        now_s = time.monotonic()
        others = [group for group in self._groups if group not in self._readers]
        others.sort(key=lambda group: self._asked_s.get(group, 0.0))
        due = sum(now_s - self._asked_s.get(group, -_ASK_AGAIN_S) >= _ASK_AGAIN_S for group in others)
        asked = [*self._readers, *others[: min(max(due, ALWAYS_ASKED), GROUPS_A_POLL)]]
        answering = [(group, self._groups[group]) for group in asked if self._groups[group] not in silent]
        committed = await self._offsets.read(answering, partitions) if partitions else None
        left_out = 0
        for group, _ in answering:
            offsets = None if committed is None else committed.offsets.get(group)
            if offsets:
                if group in self._readers or len(self._readers) < READERS:
                    self._readers[group] = offsets
                    self._asked_s.pop(group, None)
                    continue
                left_out += 1
            elif group in self._readers and offsets is None:
                self._readers[group] = dict.fromkeys(self._readers[group], -1)
                continue
            self._readers.pop(group, None)
            self._asked_s[group] = now_s
        return left_out

    async def _members(self, client: PassiveClient, groups: Sequence[str]) -> dict[str, Members]:
        return await members_of(client, {group: self._groups[group] for group in groups}) if groups else {}

    async def _ends(
        self, client: PassiveClient, listing: Listing, places: set[TopicPartition]
    ) -> tuple[Offsets, Offsets, Offsets]:
        if not places:
            return Offsets(), Offsets(), Offsets()
        asked = ((EARLIEST, False), (LATEST, False), (LATEST, True))
        low, end, stable = await asyncio.gather(
            *(look_up(client, listing, dict.fromkeys(places, when), read_committed=only) for when, only in asked)
        )
        return low, end, stable

    def _places_of(
        self, group: str, members: Mapping[str, Members], partitions: set[TopicPartition]
    ) -> list[TopicPartition]:
        """Give the partitions that a group has committed on, or that one of its members reads."""
        places = set(self._readers[group])
        known = members.get(group)
        if known is not None:
            places |= {place for place in known.readers if place in partitions}
        return sorted(places)

    def _row(
        self,
        group: str,
        place: TopicPartition,
        members: Members,
        silent: set[int],
        ends: tuple[Offsets, Offsets, Offsets],
    ) -> GroupProgress:
        low, end, stable = ends
        committed: Any = self._readers[group].get(place, -1)
        if committed < 0 or self._groups[group] in silent:
            committed = None
        return GroupProgress(
            group=group, address=place.topic, partition=place.partition, committed=committed,
            low=low.found.get(place), end=end.found.get(place), last_stable=stable.found.get(place),
            members=members.count, member=members.readers.get(place),
            retention_s=self._retention.seconds.get(place.topic),
        )  # fmt: skip
