"""Which consumer groups are shown, in which order, and which one is chosen; everything but the drawing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any, Final, NamedTuple, TypeAlias

from asyncwatch.model.report import LagRow
from asyncwatch.model.view import LagView, Snapshot
from asyncwatch_tui.filtering import Filter, Subject
from asyncwatch_tui.signs import GROUP_SIGNS
from asyncwatch_tui.sorting import Calm, Sorting

GroupKey: TypeAlias = tuple[str, str, str]
"""What a group on an address is known by over time: server, group, address."""

RANKS: Final[dict[str, int]] = {state: rank for rank, state in enumerate(GROUP_SIGNS)}
CALM_STATES: Final = frozenset({"ok", "idle"})
CALM_SHOWN: Final = 7
"""Groups without trouble that are shown before the rest is folded."""
SORTABLE: Final[dict[str, str]] = {
    "status": "status", "group": "group", "channel": "channel", "behind": "seconds behind", "messages": "messages behind",
    "change": "change", "caught": "time to catch up", "expires": "time to expiry",
}  # fmt: skip
"""Columns that can order the groups, and the word in the panel's title."""
_FALLING: Final = frozenset({"status", "behind", "messages", "change", "caught"})


def first_direction(column: str) -> Sorting:
    """Give the order a column starts with when it is chosen."""
    return Sorting(column, column in _FALLING)


class Group(NamedTuple):
    """A consumer group on one address."""

    row: LagRow
    view: LagView | None
    state: str


class Partition(NamedTuple):
    """A group on one partition."""

    row: LagRow
    view: LagView | None


