"""What a capture itself did not see: each gap stands before the next message of every place that it covers.

Rule 1: a gap that names no partition or no address covers all of them; each place is told once.
Rule 2: where the bounds are met more is called unseen, never less: nobody is blamed for what we do not know.
"""

from __future__ import annotations

from typing import Final, TypeAlias

from asyncwatch.model.batch import ObservationGap

Place: TypeAlias = tuple[str, str, int | None]
"""Server, address, partition."""

_MOST_PLACES: Final = 100_000


class Blindness:
    """The gaps of a capture and who was told of them."""

    def __init__(self) -> None:
        self._narrow: dict[Place, ObservationGap] = {}
        self._wide: dict[tuple[str, str | None], tuple[int, ObservationGap]] = {}
        """Server and address (None = all) -> the last gap over all partitions, and the how many-th it was."""
        self._noted = 0
        self._told: dict[Place, int] = {}
        """How many wide gaps had been noted when a place was last asked about."""

    def note(self, server: str, address: str | None, partition: int | None, gap: ObservationGap) -> None:
        """Take a gap over."""
        if address is not None and partition is not None:
            if len(self._narrow) < _MOST_PLACES:
                self._narrow[server, address, partition] = gap
                return
            address = None
        elif len(self._wide) >= _MOST_PLACES:
            address = None
        self._noted += 1
        self._wide[server, address] = self._noted, gap

    def before(self, place: Place) -> ObservationGap | None:
        """Give the gap that stands before the next message of a place, once."""
        gap = self._narrow.pop(place, None) if self._narrow else None
        if self._noted:
            told = self._told.get(place, 0)
            if told < self._noted:
                if len(self._told) >= _MOST_PLACES:
                    self._told.clear()
                self._told[place] = self._noted
                for of in (place[0], place[1]), (place[0], None):
                    number, wide = self._wide.get(of, (0, None))
                    if number > told:
                        gap = wide
        return gap
