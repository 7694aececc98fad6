"""What is wrong with a document, and the place in a file where it stands."""

from __future__ import annotations

from dataclasses import dataclass

from asyncwatch.model.severity import Severity


@dataclass(frozen=True, slots=True)
class Position:
    """A place in a file, both counted from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class DocumentFinding:
    """Something wrong with the document; `rule` is `document.…`, `pointer` a JSON pointer into its file."""

    rule: str
    severity: Severity
    summary: str
    pointer: str
    position: Position
