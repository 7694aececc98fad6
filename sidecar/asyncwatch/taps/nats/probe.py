"""How far the consumers of JetStream's streams have come; reading only, over a connection of its own.

A row stands for one consumer: its address is the documented one where it reads exactly one of those, else the subjects
that it reads, for nobody can tell which of several addresses its unread messages are on.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Final

from asyncwatch.config.settings import ServerSettings
from asyncwatch.model.errors import Disconnected
from asyncwatch.model.progress import GroupProgress, Position, Progress
from asyncwatch.taps.base import Filter
from asyncwatch.taps.nats.client import ApiError, Connection, Denied, NoAnswer
from asyncwatch.taps.nats.jetstream import (
    Consumer,
    Stream,
    get_message,
    list_consumers,
    list_streams,
    stream_info,
)
from asyncwatch.taps.nats.options import NatsOptions
from asyncwatch.taps.nats.security import login_options, places_of
from asyncwatch.taps.nats.selection import Selection
from asyncwatch.taps.nats.subjects import covers, meet, subject_of

_MOST_SUBJECTS: Final = 8
"""Filter subjects of one consumer that are asked for the first unread message; with more it is not known."""

_Place = tuple[str, int]


class NatsProbe:
    """Asks one server for its streams' consumers."""

    def __init__(self, server: str, settings: ServerSettings) -> None:
        self._server = server
        self._settings = settings
        self._options = NatsOptions()
        self._places = places_of(server, settings)
        login_options(server, settings)  # what is wrong is told before anything runs
        self._connection: Connection | None = None
        self._readers: dict[_Place, tuple[str, tuple[str, ...]] | None] = {}
        """Address and position → stream and subjects to look on; None = two consumers that read different things."""

    def __repr__(self) -> str:
        return f"<NatsProbe {self._server} {self._settings.url}>"

    async def poll(self, wanted: Sequence[Filter]) -> Progress:
        """Ask for every consumer of a stream that takes in a wanted address.

        Raises: Unreachable, Refused, Disconnected; a missing right is told in the answer.
        """
        connection = await self._connected()
        rights: list[str] = []
        streams = await self._streams(connection, rights)
        found: list[tuple[Stream, list[Consumer]]] = []
        asked = streams is not None
        division = Selection(wanted).divide(streams or [], "auto", requests=True, setting="")
        for share in division.shares.values():
            try:
                consumers = await list_consumers(connection, share.stream.name)
            except Denied as denied:
                rights.append(f"publish to {denied}")
                continue
            except (ApiError, NoAnswer):
                rights.append(f"consumers of stream {share.stream.name}: no answer")
                continue
            # What a consumer has settled is known by now; the end of its stream is looked at after that.
            try:
                stream = await stream_info(connection, share.stream.name)
            except (Denied, ApiError, NoAnswer):
                stream = None
                rights.append(f"publish to $JS.API.STREAM.INFO.{share.stream.name}")
            if stream is not None:
                found.append((stream, consumers))
        if rights and not found and division.shares:
            asked = False
        as_of_ns = time.time_ns()
        self._readers = {}
        groups = [self._row(stream, consumer, wanted) for stream, consumers in found for consumer in consumers]
        return Progress(
            server=self._server, as_of_ns=as_of_ns,
            groups=[one for one in groups if one is not None] if asked else None, rights_missing=rights,
        )  # fmt: skip

    async def times(self, wanted: Sequence[Position]) -> Sequence[int | None]:
        """Read the first message at or behind each position that its consumer reads."""
        connection = await self._connected()
        found: list[int | None] = []
        for one in wanted:
            reader = self._readers.get((one.address, one.position))
            if reader is None:
                found.append(None)
                continue
            stream, subjects = reader
            try:
                found.append(await self._first_time(connection, stream, subjects, one.position))
            except (Denied, ApiError, NoAnswer):
                found.append(None)
        return found

    async def close(self) -> None:
        """Leave the server as it was found; idempotent."""
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()

    async def _connected(self) -> Connection:
        if self._connection is not None and self._connection.lost is not None:
            await self.close()
        if self._connection is None:
            connection = Connection(self._server, self._options.request_timeout_s)
            await connection.open(
                self._places,
                login_options(self._server, self._settings),
                connect_timeout_s=self._settings.connect_timeout_s,
                away_after_s=self._options.away_after_s,
            )
            self._connection = connection
        return self._connection

    async def _streams(self, connection: Connection, rights: list[str]) -> list[Stream] | None:
        """List the streams; [] without JetStream, None where they may not be listed."""
        try:
            return await list_streams(connection) or []
        except Denied as denied:
            rights.append(f"publish to {denied}")
        except ApiError as error:
            rights.append(f"list streams ({error})")
        except NoAnswer:
            if not connection.info.get("jetstream"):
                return []
            raise Disconnected(f"server '{self._server}': jetstream does not answer") from None
        return None

    async def _first_time(
        self, connection: Connection, stream: str, subjects: Sequence[str], position: int
    ) -> int | None:
        if len(subjects) > _MOST_SUBJECTS:
            return None
        stored = [await get_message(connection, stream, position, subject) for subject in subjects]
        first = min((one for one in stored if one is not None), key=lambda one: one.sequence, default=None)
        return None if first is None else first.time_ns

    def _row(self, stream: Stream, consumer: Consumer, wanted: Sequence[Filter]) -> GroupProgress | None:
        read = consumer.filters or stream.subjects
        addresses = [
            one
            for one in wanted
            if any(meet(subject, mine) is not None for subject in [subject_of(one)] for mine in read)
        ]
        if not addresses:
            return None
        only = addresses[0] if len(addresses) == 1 else None
        is_whole = only is not None and all(covers(subject_of(only), mine) for mine in read)
        address = (only.address or only.template or only.id) if only is not None and is_whole else ", ".join(read)
        committed = None if consumer.ack_floor is None else consumer.ack_floor + 1
        if committed is not None:
            place = (address, committed)
            reader = (stream.name, tuple(read))
            self._readers[place] = reader if self._readers.get(place, reader) == reader else None
        return GroupProgress(
            group=consumer.name, address=address, partition=None, committed=committed, low=stream.first,
            end=stream.last + 1, commit_ns=consumer.ack_floor_ns, members=members_of(consumer),
            pending=pending_of(consumer), retention_s=stream.max_age_s,
        )  # fmt: skip


def members_of(consumer: Consumer) -> int | None:
    """Tell how many read through a consumer, as far as the server shows it (facts on ordering and lag, B5).

    A pull consumer without a waiting pull may be at work on what it has: then nobody knows.
    """
    if not consumer.pull:
        return 1 if consumer.bound else 0
    if consumer.waiting:
        return consumer.waiting
    if consumer.waiting is None or consumer.ack_pending:
        return None
    return 0


def pending_of(consumer: Consumer) -> int | None:
    """Count the messages that a consumer has not settled: not given out yet, and given out without an answer."""
    if consumer.pending is None or consumer.ack_pending is None:
        return None
    return consumer.pending + consumer.ack_pending
