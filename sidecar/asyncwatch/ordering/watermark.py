"""How late events are against the newest event of their key.

Rule 1: an event time in the future counts as the observed time, so that one wrong clock does not make the rest late.
Rule 2: a late event never moves the newest one back.
Source: facts on ordering A3 (late); settled 32.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from itertools import islice
from operator import le
from typing import Final

from asyncwatch.ordering.keys import KeyTable
from asyncwatch.ordering.rows import Origin

_NEVER: Final = -(1 << 63)


class Watermarks:
    """The newest event time of each key and origin.

    Cost: bench loop[freshness].
    """

    def __init__(self, allowed_lateness_ns: int, keys: int) -> None:
        self._allowed_ns = allowed_lateness_ns
        self._keys = keys
        self._live = 0
        self._tables: dict[Origin, KeyTable] = {}
        self._tops: dict[Origin, int] = {}
        """Origin -> no event of it was newer; also of keys that were forgotten since."""
        self.evicted = 0

    def late(
        self,
        origin: Origin,
        keys: Sequence[Hashable],
        events_ns: Sequence[int | None],
        observed_ns: Sequence[int],
    ) -> list[tuple[int, int]]:
        """Judge rows of one origin.

        Shape: (row, how far behind the newest) of each late row. Units: nanoseconds.
        """
        table = self._tables.get(origin)
        if table is None:
            table = self._tables[origin] = KeyTable(self._keys)
        newest, allowed_ns = table.current, self._allowed_ns
        if self._take_ascending(origin, table, keys, events_ns, observed_ns):
            return []
        get = newest.get
        late: list[tuple[int, int]] = []
        for row, (key, event_ns, seen_ns) in enumerate(zip(keys, events_ns, observed_ns, strict=True)):
            if event_ns is None:
                continue
            highest = get(key, _NEVER)
            if event_ns > highest:
                if highest == _NEVER:
                    self._make_room(table)
                newest[key] = event_ns if event_ns <= seen_ns else max(seen_ns, highest)
            elif highest - event_ns > allowed_ns:
                late.append((row, highest - event_ns))
        return late

    def _take_ascending(
        self,
        origin: Origin,
        table: KeyTable,
        keys: Sequence[Hashable],
        events_ns: Sequence[int | None],
        observed_ns: Sequence[int],
    ) -> bool:
        """Take rows whose events only get newer, as one clean producer's do: none is late, and the table is written whole.

        It is the same as judging row by row when no event is older than any event of the origin before it, none lies in
        the future, and there is room for all keys; else nothing is taken.
        """
        top_ns = self._tops.get(origin, _NEVER)
        first_ns, last_ns = events_ns[0], events_ns[-1]
        ascending = (
            first_ns is not None
            and last_ns is not None
            and first_ns >= top_ns
            and last_ns <= min(observed_ns)
            and None not in events_ns
            and all(map(le, events_ns, islice(events_ns, 1, None)))  # type: ignore[arg-type] # no event is None here
        )
        if not ascending:
            newest_ns = max(filter(None, events_ns), default=_NEVER)
            self._tops[origin] = max(top_ns, newest_ns)
            return False
        if not table.has_room(len(keys)) or self._live + len(keys) > self._keys:
            self._tops[origin] = max(top_ns, last_ns or 0)
            return False
        known = len(table.current)
        table.current.update(zip(keys, events_ns, strict=True))  # type: ignore[arg-type] # no event is None here
        met = len(table.current) - known
        table.live += met
        self._live += met
        self._tops[origin] = last_ns or 0
        return True

    def _make_room(self, table: KeyTable) -> None:
        """Keep the keys of all origins together within their bound."""
        table.live += 1
        self._live += 1
        table.look_ahead()
        if self._live > self._keys and table.evict() is not None:
            self._live -= 1
            self.evicted += 1
