"""Findings as SARIF 2.1.0, for code scanning."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import orjson

from asyncwatch import __version__
from asyncwatch.cli.fail_on import FailOn
from asyncwatch.contract.document_finding import DocumentFinding, Position
from asyncwatch.contract.locate import DocumentLines
from asyncwatch.model.report import Report
from asyncwatch.model.rules import RULES

_LEVEL: Final = {"error": "error", "warning": "warning", "info": "note"}


def as_sarif(
    report: Report,
    document: Sequence[DocumentFinding],
    fail_on: FailOn,
    color: bool,
    lines_of: DocumentLines,
) -> str:
    """Write one run with a result for each group and each finding about the documents."""
    source = report.documents[0].source if report.documents else ""
    results: list[dict[str, object]] = [
        {
            "ruleId": one.rule, "level": _LEVEL[one.severity], "occurrenceCount": one.count,
            "message": {"text": f"{one.channel or one.address}: {one.summary}"},
            "partialFingerprints": {"asyncwatch/v1": one.fingerprint},
            "locations": [
                {
                    "physicalLocation": _place(lines_of.locate(one), source),
                    "logicalLocations": [{"fullyQualifiedName": f"{one.server}/{one.channel or one.address}"}],
                }
            ],
        }
        for one in report.findings
    ]  # fmt: skip
    return sarif_log([*results, *document_results(document)])


def document_results(document: Sequence[DocumentFinding]) -> list[dict[str, object]]:
    """Give a result for each finding about documents."""
    return [
        {
            "ruleId": one.rule, "level": _LEVEL[one.severity], "message": {"text": one.summary},
            "locations": [{"physicalLocation": _place(one.position, one.position.file)}],
        }
        for one in document
        if one.severity in _LEVEL
    ]  # fmt: skip


def sarif_log(results: Sequence[dict[str, object]]) -> str:
    """Write a log of one run, with the rules that its results name."""
    used = list(dict.fromkeys(str(result["ruleId"]) for result in results))
    rules = [
        {"id": rule, "shortDescription": {"text": RULES[rule].meaning}, "help": {"text": RULES[rule].action}}
        if rule in RULES
        else {"id": rule}
        for rule in used
    ]
    tool = {"driver": {"name": "asyncwatch", "version": __version__, "rules": rules}}
    sarif = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{"tool": tool, "results": results}],
    }
    return orjson.dumps(sarif, option=orjson.OPT_INDENT_2).decode() + "\n"


def _place(place: Position | None, source: str) -> dict[str, object]:
    if place is None:
        return {"artifactLocation": {"uri": source}}
    return {
        "artifactLocation": {"uri": place.file},
        "region": {"startLine": place.line, "startColumn": place.column},
    }
