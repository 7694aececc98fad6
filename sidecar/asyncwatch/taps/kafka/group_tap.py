"""The Kafka tap as a member of a consumer group that the user named: the members divide the partitions.

Rule 1: what is committed was judged: positions are those behind messages given out before the last `read` began.
Rule 2: a partition that another member has read meanwhile goes on behind that, told as a gap that nobody was blind for.
Rule 3: a partition whose last reader did not hand over goes on at its last commit; from then on nobody looked, and what it
read after that is read a second time: both are told.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from typing import Any, Final

from aiokafka.errors import KafkaError
from aiokafka.structs import TopicPartition

from asyncwatch.config.settings import ServerSettings
from asyncwatch.model.batch import Batch, ObservationGap
from asyncwatch.model.errors import Unreachable
from asyncwatch.taps.base import Filter, Start, TapStatistics
from asyncwatch.taps.kafka.client import BootstrapFailed
from asyncwatch.taps.kafka.membership import Committed, Membership
from asyncwatch.taps.kafka.positions import OLDEST
from asyncwatch.taps.kafka.reader import Reader
from asyncwatch.taps.kafka.security import connect_error
from asyncwatch.taps.kafka.tap import KafkaTap
from asyncwatch.taps.kafka.topics import Mine, Progress, Selection

COMMIT_S: Final = 2.0
"""How often positions are committed: so much is read twice at most when a member dies."""
_ALL_S: Final = 30.0
"""How often those that did not move are committed too, so that the group keeps them and a death can be dated."""
_WAIT_S: Final = 0.2
_JOIN_S: Final = 30.0


class GroupTap(KafkaTap):
    """A member of a group on one Kafka cluster."""

    def __init__(self, server: str, settings: ServerSettings, options: Mapping[str, object]) -> None:
        super().__init__(server, settings, options)
        self._membership: Membership | None = None
        self._version = -1
        """The membership's version that the assignment belongs to."""
        self._assigned: frozenset[TopicPartition] = frozenset()
        self._left: dict[TopicPartition, int] = {}
        """Where partitions were left that other members read now."""
        self._told: dict[TopicPartition, int] = {}
        """What was committed last."""
        self._commit: asyncio.Task[None] | None = None
        self._commit_at_s = self._all_at_s = 0.0

    def _mine(self) -> Mine | None:
        return lambda _, place: place in self._assigned

    async def connect(self) -> None:
        """Open the connections; nothing is joined before `follow`."""
        await super().connect()
        assert self._options.group is not None  # whoever opens this tap names it
        membership = Membership(
            self._server, self._options.group, self._connection, self._options, self._hand_over,
            connect_timeout_s=self._settings.connect_timeout_s,
        )  # fmt: skip
        try:
            await membership.start()
        except BootstrapFailed as failed:
            await membership.stop()
            raise connect_error(self._server, failed.causes) from None
        except BaseException:
            await membership.stop()
            raise
        self._membership = membership

    async def follow(self, wanted: Sequence[Filter], start: Start) -> None:
        """Join the group for the wanted topics, and go on where it is; `start` counts where it never was."""
        reader, membership = self._connected(), self._member()
        await self._end_refresh()
        self._selection, self._start = Selection(wanted, self._mine()), start
        self._followed_ns = time.time_ns()
        try:
            listing = await reader.client.list_topics(self._selection.names())
            places = self._selection.wanted(listing)
            await membership.committed(places)
            topics = {place.topic for place in places}
            if topics != membership.topics or membership.assigned is None:
                membership.subscribe(topics)
            if not await membership.wait_assigned(_JOIN_S if topics else 0.0) and topics:
                raise Unreachable(
                    f"server '{self._server}': group '{self._options.group}' did not form within {_JOIN_S:g} s"
                )
            self._version = -1
            await self._take_over(reader, membership)
        except KafkaError as error:
            raise self._disconnected(type(error).__name__) from None

    async def close(self) -> None:
        """Hand over, leave the group, close every connection; idempotent, legal without connect."""
        membership, self._membership = self._membership, None
        commit, self._commit = self._commit, None
        if commit is not None:
            commit.cancel()
            await asyncio.wait([commit])
        try:
            if membership is not None:
                await membership.commit(self._judged(membership), handing_over=True)
                await membership.stop()
        finally:
            await super().close()

    def statistics(self) -> TapStatistics:
        """Give what is known by now; the group is ours to name."""
        found = super().statistics()
        found.creates = [f"consumer group '{self._options.group}' with its members and positions"]
        return found

    def _member(self) -> Membership:
        if self._membership is None:
            raise self._disconnected(None)
        return self._membership

    async def _settle(self, reader: Reader) -> None:
        """Between two rounds: commit what is judged, follow the group, look for new topics."""
        membership = self._member()
        try:
            membership.check()
            if membership.version != self._version:
                if await membership.wait_assigned(_WAIT_S):
                    await self._take_over(reader, membership)
                return
        except KafkaError as error:
            raise self._disconnected(type(error).__name__) from None
        self._commit_when_due(membership)
        await super()._settle(reader)
        if self._listing is not None:
            topics = {place.topic for place in self._selection.wanted(self._listing)}
            if topics != membership.topics:
                membership.subscribe(topics)

    def _batches(self, reader: Reader, taken: Mapping[TopicPartition, list[Any]]) -> list[Batch]:
        if self._member().version != self._version:
            return []  # what was fetched belongs to whoever gets the partition; positions did not move
        return super()._batches(reader, taken)

    def _finished(self) -> bool:
        return self._member().version == self._version and super()._finished()

    def _judged(self, membership: Membership) -> dict[TopicPartition, int]:
        """Give how far the partitions of this member were judged."""
        if self._version < 0 or membership.version - self._version > 1:
            return {}  # the group went on without us
        return {place: one.position for place, one in self._progress.items()}

    async def _hand_over(self) -> None:
        membership = self._membership
        if membership is not None:
            await membership.commit(self._judged(membership), handing_over=True)

    def _commit_when_due(self, membership: Membership) -> None:
        now_s = time.monotonic()
        if now_s < self._commit_at_s or (self._commit is not None and not self._commit.done()):
            return
        judged = self._judged(membership)
        everything = now_s >= self._all_at_s
        due = judged if everything else {place: at for place, at in judged.items() if self._told.get(place) != at}
        self._commit_at_s = now_s + COMMIT_S
        self._all_at_s = now_s + _ALL_S if everything else self._all_at_s
        if due:
            self._commit = asyncio.create_task(self._write_down(membership, due))

    async def _write_down(self, membership: Membership, due: Mapping[TopicPartition, int]) -> None:
        if await membership.commit(due):
            self._told.update(due)

    async def _take_over(self, reader: Reader, membership: Membership) -> None:
        """Go on where the group is, on the partitions that are this member's now."""
        version, assigned = membership.version, membership.assigned or frozenset()
        await self._end_refresh()
        listing = await reader.client.list_topics(self._selection.names())
        wanted = self._selection.wanted(listing)
        committed = await membership.committed([place for place in wanted if place.topic in membership.topics])
        if membership.version != version:
            return
        known = {place: one for place, (one, _) in self._aside.items()} | self._progress
        chosen = {place: filter_ for place, filter_ in wanted.items() if place in assigned}
        read_before = {place.topic for place in committed}
        begin: dict[TopicPartition, Start] = {}
        resume: dict[TopicPartition, Progress] = {}
        for place, filter_ in chosen.items():
            where, own = committed.get(place), known.get(place)
            if own is not None and (where is None or where.position <= own.position):
                resume[place] = own
            elif where is not None:
                resume[place] = self._go_on(place, filter_, where, own)
            else:
                # A partition that came to a topic which the group reads already is read from its beginning.
                begin[place] = OLDEST if place.topic in read_before else self._start
        change = await self._place(reader, listing, chosen, begin, resume)
        self._left.update({place: one.position for place, one in known.items() if place not in assigned})
        self._left = {place: at for place, at in self._left.items() if place not in assigned and place in wanted}
        self._progress = {place: one for place, one in self._progress.items() if place in assigned}
        self._aside = {place: one for place, one in self._aside.items() if place in assigned}
        self._assigned, self._version, self._told = assigned, version, {}
        for place in resume.keys() - change.positions.found.keys():
            if place not in self._aside:
                self._set_aside(place, "no leader", resume[place])
        self._apply(reader, change, always=True)
        if self._start.until_end:
            for one in self._progress.values():
                one.stop = one.live_from if one.stop is None else one.stop
        # The group is to know from the first moment where this member is.
        self._commit_at_s = self._all_at_s = 0.0

    def _go_on(self, place: TopicPartition, filter_: Filter, where: Committed, own: Progress | None) -> Progress:
        """Go on at the group's position, and tell what happened before it."""
        left = own.position if own is not None else self._left.get(place)
        progress = Progress(filter_, where.position, live_from=where.position, begun_ns=time.time_ns())
        if where.reading_ns is not None:
            progress.gap = ObservationGap(
                start=where.position if left is None else left, end=where.position,
                count=0 if left is None or left >= where.position else None, since_ns=where.reading_ns,
                reason="a member of the group ended without handing over: nobody read its partitions, and what it read "
                "after its last commit is read again",
            )  # fmt: skip
        elif left is not None and left < where.position:
            progress.gap = ObservationGap(
                start=left, end=where.position, count=None, reason="another member of the group read it", elsewhere=True
            )
        return progress
