"""A document read strictly: everything that is wrong with it, and whether it is valid.

Rule 1: the verdict is that of the grammar and of the rules that belong to the specification; what only the tolerant
reader minds is a warning.
Rule 2: one cause is told once: where strict reading found something, the tolerant reader's finding gives way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from asyncwatch.contract.document_finding import DocumentFinding, Position
from asyncwatch.contract.entities import Contract
from asyncwatch.contract.fetched import Fetch
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


def lint_document(
    path: str, read: Callable[[str], bytes], *, folder: str | None = None, fetch: Fetch | None = None
) -> Lint:
    """Read a document strictly; `read` opens files and may raise OSError.

    Raises: Misconfigured if the file cannot be read at all; nothing for what is in it.
    """
    documents = Documents(path, read, folder, fetch)
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
    found = _without_consequences((*documents.text_faults, *strict.all()))
    return Lint(
        path=path, verdict="invalid" if any(one.severity == "error" for one in found) else "valid",
        findings=in_order(path, [*found, *_left(contract.findings, found)]), contract=contract,
    )  # fmt: skip


_OUTDONE: Final[dict[str, tuple[str, ...]]] = {
    "document.operation-channel": ("document.reference", "document.reference-kind", "document.reference-loop"),
    "document.operation-message": ("document.reference", "document.reference-kind", "document.reference-loop"),
    "document.pattern": ("document.value",),
}  # fmt: skip
"""What a rule says of a part gives way to what the grammar says of the same part by one of these."""


def _without_consequences(found: Sequence[DocumentFinding]) -> list[DocumentFinding]:
    told = {(one.rule, one.position.file, one.pointer.removesuffix("/$ref")) for one in found}
    return [
        one
        for one in found
        if not any(
            (rule, one.position.file, one.pointer.removesuffix("/$ref")) in told for rule in _OUTDONE.get(one.rule, ())
        )
    ]


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


_CONSEQUENCES: Final = frozenset(
    {
        "document.type", "document.server", "document.operation", "document.operation-channel", "document.schema",
        "document.channel-server",
    }
)  # fmt: skip
"""What the tolerant reader says of a part because something in it is broken: the broken thing itself is told."""


def _left(tolerant: Iterable[DocumentFinding], strict: Iterable[DocumentFinding]) -> list[DocumentFinding]:
    """Give the tolerant reader's findings of causes that strict reading does not tell, none an error."""
    told: set[tuple[str, str]] = set()
    around_errors: set[tuple[str, str]] = set()
    of_rule: set[tuple[str, str, str]] = set()
    around_rule: set[tuple[str, str, str]] = set()
    for one in strict:
        file, pointer = one.position.file, one.pointer.removesuffix("/$ref")
        told.add((file, pointer))
        of_rule.add((one.rule, file, pointer))
        for outer in _around(pointer):
            around_rule.add((one.rule, file, outer))
            if one.severity == "error":
                around_errors.add((file, outer))
    left: list[DocumentFinding] = []
    for one in tolerant:
        file, pointer = one.position.file, one.pointer
        is_told = (
            (file, pointer) in told
            or (one.rule, file, pointer) in around_rule
            or any((one.rule, file, outer) in of_rule for outer in _around(pointer))
            or (one.rule in _CONSEQUENCES and (file, pointer) in around_errors)
        )
        if not is_told:
            left.append(replace(one, severity="warning") if one.severity == "error" else one)
    return left


def _around(pointer: str) -> list[str]:
    """Give the pointers of all parts that a part stands in."""
    parts = pointer.split("/")
    return ["/".join(parts[:end]) for end in range(1, len(parts))]
