"""Documents read strictly, one after the other, and what they say against each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from asyncwatch.contract.conflicts import find_conflicts
from asyncwatch.contract.document_finding import DocumentFinding
from asyncwatch.contract.fetched import Fetch
from asyncwatch.contract.lint import Lint, in_order, lint_document
from asyncwatch.model.errors import Misconfigured, MisconfiguredAll
from asyncwatch.model.rules import RULES
from asyncwatch.reading.files import read_file

if TYPE_CHECKING:
    from asyncwatch.config.settings import ReferenceSettings


def lint_all(
    paths: Sequence[str], *, severities: Mapping[str, str], references: ReferenceSettings | None = None
) -> list[Lint]:
    """Lint every document; `severities`: rule or family → severity, as configured; `references`: where theirs may lead.

    Raises: MisconfiguredAll with every file that cannot be read.
    """
    faults: list[Misconfigured] = []
    found: list[Lint] = []
    folder, fetching = None, _nothing
    if references is not None:
        from asyncwatch.remote.fetching import open_fetching  # noqa: PLC0415 # the start of lint is measured

        folder, fetching = references.folder, open_fetching(references)
    for path in paths:
        try:
            found.append(lint_document(path, read_file, folder=folder, fetch=fetching()))
        except Misconfigured as error:
            faults.append(error)
    if faults:
        raise MisconfiguredAll(faults)
    return [replace(one, findings=_configured(one.findings, severities)) for one in _compared(found)]


def _compared(found: Sequence[Lint]) -> list[Lint]:
    """Add to each document what it says otherwise than another one, or than itself, about an address."""
    contracts = [one.contract for one in found if one.contract is not None]
    conflicts = iter(find_conflicts(contracts))
    return [
        one if one.contract is None else replace(one, findings=in_order(one.path, [*one.findings, *next(conflicts)]))
        for one in found
    ]


def _nothing() -> Fetch | None:
    return None


def _configured(findings: Sequence[DocumentFinding], severities: Mapping[str, str]) -> tuple[DocumentFinding, ...]:
    """Give findings the severities that were configured; those that are off are left out."""
    found: list[DocumentFinding] = []
    for one in findings:
        family = RULES[one.rule].family
        wanted = severities.get(one.rule, severities.get(family, one.severity))
        if wanted != "off":
            found.append(replace(one, severity=wanted))  # type: ignore[arg-type] # configuration takes severities only
    return tuple(found)
