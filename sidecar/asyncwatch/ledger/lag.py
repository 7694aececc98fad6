"""How far consumers are behind, as rows of the report with their views.

Rows are written once a poll and are the same objects until the next.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Final

from asyncwatch.lag.standing import Standing
from asyncwatch.lag.status import STATUSES
from asyncwatch.model.clock import format_time
from asyncwatch.model.report import LagRow
from asyncwatch.model.view import TREND_COLUMNS, TREND_STEP_S, LagView

MOST_ROWS: Final = 5_000
"""Rows of one server; beyond, the mildest groups are left out, their partitions before them."""

_Group = tuple[Standing, Sequence[Standing]]
_Key = tuple[str, str, int | None]


class LagRecord:
    """The consumers of all servers; a server whose groups could not be asked has no rows, which is not none."""

    def __init__(self) -> None:
        self._rows: dict[str, list[tuple[LagRow, LagView]]] = {}
        self._trends: dict[str, dict[_Key, deque[tuple[int, int | None]]]] = {}

    def take(self, server: str, groups: Sequence[_Group]) -> int:
        """Replace a server's rows, all of one poll; tell how many groups are left out."""
        kept, left_out = _bounded(groups)
        before = self._trends.get(server, {})
        trends: dict[_Key, deque[tuple[int, int | None]]] = {}
        rows: list[tuple[LagRow, LagView]] = []
        as_of = format_time(kept[0].as_of_ns) if kept else ""
        for one in kept:
            key = one.group, one.address, one.partition
            trend = trends[key] = before.get(key) or deque(maxlen=TREND_COLUMNS)
            step = one.as_of_ns // (TREND_STEP_S * 1_000_000_000)
            if trend and trend[-1][0] == step:
                trend.pop()
            trend.append((step, one.messages))
            rows.append((_row(server, one, as_of), _view(one, _window(trend, step))))
        self._trends[server], self._rows[server] = trends, rows
        return left_out

    def forget(self, server: str) -> None:
        """Take note that a server's groups cannot be asked."""
        self._rows.pop(server, None)

    def rows(self) -> list[LagRow] | None:
        """Give all rows, a group's own before its partitions'; None where no server's groups could be asked."""
        return [row for rows in self._rows.values() for row, _ in rows] if self._rows else None

    def views(self) -> list[LagView] | None:
        """Give the view of each row, at the same index."""
        return [view for rows in self._rows.values() for _, view in rows] if self._rows else None


def _bounded(groups: Sequence[_Group]) -> tuple[list[Standing], int]:
    if sum(1 + len(parts) for _, parts in groups) <= MOST_ROWS:
        return [row for whole, parts in groups for row in (whole, *parts)], 0
    worst = sorted(groups, key=lambda one: (-STATUSES.index(one[0].status), -(one[0].messages or 0)))[:MOST_ROWS]
    room = MOST_ROWS - len(worst)
    chosen: list[_Group] = []
    for whole, parts in worst:
        room -= len(parts)
        chosen.append((whole, parts if room >= 0 else ()))
    chosen.sort(key=lambda one: (one[0].group, one[0].address))
    return [row for whole, parts in chosen for row in (whole, *parts)], len(groups) - len(worst)


def _window(trend: Sequence[tuple[int, int | None]], now: int) -> list[float | None]:
    found: list[float | None] = [None] * TREND_COLUMNS
    for step, messages in trend:
        column = step - now + TREND_COLUMNS - 1
        if column >= 0:
            found[column] = None if messages is None else float(messages)
    return found


def _row(server: str, one: Standing, as_of: str) -> LagRow:
    return LagRow(
        server=server, group=one.group, address=one.address, partition=one.partition, as_of=as_of,
        messages=one.messages, seconds=_rounded(one.seconds), status=one.status,
        velocity=_rounded(one.trend.velocity), catch_up_seconds=_rounded(one.catch_up_s),
        retention_seconds=_rounded(one.retention_s), members=one.members,
    )  # fmt: skip


def _view(one: Standing, window: list[float | None]) -> LagView:
    return LagView(
        window=window, committed=one.committed, end=one.end, commit_age_seconds=_rounded(one.commit_age_s),
        member=one.member, rate_in=_rounded(one.trend.rate_in), rate_out=_rounded(one.trend.rate_out),
        retention_share=one.share, risk=one.risk, source=one.source, reading=one.reading, records=one.records,
        unknown=one.unknown,
    )  # fmt: skip


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)
