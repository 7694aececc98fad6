"""The rows of a batch as a tracker sees them: their place, and a clock that never runs backwards."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Hashable, Sequence
from itertools import accumulate
from typing import NamedTuple, TypeAlias

from asyncwatch.model.observation import Observation

Origin: TypeAlias = Hashable
"""A partition, or (address, partition) where a filter covers several addresses."""


class Place(NamedTuple):
    """Where and when a message was seen."""

    time_ns: int
    partition: int | None
    position: int | None
    channel: str | None
    trace_id: str | None


class Rows:
    """The columns that place the messages of a batch.

    Units: `clocks` is the highest observed time so far, row by row.
    """

    __slots__ = ("_obs", "clocks", "compacted", "top_ns")

    def __init__(self, obs: Observation, clock_ns: int) -> None:
        self._obs = obs
        observed = obs.batch.observed_ns
        self.top_ns = max(clock_ns, max(observed))  # noqa: PLW3301 # flattening would unpack the column
        self.clocks: Sequence[int]
        if max(observed[0], clock_ns) == self.top_ns:  # a live batch has one observed time
            self.clocks = [self.top_ns] * len(observed)
        else:
            self.clocks = list(accumulate(observed, max, initial=clock_ns))[1:]
        self.compacted = obs.route.compacted and not obs.batch.live
        """Whether messages may be missing because the broker compacted them away before we read."""

    def __len__(self) -> int:
        return len(self.clocks)

    def first_at(self, due_ns: int, row: int) -> int:
        """Give the first row, from `row` on, whose clock has reached a time; the length of the batch if none has."""
        if self.top_ns < due_ns:
            return len(self.clocks)
        return bisect_left(self.clocks, due_ns, row)

    def place(self, row: int) -> Place:
        """Give a row's place."""
        obs = self._obs
        batch, route = obs.batch, obs.route
        chosen = obs.message[row]
        context = None if obs.context is None else obs.context[row]
        return Place(
            batch.observed_ns[row],
            batch.partition,
            batch.positions[row],
            route.candidates[chosen].channel if chosen >= 0 else route.channel,
            None if context is None else context[3:35].decode("ascii"),
        )

    def origin(self, row: int) -> Origin:
        """Give the partition that a row was read from."""
        batch = self._obs.batch
        return batch.partition if batch.addresses is None else (batch.addresses[row], batch.partition)

    def origins(self) -> Sequence[Origin]:
        """Give the origin of each row."""
        batch = self._obs.batch
        if batch.addresses is None:
            return [batch.partition] * len(self.clocks)
        return [(address, batch.partition) for address in batch.addresses]

    def first_positions(self) -> dict[Origin, int]:
        """Give the first position of each origin in the batch."""
        batch = self._obs.batch
        if batch.addresses is None:
            return {batch.partition: batch.positions[0]}
        found: dict[Origin, int] = {}
        for address, position in zip(batch.addresses, batch.positions, strict=True):
            found.setdefault((address, batch.partition), position)
        return found
