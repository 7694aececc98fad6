"""The report as JUnit XML: a channel is a test case, a finding that fails the run is its failure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from asyncwatch.cli.fail_on import FailOn
from asyncwatch.contract.document_finding import DocumentFinding
from asyncwatch.contract.locate import DocumentLines
from asyncwatch.model.report import FindingRow, Report

_ILLEGAL: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def as_junit(
    report: Report,
    document: Sequence[DocumentFinding],
    fail_on: FailOn,
    color: bool,
    lines_of: DocumentLines,
) -> str:
    """Write one test suite."""
    cases: list[str] = []
    failures = 0
    for row in report.channels:
        name = row.channel or row.address
        own = [one for one in report.findings if one.server == row.server and (one.channel or one.address) == name]
        failing = [one for one in own if fail_on.counts(one.rule, one.severity)]
        failures += bool(failing)
        checked = row.messages.total > 0
        body = _failures(failing) or ("" if checked else '<skipped message="no message was seen"/>')
        cases.append(f"  <testcase classname={attribute(row.server)} name={attribute(name)}>{body}</testcase>\n")
    failing_document = [one for one in document if fail_on.counts(one.rule, one.severity)]
    for found in failing_document:
        failures += 1
        cases.append(
            f'  <testcase classname="document" name={attribute(found.rule)}>'
            f"<failure message={attribute(found.summary)}>{text(str(found.position))}</failure></testcase>\n"
        )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<testsuite name="asyncwatch" tests="{len(cases)}" failures="{failures}">\n{"".join(cases)}</testsuite>\n'
    )


def _failures(findings: Sequence[FindingRow]) -> str:
    if not findings:
        return ""
    lines = "\n".join(f"{one.severity} {one.rule} x{one.count}: {one.summary}" for one in findings)
    return (
        f"<failure message={attribute(findings[0].summary)} type={attribute(findings[0].rule)}>{text(lines)}</failure>"
    )


def attribute(value: str) -> str:
    """Write an attribute's value; signs that XML does not have are replaced."""
    return quoteattr(_ILLEGAL.sub("\ufffd", value))


def text(value: str) -> str:
    """Write text; signs that XML does not have are replaced."""
    return escape(_ILLEGAL.sub("\ufffd", value))
