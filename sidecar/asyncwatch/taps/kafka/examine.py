"""A look at a cluster for `doctor`: login, every broker it advertises, topics and rights. Reading only; it leaves nothing."""

from __future__ import annotations

import asyncio
import socket
import uuid
from collections.abc import Sequence
from typing import Any, Final

from aiokafka.conn import AIOKafkaConnection
from aiokafka.errors import KafkaError

from asyncwatch.config.settings import ServerSettings
from asyncwatch.model.errors import AsyncwatchError
from asyncwatch.taps.base import Filter, Remark
from asyncwatch.taps.kafka.client import BootstrapFailed, PassiveClient, close_connection, silence_library
from asyncwatch.taps.kafka.probe import KafkaProbe
from asyncwatch.taps.kafka.security import connect_error, connection_options
from asyncwatch.taps.kafka.survey import look_at_topics

_MOST_BROKERS: Final = 50
_AT_ONCE: Final = 8
_LISTENER: Final = "set advertised.listeners of the broker to an address that is reachable from here"


async def examine_kafka(server: str, settings: ServerSettings, wanted: Sequence[Filter]) -> Sequence[Remark]:
    """Look at login, brokers, topics and groups.

    Raises: Misconfigured.
    """
    silence_library()
    options = connection_options(server, settings)
    client = PassiveClient(
        **options, connect_timeout_s=settings.connect_timeout_s, client_id=f"asyncwatch-{uuid.uuid4().hex[:8]}",
        request_timeout_ms=int(settings.connect_timeout_s * 1000),
    )  # fmt: skip
    try:
        await client.bootstrap()
        brokers = [(one.nodeId, one.host, one.port) for one in client.cluster.brokers()]
        cluster = client.cluster_id
    except BootstrapFailed as failed:
        return [_fault("login", connect_error(server, failed.causes))]
    except (KafkaError, OSError) as error:
        return [_fault("login", connect_error(server, [(settings.url, error)]))]
    finally:
        await client.close()
    remarks = [Remark(_login(settings), "ok", f"cluster {cluster or 'without an id'}, {len(brokers)} brokers")]
    turn = asyncio.Semaphore(_AT_ONCE)
    found = await asyncio.gather(
        *(_reach(server, settings, options, broker, turn) for broker in sorted(brokers)[:_MOST_BROKERS])
    )
    remarks += found
    if any(one.state == "ok" for one in found):
        remarks += await _topics(server, settings, wanted)
        remarks += await _groups(server, settings, wanted)
    else:
        remarks.append(Remark("topics and groups", "unknown", "no broker answers at the address that it advertises"))
    return remarks


def _login(settings: ServerSettings) -> str:
    credentials = settings.credentials
    if credentials is None or credentials.username is None:
        return "connection without login"
    return f"login as '{credentials.username}' ({credentials.mechanism or 'PLAIN'})"


async def _reach(
    server: str,
    settings: ServerSettings,
    options: dict[str, Any],
    broker: tuple[int, str, int],
    turn: asyncio.Semaphore,
) -> Remark:
    """Connect to a broker at the address that it tells its clients."""
    node, host, port = broker
    what = f"broker {node} advertises {host}:{port}"
    login = {name: value for name, value in options.items() if name != "bootstrap_servers"}
    connection = AIOKafkaConnection(
        host, port, client_id=f"asyncwatch-{socket.gethostname()}", max_idle_ms=60_000,
        request_timeout_ms=int(settings.connect_timeout_s * 1000), **login,
    )  # fmt: skip
    try:
        async with turn, asyncio.timeout(settings.connect_timeout_s):
            await connection.connect()
    except Exception as error:  # noqa: BLE001 # whatever a peer that is no broker makes the library raise
        fault = connect_error(server, [(f"{host}:{port}", error)])
        return Remark(what, "problem", fault.detail or fault.message, fault.hint or _LISTENER)
    else:
        return Remark(what, "ok")
    finally:
        await close_connection(connection)


async def _topics(server: str, settings: ServerSettings, wanted: Sequence[Filter]) -> list[Remark]:
    """See which topics are there, and whether they may be read."""
    try:
        statistics = await look_at_topics(server, settings, wanted)
    except AsyncwatchError as error:
        return [_fault("topics", error)]
    missing = [_name(one) for one in wanted if statistics.addresses[one.id].exists is False]
    remarks = [
        Remark(
            f"topic {name}",
            "problem",
            "it does not exist",
            "create it, correct its address, or leave it out with --exclude",
        )
        for name in missing
    ]
    remarks += [
        Remark("right", "problem", f"{right} is missing", "allow it to this user")
        for right in statistics.rights_missing
    ]
    there = sum(status.exists is True for status in statistics.addresses.values())
    if there:
        remarks.insert(0, Remark("topics", "ok", f"{there} of {len(wanted)} documented ones exist"))
    return remarks


async def _groups(server: str, settings: ServerSettings, wanted: Sequence[Filter]) -> list[Remark]:
    """See whether consumer groups can be asked how far they are."""
    probe = KafkaProbe(server, settings)
    try:
        progress = await probe.poll(wanted)
    except AsyncwatchError as error:
        return [Remark("consumer groups", "warning", error.message, "without them there is no lag")]
    finally:
        await probe.close()
    remarks = [
        Remark("consumer groups", "warning", right, "without it there is no lag, or not of all groups")
        for right in progress.rights_missing
    ]
    if progress.groups is not None and not remarks:
        names = {one.group for one in progress.groups}
        remarks.append(Remark("consumer groups", "ok", f"{len(names)} read documented topics"))
    return remarks


def _name(wanted: Filter) -> str:
    return wanted.template or wanted.address or (wanted.pattern.pattern if wanted.pattern else wanted.id)


def _fault(what: str, error: AsyncwatchError) -> Remark:
    text = error.message if error.detail is None else f"{error.message}: {error.detail}"
    return Remark(what, "problem", text, error.hint)
