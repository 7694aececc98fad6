"""aiokafka's client, made passive.

Rule 1: no metadata request lets a broker create a topic. Brokers older than that switch are asked for all topics, which
creates none.
Rule 2: aiokafka asks and fetches without a pause for a topic that was deleted or has no leader. Here metadata is asked
for at most ten times a second, and ever more seldom while that goes on; a fetch that gave nothing but errors is followed
by a pause.
Rule 3: a broker answers the requests of a connection one after the other, so what must not wait behind a fetch has a
connection of its own.
Rule 4: when every known broker fails to answer, `away_since_s` says since when.

These are private parts of aiokafka: pyproject.toml holds its minor version, and the conformance suite runs the rules.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from aiokafka.client import AIOKafkaClient, ConnectionGroup
from aiokafka.cluster import ClusterMetadata
from aiokafka.conn import AIOKafkaConnection, CloseReason
from aiokafka.errors import KafkaConnectionError, KafkaError
from aiokafka.protocol.fetch import FetchRequest
from aiokafka.protocol.metadata import MetadataRequest

METADATA_KEY: Final = 3
SWITCH_VERSION: Final = 4
"""The version of the metadata request from which on it can forbid the creation of topics."""

_PAUSE_S: Final = 0.1
_PAUSE_MAX_S: Final = 1.0
_BOOTSTRAP: Final = ("bootstrap", ConnectionGroup.DEFAULT)


def silence_library() -> None:
    """Keep aiokafka from logging: it writes a line for every try, and at debug level the requests with the password."""
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)


class BootstrapFailed(Exception):
    """No bootstrap address could be used; `causes` holds (place, error) of each."""

    def __init__(self, causes: list[tuple[str, BaseException]]) -> None:
        super().__init__("no bootstrap address could be used")
        self.causes = causes


@dataclass(frozen=True, slots=True)
class Listing:
    """What the cluster has at one moment.

    `denied`: topics asked for by name whose description is not allowed.
    """

    metadata: Any
    denied: frozenset[str]

    def topics(self) -> set[str]:
        names: set[str] = self.metadata.topics(exclude_internal_topics=False)
        return names

    def internal(self) -> set[str]:
        names: set[str] = self.metadata.internal_topics
        return names

    def partitions(self, topic: str) -> set[int]:
        numbers: set[int] | None = self.metadata.partitions_for_topic(topic)
        return numbers or set()


class PassiveClient(AIOKafkaClient):  # type: ignore[misc]  # aiokafka ships no type information
    """A client that creates nothing and knows when the whole cluster is away."""

    def __init__(self, *, connect_timeout_s: float, **options: Any) -> None:
        super().__init__(**options)
        self._connect_timeout_s = connect_timeout_s
        self._sync_task: asyncio.Task[None] | None = None
        self._asked_s = 0.0
        self._pause_s = _PAUSE_S
        self.cluster_id: str | None = None
        self.away_since_s: float | None = None
        self.topics_gone = False
        """Set when a followed topic was missing from an answer; whoever lists the topics again resets it."""

    async def bootstrap(self) -> None:
        """Learn the brokers from the first address that answers.

        Raises: BootstrapFailed.
        """
        causes: list[tuple[str, BaseException]] = []
        hosts = self.hosts
        for host, port, _ in hosts:
            connection = AIOKafkaConnection(
                host,
                port,
                client_id=self._client_id,
                request_timeout_ms=self._request_timeout_ms,
                ssl_context=self._ssl_context,
                security_protocol=self._security_protocol,
                max_idle_ms=self._connections_max_idle_ms,
                sasl_mechanism=self._sasl_mechanism,
                sasl_plain_username=self._sasl_plain_username,
                sasl_plain_password=self._sasl_plain_password,
            )
            used = False
            try:
                async with asyncio.timeout(self._connect_timeout_s / len(hosts)):
                    await connection.connect()
                    answer = await connection.send(MetadataRequest([], allow_auto_topic_creation=False))
                self._take(self.cluster, answer)
                if not self.cluster.brokers():
                    # A cluster without topics may name no broker: metadata then comes over this connection.
                    self._conns[_BOOTSTRAP] = connection
                    used = True
                break
            except Exception as error:  # noqa: BLE001  # whatever a peer that is no broker makes the library raise
                causes.append((f"{host}:{port}", error))
            finally:
                if not used:
                    await close_connection(connection)
        else:
            raise BootstrapFailed(causes)
        if self._sync_task is None:
            self._sync_task = asyncio.create_task(self._md_synchronizer())

    async def send(self, node_id: Any, request: Any, *, group: Any = ConnectionGroup.DEFAULT) -> Any:
        """Send a request and give its answer, after a pause if it is a fetch that gave nothing but errors (rule 2)."""
        answer = await super().send(node_id, request, group=group)
        if type(request) is FetchRequest:
            partitions = [partition for _, found in answer.topics for partition in found]
            # (partition, error code, …, records)
            if any(one[1] for one in partitions) and not any(one[-1] for one in partitions):
                await asyncio.sleep(_PAUSE_S)
        return answer

    async def ask(self, node_id: Any, request: Any) -> Any:
        """Send a request past the fetches (rule 3)."""
        return await super().send(node_id, request, group=ConnectionGroup.COORDINATION)

    async def list_topics(self, names: Iterable[str]) -> Listing:
        """List everything that the cluster shows, and ask for `names` that it does not show one by one.

        Raises: KafkaConnectionError, when no broker answers.
        """
        metadata = ClusterMetadata()
        if not await self._metadata_update(metadata, None):
            raise KafkaConnectionError("no broker answers")
        hidden = set(names) - metadata.topics(exclude_internal_topics=False)
        if not hidden:
            return Listing(metadata, frozenset())
        named = ClusterMetadata()
        if not await self._metadata_update(named, hidden):
            raise KafkaConnectionError("no broker answers")
        return Listing(metadata, frozenset(named.unauthorized_topics))

    def transports(self) -> list[asyncio.Transport]:
        """Give the open sockets, for whoever has to close them without waiting."""
        writers = [connection._writer for connection in self._conns.values()]  # noqa: SLF001  # see the module
        return [writer.transport for writer in writers if writer is not None]

    async def _metadata_update(self, cluster_metadata: Any, topics: Iterable[str] | None) -> bool:
        """Ask any broker; aiokafka's own periodic and forced updates come through here as well."""
        followed = cluster_metadata is self.cluster
        if followed:
            await self._pause()
        began_s = time.monotonic()
        nodes: list[Any] = [broker.nodeId for broker in self.cluster.brokers()]
        if _BOOTSTRAP in self._conns:
            nodes.append("bootstrap")
        random.shuffle(nodes)
        for node in nodes:
            group = ConnectionGroup.DEFAULT if node == "bootstrap" else ConnectionGroup.COORDINATION
            connection = await self._get_conn(node, group=group)
            if connection is None:
                continue
            try:
                wanted = list(topics) if topics and self._can_forbid_creation(connection) else None
                answer = await connection.send(MetadataRequest(wanted, allow_auto_topic_creation=False))
            except TimeoutError:
                connection.close(reason=CloseReason.CONNECTION_TIMEOUT)
                continue
            except KafkaError:
                continue
            if not answer.brokers:
                return False
            self._take(cluster_metadata, answer)
            self.away_since_s = None
            if followed and topics and not set(topics) <= self.cluster.topics(exclude_internal_topics=False):
                self.topics_gone = True
            if _BOOTSTRAP in self._conns and self.cluster.brokers():
                await close_connection(self._conns.pop(_BOOTSTRAP))
            return True
        if self.away_since_s is None:
            self.away_since_s = began_s
        cluster_metadata.failed_update(None)
        return False

    def _can_forbid_creation(self, connection: Any) -> bool:
        _, newest = connection._versions.get(METADATA_KEY, (0, 0))  # noqa: SLF001  # see the module
        return bool(newest >= SWITCH_VERSION)

    def _take(self, cluster_metadata: Any, answer: Any) -> None:
        cluster_metadata.update_metadata(answer)
        self.cluster_id = getattr(answer, "cluster_id", None) or self.cluster_id

    async def _pause(self) -> None:
        """Keep rule 2."""
        since_s = time.monotonic() - self._asked_s
        if since_s > 2 * _PAUSE_MAX_S:
            self._pause_s = _PAUSE_S
        elif since_s < self._pause_s:
            await asyncio.sleep(self._pause_s - since_s)
            self._pause_s = min(self._pause_s * 1.5, _PAUSE_MAX_S)
        self._asked_s = time.monotonic()


async def close_connection(connection: Any) -> None:
    """Close a connection and wait until its socket is gone, if it ever had one."""
    closed = connection.close()
    if connection._protocol is not None:  # noqa: SLF001  # see the module; set once the socket is open
        await asyncio.wait([closed], timeout=1.0)
