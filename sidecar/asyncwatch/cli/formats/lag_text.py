"""The consumer groups of a report for people: worst first, one line a group and address."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from asyncwatch.lag.status import STATUSES
from asyncwatch.model.report import LagRow
from asyncwatch.telemetry.log import printable

_SHOWN: Final = 20
_ROLES: Final = {"stopped": "warning", "stalled": "warning", "warning": "warning", "rewound": "info"}
_HEADINGS: Final = ("consumer group", "channel", "status", "messages behind", "seconds", "change/s", "members")


def lag_text(lag: list[LagRow] | None, ink: Callable[[str, str], str]) -> str:
    """Write a table; a dash is not known, which is not zero. Nothing where groups could not be asked."""
    if lag is None:
        return ""
    groups = [row for row in lag if row.partition is None]
    if not groups:
        return "no consumer group reads these channels\n"
    groups.sort(key=lambda row: (-STATUSES.index(row.status), -(row.seconds or 0.0), row.group, row.address))
    table = [_HEADINGS, *(_cells(row) for row in groups[:_SHOWN])]
    widths = [max(len(row[column]) for row in table) for column in range(len(_HEADINGS))]
    lines = [ink("dim", _line(_HEADINGS, widths))]
    for row, cells in zip(groups, table[1:], strict=False):
        lines.append(ink(_ROLES.get(row.status, ""), _line(cells, widths)))
    if len(groups) > _SHOWN:
        lines.append(f"{len(groups) - _SHOWN} more groups, none of them worse")
    return "".join(line + "\n" for line in lines)


def _line(cells: tuple[str, ...], widths: list[int]) -> str:
    left = [cell.ljust(width) for cell, width in zip(cells[:3], widths, strict=False)]
    right = [cell.rjust(width) for cell, width in zip(cells[3:], widths[3:], strict=True)]
    return "  ".join([*left, *right]).rstrip()


def _cells(row: LagRow) -> tuple[str, ...]:
    return (
        printable(row.group), printable(row.address), row.status,
        "-" if row.messages is None else str(row.messages), "-" if row.seconds is None else f"{row.seconds:.1f}",
        "-" if row.velocity is None else f"{row.velocity:+.1f}", "-" if row.members is None else str(row.members),
    )  # fmt: skip
