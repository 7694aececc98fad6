"""Messages of one filter → a batch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import overload

from asyncwatch.model.batch import Batch, ObservationGap
from asyncwatch.taps.nats.framing import Entry
from asyncwatch.taps.nats.headers import read_headers


class StreamProperties(Sequence[Mapping[str, object]]):
    """Stream and sequence of each message, made only when somebody looks (interfaces.md §2)."""

    __slots__ = ("_positions", "_stream")

    def __init__(self, stream: str, positions: Sequence[int]) -> None:
        self._stream = stream
        self._positions = positions

    def __len__(self) -> int:
        return len(self._positions)

    @overload
    def __getitem__(self, row: int) -> Mapping[str, object]: ...
    @overload
    def __getitem__(self, row: slice) -> StreamProperties: ...
    def __getitem__(self, row: int | slice) -> Mapping[str, object] | StreamProperties:
        if isinstance(row, slice):
            return StreamProperties(self._stream, self._positions[row])
        return {"stream": self._stream, "sequence": self._positions[row]}


def stream_batch(
    entries: Sequence[Entry],
    *,
    server: str,
    filter_id: str,
    wildcard: bool,
    stream: str,
    sequences: Sequence[int],
    times_ns: Sequence[int],
    live: bool,
    observed_ns: int,
    gap: ObservationGap | None,
) -> Batch:
    """Make the batch of messages of a stream."""
    n = len(entries)
    return Batch(
        server=server, filter=filter_id, partition=None, addresses=_addresses(entries) if wildcard else None,
        payloads=[entry[4] for entry in entries], headers=[read_headers(entry[3]) for entry in entries],
        keys=[None] * n, positions=sequences, sent_ns=times_ns, time_source="broker", observed_ns=[observed_ns] * n,
        properties=StreamProperties(stream, sequences), live=live, gap=gap,
    )  # fmt: skip


def core_batch(
    entries: Sequence[Entry],
    *,
    server: str,
    filter_id: str,
    wildcard: bool,
    first: int,
    observed_ns: int,
    gap: ObservationGap | None,
) -> Batch:
    """Make the batch of messages of core NATS: positions are arrival numbers from `first`, times are not known."""
    n = len(entries)
    replies = [entry[2] for entry in entries]
    properties: list[Mapping[str, object]] | None = None
    if any(replies):
        properties = [{} if reply is None else {"reply": _text(reply)} for reply in replies]
    return Batch(
        server=server, filter=filter_id, partition=None, addresses=_addresses(entries) if wildcard else None,
        payloads=[entry[4] for entry in entries], headers=[read_headers(entry[3]) for entry in entries],
        keys=[None] * n, positions=list(range(first, first + n)), sent_ns=[None] * n, time_source="none",
        observed_ns=[observed_ns] * n, properties=properties, live=True, gap=gap,
    )  # fmt: skip


def _addresses(entries: Sequence[Entry]) -> list[str]:
    return [_text(entry[1]) for entry in entries]


def _text(subject: bytes) -> str:
    return subject.decode("utf-8", "backslashreplace")