class GroupList:
    """The state of the table of groups. Units: `now_s` is a steady clock in seconds."""

    def __init__(self) -> None:
        self.groups: list[Group] = []
        self.entries: list[int] = []
        self.sorting = Sorting("status")
        self.filter = Filter()
        self.chosen: GroupKey | None = None
        self.unfolded = False
        self.with_abandoned = False
        self.hidden = 0
        self.folded: list[int] = []
        """Groups without trouble that are folded."""
        self.abandoned = 0
        """Abandoned groups that are not shown."""
        self.states: Counter[str] = Counter()
        self._keys: list[GroupKey] = []
        self._index: dict[GroupKey, int] = {}
        self._parts: dict[GroupKey, list[int]] = {}
        self._rows: list[LagRow] = []
        self._views: list[LagView] = []
        self._order: list[int] = []
        self._by_name: list[int] = []
        self._ordered: list[str] = []
        self._foldable: set[GroupKey] = set()
        self._calm = Calm()

    def take(self, snapshot: Snapshot, now_s: float, stale: frozenset[str] | None) -> None:
        """Take over a snapshot; `stale` names servers whose numbers are old, None = all of them are."""
        rows, views = snapshot.lag or [], snapshot.view.lag or []
        known = len(views)
        groups: list[Group] = []
        keys: list[GroupKey] = []
        parts: dict[GroupKey, list[int]] = {}
        for at, row in enumerate(rows):
            key = (row.server, row.group, row.address)
            if row.partition is not None:
                parts.setdefault(key, []).append(at)
                continue
            if stale is None or row.server in stale:
                state = "stale"
            else:
                state = row.status if row.status in RANKS else "unknown"
            groups.append(Group(row, views[at] if at < known else None, state))
            keys.append(key)
        self._rows, self._views, self._parts = rows, views, parts
        self.groups = groups
        if keys != self._keys:
            self._take_keys(keys)
        states = [group.state for group in groups]
        self.states = Counter(states)
        due = states != self._ordered or self.sorting.column != "status"
        if not self._order or (due and self._calm.may_move(now_s)):
            self._sort(now_s)
        self._list()

    def is_unsettled(self, now_s: float) -> bool:
        """Tell whether an order is due that the calm has put off."""
        due = self.sorting.column != "status" or [group.state for group in self.groups] != self._ordered
        return due and self._calm.may_move(now_s)

    def partitions(self, index: int) -> list[Partition]:
        """Give a group's partitions in the order of their numbers; where there are none, the group itself."""
        known = len(self._views)
        parts = [
            Partition(self._rows[at], self._views[at] if at < known else None)
            for at in self._parts.get(self._keys[index], ())
        ]
        if not parts:
            return [Partition(self.groups[index].row, self.groups[index].view)]
        return sorted(parts, key=lambda part: part.row.partition or 0)

    def sort(self, sorting: Sorting, now_s: float) -> None:
        """Put the groups in another order at once: it was asked for."""
        self.sorting = sorting
        self._sort(now_s)
        self._list()

    def narrow(self, filter_: Filter, snapshot: Snapshot | None) -> None:
        """Show only groups that pass a filter."""
        self.filter = filter_
        self._list()

    def fold(self, *, open_: bool) -> None:
        """Show or hide the groups without trouble that do not come first."""
        self.unfolded = open_
        self._list()

    def show_abandoned(self, *, shown: bool) -> None:
        """Show or hide abandoned groups."""
        self.with_abandoned = shown
        self._list()

    # The cursor

    @property
    def cursor(self) -> int:
        """Give the entry of the chosen group; 0 when it is not shown."""
        row = None if self.chosen is None else self._index.get(self.chosen)
        if row is not None:
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

    def chosen_group(self) -> int | None:
        """Give the index of the chosen group, None when nothing is shown."""
        return self.entries[self.cursor] if self.entries else None

    def reveal(self, key: GroupKey, now_s: float) -> bool:
        """Choose a group, showing it if it is hidden; False when there is none."""
        row = self._index.get(key)
        if row is None:
            return False
        if row not in self.entries:
            self.filter, self.unfolded, self.with_abandoned = Filter(), True, True
            self._list()
        self._calm.cursor_moved(now_s)
        self.chosen = key
        return True

    def next_trouble(self, step: int, now_s: float) -> bool:
        """Move to the next or previous troubled group, around the ends; False when there is none."""
        count, start = len(self.entries), self.cursor
        for distance in range(1, count + 1):
            at = (start + step * distance) % count
            if GROUP_SIGNS[self.groups[self.entries[at]].state].troubled:
                self.choose(at, now_s)
                return True
        return False

    # What take, sort and narrow have in common

    def _take_keys(self, keys: list[GroupKey]) -> None:
        """Take over other groups: those that stay keep their places, those that come stand last until rows may move."""
        index = {key: row for row, key in enumerate(keys)}
        before = [self._keys[row] for row in self._order]
        kept = [index[key] for key in before if key in index]
        known = set(kept)
        self._order = kept + [row for row in index.values() if row not in known] if before else []
        self._keys, self._index = keys, index
        self._by_name = sorted(index.values(), key=lambda row: keys[row][1:])
        self._ordered = []

    def _sort(self, now_s: float) -> None:
        column, descending = self.sorting
        groups = self.groups
        order = list(self._by_name)
        if column == "status":
            worst = [(RANKS[group.state], -(group.row.seconds or 0.0), -(group.row.messages or 0)) for group in groups]
            order.sort(key=worst.__getitem__)
            if not descending:
                order.reverse()
        elif column in {"group", "channel"}:
            order.sort(key=lambda at: groups[at].row.group if column == "group" else groups[at].row.address)
            if descending:
                order.reverse()
        else:
            value_of = _VALUES[column]
            values = [value_of(group.row) for group in groups]
            known = [at for at in order if values[at] is not None]
            known.sort(key=values.__getitem__, reverse=descending)
            order = known + [at for at in order if values[at] is None]
        self._order = order
        self._ordered = [group.state for group in groups]
        # Decided with the order, so that no row folds away while somebody reads.
        calm = [at for at in order if groups[at].state in CALM_STATES]
        self._foldable = {self._keys[at] for at in calm[CALM_SHOWN:]} if len(calm) > CALM_SHOWN + 1 else set()
        self._calm.rows_moved(now_s)

    def _list(self) -> None:
        groups = self.groups
        shown = self._order
        if self.filter:
            shown = [at for at in shown if self.filter.passes(self._subject(at))]
        self.hidden = len(self._order) - len(shown)
        if not self.with_abandoned and not self.filter:
            without = [at for at in shown if groups[at].state != "abandoned"]
            self.abandoned = len(shown) - len(without)
            shown = without
        else:
            self.abandoned = 0
        may_fold = self.sorting == Sorting("status") and not self.filter and self._foldable
        keys = self._keys
        self.folded = (
            [at for at in shown if keys[at] in self._foldable and groups[at].state in CALM_STATES] if may_fold else []
        )
        if self.folded and not self.unfolded:
            away = set(self.folded)
            shown = [at for at in shown if at not in away]
        self.entries = shown

    def _subject(self, index: int) -> Subject:
        row, _, state = self.groups[index]
        lag = None if state == "stale" else row.seconds
        return Subject(
            (row.group, row.address), (row.server,), GROUP_SIGNS[state].word, (f"lag.{row.status}",), lag=lag,
            groups=(row.group,),
        )  # fmt: skip


_VALUES: Final[dict[str, Callable[[LagRow], Any]]] = {
    "behind": lambda row: row.seconds,
    "messages": lambda row: row.messages,
    "change": lambda row: row.velocity,
    "caught": lambda row: row.catch_up_seconds,
    "expires": lambda row: row.retention_seconds,
}
