"""What is wrong with a text, and where."""

from __future__ import annotations

from typing import Literal

from asyncwatch.model.errors import Misconfigured

Problem = Literal["syntax", "duplicate-key", "key-type", "tag", "too-large", "encoding", "empty"]


class Malformed(Misconfigured):
    """A text that is no YAML of the kind we read; `line` and `column` count from 1."""

    def __init__(
        self, problem: Problem, what: str, file: str, line: int = 1, column: int = 1, *, hint: str | None = None
    ) -> None:
        super().__init__(f"{what} ({file}:{line}:{column})", hint=hint)
        self.problem = problem
        self.what = what
        self.file = file
        self.line = line
        self.column = column
