"""What the API answers beside the snapshot: pages of findings and traces, documents, the outcome of a reload, problems.

Source: interfaces.md §7; RFC 9457 (problem details).
"""

from __future__ import annotations

from msgspec import UNSET, Struct, UnsetType, field

from asyncwatch.model.report import DocumentRow, FindingRow


class FindingPage(Struct):
    """Finding groups in the order in which they opened. `next`: the cursor of the page behind, None at the end."""

    findings: list[FindingRow]
    total: int
    """How many groups fit the question, on all pages."""
    next: str | None


class SpanRow(Struct):
    """A message that carried a trace context; no value of it stands here.

    `parent_id` is the span that the message names, its producer's. `violations`: ids of rules that the message broke.
    """

    parent_id: str
    sampled: bool
    server: str
    channel: str | None
    address: str
    message: str | None
    partition: int | None
    position: int
    sent: str | None
    observed: str
    live: bool
    state: str
    violations: list[str]


class TraceRow(Struct):
    """The messages of one trace, in the order in which they were seen."""

    trace_id: str
    spans: list[SpanRow]


class TracePage(Struct):
    """The latest traces first. `total`: how many of those that are kept fit the question."""

    traces: list[TraceRow]
    total: int


class FileText(Struct):
    """A file of a document as it was read, named as the document names it."""

    file: str
    text: str


class DocumentText(Struct):
    """A document with the text of its file and of the files it refers to, the document's own first."""

    document: DocumentRow
    files: list[FileText]


class DocumentPage(Struct):
    """All documents of the run."""

    documents: list[DocumentText]


class ServerChanges(Struct):
    """Names of servers that a reload began to read, stopped reading, or reaches another way."""

    added: list[str]
    removed: list[str]
    moved: list[str]


class ReloadOutcome(Struct):
    """What a reload did to the addresses that are read.

    `kept` go on with all their state, `changed` judge anew and go on counting, `added` are new, `removed` are not read
    any more. `restart`: keys of the configuration that say something else by now and count from the next start on.
    """

    documents: list[DocumentRow]
    kept: int
    changed: int
    added: int
    removed: int
    servers: ServerChanges = field(default_factory=lambda: ServerChanges([], [], []))
    restart: list[str] = []


class ProblemError(Struct, omit_defaults=True):
    """One of several things that are wrong."""

    detail: str
    parameter: str | None = None
    hint: str | None = None


class Problem(Struct):
    """An error as the API answers it."""

    title: str
    status: int
    type: str = "about:blank"
    detail: str | UnsetType = UNSET
    errors: list[ProblemError] | UnsetType = UNSET
