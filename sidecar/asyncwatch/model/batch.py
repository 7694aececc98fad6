"""What a tap hands over: messages of one place on one broker, as equally long columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

HeaderValue: TypeAlias = bytes | float | bool | None
"""Bytes as on the wire; numbers and booleans only where the protocol types its headers (AMQP)."""

Headers: TypeAlias = Sequence[tuple[str, HeaderValue]]
"""Headers of one message; order and repeats are kept."""

TimeSource: TypeAlias = Literal["broker", "producer", "none"]

UNDOCUMENTED = ""
"""The `Batch.filter` of messages that no wanted filter covers."""


@dataclass(frozen=True, slots=True)
class ObservationGap:
    """What we could not see just before a batch; nobody else is blamed for numbers missing inside it.

    `elsewhere`: another member of our group has seen it. `since_ns`: when nobody looked any more, where that is known.
    Units: `start` and `end` are positions where the broker has them, else nanoseconds since the epoch.
    """

    start: int
    end: int
    count: int | None
    reason: str
    elsewhere: bool = False
    since_ns: int | None = None


@dataclass(slots=True, eq=False)
class Batch:
    """Messages of ONE server, filter and partition, in broker order.

    Shape: every column has the same length n >= 1. `addresses` is None unless the filter has wildcards or is
    UNDOCUMENTED; an undocumented batch holds one address. `payloads`: None = tombstone, b"" = empty.
    Units: `_ns` columns are nanoseconds since the epoch; `positions` are offsets, stream sequences or arrival numbers.
    """

    server: str
    filter: str
    partition: int | None
    addresses: Sequence[str] | None
    payloads: Sequence[bytes | None]
    headers: Sequence[Headers]
    keys: Sequence[bytes | None]
    positions: Sequence[int]
    sent_ns: Sequence[int | None]
    time_source: TimeSource
    observed_ns: Sequence[int]
    properties: Sequence[Mapping[str, object]] | None = None
    live: bool = True
    gap: ObservationGap | None = None

    def __len__(self) -> int:
        return len(self.positions)

    def head(self, n: int) -> Batch:
        """Give the first n messages; n >= 1."""
        return Batch(
            server=self.server, filter=self.filter, partition=self.partition,
            addresses=None if self.addresses is None else self.addresses[:n], payloads=self.payloads[:n],
            headers=self.headers[:n], keys=self.keys[:n], positions=self.positions[:n], sent_ns=self.sent_ns[:n],
            time_source=self.time_source, observed_ns=self.observed_ns[:n],
            properties=None if self.properties is None else self.properties[:n], live=self.live, gap=self.gap,
        )  # fmt: skip
