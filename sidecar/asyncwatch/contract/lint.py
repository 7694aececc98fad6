"""A document read strictly: everything that is wrong with it, and whether it is valid.

Rule 1: the verdict is that of the grammar and of the rules that belong to the specification; what only the tolerant
reader minds is a warning.
Rule 2: one cause is told once: where strict reading found something, the tolerant reader's finding gives way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Final, Literal

from asyncwatch.contract.document_finding import DocumentFinding, Position
from asyncwatch.contract.entities import Contract
from asyncwatch.contract.findings import Findings
from asyncwatch.contract.grammar.validate import validate
from asyncwatch.contract.inspected import Inspected
from asyncwatch.contract.load import NoDocument, read_contract
from asyncwatch.contract.references import RULE_OF_PROBLEM, Documents
from asyncwatch.contract.rules.table import check_rules
from asyncwatch.reading.malformed import Malformed

_LAST_MINOR: Final = {2: 6, 3: 1}


@dataclass(frozen=True, slots=True)
class Lint:
    """What strict reading found, in the order of the text; `contract` is None where there is no document."""

    path: str
    verdict: Literal["valid", "invalid"]
    findings: tuple[DocumentFinding, ...]
    contract: Contract | None


def lint_document(path: str, read: Callable[[str], bytes], *, folder: str | None = None) -> Lint:
    """Read a document strictly; `read` opens files and may raise OSError.

    Raises: Misconfigured if the file cannot be read at all; nothing for what is in it.
    """
    documents = Documents(path, read, folder)
    try:
        root = documents.open()
        contract = read_contract(documents, root, path)
    except Malformed as error:
        place = Position(error.file, error.line, error.column)
        return _no_document(path, RULE_OF_PROBLEM[error.problem], error.what, place, error.hint)
    except NoDocument as error:
        return _no_document(path, error.rule, error.what, error.position, error.hint)
    strict = Findings(documents.position)
    inspected = Inspected(documents, root, *_version(contract), contract, strict)
    validate(inspected)
    check_rules(inspected)
    found = strict.all()
    return Lint(
        path=path, verdict="invalid" if any(one.severity == "error" for one in found) else "valid",
        findings=in_order(path, [*found, *_left(contract.findings, found)]), contract=contract,
    )  # fmt: skip


def in_order(path: str, findings: Iterable[DocumentFinding]) -> tuple[DocumentFinding, ...]:
    """Put findings into the order of the text: the document itself first, then the files it refers to."""

    def place(one: DocumentFinding) -> tuple[bool, str, int, int, str]:
        return one.position.file != path, one.position.file, one.position.line, one.position.column, one.rule

    return tuple(sorted(findings, key=place))


def _no_document(path: str, rule: str, what: str, place: Position, hint: str | None) -> Lint:
    summary = f"{what}: {hint}" if hint else what
    return Lint(path, "invalid", (DocumentFinding(rule, "error", summary, "", place),), None)


def _version(contract: Contract) -> tuple[int, int]:
    """Give major and minor of the specification; an unknown minor is read as the last one."""
    major, minor = map(int, contract.spec_version.split(".")[:2])
    return major, min(minor, _LAST_MINOR[major])


def _left(tolerant: Iterable[DocumentFinding], strict: Iterable[DocumentFinding]) -> list[DocumentFinding]:
    """Give the tolerant reader's findings at places that strict reading says nothing about, none an error."""
    told = {(one.position.file, one.pointer.removesuffix("/$ref")) for one in strict}
    return [
        replace(one, severity="warning") if one.severity == "error" else one
        for one in tolerant
        if (one.position.file, one.pointer) not in told
    ]
