"""Waiting for outlets that are full: check and replay write every occurrence, and would rather read later than drop.

Rule 1: an outlet whose other side takes nothing for a while is given up, until it takes something again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

from asyncwatch.outlets.base import Outlet, OutletStatistics

_STALL_S: Final = 10.0
_LOOK_S: Final = 0.002


class Room:
    """Lets the event loop run until no outlet is full. Units: `stall_s` without any progress give an outlet up."""

    def __init__(self, outlets: Sequence[Outlet], *, stall_s: float = _STALL_S) -> None:
        self._outlets = [outlet for outlet in outlets if outlet.statistics().full is not None]
        self._stall_s = stall_s
        self._given_up: dict[int, int] = {}
        """Outlets that are not waited for, and what each had delivered when that was decided."""

    async def wait(self) -> None:
        """Wait until everything that the next batch may bring fits."""
        for number, outlet in enumerate(self._outlets):
            if outlet.statistics().full:
                await self._progress(number, outlet, emptied=False)

    async def emptied(self) -> None:
        """Wait until nothing is queued any more: for the end of a replay, which nobody hurries."""
        for number, outlet in enumerate(self._outlets):
            await self._progress(number, outlet, emptied=True)

    async def _progress(self, number: int, outlet: Outlet, *, emptied: bool) -> None:
        clock = asyncio.get_running_loop().time
        seen = outlet.statistics()
        if self._given_up.get(number) == seen.delivered:
            return
        delivered, since_s = seen.delivered, clock()
        while _waits(seen, emptied=emptied):
            await asyncio.sleep(_LOOK_S)
            seen = outlet.statistics()
            if seen.delivered != delivered:
                delivered, since_s = seen.delivered, clock()
            elif clock() - since_s >= self._stall_s:
                self._given_up[number] = delivered
                return


def _waits(seen: OutletStatistics, *, emptied: bool) -> bool:
    if emptied:
        return seen.queued > 0 and seen.state != "down"
    return bool(seen.full)
