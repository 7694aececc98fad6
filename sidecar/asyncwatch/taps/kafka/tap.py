"""The Kafka tap: every partition of the wanted topics, without a group.

Rule 1: `_progress` holds the partitions that are assigned, `_aside` those that are known and cannot be read now. Both
outlive a connection; positions change only in the same step in which messages are handed out.
Rule 2: `read` waits for the library only before it takes messages, never after, so cancelling it loses nothing.
Rule 3: topics are listed again by a task of its own; what it found is applied by `read`, between two rounds.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from aiokafka.errors import (
    KafkaError,
    OffsetOutOfRangeError,
    RecordTooLargeError,
    TopicAuthorizationFailedError,
)
from aiokafka.structs import TopicPartition

from asyncwatch.config.settings import ServerSettings
from asyncwatch.model.batch import Batch
from asyncwatch.model.errors import Disconnected, EndOfStream
from asyncwatch.taps.base import LIVE_DISTANCE, MAX_BATCH, AddressStatus, Filter, Places, Start, TapStatistics
from asyncwatch.taps.kafka.client import BootstrapFailed, Listing
from asyncwatch.taps.kafka.columns import batches_of
from asyncwatch.taps.kafka.options import parse_options
from asyncwatch.taps.kafka.positions import OLDEST, Positions, locate
from asyncwatch.taps.kafka.reader import Reader
from asyncwatch.taps.kafka.security import connect_error, connection_options
from asyncwatch.taps.kafka.statistics import statistics_of
from asyncwatch.taps.kafka.topics import Mine, Progress, Selection

SMALL_ROUND: Final = 200
PACE_S: Final = 0.025
"""Pause after a small round: at a trickle each round is a request for a handful of messages (facts on performance)."""
PACE_MAX_S: Final = 0.04
_PACE_PARTITIONS: Final = 100
"""Each request names every partition, so with many of them the pause grows."""

_WAIT_S: Final = 0.2
_SOON_S: Final = 0.5
_KEPT_ASIDE: Final = 20_000


@dataclass(frozen=True, slots=True)
class _Change:
    """What a listing asks for: partitions with a new position, and those that are wanted and cannot be read now."""

    listing: Listing
    chosen: Mapping[TopicPartition, Filter]
    begin: Mapping[TopicPartition, Start]
    positions: Positions


class KafkaTap:
    """A reader of one Kafka cluster."""

    def __init__(self, server: str, settings: ServerSettings, options: Mapping[str, object]) -> None:
        self._server = server
        self._settings = settings
        self._options = parse_options(server, options)
        self._share = self._options.share
        self._handed = dict(self._options.resume)
        """Places taken over from a reader that is gone, or left by ourselves, until they are placed."""
        self._handed_of = self._options.resume_cluster
        connection_options(server, settings)  # what is wrong is told before anything runs
        self._reader: Reader | None = None
        self._selection = Selection(())
        self._start = Start()
        self._progress: dict[TopicPartition, Progress] = {}
        self._aside: dict[TopicPartition, tuple[Progress, Literal["gone", "denied", "no leader"]]] = {}
        self._waiting: dict[TopicPartition, Start] = {}
        """Partitions that could not be placed yet, and where their reading is to begin."""
        self._hidden: set[str] = set()
        """Topics that may not be described; they do not count as new when they may."""
        self._listing: Listing | None = None
        self._topics: set[str] = set()
        self._partitions: dict[str, int] = {}
        """How many each filter has, by its id; a filter without a topic is missing."""
        self._cannot_read: set[str] = set()
        self._resume = False
        self._followed_ns = 0
        self._refresh: asyncio.Task[_Change] | None = None
        self._refresh_at_s = 0.0
        self._small_round = False
        self._pace_s = PACE_S

    def __repr__(self) -> str:
        return f"<KafkaTap {self._server} {self._settings.url}>"

    @property
    def _connection(self) -> dict[str, object]:
        """The options of the next connection: a secret in a file may be another one by then."""
        return connection_options(self._server, self._settings)

    async def connect(self) -> None:
        """Open the connection; legal again after Disconnected, then `follow` goes on behind the last messages."""
        await self.close()
        reader = Reader(
            self._connection,
            self._options,
            self._lost,
            read_committed=self._settings.read_committed,
            connect_timeout_s=self._settings.connect_timeout_s,
        )
        try:
            await reader.start()
        except BootstrapFailed as failed:
            raise connect_error(self._server, failed.causes) from None
        except (KafkaError, OSError) as error:
            raise connect_error(self._server, [(self._settings.url, error)]) from None
        else:
            self._reader = reader
            self._resume = True
        finally:
            if self._reader is None:
                await reader.stop()

    async def follow(self, wanted: Sequence[Filter], start: Start) -> None:
        """Choose what is read; legal again between reads, then known filters go on where they are."""
        reader = self._connected()
        await self._end_refresh()
        before, known_topics = set(self._selection.filters), self._topics
        selection = Selection(wanted, self._mine())
        now_ns = time.time_ns()
        try:
            listing = await reader.client.list_topics(selection.names())
            if self._handed_of not in {None, reader.client.cluster_id}:
                self._handed = {}
            self._handed_of = None
            chosen = selection.choose(listing)
            read_topics = {place.topic for place in (*self._progress, *self._aside)}
            begin: dict[TopicPartition, Start] = {}
            for place, filter_ in chosen.items():
                if place in self._progress or place in self._aside:
                    continue
                appeared = place.topic in read_topics or place.topic not in known_topics | self._hidden
                if not (filter_ in before and appeared):
                    begin[place] = self._waiting.get(place, start)
                elif not start.until_end:
                    begin[place] = OLDEST
            resume = dict(self._progress) if self._resume else {}
            for place in [place for place in begin if place in self._handed]:
                position, stop = self._handed[place]
                resume[place] = Progress(chosen[place], position, live_from=position, begun_ns=now_ns, stop=stop)
                del begin[place]
            change = await self._place(reader, listing, chosen, begin, resume)
        except KafkaError as error:
            raise self._disconnected(type(error).__name__) from None
        self._selection, self._start, self._resume = selection, start, False
        self._followed_ns = now_ns
        self._hidden = set(listing.denied)
        self._handed = {place: one for place, one in self._handed.items() if place not in chosen}
        for place in resume.keys() - change.positions.found.keys():
            if place in chosen:
                self._set_aside(place, "no leader", resume[place])
        self._apply(reader, change, always=True)

    async def read(self) -> Sequence[Batch]:
        """Wait for at least one message and give at most MAX_BATCH."""
        reader = self._connected()
        if self._small_round:
            await asyncio.sleep(self._pace_s)
        while True:
            if reader.failed():
                raise self._disconnected("the client library ended")
            away_since_s = reader.client.away_since_s
            if away_since_s is not None and time.monotonic() - away_since_s > self._options.away_after_s:
                raise self._disconnected(None)
            await self._settle(reader)
            if self._start.until_end and self._finished():
                raise EndOfStream
            try:
                taken = await reader.take(MAX_BATCH, _WAIT_S)
            except OffsetOutOfRangeError as error:
                await self._move(reader, error)
                continue
            except TopicAuthorizationFailedError as error:
                self._deny(reader, str(error.args[0]))
                continue
            except RecordTooLargeError as error:
                self._pass_over(error)
                continue
            except KafkaError as error:
                raise self._disconnected(type(error).__name__) from None
            batches = self._batches(reader, taken)
            if batches:
                return batches

    async def close(self) -> None:
        """Leave the broker as it was found; idempotent, legal without connect."""
        reader, self._reader = self._reader, None
        await self._end_refresh()
        if reader is not None:
            await reader.stop()

    def places(self) -> Places:
        """Give where reading goes on behind the messages given out so far."""
        known = {place: one for place, (one, _) in self._aside.items()} | self._progress
        return self._handed | {(place.topic, place.partition): (one.position, one.stop) for place, one in known.items()}

    def _mine(self) -> Mine | None:
        """Give what tells which partitions are read here; None = all."""
        return None if self._share is None else self._reads

    def _reads(self, filter_: Filter, place: TopicPartition) -> bool:
        share = self._share
        if share is None:
            return True
        return share.covers(filter_.id, place.topic, 0 if filter_.whole else place.partition)

    def statistics(self) -> TapStatistics:
        """Give what is known by now, without waiting for anything."""
        reader, listing = self._reader, self._listing
        filters = self._selection.filters
        if reader is None or listing is None:
            return TapStatistics(addresses={one.id: AddressStatus() for one in filters})
        # An answer without an error says that a topic can be read (again).
        self._cannot_read -= {place.topic for place in self._progress if reader.end(place) is not None}
        return statistics_of(
            reader,
            filters,
            self._partitions,
            self._progress,
            hidden=listing.denied | self._hidden,
            cannot_read=self._cannot_read,
        )

    def _batches(self, reader: Reader, taken: Mapping[TopicPartition, list[Any]]) -> list[Batch]:
        """Turn a round into batches; everything in here happens in one step (rule 2)."""
        observed_ns = time.time_ns()
        batches: list[Batch] = []
        count, more = 0, False
        for place, fetched in taken.items():
            progress = self._progress[place]
            records = fetched
            progress.position = reader.position(place)
            end = reader.end(place) or 0
            if progress.stop is not None:
                if records[-1].offset >= progress.stop:
                    records = [record for record in records if record.offset < progress.stop]
                if progress.done:
                    reader.pause(place)
                if not records:
                    continue
            more = more or progress.position < end
            count += len(records)
            timestamp = records[-1].timestamp
            if timestamp is not None and timestamp >= 0:
                progress.newest_ns = max(progress.newest_ns or 0, timestamp * 1_000_000)
            gap, progress.gap = progress.gap, None
            if gap is not None and gap.start > records[0].offset:
                gap, progress.gap = None, gap
            batches += batches_of(
                records,
                server=self._server,
                filter_id=progress.filter.id,
                topic=place.topic,
                wildcard=progress.filter.pattern is not None,
                partition=place.partition,
                live_from=max(progress.live_from, end - LIVE_DISTANCE),
                observed_ns=observed_ns,
                gap=gap,
            )
        if self._start.until_end:
            # Markers at the end of a partition move the position without giving a message.
            for place, progress in self._progress.items():
                if not progress.done:
                    progress.position = reader.position(place)
        self._small_round = count < SMALL_ROUND and not more
        return batches

    def _finished(self) -> bool:
        """Tell whether all that is to be read before the ends was given out; what may not be read is not to be read."""
        placed = not self._waiting and not any(why == "no leader" for _, why in self._aside.values())
        return placed and all(one.done for one in self._progress.values())

    def _lost(self, place: TopicPartition, start: int, end: int) -> None:
        progress = self._progress.get(place)
        if progress is not None:
            progress.lose(start, end, "could not be decoded")

    async def _settle(self, reader: Reader) -> None:
        """Do what is due between two rounds; cancelling it loses nothing.

        Raises: Disconnected.
        """
        self._keep_current(reader)

    def _keep_current(self, reader: Reader) -> None:
        """Start a listing when it is due, and apply one that is ready (rule 3)."""
        if self._refresh is not None:
            if not self._refresh.done():
                return
            refresh, self._refresh = self._refresh, None
            try:
                change = refresh.result()
            except KafkaError:
                # Nobody answered: the client notes for how long, and the next listing comes soon.
                self._refresh_at_s = time.monotonic() + _SOON_S
                return
            self._apply(reader, change)
        now_s = time.monotonic()
        due = now_s >= self._refresh_at_s and not (self._start.until_end and not self._waiting)
        if due or (reader.client.topics_gone and now_s >= self._refresh_at_s - self._options.refresh_s + _SOON_S):
            reader.client.topics_gone = False
            self._refresh = asyncio.create_task(self._list_again(reader))

    async def _list_again(self, reader: Reader) -> _Change:
        listing = await reader.client.list_topics(self._selection.names())
        chosen = self._selection.choose(listing)
        since = Start("time", self._followed_ns) if self._start.kind == "now" else self._start
        begin: dict[TopicPartition, Start] = {}
        for place in chosen:
            if place in self._progress or place in self._aside:
                continue
            if place in self._waiting:
                begin[place] = self._waiting[place]
            elif place.topic in self._hidden:
                begin[place] = since
            elif not self._start.until_end:
                begin[place] = OLDEST
        return await self._place(reader, listing, chosen, begin, {})

    async def _place(
        self,
        reader: Reader,
        listing: Listing,
        chosen: Mapping[TopicPartition, Filter],
        begin: Mapping[TopicPartition, Start],
        resume: Mapping[TopicPartition, Progress],
    ) -> _Change:
        aside = {place: progress for place, (progress, _) in self._aside.items() if place in chosen}
        doubtful = frozenset(place for place in aside if self._aside[place][1] == "gone")
        positions = await locate(
            reader.client,
            listing,
            chosen=chosen,
            begin=begin,
            resume={place: one for place, one in {**resume, **aside}.items() if place in chosen},
            doubtful=doubtful,
            now_ns=time.time_ns(),
            read_committed=self._settings.read_committed,
        )
        return _Change(listing, chosen, begin, positions)

    def _apply(self, reader: Reader, change: _Change, *, always: bool = False) -> None:
        """Take over what a listing found; assign again only if the set of partitions or a position changed."""
        self._listing, self._topics = change.listing, change.listing.topics()
        self._hidden = (self._hidden | change.listing.denied | change.positions.denied) - {
            place.topic for place in change.positions.found
        }
        for place in self._progress.keys() - change.chosen.keys():
            if place.topic in self._topics:
                # Still there, and no longer wanted; if it is again, what was given out is not given out twice.
                left = self._progress.pop(place)
                if self._start.kind != "now" and len(self._handed) < _KEPT_ASIDE:
                    self._handed[place] = left.position, left.stop
            else:
                self._set_aside(place, "gone")
            always = True
        for place, progress in change.positions.found.items():
            self._aside.pop(place, None)
            self._progress[place] = progress
            always = True
        for place, progress in self._progress.items():
            progress.filter = change.chosen[place]
        self._partitions = Counter(filter_.id for filter_ in self._selection.wanted(change.listing).values())
        self._cannot_read &= {place.topic for place in change.chosen}
        since = Start("time", self._followed_ns, until_end=self._start.until_end)
        self._waiting = {
            place: since if start.kind == "now" else start
            for place, start in change.begin.items()
            if place not in change.positions.found and place.topic not in change.positions.denied
        }
        self._refresh_at_s = time.monotonic() + (_SOON_S if self._waiting else self._options.refresh_s)
        if always:
            self._assign(reader)

    def _assign(self, reader: Reader) -> None:
        reader.assign({place: one.position for place, one in self._progress.items() if not one.done})
        self._pace_s = min(PACE_S * (1 + len(self._progress) / _PACE_PARTITIONS), PACE_MAX_S)

    def _set_aside(
        self, place: TopicPartition, why: Literal["gone", "denied", "no leader"], progress: Progress | None = None
    ) -> None:
        """Keep a partition that cannot be read now; `progress`: of one that was not placed yet."""
        known = self._progress.pop(place) if place in self._progress else progress
        assert known is not None  # every caller has one or the other
        self._aside[place] = (known, why)
        while len(self._aside) > _KEPT_ASIDE:
            del self._aside[next(iter(self._aside))]

    async def _move(self, reader: Reader, error: OffsetOutOfRangeError) -> None:
        """Find new positions for partitions whose next offset does not exist (any more)."""
        moved = {place: self._progress[place] for place in error.args[0] if place in self._progress}
        await self._end_refresh()
        try:
            listing = await reader.client.list_topics(self._selection.names())
            chosen = self._selection.choose(listing)
            change = await self._place(reader, listing, chosen, {}, moved)
        except KafkaError as failure:
            raise self._disconnected(type(failure).__name__) from None
        for place in moved.keys() - change.positions.found.keys():
            if place in chosen:
                self._set_aside(place, "no leader")
        self._apply(reader, change, always=True)

    def _deny(self, reader: Reader, topic: str) -> None:
        """Leave a topic out until the next listing: reading it is not allowed."""
        self._cannot_read.add(topic)
        for place in [place for place in self._progress if place.topic == topic]:
            self._set_aside(place, "denied")
        self._assign(reader)

    def _pass_over(self, error: RecordTooLargeError) -> None:
        """Note the one message that the library has just gone past."""
        place, offset = error.args[1], error.args[2]
        progress = self._progress.get(place)
        if progress is not None:
            progress.lose(offset, offset + 1, "larger than a fetch")
            progress.position = max(progress.position, offset + 1)

    async def _end_refresh(self) -> None:
        refresh, self._refresh = self._refresh, None
        if refresh is not None:
            refresh.cancel()
            await asyncio.wait([refresh])
            if not refresh.cancelled():
                refresh.exception()

    def _connected(self) -> Reader:
        if self._reader is None:
            raise Disconnected(f"server '{self._server}': not connected")
        return self._reader

    def _disconnected(self, detail: str | None) -> Disconnected:
        if self._reader is None:
            return Disconnected(f"server '{self._server}': not connected")
        return Disconnected(f"server '{self._server}': no broker of {self._settings.url} answers", detail=detail)
