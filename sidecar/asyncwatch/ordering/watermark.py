"""How late events are against the newest event of their key.

Rule 1: an event time in the future counts as the observed time, so that one wrong clock does not make the rest late.
Rule 2: a late event never moves the newest one back.
Source: facts on ordering A3 (late); settled 32.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
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

    def _make_room(self, table: KeyTable) -> None:
        """Keep the keys of all origins together within their bound."""
        table.live += 1
        self._live += 1
        table.look_ahead()
        if self._live > self._keys and table.evict() is not None:
            self._live -= 1
            self.evicted += 1
