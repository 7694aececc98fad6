"""A probe that leaves out the group that asyncwatch itself is a member of: its lag is no service's."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import structs

from asyncwatch.model.progress import Position, Progress
from asyncwatch.taps.base import Filter, Probe


class OthersProbe:
    """Asks for every group but one."""

    def __init__(self, probe: Probe, own: str) -> None:
        self._probe = probe
        self._own = own

    async def poll(self, wanted: Sequence[Filter]) -> Progress:
        """Ask for all groups, and leave out our own."""
        found = await self._probe.poll(wanted)
        if found.groups is None:
            return found
        return structs.replace(found, groups=[one for one in found.groups if one.group != self._own])

    async def times(self, wanted: Sequence[Position]) -> Sequence[int | None]:
        """Read the one record at each position."""
        return await self._probe.times(wanted)

    async def close(self) -> None:
        """Leave the broker as it was found; idempotent."""
        await self._probe.close()
