"""The order of channels: worst first, and it stays put.

Rule 1: rows change places at most every CALM_S, and never within CALM_S of a move of the cursor.
Rule 2: sorted by trouble they change places for a change of state only.
Rule 3: what is not known stands last, whichever way the order runs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple, TypeAlias

from asyncwatch.model.clock import parse_time
from asyncwatch.model.report import ChannelRow, OrderingRow
from asyncwatch.model.view import ChannelView
from asyncwatch_tui.signs import RANKS
from asyncwatch_tui.states import Reader

CALM_S: Final = 5.0

RowKey: TypeAlias = tuple[str, str | None, str | None, str]
"""What a channel is known by over time: server, document, channel, address."""


class Sorting(NamedTuple):
    """The column that orders the rows, and which way."""

    column: str = "state"
    descending: bool = True
    """For the state: worst first."""


class Facts(NamedTuple):
    """One channel with all that an order may look at."""

    row: ChannelRow
    view: ChannelView
    state: str
    reader: Reader | None


def tracked(row: ChannelRow) -> OrderingRow | None:
    """Give a channel's ordering where a sequence was found in it; without one its zeros mean nothing."""
    ordering = row.ordering
    if ordering is None or not row.messages.total or (ordering.source is None and not ordering.keys):
        return None
    return ordering


SORTABLE: Final[dict[str, str]] = {
    "state": "trouble", "name": "name", "rate": "rate", "valid": "valid", "violations": "violations", "gaps": "gaps",
    "late": "late", "dup": "dup", "lag": "lag", "p50": "p50", "p99": "p99", "trace": "trace", "seen": "seen",
}  # fmt: skip
"""Columns that can order the rows, and the word in the panel's title."""

_A_RANK: Final = 1e15
"""More than there can be violations; doubles count exactly up to there."""

_FALLING: Final = frozenset({"rate", "violations", "gaps", "late", "dup", "lag", "p50", "p99", "state", "seen"})
"""Columns whose large values are looked for first."""

_VALUES: Final[dict[str, Callable[[Facts], float | None]]] = {
    "rate": lambda facts: None if facts.state == "stale" else facts.row.rate,
    "valid": lambda facts: facts.row.messages.valid_share,
    "violations": lambda facts: facts.view.violations,
    "gaps": lambda facts: None if (row := tracked(facts.row)) is None else row.missing + row.lost,
    "late": lambda facts: facts.view.late,
    "dup": lambda facts: None if (row := tracked(facts.row)) is None else row.duplicates + row.conflicts,
    "lag": lambda facts: None if facts.reader is None or facts.state == "stale" else facts.reader.seconds,
    "p50": lambda facts: facts.view.p50,
    "p99": lambda facts: facts.view.p99,
    "trace": lambda facts: facts.view.context_share,
    "seen": lambda facts: None if (text := facts.view.last_seen) is None else parse_time(text),
}


def first_direction(column: str) -> Sorting:
    """Give the order a column starts with when it is chosen."""
    return Sorting(column, column in _FALLING)


def order_by_trouble(
    by_name: Sequence[int],
    rows: Sequence[ChannelRow],
    views: Sequence[ChannelView],
    states: Sequence[str],
    sunk: frozenset[str],
) -> list[int]:
    """Give the indexes of channels worst first.

    `sunk` names servers that a banner already speaks of: their stale rows stand below those that are live.
    Within a state: most violations, then highest rate, then as in `by_name`.
    Cost: stable sorts by plain columns; a tuple a row would cost twice that.
    """
    ranks = RANKS
    sunk_rank = ranks["opaque"] + 0.5
    worst = [ranks[state] * _A_RANK - view.violations for state, view in zip(states, views, strict=True)]
    if sunk:
        worst = [
            sunk_rank * _A_RANK - view.violations if state == "stale" and row.server in sunk else value
            for value, state, row, view in zip(worst, states, rows, views, strict=True)
        ]
    rates = [-(row.rate or 0.0) for row in rows]
    order = sorted(by_name, key=rates.__getitem__)
    order.sort(key=worst.__getitem__)
    return order


def order_by(by_name: Sequence[int], facts: Sequence[Facts], sorting: Sorting) -> list[int]:
    """Give the indexes of channels by a column other than the state; equals stand as in `by_name`."""
    column, descending = sorting
    if column == "name":
        return list(reversed(by_name)) if descending else list(by_name)
    value_of = _VALUES[column]
    values = [value_of(item) for item in facts]
    known = [index for index in by_name if values[index] is not None]
    known.sort(key=values.__getitem__, reverse=descending)  # type: ignore[arg-type]  # None was left out
    return known + [index for index in by_name if values[index] is None]


class Calm:
    """Decides when rows may change places. Units: seconds of any steady clock."""

    def __init__(self) -> None:
        self._sorted_s = float("-inf")
        self._moved_s = float("-inf")

    def cursor_moved(self, now_s: float) -> None:
        """Note that somebody is reading."""
        self._moved_s = now_s

    def may_move(self, now_s: float) -> bool:
        """Tell whether rows may change places now."""
        return now_s - self._sorted_s >= CALM_S and now_s - self._moved_s >= CALM_S

    def rows_moved(self, now_s: float) -> None:
        """Note that the rows have just been put in order."""
        self._sorted_s = now_s
