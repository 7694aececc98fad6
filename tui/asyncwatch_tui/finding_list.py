"""Which finding groups are shown, in which order, and which one is chosen; everything but the drawing."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable
from typing import Any, Final

from asyncwatch.model.clock import format_time
from asyncwatch.model.report import FindingRow
from asyncwatch.model.view import FindingView, Snapshot
from asyncwatch_tui.filtering import Filter, Subject
from asyncwatch_tui.sorting import Calm, Sorting

QUIET_S: Final = 86_400
"""A group that was not counted on for this long is folded."""
RANKS: Final = {"error": 0, "warning": 1, "info": 2}
SORTABLE: Final[dict[str, str]] = {
    "severity": "severity", "count": "count", "rate": "rate", "last": "last seen", "first": "first seen", "rule": "rule",
    "channel": "channel",
}  # fmt: skip
"""What can order the groups of one severity, and the word in the panel's title."""
_FALLING: Final = frozenset({"severity", "count", "rate", "last", "first"})
_LINES: Final = 2
"""Lines of a group."""


def family_of(rule: str) -> str:
    """Give the family of a rule."""
    return rule.partition(".")[0]


def first_direction(column: str) -> Sorting:
    """Give the order a column starts with when it is chosen."""
    return Sorting(column, column in _FALLING)


