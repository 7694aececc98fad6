"""Findings as workflow commands of GitHub Actions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from asyncwatch.cli.fail_on import FailOn
from asyncwatch.contract.document_finding import DocumentFinding, Position
from asyncwatch.contract.locate import DocumentLines
from asyncwatch.model.report import Report

_LEVEL: Final = {"error": "error", "warning": "warning", "info": "notice"}


def as_github(
    report: Report,
    document: Sequence[DocumentFinding],
    fail_on: FailOn,
    color: bool,
    lines_of: DocumentLines,
) -> str:
    """Write an annotation for each group."""
    lines = document_annotations(document)
    source = report.documents[0].source if report.documents else ""
    lines += [
        f"::{_LEVEL[one.severity]} {_place(lines_of.locate(one), source)},title={_property(one.rule)}::"
        + _text(f"{one.channel or one.address}: {one.summary} ({one.count} times, server {one.server})")
        for one in report.findings
    ]
    return "".join(line + "\n" for line in lines)


def document_annotations(document: Sequence[DocumentFinding]) -> list[str]:
    """Write an annotation for each finding about documents."""
    return [
        f"::{_LEVEL[one.severity]} file={_property(one.position.file)},line={one.position.line},"
        f"col={one.position.column},title={_property(one.rule)}::{_text(one.summary)}"
        for one in document
        if one.severity in _LEVEL
    ]


def _place(place: Position | None, source: str) -> str:
    if place is None:
        return f"file={_property(source)}"
    return f"file={_property(place.file)},line={place.line},col={place.column}"


def _text(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _text(text).replace(":", "%3A").replace(",", "%2C")
