"""One line of a capture: read, checked and written.

Source: interfaces.md §2.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Final

import orjson
from msgspec import Struct

from asyncwatch.model.batch import Batch, Headers, HeaderValue, TimeSource
from asyncwatch.model.clock import format_time, parse_time

_KEYS: Final = frozenset(
    {
        "server", "address", "partition", "offset", "timestamp", "timestamp_source", "key", "key_base64", "headers",
        "payload", "payload_base64", "properties", "observed", "live",
    }
)  # fmt: skip


class Record(Struct):
    """A captured message. Units: nanoseconds since the epoch."""

    server: str | None
    address: str
    partition: int | None
    offset: int | None
    sent_ns: int | None
    time_source: TimeSource
    key: bytes | None
    headers: Headers
    payload: bytes | None
    properties: Mapping[str, object]
    observed_ns: int | None
    live: bool


class Missed(Struct):
    """A span that the capture itself did not see; None as partition or address means every one."""

    server: str | None
    address: str | None
    partition: int | None
    start: int
    end: int
    count: int | None
    reason: str


class End(Struct):
    """The moment up to which the capture looked."""

    time_ns: int


class BrokenLine(ValueError):
    """A line that is no capture line; the text says why, and holds no value of it."""


def read_line(line: bytes) -> Record | Missed | End:
    """Read one line.

    Raises: BrokenLine.
    """
    try:
        found = orjson.loads(line)
    except (ValueError, RecursionError) as error:
        reason = error.msg if isinstance(error, orjson.JSONDecodeError) else "nested too deep"
        raise BrokenLine(f"not JSON, {reason}") from None
    if not isinstance(found, dict):
        raise BrokenLine("not a JSON object")
    if "end" in found:
        return End(_time(found, "end") or 0)
    if "gap" in found:
        return _gap(found["gap"])
    unknown = found.keys() - _KEYS
    if unknown:
        raise BrokenLine(f"{len(unknown)} unknown keys")
    sent_ns = _time(found, "timestamp")
    source = found.get("timestamp_source", "producer" if sent_ns is not None else "none")
    if source not in {"broker", "producer", "none"}:
        raise BrokenLine("timestamp_source is none of broker, producer, none")
    address = found.get("address")
    if not isinstance(address, str):
        raise BrokenLine("address is missing or no text")
    properties = found.get("properties") or {}
    live = found.get("live", True)
    if not isinstance(properties, dict) or not isinstance(live, bool):
        raise BrokenLine("properties is no object, or live is no boolean")
    return Record(
        server=_text(found, "server"), address=address, partition=_integer(found, "partition"),
        offset=_integer(found, "offset"), sent_ns=sent_ns if source != "none" else None, time_source=source,
        key=_bytes(found, "key"), headers=_headers(found.get("headers") or []), payload=_bytes(found, "payload"),
        properties=properties, observed_ns=_time(found, "observed"), live=live,
    )  # fmt: skip


def write_lines(batch: Batch, address: str) -> bytes:
    """Write a batch as capture lines; `address` stands where the batch has no addresses of its own."""
    lines: list[bytes] = []
    for row, position in enumerate(batch.positions):
        line: dict[str, object] = {"server": batch.server}
        line["address"] = address if batch.addresses is None else batch.addresses[row]
        if batch.partition is not None:
            line["partition"] = batch.partition
        line["offset"] = position
        sent_ns = batch.sent_ns[row]
        if sent_ns is not None:
            line["timestamp"] = format_time(sent_ns)
            line["timestamp_source"] = batch.time_source
        _put(line, "key", batch.keys[row])
        line["headers"] = [[name, _header_out(value)] for name, value in batch.headers[row]]
        _put(line, "payload", batch.payloads[row])
        if batch.properties is not None and batch.properties[row]:
            line["properties"] = batch.properties[row]
        line["observed"] = format_time(batch.observed_ns[row])
        if not batch.live:
            line["live"] = False
        lines.append(orjson.dumps(line))
    lines.append(b"")
    gap = b""
    if batch.gap is not None:
        # The first message's own address, so that the gap stands before it again when the capture is read.
        place: dict[str, object] = {
            "server": batch.server, "address": address if batch.addresses is None else batch.addresses[0],
            "partition": batch.partition, "from": batch.gap.start, "to": batch.gap.end, "reason": batch.gap.reason,
        }  # fmt: skip
        if batch.gap.count is not None:
            place["count"] = batch.gap.count
        gap = orjson.dumps({"gap": place}) + b"\n"
    return gap + b"\n".join(lines)


def write_end(time_ns: int) -> bytes:
    """Write the last line of a capture."""
    return orjson.dumps({"end": format_time(time_ns)}) + b"\n"


def _gap(found: object) -> Missed:
    if not isinstance(found, dict):
        raise BrokenLine("gap is no object")
    start, end = _edge(found, "from"), _edge(found, "to")
    return Missed(
        server=_text(found, "server"), address=_text(found, "address"), partition=_integer(found, "partition"),
        start=start, end=end, count=_integer(found, "count"), reason=_text(found, "reason") or "the capture missed it",
    )  # fmt: skip


def _edge(found: Mapping[str, object], name: str) -> int:
    """An edge of a gap is a position, or a time."""
    value = found.get(name)
    if isinstance(value, str):
        moment = parse_time(value)
        if moment is not None:
            return moment
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise BrokenLine(f"gap.{name} is neither a position nor a time")


def _text(found: Mapping[str, object], name: str) -> str | None:
    value = found.get(name)
    if value is None or isinstance(value, str):
        return value
    raise BrokenLine(f"{name} is no text")


def _integer(found: Mapping[str, object], name: str) -> int | None:
    value = found.get(name)
    if value is None:
        return None
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 63:
        return value
    raise BrokenLine(f"{name} is no whole number from 0")


def _time(found: Mapping[str, object], name: str) -> int | None:
    value = found.get(name)
    if value is None:
        return None
    moment = parse_time(value) if isinstance(value, str) else None
    if moment is None:
        raise BrokenLine(f"{name} is no RFC 3339 time")
    return moment


def _bytes(found: Mapping[str, object], name: str) -> bytes | None:
    encoded = found.get(f"{name}_base64")
    if encoded is not None:
        return _decoded(encoded, f"{name}_base64")
    value = found.get(name)
    if value is None:
        return None
    if not isinstance(value, str):
        raise BrokenLine(f"{name} is no text")
    return value.encode()


def _decoded(value: object, name: str) -> bytes:
    if isinstance(value, str):
        try:
            return base64.b64decode(value, validate=True)
        except (binascii.Error, ValueError):
            pass
    raise BrokenLine(f"{name} is no base64 text")


def _headers(found: object) -> Headers:
    if not isinstance(found, list):
        raise BrokenLine("headers is no list of pairs")
    headers: list[tuple[str, HeaderValue]] = []
    for pair in found:
        if not isinstance(pair, list) or len(pair) != 2 or not isinstance(pair[0], str):
            raise BrokenLine("headers is no list of pairs")
        headers.append((pair[0], _header(pair[1])))
    return headers


def _header(value: object) -> HeaderValue:
    if isinstance(value, str):
        return value.encode()
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, dict) and value.keys() == {"base64"}:
        return _decoded(value["base64"], "a header's base64")
    raise BrokenLine("a header's value is neither text, number, boolean, null nor base64")


def _put(line: dict[str, object], name: str, value: bytes | None) -> None:
    if value is None:
        line[name] = None
        return
    try:
        line[name] = value.decode()
    except UnicodeDecodeError:
        line[f"{name}_base64"] = base64.b64encode(value).decode()


def _header_out(value: HeaderValue) -> object:
    if not isinstance(value, bytes):
        return value
    try:
        return value.decode()
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(value).decode()}
