"""A report in each form that `--format` names; one file a form."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from asyncwatch.cli.fail_on import FailOn
from asyncwatch.cli.formats.github import as_github
from asyncwatch.cli.formats.json import as_json
from asyncwatch.cli.formats.junit import as_junit
from asyncwatch.cli.formats.sarif import as_sarif
from asyncwatch.cli.formats.text import as_text
from asyncwatch.contract.document_finding import DocumentFinding
from asyncwatch.contract.locate import DocumentLines
from asyncwatch.model.report import Report

Render = Callable[[Report, Sequence[DocumentFinding], FailOn, bool, DocumentLines], str]

FORMATS: Final[dict[str, Render]] = {
    "text": as_text,
    "json": as_json,
    "junit": as_junit,
    "sarif": as_sarif,
    "github": as_github,
}
"""(report, findings about the documents, what fails the run, colour, what the documents say of findings) → text."""
