"""JetStream's API, as far as reading needs it; answers are read with care, for they come from outside.

Source: NATS documentation, JetStream wire API reference.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from asyncwatch.model.clock import parse_time
from asyncwatch.taps.nats.client import ApiError, Connection

PREFIX: Final = "asyncwatch-"
"""What the names of our own consumers begin with."""
_MOST_STREAMS: Final = 10_000
_MOST_CONSUMERS: Final = 10_000
_NOT_ENABLED: Final = frozenset({10_039, 10_076})
"""JetStream is not enabled, for the account or at all."""
_ACK_WAIT_NS: Final = 22 * 3_600 * 10**9
"""As ordered consumers of the client library have it; nothing is ever acknowledged."""


@dataclass(frozen=True, slots=True)
class Stream:
    """A stream as the server describes it. Units: `max_age_s` seconds; `last_ns` nanoseconds since the epoch."""

    name: str
    subjects: tuple[str, ...]
    work_queue: bool
    created: str
    first: int
    last: int
    max_age_s: float | None
    last_ns: int | None


@dataclass(frozen=True, slots=True)
class Consumer:
    """A consumer as the server describes it; None = the server did not say."""

    name: str
    filters: tuple[str, ...]
    pull: bool
    acks: bool
    ack_floor: int | None
    ack_floor_ns: int | None
    delivered: int | None
    pending: int | None
    ack_pending: int | None
    waiting: int | None
    bound: bool


@dataclass(frozen=True, slots=True)
class Stored:
    """A message read from a stream."""

    subject: str
    sequence: int
    time_ns: int
    block: bytes | None
    payload: bytes


async def list_streams(connection: Connection) -> list[Stream] | None:
    """List every stream of the account; None if there is no JetStream.

    Raises: Denied, NoAnswer, Disconnected, ApiError.
    """
    found: list[Stream] = []
    seen = 0
    try:
        while seen < _MOST_STREAMS:
            answer = await connection.request("STREAM.LIST", {"offset": seen})
            page = _list(answer, "streams")
            seen += len(page)
            found += [one for one in map(read_stream, page) if one is not None]
            if not page or seen >= (_whole(answer.get("total")) or 0):
                break
    except ApiError as error:
        if error.number in _NOT_ENABLED:
            return None
        raise
    return found


async def stream_info(connection: Connection, name: str) -> Stream | None:
    """Look at one stream; None if there is none of that name."""
    try:
        return read_stream(await connection.request(f"STREAM.INFO.{name}"))
    except ApiError as error:
        if error.code == 404:
            return None
        raise


async def create_consumer(
    connection: Connection, stream: str, name: str, *, inbox: str, subjects: Sequence[str], first: int,
    heartbeat_s: float, inactive_s: float,
) -> int | None:  # fmt: skip
    """Make an ordered ephemeral push consumer; give how many messages wait for it.

    It acknowledges nothing, lives in memory, and the server drops it `inactive_s` after we are gone.
    """
    config: dict[str, object] = {
        "name": name, "deliver_subject": inbox, "ack_policy": "none", "max_deliver": 1, "ack_wait": _ACK_WAIT_NS,
        "flow_control": True, "idle_heartbeat": int(heartbeat_s * 1e9), "inactive_threshold": int(inactive_s * 1e9),
        "mem_storage": True, "num_replicas": 1, "replay_policy": "instant",
        "deliver_policy": "by_start_sequence", "opt_start_seq": max(first, 1),
    }  # fmt: skip
    if len(subjects) == 1:
        config["filter_subject"] = subjects[0]
    elif subjects:
        config["filter_subjects"] = list(subjects)
    body = {"stream_name": stream, "action": "create", "config": config}
    answer = await connection.request(f"CONSUMER.CREATE.{stream}.{name}", body)
    return _whole(answer.get("num_pending"))


async def delete_consumer(connection: Connection, stream: str, name: str) -> None:
    """Delete one of our own consumers."""
    await connection.request(f"CONSUMER.DELETE.{stream}.{name}")


async def list_consumers(connection: Connection, stream: str) -> list[Consumer]:
    """List the consumers of a stream, our own left out; a stream that is gone has none."""
    found: list[Consumer] = []
    seen = 0
    try:
        while seen < _MOST_CONSUMERS:
            answer = await connection.request(f"CONSUMER.LIST.{stream}", {"offset": seen})
            page = _list(answer, "consumers")
            seen += len(page)
            found += [one for one in map(read_consumer, page) if one is not None and not one.name.startswith(PREFIX)]
            if not page or seen >= (_whole(answer.get("total")) or 0):
                break
    except ApiError as error:
        if error.code != 404:
            raise
    return found


async def get_message(connection: Connection, stream: str, first: int, subject: str | None) -> Stored | None:
    """Read the first message at or after a sequence that is on a subject; without a subject the one at the sequence."""
    body: dict[str, object] = {"seq": max(first, 1)}
    if subject is not None:
        body["next_by_subj"] = subject
    try:
        answer = await connection.request(f"STREAM.MSG.GET.{stream}", body)
    except ApiError as error:
        if error.code == 404:
            return None
        raise
    return read_stored(answer.get("message"))


async def sequence_at(connection: Connection, stream: Stream, time_ns: int) -> int:
    """Find the sequence of the first message that is not older than a moment; behind the last one if there is none."""
    low, high = stream.first, stream.last + 1
    while low < high:
        middle = (low + high) // 2
        found = await get_message(connection, stream.name, middle, ">")
        if found is None or found.sequence >= high or found.time_ns >= time_ns:
            high = middle
        else:
            low = found.sequence + 1
    return low


def read_stream(found: object) -> Stream | None:
    """Read the description of a stream; None if it is none."""
    if not isinstance(found, dict):
        return None
    config, state = _mapping(found, "config"), _mapping(found, "state")
    name = config.get("name")
    if not isinstance(name, str) or not name or set(name) & set(" .*>\r\n\t"):
        return None
    subjects = config.get("subjects")
    max_age = _whole(config.get("max_age"))
    last_time = state.get("last_ts")
    last = _whole(state.get("last_seq")) or 0
    return Stream(
        name=name,
        subjects=tuple(one for one in subjects if isinstance(one, str)) if isinstance(subjects, list) else (),
        work_queue=config.get("retention") == "workqueue",
        created=str(found.get("created", ""))[:64],
        first=max(_whole(state.get("first_seq")) or 0, 1),
        last=last,
        max_age_s=max_age / 1e9 if max_age else None,
        last_ns=parse_time(last_time) if isinstance(last_time, str) and last else None,
    )


def read_consumer(found: object) -> Consumer | None:
    """Read the description of a consumer; None if it is none."""
    if not isinstance(found, dict) or not isinstance(found.get("name"), str):
        return None
    config, floor, delivered = (_mapping(found, key) for key in ("config", "ack_floor", "delivered"))
    several, single = config.get("filter_subjects"), config.get("filter_subject")
    filters = [one for one in several if isinstance(one, str)] if isinstance(several, list) else []
    if isinstance(single, str) and single:
        filters.append(single)
    acted = floor.get("last_active")
    return Consumer(
        name=found["name"], filters=tuple(filters), pull=not config.get("deliver_subject"),
        acks=config.get("ack_policy") not in {None, "none"}, ack_floor=_whole(floor.get("stream_seq")),
        ack_floor_ns=parse_time(acted) if isinstance(acted, str) else None,
        delivered=_whole(delivered.get("stream_seq")), pending=_whole(found.get("num_pending")),
        ack_pending=_whole(found.get("num_ack_pending")), waiting=_whole(found.get("num_waiting")),
        bound=found.get("push_bound") is True,
    )  # fmt: skip


def read_stored(found: object) -> Stored | None:
    """Read a message that was asked for; None if it is none."""
    if not isinstance(found, dict):
        return None
    subject, sequence, when = found.get("subject"), _whole(found.get("seq")), found.get("time")
    time_ns = parse_time(when) if isinstance(when, str) else None
    if not isinstance(subject, str) or sequence is None or time_ns is None:
        return None
    try:
        block = base64.b64decode(found["hdrs"], validate=True) if found.get("hdrs") else None
        payload = base64.b64decode(found.get("data") or "", validate=True)
    except (binascii.Error, ValueError, TypeError):
        return None
    return Stored(subject, sequence, time_ns, block, payload)


def _list(answer: Mapping[str, Any], key: str) -> list[object]:
    found = answer.get(key)
    return found if isinstance(found, list) else []


def _mapping(found: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = found.get(key)
    return value if isinstance(value, dict) else {}


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None
