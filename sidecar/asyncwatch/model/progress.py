"""How far consumers have come: what a probe brings home from a broker, before anything is concluded from it."""

from __future__ import annotations

from msgspec import Struct


class Position(Struct, frozen=True):
    """One place in one partition. `position` is an offset, or a stream sequence."""

    address: str
    partition: int | None
    position: int


class GroupProgress(Struct):
    """A consumer group on one partition of one address; None = not known, never zero.

    `committed` is the position of the first message that the group has not settled; `end` the position that the next
    message will get; `low` the oldest position that the broker still holds.
    Units: `commit_ns` nanoseconds since the epoch (None where the broker does not tell when); `retention_s` seconds.
    """

    group: str
    address: str
    partition: int | None
    committed: int | None
    low: int | None
    end: int | None
    last_stable: int | None = None
    """Where readers of committed transactions stop; None where the broker has no transactions."""
    commit_ns: int | None = None
    members: int | None = None
    member: str | None = None
    """Who reads this partition, where the broker tells."""
    pending: int | None = None
    """Messages that the broker itself counts as not settled, where that differs from end - committed (filters, acks)."""
    retention_s: float | None = None
    """For how long the broker keeps a message; None = for ever, by size, or not known."""


class Progress(Struct):
    """All groups of one server at one moment.

    `as_of_ns`: when the ends were read; what groups have settled was read just before, so lag is never negative.
    `groups` None = groups could not be asked; [] = asked, and there are none.
    """

    server: str
    as_of_ns: int
    groups: list[GroupProgress] | None
    rights_missing: list[str]
    left_out: int = 0
    """Groups that were not looked at because there are too many."""
