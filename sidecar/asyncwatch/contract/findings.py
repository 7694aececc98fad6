"""What is wrong with a document: collected while it is read, each thing once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from asyncwatch.contract.document_finding import DocumentFinding, Position
from asyncwatch.contract.sites import Site, write_pointer
from asyncwatch.model.severity import Severity

_MOST: Final = 10_000
"""A document with more faults than these is not read by a person."""


class Findings:
    """Collects findings; `locate` gives a site's position."""

    def __init__(self, locate: Callable[[Site], Position]) -> None:
        self._locate = locate
        self._found: dict[tuple[str, str, str, str], DocumentFinding] = {}

    def add(self, rule: str, severity: Severity, summary: str, site: Site) -> None:
        """Note a fault at a site."""
        pointer = write_pointer(site.pointer)
        same = (
            "" if rule.startswith("document.reference") else summary
        )  # one broken reference is one cause, whoever follows it
        key = (rule, site.file, pointer, same)
        if key not in self._found and len(self._found) < _MOST:
            self._found[key] = DocumentFinding(rule, severity, summary, pointer, self._locate(site))

    def take(self, finding: DocumentFinding) -> None:
        """Note a fault that has its place already."""
        key = (finding.rule, finding.position.file, finding.pointer, f"{finding.position} {finding.summary}")
        if key not in self._found and len(self._found) < _MOST:
            self._found[key] = finding

    def all(self) -> tuple[DocumentFinding, ...]:
        """Give what was found, in the order in which it was met."""
        return tuple(self._found.values())


def quote(text: str, most: int = 80) -> str:
    """Quote a text of the document, cut to a readable length, control signs written out."""
    shown = text if len(text) <= most else text[: most - 1] + "…"
    return "'" + "".join(sign if sign.isprintable() else f"\\x{ord(sign):02x}" for sign in shown) + "'"
