"""The report as JSON (interfaces.md §3)."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from asyncwatch.cli.fail_on import FailOn
from asyncwatch.contract.document_finding import DocumentFinding
from asyncwatch.contract.locate import DocumentLines
from asyncwatch.model.report import Report


def as_json(
    report: Report,
    document: Sequence[DocumentFinding],
    fail_on: FailOn,
    color: bool,
    lines_of: DocumentLines,
) -> str:
    """Write the report, indented."""
    return msgspec.json.format(msgspec.json.encode(report), indent=2).decode() + "\n"
