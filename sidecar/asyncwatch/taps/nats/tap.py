"""The NATS tap: streams by ordered ephemeral consumers, work queues message by message, the rest by subscriptions.

Rule 1: an address that a stream takes in whole is read from the stream; one that streams take in in part is read both
ways, and what a stream has is dropped from the subscription.
Rule 2: `read` waits before it takes messages, never after, so cancelling it loses nothing.
Rule 3: the name of a consumer is noted before it is made; `close` deletes every noted one.
Rule 4: streams are listed again, and consumers made again, by tasks of their own; what a listing found is applied by
`read`, between two rounds.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Mapping, Sequence
from typing import Any, Final

from asyncwatch.config.settings import ServerSettings
from asyncwatch.model.batch import Batch
from asyncwatch.model.errors import Disconnected, EndOfStream
from asyncwatch.taps.base import MAX_BATCH, AddressStatus, Filter, Start, TapStatistics
from asyncwatch.taps.nats.client import ApiError, Connection, Denied, NoAnswer
from asyncwatch.taps.nats.core import CoreReading
from asyncwatch.taps.nats.framing import ENTRY_BYTES
from asyncwatch.taps.nats.jetstream import Stream, delete_consumer, list_streams, sequence_at
from asyncwatch.taps.nats.options import parse_options
from asyncwatch.taps.nats.ordered import OrderedReading
from asyncwatch.taps.nats.progress import StreamProgress
from asyncwatch.taps.nats.security import login_options, places_of
from asyncwatch.taps.nats.selection import Division, Selection, Share
from asyncwatch.taps.nats.work_queue import QueueReading

SMALL_ROUND: Final = 200
PACE_S: Final = 0.025
"""Pause after a small round, so that a trickle is not judged message by message (facts on performance)."""
_WAIT_S: Final = 0.2
_KEPT_LEFT: Final = 20_000
_DELETE_S: Final = 0.8
"""With the time to close, less than a runner waits."""

Reading = OrderedReading | QueueReading


class NatsTap:
    """A reader of one NATS server or cluster."""

    def __init__(self, server: str, settings: ServerSettings, options: Mapping[str, object]) -> None:
        self._server = server
        self._settings = settings
        self._options = parse_options(server, options)
        self._places = places_of(server, settings)
        login_options(server, settings)  # what is wrong is told before anything runs
        self._connection: Connection | None = None
        self._selection = Selection(())
        self._division = Division()
        self._start = Start()
        self._progress: dict[str, StreamProgress] = {}
        """By stream; outlives a connection."""
        self._readings: dict[str, Reading] = {}
        self._core = CoreReading(server)
        self._made: set[tuple[str, str]] = set()
        """Stream and name of every consumer that may exist."""
        self._left: dict[tuple[str, str], tuple[str, int]] = {}
        """Stream and filter that is not wanted any more → which making of the stream, and where its reading was left."""
        self._unreadable: dict[str, str] = {}
        """Stream → why it is not read from."""
        self._rights: list[str] = []
        self._resume = False
        self._lost_ns = 0
        self._arrival = asyncio.Event()
        self._held_bytes = 0
        self._small_round = False
        self._refresh: asyncio.Task[list[Stream] | None] | None = None
        self._refresh_at_s = 0.0
        self._mending: dict[str, asyncio.Task[None]] = {}
        """By stream."""

    def __repr__(self) -> str:
        return f"<NatsTap {self._server} {self._settings.url}>"

    async def connect(self) -> None:
        """Open the connection; legal again after Disconnected, then `follow` goes on behind the last messages."""
        await self.close()
        connection = Connection(self._server, self._options.request_timeout_s)
        connection.on_arrival = self._note_arrival
        await connection.open(
            self._places,
            login_options(self._server, self._settings),
            connect_timeout_s=self._settings.connect_timeout_s,
            away_after_s=self._options.away_after_s,
        )
        self._connection = connection
        self._arrival.clear()

    async def follow(self, wanted: Sequence[Filter], start: Start) -> None:
        """Choose what is read; legal again between reads, then known filters go on where they are."""
        connection = self._connected()
        await self._end_tasks()
        self._rights, self._unreadable = [], {}
        now_ns = time.time_ns()
        before = self._division if self._selection.filters else Division()
        selection = Selection(wanted)
        streams = await self._list(connection)
        while True:
            usable = [stream for stream in streams or [] if stream.name not in self._unreadable]
            division = selection.divide(
                usable, self._settings.nats, requests=self._settings.requests,
                setting=f"servers.{self._server}.requests",
            )  # fmt: skip
            if await self._read_streams(connection, division, before, start):
                break
        known = [one for one in before.core_ids if one in division.core_ids]
        if self._resume:
            self._core.forget_connection(known, self._lost_ns, now_ns)
        taken = [subject for share in division.shares.values() for subject in share.stream.subjects]
        await self._core.follow(connection, division.core, taken)
        self._selection, self._division, self._start = selection, division, start
        self._resume = False
        self._refresh_at_s = time.monotonic() + self._options.refresh_s

    async def read(self) -> Sequence[Batch]:
        """Wait for at least one message and give at most MAX_BATCH."""
        connection = self._connected()
        if self._small_round:
            await asyncio.sleep(PACE_S)
        while True:
            if connection.lost is None:
                self._keep(connection)
            self._arrival.clear()
            batches = self._take()
            if batches:
                return batches
            connection.check()
            if self._start.until_end and all(one.done for one in self._progress.values()):
                raise EndOfStream
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_WAIT_S):
                    await self._arrival.wait()

    async def close(self) -> None:
        """Leave the server as it was found; idempotent, legal without connect."""
        connection, self._connection = self._connection, None
        await self._end_tasks()
        if connection is None:
            return
        self._resume = bool(self._selection.filters)
        self._lost_ns = time.time_ns()
        readings, self._readings = self._readings, {}
        try:
            with contextlib.suppress(TimeoutError, Disconnected):
                async with asyncio.timeout(_DELETE_S):
                    for reading in readings.values():
                        if isinstance(reading, QueueReading) or connection.lost is None:
                            await reading.end()
                    await self._delete(connection, self._made)
        finally:
            self._held_bytes = 0
            self._core.clear()
            await connection.close()

    def statistics(self) -> TapStatistics:
        """Give what is known by now, without waiting for anything."""
        addresses = {one.id: AddressStatus() for one in self._selection.filters}
        connection = self._connection
        rights = [*self._rights, *self._unreadable.values(), *self._division.left]
        behind: int | None = None
        if connection is not None:
            rights += [f"subscribe to {subject}" for subject in sorted(connection.denied)]
            if connection.flow_denied:
                rights.append("publish to $JS.FC.>; reading from streams stops after some megabytes")
            rights += [
                f"publish to {reading.denied}"
                for reading in self._readings.values()
                if isinstance(reading, QueueReading) and reading.denied
            ]
            behind = self._tell_addresses(addresses)
        info = connection.info if connection is not None else {}
        cluster = info.get("cluster") or info.get("server_id")
        return TapStatistics(
            addresses=addresses,
            cluster=cluster if isinstance(cluster, str) else None,
            rights_missing=rights,
            missed=self._core.dropped or None,
            behind_messages=behind,
            creates=[
                f"consumer {name} on stream {stream}"
                for stream, name in sorted(self._made)
                if connection is not None and self._is_used(stream, name)
            ],
        )

    def _is_used(self, stream: str, name: str) -> bool:
        reading = self._readings.get(stream)
        return reading is not None and reading.consumer == name

    def _tell_addresses(self, addresses: Mapping[str, AddressStatus]) -> int | None:
        """Fill in what streams tell of the addresses; give how many messages are still to be read."""
        division = self._division
        behind: int | None = None
        for one in division.illegal:
            addresses[one].exists = False
        if self._settings.nats == "jetstream":
            for status in addresses.values():
                status.exists = False
        for progress in self._progress.values():
            # While other filters are taken over, a stream may have some already that are not selected yet.
            for one in progress.filters.keys() & addresses.keys():
                status = addresses[one]
                status.exists = status.exists or progress.exists
                newest_ns = progress.newest_ns.get(one)
                if newest_ns is not None:
                    status.last_on_broker_ns = max(status.last_on_broker_ns or 0, newest_ns)
        for one in division.core_ids:
            # Whether anybody sends where no stream is, nobody knows.
            addresses[one].exists = addresses[one].exists or None
        for progress in self._progress.values():
            if progress.pending is not None:
                behind = (behind or 0) + progress.pending
        return behind

    def _note_arrival(self, size: int) -> None:
        self._held_bytes += size
        most = self._options.ring_messages
        if len(self._core.ring) > most or self._held_bytes > self._options.ring_bytes:
            self._drop(most)
        self._arrival.set()

    def _drop(self, most: int) -> None:
        """Keep within bounds: what a stream has is given again, the rest is lost and told."""
        if self._held_bytes > self._options.ring_bytes:
            ordered = [one for one in self._readings.values() if isinstance(one, OrderedReading)]
            for reading in sorted(ordered, key=lambda one: len(one.ring), reverse=True):
                self._held_bytes -= reading.let_go()
                if self._held_bytes <= self._options.ring_bytes // 2:
                    break
        if self._held_bytes > self._options.ring_bytes:
            most = min(most, len(self._core.ring) * 3 // 4)
        self._held_bytes -= self._core.drop_over(self._selection, most)

    def _take(self) -> list[Batch]:
        """Take what has come, from every source in turn; everything in here happens in one step (rule 2)."""
        observed_ns = time.time_ns()
        batches: list[Batch] = []
        room, count = MAX_BATCH, 0
        sources: list[CoreReading | Reading] = [self._core, *self._readings.values()]
        waiting = [one for one in sources if one.ring]
        for place, source in enumerate(waiting):
            share = max(room // (len(waiting) - place), 1)
            found, n, size = source.take(self._selection, share, observed_ns)
            batches += found
            room -= n
            count += n
            self._held_bytes -= size + n * ENTRY_BYTES
            if room <= 0:
                break
        if not any(one.ring for one in sources):
            self._held_bytes = 0
        if len(waiting) > 1 and self._readings:
            # Who came first comes last next time: none waits for the others for ever.
            name = next(iter(self._readings))
            self._readings[name] = self._readings.pop(name)
        self._small_round = count < SMALL_ROUND
        return batches

    def _keep(self, connection: Connection) -> None:
        """Apply a listing that is ready, start one that is due, and mend what is broken."""
        now_s = time.monotonic()
        if self._refresh is not None and self._refresh.done():
            refresh, self._refresh = self._refresh, None
            self._refresh_at_s = now_s + self._options.refresh_s
            if not refresh.cancelled() and refresh.exception() is None:
                self._compare(refresh.result())
        elif self._refresh is None and self._progress and now_s >= self._refresh_at_s:
            self._refresh = asyncio.create_task(list_streams(connection))
        for name, reading in self._readings.items():
            if isinstance(reading, OrderedReading) and reading.needs_mending(now_s) and name not in self._mending:
                self._mending[name] = asyncio.create_task(self._mend(connection, reading))

    async def _mend(self, connection: Connection, reading: OrderedReading) -> None:
        """Give a reading a new consumer; beside the others, for a stream without a leader may take its time."""
        stream = reading.progress.stream
        gone = {(stream, reading.consumer)} if reading.consumer is not None else set()
        try:
            await reading.begin()
            await self._delete(connection, self._made & gone)
        except ApiError as error:
            if error.code == 404:
                reading.progress.exists = False
                self._refresh_at_s = 0.0
        except (NoAnswer, Denied, Disconnected):
            pass  # it is tried again as long as the connection lasts
        finally:
            self._mending.pop(stream, None)

    def _compare(self, streams: Sequence[Stream] | None) -> None:
        """See which streams are gone, and which were made anew."""
        found = {stream.name: stream for stream in streams or ()}
        for name, progress in self._progress.items():
            reading = self._readings.get(name)
            if isinstance(reading, QueueReading):
                continue
            stream = found.get(name)
            if stream is None:
                progress.exists = False
                self._refresh_at_s = min(self._refresh_at_s, time.monotonic() + 1.0)
            elif not progress.exists or stream.created != progress.created:
                progress.see(stream)
                if reading is not None:
                    reading.break_off()

    async def _list(self, connection: Connection) -> list[Stream] | None:
        """List the streams; without JetStream, or without the right, everything is read by subscription."""
        if self._settings.nats == "core":
            return None
        try:
            return await list_streams(connection)
        except Denied as denied:
            self._rights.append(f"publish to {denied}; streams are not looked for")
        except ApiError as error:
            self._rights.append(f"list streams ({error}); streams are not looked for")
        except NoAnswer:
            if self._progress or connection.info.get("jetstream"):
                raise Disconnected(f"server '{self._server}': jetstream does not answer") from None
        return None

    async def _read_streams(self, connection: Connection, division: Division, before: Division, start: Start) -> bool:
        """Begin to read every stream of a division; tell whether all could be, else the division is to be made anew."""
        for name in self._readings.keys() - division.shares.keys():
            await self._leave(connection, name)
        for name in self._progress.keys() - division.shares.keys():
            self._note_left(self._progress.pop(name), {})
        for name, share in division.shares.items():
            try:
                await self._read_stream(connection, share, before, start)
            except Denied as denied:
                self._unreadable[name] = f"publish to {denied}; stream {name} is not read from"
            except ApiError as error:
                self._unreadable[name] = f"stream {name} cannot be read from ({error})"
            except NoAnswer:
                raise Disconnected(f"server '{self._server}': jetstream does not answer") from None
        return not any(name in division.shares for name in self._unreadable)

    async def _read_stream(self, connection: Connection, share: Share, before: Division, start: Start) -> None:
        stream = share.stream
        progress = self._progress.get(stream.name)
        if progress is None:
            progress = StreamProgress(
                self._server, stream.name, stream.created, next=stream.last + 1, live_from=stream.last + 1
            )
            if start.until_end:
                progress.stop = stream.last
        elif self._resume:
            progress.see(stream)
        firsts: dict[str, int] = {}
        for one in share.filters:
            created, left = self._left.pop((stream.name, one), ("", 0))
            if one not in progress.filters and created == stream.created and start.kind != "now":
                # One that is wanted again goes on where it was left: what was given out is not given out twice.
                firsts[one] = max(left, stream.first)
            elif one not in progress.filters:
                # One that was read by subscription before goes on from where that ended.
                appeared = self._resume and one in before.core_ids
                firsts[one] = await self._first(connection, stream, Start("time", self._lost_ns) if appeared else start)
        self._note_left(progress, share.filters)
        went_back = progress.add(share.filters, firsts)
        self._progress[stream.name] = progress
        if progress.stop is not None and progress.next > progress.stop:
            progress.done = True
        reading = self._readings.get(stream.name)
        if reading is not None:
            if reading.subjects == share.subjects and not went_back:
                return
            await self._leave(connection, stream.name)
        if stream.work_queue:
            reading = QueueReading(connection, progress, share.subjects, self._options.poll_s)
        else:
            reading = OrderedReading(
                connection, progress, share.subjects, heartbeat_s=self._options.heartbeat_s,
                noted=lambda where, name: self._made.add((where, name)),
            )  # fmt: skip
        await reading.begin()
        self._readings[stream.name] = reading

    def _note_left(self, progress: StreamProgress, wanted: Mapping[str, Filter]) -> None:
        """Remember where filters are left that are not wanted any more."""
        for one in progress.filters.keys() - wanted.keys():
            if len(self._left) < _KEPT_LEFT:
                where = max(progress.next, progress.begins.get(one, 0))
                self._left[progress.stream, one] = progress.created, where

    async def _first(self, connection: Connection, stream: Stream, start: Start) -> int:
        """Find the sequence at which a filter begins."""
        if start.kind == "earliest":
            return stream.first
        if start.kind == "time" and stream.last_ns is not None and stream.last_ns >= start.time_ns:
            try:
                return await sequence_at(connection, stream, start.time_ns)
            except Denied as denied:
                self._rights.append(f"publish to {denied}; reading of stream {stream.name} begins now")
        return stream.last + 1

    async def _leave(self, connection: Connection, stream: str) -> None:
        reading = self._readings.pop(stream)
        await reading.end()
        await self._delete(connection, {one for one in self._made if one == (stream, reading.consumer)})

    async def _delete(self, connection: Connection, made: set[tuple[str, str]]) -> None:
        """Delete consumers of ours; one that is gone already is deleted."""
        for stream, name in list(made):
            with contextlib.suppress(ApiError, NoAnswer, Denied):
                await delete_consumer(connection, stream, name)
            self._made.discard((stream, name))

    async def _end_tasks(self) -> None:
        refresh, self._refresh = self._refresh, None
        tasks: list[asyncio.Task[Any]] = [*self._mending.values(), *([refresh] if refresh is not None else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._mending.clear()

    def _connected(self) -> Connection:
        if self._connection is None:
            raise Disconnected(f"server '{self._server}': not connected")
        return self._connection
