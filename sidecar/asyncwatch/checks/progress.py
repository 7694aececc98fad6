"""When which position was there: what turns the lag of others from messages into seconds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Final

from msgspec import Struct

from asyncwatch.lag.position_times import UNTIMED, EntryBudget, PositionTimes
from asyncwatch.model.batch import Batch
from asyncwatch.model.finding import Finding
from asyncwatch.model.observation import Observation
from asyncwatch.model.route import Route

FAMILIES: Final = frozenset({"kafka", "nats"})
"""Families whose brokers tell how far consumers have come."""
_BY_ADDRESS: Final = "kafka"
"""The family in which every address counts its own positions; elsewhere a stream of several addresses does."""


class ProgressStatistics(Struct):
    """Partitions whose positions are noted, and the records noted in them."""

    partitions: int = 0
    records: int = 0


class ProgressCheck:
    """Notes position → time per partition, on the clock `available`: when a record could be read.

    That is the broker's own time, else the moment in which we saw it live, else its timestamp, never later than that.
    Source: facts on lag, B1.
    """

    writes: ClassVar[frozenset[str]] = frozenset()

    def __init__(self, route: Route, budget: EntryBudget) -> None:
        self._budget = budget
        self._noted = route.protocol in FAMILIES
        self._by_address = route.protocol == _BY_ADDRESS
        self._several = route.wildcard or not self._by_address
        self._partitions: dict[tuple[str | None, int | None], PositionTimes] = {}
        self._statistics = ProgressStatistics()

    def observe(self, obs: Observation, /) -> None:
        """Note a batch.

        Cost: bench loop[progress].
        """
        batch = obs.batch
        if not self._noted or batch.time_source == "none":
            return
        log = _log_of(batch) if self._several else None
        known = self._partitions.get((log, batch.partition))
        if known is None:
            known = self._partitions[log, batch.partition] = PositionTimes(self._budget)
            self._statistics.partitions += 1
        if batch.gap is not None:
            known.skip(batch.positions[0])
        known.note(batch.positions, _available_ns(batch))
        self._statistics.records += len(batch)

    def times(self, address: str, partition: int | None) -> PositionTimes | None:
        """Give what is known of one partition; None = nothing of it was read, or it cannot be told apart from others."""
        if not self._several or self._by_address:
            return self._partitions.get((address if self._several else None, partition))
        return next(iter(self._partitions.values())) if len(self._partitions) == 1 else None

    def advance(self, now_ns: int, /) -> Sequence[Finding]:
        """Nothing here depends on time."""
        return ()

    def statistics(self) -> ProgressStatistics:
        return self._statistics


def _log_of(batch: Batch) -> str | None:
    """Name what counts the positions of a batch: its stream, where the protocol has such, else its address."""
    if batch.properties is not None and "stream" in batch.properties[0]:
        return str(batch.properties[0]["stream"])
    return None if batch.addresses is None else batch.addresses[0]


def _available_ns(batch: Batch) -> Sequence[int]:
    sent = batch.sent_ns
    if batch.time_source == "broker":
        return sent if None not in sent else [UNTIMED if one is None else one for one in sent]  # type: ignore[return-value] # None was looked for
    if batch.live:
        return batch.observed_ns
    return [
        UNTIMED if sent_ns is None else min(sent_ns, seen_ns)
        for sent_ns, seen_ns in zip(sent, batch.observed_ns, strict=True)
    ]
