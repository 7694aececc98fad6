"""What is wrong with a text, and where."""

from __future__ import annotations

from typing import Final, Literal

from asyncwatch.model.errors import Misconfigured

Problem = Literal["syntax", "duplicate-key", "key-type", "tag", "too-large", "encoding", "empty"]


class Malformed(Misconfigured):
    """A text that is no YAML of the kind we read; `line` and `column` count from 1.

    `pointer` leads to the key or value that is meant; to nothing where the text as a whole is.
    """

    def __init__(
        self, problem: Problem, what: str, file: str, line: int = 1, column: int = 1, *, hint: str | None = None,
        pointer: tuple[str | int, ...] = (),
    ) -> None:  # fmt: skip
        super().__init__(f"{what} ({file}:{line}:{column})", hint=hint)
        self.problem = problem
        self.what = what
        self.file = file
        self.line = line
        self.column = column
        self.pointer = pointer


Faults = list[Malformed]
"""Faults of a text that can be read all the same: a key that stands twice, a key that is no text, an unknown tag."""

_MOST_FAULTS: Final = 1_000


def note(fault: Malformed, faults: Faults | None) -> None:
    """Collect a fault that reading can go on after.

    Raises: Malformed, the fault itself, where faults are not collected, or too many were.
    """
    if faults is None or len(faults) >= _MOST_FAULTS:
        raise fault
    faults.append(fault)
