"""What the API asks for: a run, or anything else that can give a snapshot."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from asyncwatch.model.answers import DocumentText, ReloadOutcome, TraceRow
from asyncwatch.model.report import FindingRow
from asyncwatch.model.view import FindingDetail, Snapshot


@dataclass(frozen=True, slots=True)
class Source:
    """The questions of the API, each answered by a function; None = this run cannot answer it.

    `traces` takes a channel and a trace id to look for, both optional. `reload` raises MisconfiguredAll when the
    documents cannot be used.
    """

    snapshot: Callable[[], Snapshot]
    findings: Callable[[], Sequence[FindingRow]] | None = None
    detail: Callable[[str], Awaitable[FindingDetail | None] | FindingDetail | None] | None = None
    traces: Callable[[str | None, str | None], Awaitable[Sequence[TraceRow]] | Sequence[TraceRow]] | None = None
    documents: Callable[[], Sequence[DocumentText]] | None = None
    reload: Callable[[], Awaitable[ReloadOutcome]] | None = None

    def finding_rows(self) -> Sequence[FindingRow]:
        """Give all finding groups, in the order in which they opened."""
        return self.snapshot().findings if self.findings is None else self.findings()
