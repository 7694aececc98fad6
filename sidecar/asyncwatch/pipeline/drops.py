"""When an outlet begins to drop, and when it has stopped: told once each, not once a drop."""

from __future__ import annotations

from typing import Final

from asyncwatch.outlets.base import OutletStatistics
from asyncwatch.telemetry.happenings import OutletDropping, emit

_CALM_LOOKS: Final = 60
"""Looks without a further drop after which it is over; one look a second."""


class DropWatch:
    """Looks at the outlets' counts about once a second."""

    def __init__(self) -> None:
        self._seen: dict[str, tuple[int, int]] = {}
        """By outlet: how many were dropped, and how many calm looks are left until it is over; 0 = it is not dropping."""

    def look(self, one: OutletStatistics) -> None:
        """Tell a change."""
        dropped, left = self._seen.get(one.name, (0, 0))
        if one.dropped > dropped:
            if not left:
                self._tell(one, over=False)
            self._seen[one.name] = (one.dropped, _CALM_LOOKS)
        elif left:
            self._seen[one.name] = (dropped, left - 1)
            if left == 1:
                self._tell(one, over=True)

    def _tell(self, one: OutletStatistics, *, over: bool) -> None:
        emit(OutletDropping(outlet=one.name, unit=one.unit, count=one.dropped, reasons=dict(one.reasons), over=over))
