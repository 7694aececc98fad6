"""A consumer without a group: partitions are assigned with their positions, nothing is ever committed."""

from __future__ import annotations

import asyncio
import socket
import uuid
from collections.abc import Mapping
from typing import Any, Final

from aiokafka import AIOKafkaConsumer
from aiokafka.structs import TopicPartition

from asyncwatch.taps.kafka.client import PassiveClient, silence_library
from asyncwatch.taps.kafka.options import KafkaOptions
from asyncwatch.taps.kafka.records import FetchedRecords, Lost

_STEP_S: Final = 0.5

_SHARES: Final = 4
"""Partitions that share an answer evenly."""


class Reader:
    """One connection to a cluster. The consumer's own client is replaced by the passive one before anything is sent."""

    # Private parts of aiokafka's consumer are read here, and nowhere else.
    # ruff: noqa: SLF001

    def __init__(
        self,
        connection: Mapping[str, object],
        options: KafkaOptions,
        lost: Lost,
        *,
        read_committed: bool,
        connect_timeout_s: float,
    ) -> None:
        silence_library()
        self._lost = lost
        common: dict[str, Any] = {
            **connection,
            "client_id": f"asyncwatch-{socket.gethostname()}-{uuid.uuid4().hex[:8]}",
            "request_timeout_ms": int(options.request_timeout_s * 1000),
        }
        self.client = PassiveClient(connect_timeout_s=connect_timeout_s, **common)
        self._consumer = AIOKafkaConsumer(
            **common,
            group_id=None,
            enable_auto_commit=False,
            # A position that is gone is an error of ours to judge, never a silent jump.
            auto_offset_reset="none",
            isolation_level="read_committed" if read_committed else "read_uncommitted",
            fetch_max_bytes=options.fetch_max_bytes,
            # An answer holds several partitions: none runs ahead of the others, as it would by chance with one each.
            max_partition_fetch_bytes=max(options.fetch_max_bytes // _SHARES, 1),
            fetch_max_wait_ms=int(options.fetch_wait_s * 1000),
            client_rack=options.client_rack,
        )
        self._consumer._client = self.client

    async def start(self) -> None:
        """Connect.

        Raises: BootstrapFailed.
        """
        await self._consumer.start()
        self._consumer._fetcher._records = FetchedRecords(self._lost)
        self.assign({})

    async def stop(self) -> None:
        """Close every connection and end every task within about a second; idempotent.

        The library's own stop waits for a silent peer for ever, and passes on the cancellation of a fetch that waits to
        be tried again. So each step runs as a task of its own, and at last the sockets are closed as they are.
        """
        transports = self.client.transports()
        try:
            for step in (self._consumer.stop, self._end_fetches, self.client.close):
                task = asyncio.create_task(step())
                await asyncio.wait([task], timeout=_STEP_S)
                task.cancel()
                await asyncio.wait([task])
                if not task.cancelled():
                    task.exception()
        finally:
            for transport in transports:
                transport.abort()

    async def _end_fetches(self) -> None:
        fetcher = self._consumer._fetcher
        if fetcher is not None:
            tasks = {fetcher._fetch_task, *fetcher._pending_tasks}
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)

    def assign(self, positions: Mapping[TopicPartition, int]) -> None:
        """Read these partitions, each from its position; what was fetched and not taken is fetched again."""
        self._consumer.assign(list(positions))
        for place, position in positions.items():
            self._consumer.seek(place, position)

    def seek(self, place: TopicPartition, position: int) -> None:
        self._consumer.seek(place, position)

    def pause(self, place: TopicPartition) -> None:
        self._consumer.pause(place)

    async def take(self, max_records: int, wait_s: float) -> dict[TopicPartition, list[Any]]:
        """Give fetched records by partition, or nothing after `wait_s`; cancelling it takes nothing.

        Raises: KafkaError, of one partition; positions stay.
        """
        taken: dict[TopicPartition, list[Any]] = await self._consumer.getmany(
            timeout_ms=int(wait_s * 1000), max_records=max_records
        )
        return taken

    def position(self, place: TopicPartition) -> int:
        """Where reading goes on: behind the last message, and behind markers and holes that follow it."""
        position: int = self._state(place).position
        return position

    def end(self, place: TopicPartition) -> int | None:
        """The end that reading can reach as of the last answer: the last stable offset under read_committed.

        None where nothing was answered yet, or the partition is not assigned.
        """
        state = self._state(place)
        if state is None:
            return None
        if self._consumer._isolation_level == "read_committed" and state.lso is not None and state.lso >= 0:
            stable: int = state.lso
            return stable
        highwater: int | None = state.highwater
        return highwater

    def failed(self) -> bool:
        """Tell whether a task of the library ended; it would then wait for ever."""
        synchronizer = self.client._sync_task
        return bool(self._consumer._fetcher._fetch_task.done() or synchronizer is None or synchronizer.done())

    def _state(self, place: TopicPartition) -> Any:
        return self._consumer._subscription.subscription.assignment.state_value(place)
