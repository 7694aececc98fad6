"""A run as the API asks for it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from asyncwatch.contract.entities import Contract
from asyncwatch.model.answers import DocumentText, FileText, ReloadOutcome, TraceRow
from asyncwatch.pipeline.build import document_rows
from asyncwatch.pipeline.service import Service
from asyncwatch.serve.source import Source


def source_of(
    service: Service,
    contracts: Callable[[], Sequence[Contract]],
    reload: Callable[[], Awaitable[ReloadOutcome]] | None = None,
) -> Source:
    """Answer from a service and the documents it reads by now."""
    ledger = service.ledger

    def traces(channel: str | None, trace_id: str | None) -> list[TraceRow]:
        return ledger.recent_spans.traces(channel=channel, trace_id=trace_id)

    def documents() -> list[DocumentText]:
        read = contracts()
        return [
            DocumentText(document=row, files=[FileText(file=name, text=text) for name, text in one.texts.items()])
            for row, one in zip(document_rows(read), read, strict=True)
        ]

    return Source(
        snapshot=service.snapshot, findings=ledger.groups.rows, detail=service.finding_detail, traces=traces,
        documents=documents, reload=reload,
    )  # fmt: skip
