"""Membership in a consumer group that the user named: who reads which partition, and how far the group is.

Rule 1: no message is fetched by membership; it only tells which partitions are this reader's.
Rule 2: its assignor has a name of its own, so the broker lets no service into the group, and us into no service's group.
Rule 3: every commit carries a mark. A group whose positions lack it belongs to somebody else and is not joined.

The coordinator is aiokafka's; pyproject.toml holds its minor version, and the conformance suite runs the rules.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time
import uuid
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any, Final, NamedTuple

from aiokafka.abc import ConsumerRebalanceListener
from aiokafka.consumer.group_coordinator import GroupCoordinator
from aiokafka.consumer.subscription_state import SubscriptionState
from aiokafka.coordinator.assignors.roundrobin import RoundRobinPartitionAssignor
from aiokafka.errors import (
    CommitFailedError,
    GroupAuthorizationFailedError,
    InconsistentGroupProtocolError,
    InvalidGroupIdError,
    InvalidSessionTimeoutError,
    KafkaError,
)
from aiokafka.structs import OffsetAndMetadata, TopicPartition

from asyncwatch.model.errors import Misconfigured, Refused
from asyncwatch.taps.kafka.client import PassiveClient, silence_library
from asyncwatch.taps.kafka.options import KafkaOptions

_MARK: Final = "asyncwatch"
_HANDED_OVER: Final = f"{_MARK} handed over"
_READING: Final = f"{_MARK} reading "
_HEARTBEATS: Final = 10
"""In a session timeout."""
_LONGEST_PAUSE_MS: Final = 300_000
"""A reader that judges nothing for so long leaves the group."""
_HAND_OVER_S: Final = 1.0
_LEAVE_S: Final = 0.6


class Committed(NamedTuple):
    """Where the group is on a partition; `reading_ns`: when its reader last said so, None if it handed over."""

    position: int
    reading_ns: int | None


class _Assignor(RoundRobinPartitionAssignor):  # type: ignore[misc]  # aiokafka ships no type information
    name = "asyncwatch"


class Membership(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka ships no type information
    """One member. `hand_over` is awaited before partitions are given away."""

    # Private parts of aiokafka's coordinator are used here, and nowhere else.
    # ruff: noqa: SLF001

    def __init__(
        self,
        server: str,
        group: str,
        connection: Mapping[str, object],
        options: KafkaOptions,
        hand_over: Callable[[], Awaitable[None]],
        *,
        connect_timeout_s: float,
    ) -> None:
        silence_library()
        self._server = server
        self._group = group
        self._options = options
        self._hand_over = hand_over
        self.client = PassiveClient(
            connect_timeout_s=connect_timeout_s,
            **connection,
            client_id=f"asyncwatch-{socket.gethostname()}-{uuid.uuid4().hex[:8]}",
            request_timeout_ms=int(options.request_timeout_s * 1000),
            # The leader of the group sees new partitions by its metadata.
            metadata_max_age_ms=int(options.refresh_s * 1000),
        )
        self._subscription = SubscriptionState()
        self._subscription.register_fetch_waiters(set())  # nothing is fetched here
        self._coordinator: Any = None
        self._news = asyncio.Event()
        self.version = 0
        """Grows with everything that changes who reads what."""
        self.assigned: frozenset[TopicPartition] | None = None
        """None = the members are finding out."""
        self.topics: frozenset[str] = frozenset()

    async def start(self) -> None:
        """Connect; nothing is joined yet. Raises: BootstrapFailed."""
        await self.client.bootstrap()
        session_ms = int(self._options.session_timeout_s * 1000)
        self._coordinator = GroupCoordinator(
            self.client,
            self._subscription,
            group_id=self._group,
            session_timeout_ms=session_ms,
            heartbeat_interval_ms=max(session_ms // _HEARTBEATS, 1),
            enable_auto_commit=False,
            assignors=(_Assignor,),
            max_poll_interval_ms=_LONGEST_PAUSE_MS,
            rebalance_timeout_ms=session_ms,
        )

    async def stop(self) -> None:
        """Leave the group and close every connection within about a second; idempotent."""
        coordinator, self._coordinator = self._coordinator, None
        self.assigned = None
        transports = self.client.transports()
        try:
            for step in ([] if coordinator is None else [coordinator.close]) + [self.client.close]:
                task = asyncio.create_task(step())
                await asyncio.wait([task], timeout=_LEAVE_S)
                task.cancel()
                await asyncio.wait([task])
                if not task.cancelled():
                    task.exception()
            await self._end(coordinator)
        finally:
            for transport in transports:
                transport.abort()

    async def _end(self, coordinator: Any) -> None:
        if coordinator is None:
            return
        tasks = {
            task
            for task in (coordinator._coordination_task, coordinator._heartbeat_task, coordinator._commit_refresh_task)
            if task is not None and not task.done()
        }
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=_LEAVE_S)

    async def committed(self, places: Iterable[TopicPartition]) -> dict[TopicPartition, Committed]:
        """Ask where the group is; partitions without a position are missing.

        Raises: Misconfigured, when the positions are somebody else's; Refused; KafkaError.
        """
        with self._told():
            found: Mapping[TopicPartition, Any] = await self._coordinator.fetch_committed_offsets(list(places))
        strange = sorted(place.topic for place, one in found.items() if not one.metadata.startswith(_MARK))
        if strange:
            raise Misconfigured(
                f"server '{self._server}': group '{self._group}' has positions that asyncwatch did not commit",
                detail=f"for example on topic '{strange[0]}': joining would take messages away from a service",
                hint="choose a name of its own with --group",
            )
        return {place: Committed(one.offset, _reading_ns(one.metadata)) for place, one in found.items()}

    def subscribe(self, topics: Iterable[str]) -> None:
        """Join, or join again with other topics."""
        self.topics = frozenset(topics)
        self._change(None)
        self._subscription.subscribe(topics=set(self.topics), listener=self)
        self.client.set_topics(self.topics)

    async def wait_assigned(self, timeout_s: float) -> bool:
        """Wait until it is known who reads what; tell whether it is. Raises: Misconfigured, Refused, KafkaError."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                while self.assigned is None:
                    self._news.clear()
                    with contextlib.suppress(TimeoutError):
                        async with asyncio.timeout(0.1):
                            await self._news.wait()
                    self.check()
        return self.assigned is not None

    def check(self) -> None:
        """Raise what went wrong in the background, and say that this reader is alive.

        Raises: Misconfigured, Refused, KafkaError.
        """
        self._subscription._last_fetch_ended = time.monotonic()
        with self._told():
            self._coordinator.check_errors()

    @contextlib.contextmanager
    def _told(self) -> Any:
        """Say in our words what the group's coordinator refuses."""
        place = f"server '{self._server}': group '{self._group}'"
        try:
            yield
        except GroupAuthorizationFailedError:
            raise Refused(f"{place} may not be joined", hint="allow READ on this group") from None
        except InconsistentGroupProtocolError:
            raise Misconfigured(
                f"{place} has members that are no asyncwatch", hint="choose a name of its own with --group"
            ) from None
        except (InvalidGroupIdError, InvalidSessionTimeoutError) as error:
            raise Misconfigured(f"{place} is refused by the broker", detail=type(error).__name__) from None

    async def commit(self, positions: Mapping[TopicPartition, int], *, handing_over: bool = False) -> bool:
        """Write down how far was judged; tell whether the group took it."""
        if not positions or self._coordinator is None:
            return False
        mark = _HANDED_OVER if handing_over else f"{_READING}{time.time_ns()}"
        marked = {place: OffsetAndMetadata(position, mark) for place, position in positions.items()}
        try:
            async with asyncio.timeout(_HAND_OVER_S):
                await self._coordinator.commit_offsets(None, marked)
        except (KafkaError, CommitFailedError, TimeoutError):
            return False
        return True

    async def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        """Give partitions away: nothing more is read of them, and how far they were read is committed."""
        self._change(None)
        await self._hand_over()

    async def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        """Take over what the members agreed on."""
        self._change(frozenset(assigned))

    def _change(self, assigned: frozenset[TopicPartition] | None) -> None:
        self.assigned = assigned
        self.version += 1
        self._news.set()


def _reading_ns(mark: str) -> int | None:
    text = mark.removeprefix(_READING)
    return int(text) if text != mark and text.isascii() and text.isdecimal() and len(text) < 20 else None
