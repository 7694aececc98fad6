"""What is wrong with a message or a stream: faults of rows, findings with a place, and the group they fall into."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TypeAlias

from msgspec import Struct

Numbers: TypeAlias = tuple[int | None, int | None]
"""Of a sequence: the number that was expected, and the one that came; None = there is none."""


class Fault(Struct, frozen=True):
    """What is wrong with one row; server, place and time follow from the row.

    `path` is exact as far as the document declares it, `group_path` has `*` for array indexes too. No value of a
    payload, key or header stands in any field.
    """

    rule: str
    severity: str
    summary: str
    message: str | None = None
    path: str | None = None
    group_path: str | None = None
    schema_path: str | None = None
    keyword: str | None = None
    expected: str | None = None
    actual: str | None = None
    key_hash: str | None = None
    """Given where the fault is about another key than the row's own (a sequence with a declared key)."""
    numbers: Numbers | None = None


class Finding(Struct, frozen=True):
    """One occurrence with its place: what the findings file writes, and what checks say of time passing.

    Units: `time_ns` nanoseconds since the epoch; `position` is the offset or sequence of the message that showed it.
    """

    rule: str
    severity: str
    summary: str
    server: str
    channel: str | None
    address: str | None
    time_ns: int
    message: str | None = None
    group: str | None = None
    path: str | None = None
    group_path: str | None = None
    schema_path: str | None = None
    keyword: str | None = None
    expected: str | None = None
    actual: str | None = None
    partition: int | None = None
    position: int | None = None
    trace_id: str | None = None
    key_hash: str | None = None
    numbers: Numbers | None = None
    behind: tuple[int | None, float | None] | None = None
    """Of a consumer group: how many messages and seconds it is behind; None = not known."""

    @property
    def fingerprint(self) -> str:
        """Name the group: 16 hex digits over everything but time, place and key (interfaces.md §3)."""
        return fingerprint(
            (
                self.rule, self.server, self.channel or self.address, self.message, self.group_path,
                self.schema_path, self.group,
            )
        )  # fmt: skip

    @property
    def id(self) -> str:
        """Name the occurrence: stable over replays, from rule and position."""
        return fingerprint(
            (self.fingerprint, self.address, str(self.partition), str(self.position), self.path, self.key_hash)
        )


def fingerprint(parts: Sequence[str | None]) -> str:
    """Hash parts to 16 hex digits; None and the empty text differ."""
    text = "\x1f".join("\x00" if part is None else part for part in parts)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
