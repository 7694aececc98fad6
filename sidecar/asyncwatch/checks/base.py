"""What several checks share: the budget of explanations, and what readings say as faults."""

from __future__ import annotations

from collections.abc import Mapping

from asyncwatch.model.finding import Fault
from asyncwatch.model.reading import Note
from asyncwatch.model.severity import severity_of


class ExplanationBudget:
    """How many failures may still be explained this second; a verdict is given for all, whatever the budget says.

    `per_second` None = every failure is explained (check and replay).
    """

    __slots__ = ("_left", "_per_second", "_second")

    def __init__(self, per_second: int | None) -> None:
        self._per_second = per_second
        self._left = per_second or 0
        self._second = -1

    def take(self, now_ns: int) -> bool:
        """Tell whether one more failure may be explained at this time."""
        if self._per_second is None:
            return True
        second = now_ns // 1_000_000_000
        if second != self._second:
            self._second = second
            self._left = self._per_second
        if self._left == 0:
            return False
        self._left -= 1
        return True


def header_text(value: object) -> str | None:
    """Give a header's value as text; None where it is no UTF-8."""
    if isinstance(value, bytes):
        try:
            return value.decode()
        except UnicodeDecodeError:
            return None
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def note_fault(note: Note, severities: Mapping[str, str], message: str | None) -> Fault | None:
    """Turn what a reading notes into a fault; None where the rule is off.

    A note's own severity counts unless somebody has said something of the rule.
    """
    severity = severity_of(severities, note.rule, note.severity)
    if severity == "off":
        return None
    return Fault(
        rule=note.rule, severity=severity, summary=note.summary, message=message, path=note.path,
        group_path=note.group_path, expected=note.expected, actual=note.actual,
    )  # fmt: skip
