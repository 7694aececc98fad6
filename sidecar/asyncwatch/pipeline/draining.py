"""The end of the outlets: what waits goes out while there is time, and what does not is said."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

from asyncwatch.outlets.base import Outlet
from asyncwatch.telemetry.happenings import NothingOffered, Undelivered, emit

DRAIN_S: Final = 3.0
"""With closing the taps (2 s) stopping stays under 5 s."""


async def drain_outlets(outlets: Sequence[Outlet]) -> None:
    """Let all outlets deliver at the same time; say how much each has dropped or leaves behind, and why."""
    left = await asyncio.gather(*(outlet.drain(DRAIN_S) for outlet in outlets))
    for outlet, count in zip(outlets, left, strict=True):
        seen = outlet.statistics()
        if seen.left_out and not seen.offered:
            emit(NothingOffered(outlet=seen.name, unit=seen.unit, left_out=dict(seen.left_out)))
        if count or seen.dropped:
            lost = count + seen.dropped
            reason = seen.error or "there was no time left"
            emit(Undelivered(outlet=seen.name, count=lost, of=seen.offered, unit=seen.unit, reason=reason))
