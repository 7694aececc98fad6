"""What routes counted that a reload took out of the run: rows of today go on from it, the rest stays in the sums.

Rule 1: a count stands here or in a row of today, never in both.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from msgspec import structs

from asyncwatch.ledger.rows import channel_rows, checks_of
from asyncwatch.model.adding_channels import add_channel_rows, add_two, channel_identity
from asyncwatch.model.report import ChannelRow, Counts
from asyncwatch.model.route import Route

_MOST_ROWS: Final = 20_000
_AMOUNTS: Final = ("missing",)
"""Numbers of a sequence that say how it is now: nothing of the past is awaited any more."""

PastRows = Mapping[str | None, ChannelRow]
"""Rows of one address by channel."""


class Past:
    """Rows that nobody shows at the moment."""

    def __init__(self) -> None:
        self._rows: dict[tuple[str, str | None, str], ChannelRow] = {}
        self._kept = Counts()
        """The messages of all rows here, and of those that were too many to keep."""

    def keep(self, route: Route, before: PastRows, *, is_elsewhere: bool = False) -> None:
        """Keep what a route has counted; `before`: what it had gone on from; `is_elsewhere`: at another address by now."""
        for row in rows_on_top(channel_rows(route, None, checks_of(route)), before):
            self._put(structs.replace(row, positions=None) if is_elsewhere else row)
        shown = set(route.channels or (None,))
        for channel, row in before.items():
            if channel not in shown:
                self._put(row)

    def forget_positions(self, server: str) -> None:
        """A server is another one now, or may be: positions of before say nothing there."""
        for identity, row in self._rows.items():
            if row.server == server:
                self._rows[identity] = structs.replace(row, positions=None)

    def hand_out(self, route: Route) -> PastRows:
        """Give the rows that a route's own go on from; they do not stand here any more."""
        if not self._rows:
            return {}
        found: dict[str | None, ChannelRow] = {}
        for channel in route.channels or (None,):
            row = self._rows.pop((route.server, channel, route.address), None)
            if row is not None:
                found[channel] = row
                self._kept = _less(self._kept, row.messages)
        return found

    def counts(self) -> Counts:
        """Count the messages that no row shows."""
        return self._kept

    def _put(self, row: ChannelRow) -> None:
        identity = channel_identity(row)
        known = self._rows.pop(identity, None)
        self._rows[identity] = row if known is None else _on_top(row, known)
        self._kept = add_two(self._kept, row.messages)
        if len(self._rows) > _MOST_ROWS:
            del self._rows[next(iter(self._rows))]


def _less(one: Counts, other: Counts) -> Counts:
    return Counts(*(a - b for a, b in zip(structs.astuple(one), structs.astuple(other), strict=True)))


def rows_on_top(rows: Sequence[ChannelRow], before: PastRows) -> list[ChannelRow]:
    """Lay rows over those that they go on from."""
    if not before:
        return list(rows)
    left = dict(before)  # several documents may use one name: the first row goes on
    return [row if (known := left.pop(row.channel, None)) is None else _on_top(row, known) for row in rows]


def _on_top(row: ChannelRow, before: ChannelRow) -> ChannelRow:
    """Add a row to the one before it: same server, channel and address."""
    both = add_channel_rows([row, structs.replace(before, rate=None if row.rate is None else 0.0)])
    ordering = both.ordering
    if ordering is not None and row.ordering is not None and before.ordering is not None:
        # The same keys were seen again: how many of them are new is not known, so no key counts twice.
        now = {name: getattr(row.ordering, name) for name in _AMOUNTS}
        ordering = structs.replace(ordering, keys=max(row.ordering.keys, before.ordering.keys), **now)
    return structs.replace(both, document=row.document, rate=row.rate, ordering=ordering, strength=row.strength)
