"""Which channels are shown, in which order, and which one is chosen; everything but the drawing."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain
from typing import Final, NamedTuple

from asyncwatch.model.report import ChannelRow
from asyncwatch.model.view import ChannelView, Snapshot
from asyncwatch_tui.filtering import Filter, Subject
from asyncwatch_tui.signs import SIGNS
from asyncwatch_tui.sorting import Calm, Facts, RowKey, Sorting, order_by, order_by_trouble
from asyncwatch_tui.states import Reader, judge_channels, slowest_readers

_WORSE_S: Final = 2.0
"""How long a number that just got worse is bold."""


class Entry(NamedTuple):
    """A line of the table: a channel, or one of its messages under it."""

    row: int
    """The channel's index in the report."""
    message: str | None = None
    last: bool = False
    """The last message under its channel."""


def key_of(row: ChannelRow) -> RowKey:
    """Name a channel over time."""
    return (row.server, row.document, row.channel, row.address)


class ChannelList:
    """The state of the channel table. Units: `now_s` is a steady clock in seconds."""

    def __init__(self) -> None:
        self.rows: list[ChannelRow] = []
        self.views: list[ChannelView] = []
        self.states: list[str] = []
        self.readers: Mapping[tuple[str, str], Reader] = {}
        self.entries: list[Entry] = []
        self.sorting = Sorting()
        self.filter = Filter()
        self.unfolded: set[RowKey] = set()
        self.chosen: tuple[RowKey, str | None] | None = None
        """What the user chose; None = nothing yet, then the first line counts, whatever stands there."""
        self.hidden = 0
        self.hidden_undocumented = 0
        self._keys: list[RowKey] = []
        self._index: dict[RowKey, int] = {}
        self._order: list[int] = []
        self._by_name: list[int] = []
        self._folded: list[Entry] = []
        self._ordered_states: list[str] = []
        self._calm = Calm()
        self._sunk: frozenset[str] = frozenset()
        self._fresh = False
        self._moved = False
        self._rules: dict[tuple[str, str | None], tuple[str, ...]] = {}
        self._named: dict[tuple[str, str | None], list[int]] = {}
        self._groups: dict[tuple[str, str], tuple[str, ...]] = {}
        self._worse: dict[RowKey, float] = {}
        self._seen_worst: dict[RowKey, int] = {}

    def take(self, snapshot: Snapshot, now_s: float, *, all_stale: bool, sunk: frozenset[str]) -> None:
        """Take over a snapshot; rows change places only where the calm allows it."""
        readers = slowest_readers(snapshot)
        self.states = judge_channels(snapshot, readers, all_stale=all_stale)
        self.rows = snapshot.channels[: len(self.states)]
        self.views = snapshot.view.channels[: len(self.states)]
        self.readers = readers
        keys = [(row.server, row.document, row.channel, row.address) for row in self.rows]
        if keys != self._keys:
            self._take_keys(keys)
        if self.filter:
            self._look_up(snapshot)
        self._note_worse(now_s)
        self._arrange(now_s, sunk)
        if self._moved or self.filter or self.unfolded:
            self._list()

    def is_unsettled(self, now_s: float) -> bool:
        """Tell whether an order is due that the calm has put off."""
        due = self.states != self._ordered_states or self.sorting.column != "state"
        return due and self._calm.may_move(now_s)

    def sort(self, sorting: Sorting, now_s: float) -> None:
        """Put the rows in another order at once: it was asked for."""
        self.sorting = sorting
        self._order = []
        self._arrange(now_s, self._sunk)
        self._list()

    def narrow(self, filter_: Filter, snapshot: Snapshot | None) -> None:
        """Show only channels that pass a filter."""
        self.filter = filter_
        if filter_ and snapshot is not None:
            self._look_up(snapshot)
        self._list()

    def facts(self, index: int) -> Facts:
        """Give everything about one channel."""
        row = self.rows[index]
        return Facts(row, self.views[index], self.states[index], self.readers.get((row.server, row.address)))

    def passes(self, server: str, channel: str | None, address: str | None) -> bool:
        """Tell whether the filter lets a channel of that name pass."""
        named = self._named.get((server, channel or address), ())
        return any(self.filter.passes(self._subject(index)) for index in named)

    # The cursor

    @property
    def cursor(self) -> int:
        """Give the line of the chosen thing; 0 when it is not shown."""
        if self.chosen is None:
            return 0
        key, message = self.chosen
        row = self._index.get(key)
        fallback = 0
        for line, entry in enumerate(self.entries):
            if entry.row == row:
                if entry.message == message:
                    return line
                fallback = fallback or line
        return fallback

    def choose(self, line: int, now_s: float) -> None:
        """Move the cursor to a line, or the nearest there is."""
        self._calm.cursor_moved(now_s)
        if self.entries:
            entry = self.entries[min(max(line, 0), len(self.entries) - 1)]
            self.chosen = (self._keys[entry.row], entry.message)

    def chosen_entry(self) -> Entry | None:
        """Give the chosen line, None when nothing is shown."""
        return self.entries[self.cursor] if self.entries else None

    def next_trouble(self, step: int, now_s: float) -> bool:
        """Move to the next or previous troubled channel, around the ends; False when there is none."""
        count, start = len(self.entries), self.cursor
        for distance in range(1, count + 1):
            line = (start + step * distance) % count
            entry = self.entries[line]
            if entry.message is None and SIGNS[self.states[entry.row]].troubled:
                self.choose(line, now_s)
                return True
        return False

    def unfold(self, open_: bool | None, now_s: float) -> bool:
        """Unfold or fold the chosen channel (None = the other way); True when something changed."""
        entry = self.chosen_entry()
        if entry is None:
            return False
        self._calm.cursor_moved(now_s)
        key = self._keys[entry.row]
        is_open = key in self.unfolded
        want = not is_open if open_ is None else open_
        if want == is_open or (want and not self.rows[entry.row].per_message):
            return False
        (self.unfolded.add if want else self.unfolded.discard)(key)
        self.chosen = (key, None)
        self._list()
        return True

    def is_unfolded(self, index: int) -> bool:
        """Tell whether a channel's messages are shown."""
        return bool(self.unfolded) and self._keys[index] in self.unfolded

    def just_got_worse(self, index: int, now_s: float) -> bool:
        """Tell whether a channel's number of faults rose within the last two seconds."""
        return bool(self._worse) and self._worse.get(self._keys[index], -1.0) > now_s

    # What take, sort and narrow have in common

    def _take_keys(self, keys: list[RowKey]) -> None:
        """Take over other channels: those that stay keep their places, those that come stand last until rows may move."""
        index = {key: row for row, key in enumerate(keys)}
        before = [self._keys[row] for row in self._order]
        kept = [index[key] for key in before if key in index]
        known = set(kept)
        self._order = kept + [row for row in index.values() if row not in known] if before else []
        self._keys, self._index = keys, index
        self._by_name = sorted(index.values(), key=[row.address for row in self.rows].__getitem__)
        self._folded = [Entry(row) for row in range(len(keys))]
        self._fresh = self._moved = True

    def _arrange(self, now_s: float, sunk: frozenset[str]) -> None:
        by_state = self.sorting.column == "state"
        changed = self._fresh or self.states != self._ordered_states or sunk != self._sunk
        if not self._order or ((changed or not by_state) and self._calm.may_move(now_s)):
            self._sunk, self._ordered_states = sunk, self.states
            self._sort_now()
            self._calm.rows_moved(now_s)
        self._fresh = False

    def _sort_now(self) -> None:
        if self.sorting.column == "state":
            self._order = order_by_trouble(self._by_name, self.rows, self.views, self.states, self._sunk)
            if not self.sorting.descending:
                self._order.reverse()
        else:
            facts = [self.facts(index) for index in range(len(self.states))]
            self._order = order_by(self._by_name, facts, self.sorting)
        self._moved = True

    def _list(self) -> None:
        self._moved = False
        order = self._order
        if self.filter:
            shown = [row for row in order if self.filter.passes(self._subject(row))]
            self.hidden = len(order) - len(shown)
            hidden = set(order).difference(shown)
            self.hidden_undocumented = sum(1 for row in hidden if self.rows[row].channel is None)
            order = shown
        else:
            self.hidden = self.hidden_undocumented = 0
        if not self.unfolded:
            folded = self._folded
            self.entries = [folded[row] for row in order]
        else:
            self.entries = list(chain.from_iterable(self._unfold(row) for row in order))

    def _unfold(self, index: int) -> list[Entry]:
        entries = [Entry(index)]
        if self._keys[index] in self.unfolded:
            names = list(self.rows[index].per_message)
            entries += [Entry(index, name, position == len(names) - 1) for position, name in enumerate(names)]
        return entries

    def _subject(self, index: int) -> Subject:
        row, view, state, reader = self.facts(index)
        share = row.messages.valid_share
        names = (row.address,) if row.channel is None else (row.address, row.channel)
        rules = self._rules.get((row.server, row.channel or row.address), ())
        return Subject(
            names, (row.server, row.protocol), SIGNS[state].word, rules,
            None if reader is None or state == "stale" else reader.seconds,
            None if share is None else share * 100,
            None if view.stale else row.rate, self._groups.get((row.server, row.address), ()),
        )  # fmt: skip

    def _look_up(self, snapshot: Snapshot) -> None:
        rules: dict[tuple[str, str | None], dict[str, None]] = {}
        for finding in snapshot.findings:
            rules.setdefault((finding.server, finding.channel or finding.address), {})[finding.rule] = None
        self._rules = {key: tuple(names) for key, names in rules.items()}
        groups: dict[tuple[str, str], dict[str, None]] = {}
        for lag in snapshot.lag or ():
            groups.setdefault((lag.server, lag.address), {})[lag.group] = None
        self._groups = {key: tuple(names) for key, names in groups.items()}
        self._named = {}
        for index, row in enumerate(self.rows):
            self._named.setdefault((row.server, row.channel or row.address), []).append(index)

    def _note_worse(self, now_s: float) -> None:
        known, worse = self._seen_worst, self._worse
        if len(known) > 2 * len(self._keys) + 1000:
            known.clear()
        first = not known
        for key, row, view in zip(self._keys, self.rows, self.views, strict=False):
            ordering = row.ordering
            faults = view.violations if ordering is None else view.violations + ordering.lost + ordering.missing
            if faults and faults > known.get(key, 0):
                if not first:
                    worse[key] = now_s + _WORSE_S
                known[key] = faults
        for key in [key for key, until_s in worse.items() if until_s <= now_s]:
            del worse[key]