class FindingList:
    """The state of the list of groups. Units: `now_s` is a steady clock in seconds."""

    def __init__(self) -> None:
        self.rows: list[FindingRow] = []
        self.views: list[FindingView] = []
        self.entries: list[int] = []
        """Indexes of the groups that are shown, in order."""
        self.starts: list[int] = []
        """The line at which each entry starts; a line parts severities."""
        self.sorting = Sorting("severity")
        self.filter = Filter()
        self.severity: str | None = None
        self.family: str | None = None
        self.unfolded = False
        self.chosen: str | None = None
        self.muted: frozenset[str] = frozenset()
        self.hidden = 0
        self.quiet = 0
        """Groups that are folded because nothing came for a day."""
        self.silenced = 0
        """Groups that are folded because they are muted."""
        self.severities: Counter[str] = Counter()
        self.families: Counter[str] = Counter()
        self._order: list[int] = []
        self._keys: list[str] = []
        self._ranks: list[int] = []
        self._index: dict[str, int] = {}
        self._calm = Calm()
        self._quiet_before = ""

    def take(self, snapshot: Snapshot, now_s: float, now_ns: int, muted: frozenset[str]) -> None:
        """Take over a snapshot; groups change places only where the calm allows it."""
        self.rows, self.views = snapshot.findings, snapshot.view.findings
        self.muted = muted
        self._quiet_before = format_time(now_ns - QUIET_S * 1_000_000_000)
        keys = [row.fingerprint for row in self.rows]
        ranks = [RANKS.get(row.severity, 2) for row in self.rows]
        changed = keys != self._keys or ranks != self._ranks
        if changed:
            self._take_keys(keys, ranks)
        if not self._order or ((changed or self.sorting.column != "severity") and self._calm.may_move(now_s)):
            self._sort(now_s)
        self.severities = Counter(row.severity if row.severity in RANKS else "info" for row in self.rows)
        families = Counter(family_of(row.rule) for row in self.rows)
        worst: dict[str, int] = {}
        for row, rank in zip(self.rows, ranks, strict=True):
            family = family_of(row.rule)
            worst[family] = min(worst.get(family, rank), rank)
        self.families = Counter(dict(sorted(families.items(), key=lambda one: (worst[one[0]], -one[1], one[0]))))
        if self.family not in self.families:
            self.family = None
        self._list()

    def is_unsettled(self, now_s: float) -> bool:
        """Tell whether an order is due that the calm has put off."""
        return self.sorting.column != "severity" and self._calm.may_move(now_s)

    def view(self, index: int) -> FindingView | None:
        """Give the moving numbers of a group; None where the sidecar does not tell them."""
        return self.views[index] if index < len(self.views) else None

    def sort(self, sorting: Sorting, now_s: float) -> None:
        """Put the groups in another order at once: it was asked for."""
        self.sorting = sorting
        self._sort(now_s)
        self._list()

    def narrow(self, filter_: Filter, snapshot: Snapshot | None) -> None:
        """Show only groups that pass a filter."""
        self.filter = filter_
        self._list()

    def only(self, *, severity: str | None = None, family: str | None = None) -> None:
        """Show one severity or one family; None = all."""
        self.severity, self.family = severity, family
        self._list()

    def next_family(self) -> str | None:
        """Show the next family that has groups; after the last one all."""
        names = list(self.families)
        at = names.index(self.family) + 1 if self.family in names else 0
        self.only(severity=self.severity, family=names[at] if at < len(names) else None)
        return self.family

    def family_at(self, place: int) -> None:
        """Show a family by its place; when it is the one that is shown, all."""
        name = list(self.families)[place] if place < len(self.families) else None
        self.only(severity=self.severity, family=None if name == self.family else name)

    def fold(self, *, open_: bool) -> None:
        """Show or hide what is quiet or muted."""
        self.unfolded = open_
        self._list()

    # The cursor

    @property
    def cursor(self) -> int:
        """Give the entry of the chosen group; 0 when it is not shown."""
        row = None if self.chosen is None else self._index.get(self.chosen)
        if row is not None and self.entries:
            try:
                return self.entries.index(row)
            except ValueError:
                pass
        return 0

    def choose(self, entry: int, now_s: float) -> None:
        """Move the cursor to an entry, or the nearest there is."""
        self._calm.cursor_moved(now_s)
        if self.entries:
            self.chosen = self._keys[self.entries[min(max(entry, 0), len(self.entries) - 1)]]

    def chosen_row(self) -> int | None:
        """Give the index of the chosen group, None when nothing is shown."""
        return self.entries[self.cursor] if self.entries else None

    def reveal(self, fingerprint: str, now_s: float) -> bool:
        """Choose a group, showing it if it is hidden; False when there is none."""
        row = self._index.get(fingerprint)
        if row is None:
            return False
        if row not in self.entries:
            self.filter, self.severity, self.family, self.unfolded = Filter(), None, None, True
            self._list()
        self._calm.cursor_moved(now_s)
        self.chosen = fingerprint
        return True

    def next_trouble(self, step: int, now_s: float) -> bool:
        """Move to the next or previous error, or warning where nothing is an error; False when there is neither."""
        count, start = len(self.entries), self.cursor
        for wanted in (0, 1):
            for distance in range(1, count + 1):
                at = (start + step * distance) % count
                row = self.entries[at]
                if self._ranks[row] == wanted and self._keys[row] not in self.muted:
                    self.choose(at, now_s)
                    return True
        return False

    def entry_at(self, line: int) -> int | None:
        """Give the entry that stands on a line; None where none does."""
        at = bisect_right(self.starts, line) - 1
        return at if at >= 0 and line - self.starts[at] < _LINES else None

    @property
    def lines(self) -> int:
        """Give how many lines all entries take."""
        return self.starts[-1] + _LINES if self.starts else 0

    def rank(self, index: int) -> int:
        """Give the place of a group's severity, the worst first."""
        return self._ranks[index]

    def is_quiet(self, index: int) -> bool:
        """Tell whether a group was not counted on for a day."""
        return self.rows[index].last.time < self._quiet_before

    # What take, sort and narrow have in common

    def _take_keys(self, keys: list[str], ranks: list[int]) -> None:
        """Take over other groups: those that stay keep their places, those that come stand last of their severity."""
        index = {key: row for row, key in enumerate(keys)}
        before = [self._keys[row] for row in self._order]
        kept = [index[key] for key in before if key in index]
        known = set(kept)
        self._order = kept + [row for row in index.values() if row not in known] if before else []
        self._order.sort(key=ranks.__getitem__)
        self._keys, self._ranks, self._index = keys, ranks, index

    def _sort(self, now_s: float) -> None:
        column, descending = self.sorting
        rows, views = self.rows, self.views
        values: dict[str, Callable[[int], Any]] = {
            "severity": lambda at: rows[at].count,
            "count": lambda at: rows[at].count,
            "rate": lambda at: views[at].rate if at < len(views) else -1.0,
            "last": lambda at: rows[at].last.time,
            "first": lambda at: rows[at].first.time,
            "rule": lambda at: rows[at].rule,
            "channel": lambda at: rows[at].address or rows[at].channel or "",
        }
        order = sorted(self._index.values(), key=values[column], reverse=descending)
        order.sort(key=self._ranks.__getitem__)
        self._order = order
        self._calm.rows_moved(now_s)

    def _list(self) -> None:
        rows, keys = self.rows, self._keys
        shown = self._order
        if self.severity is not None:
            rank = RANKS[self.severity]
            shown = [row for row in shown if self._ranks[row] == rank]
        if self.family is not None:
            shown = [row for row in shown if family_of(rows[row].rule) == self.family]
        if self.filter:
            shown = [row for row in shown if self.filter.passes(self._subject(row))]
        self.hidden = len(self._order) - len(shown)
        muted, before = self.muted, self._quiet_before
        silenced = {row for row in shown if keys[row] in muted} if muted else set()
        quiet = {row for row in shown if rows[row].last.time < before and row not in silenced}
        self.silenced, self.quiet = len(silenced), len(quiet)
        if not self.unfolded and (silenced or quiet):
            shown = [row for row in shown if row not in silenced and row not in quiet]
        self.entries = shown
        starts, line, last = [], 0, None
        for row in shown:
            rank = self._ranks[row]
            line += last is not None and rank != last
            starts.append(line)
            line += _LINES
            last = rank
        self.starts = starts

    def _subject(self, index: int) -> Subject:
        row, view = self.rows[index], self.view(index)
        names = tuple(text for text in (row.address, row.channel, row.rule, row.path, row.group, row.message) if text)
        return Subject(
            names, (row.server,), row.severity, (row.rule,), rate=None if view is None else view.rate,
            groups=() if row.group is None else (row.group,),
        )  # fmt: skip
