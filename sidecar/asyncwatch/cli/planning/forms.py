"""The result of `plan` in each form that `--format` names."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from asyncwatch.cli.planning.json import as_json
from asyncwatch.cli.planning.text import as_text
from asyncwatch.contract.document_finding import DocumentFinding
from asyncwatch.pipeline.planned import Planned

Form = Callable[[Planned, bool], str]


def _json(planned: Planned, color: bool) -> str:
    return as_json(planned)


def _sarif(planned: Planned, color: bool) -> str:
    from asyncwatch.cli.formats.sarif import document_results, sarif_log  # noqa: PLC0415 # rare: loaded when it is used

    return sarif_log(document_results(_findings(planned)))


def _github(planned: Planned, color: bool) -> str:
    from asyncwatch.cli.formats.github import document_annotations  # noqa: PLC0415 # rare: loaded when it is used

    return "".join(line + "\n" for line in document_annotations(_findings(planned)))


def _findings(planned: Planned) -> list[DocumentFinding]:
    return [finding for contract in planned.contracts for finding in contract.findings]


FORMS: Final[dict[str, Form]] = {"text": as_text, "json": _json, "sarif": _sarif, "github": _github}
"""(plan, colour) → text."""
