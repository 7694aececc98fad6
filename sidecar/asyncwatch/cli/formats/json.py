"""The report as JSON (interfaces.md §3)."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from asyncwatch.cli.fail_on import FailOn
from asyncwatch.contract.entities import DocumentFinding
from asyncwatch.model.report import Report


def as_json(report: Report, document: Sequence[DocumentFinding], fail_on: FailOn, color: bool) -> str:
    """Write the report, indented."""
    return msgspec.json.format(msgspec.json.encode(report), indent=2).decode() + "\n"
