"""Files of documents and configuration, looked at about once a second; a change asks for a reload.

Rule 1: files are compared with what they looked like when they were read, so that no change falls between reading and
looking, and one that a signal or the API took up already asks for nothing.
Rule 2: several changes close together are one: a reload waits until the files are still.
Rule 3: what was tried is not tried again before something changes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from asyncwatch.pipeline.stamps import Stamp, stamps_of

_PERIOD_S: Final = 1.0
_STILL_S: Final = 0.25
_MOST_UNREST_S: Final = 3.0
"""Files that never rest are taken as they are."""

Seen = Mapping[str, Stamp]


class FileWatch:
    """Looks at files until it is cancelled. `seen` gives what those that count looked like when they were read last."""

    def __init__(
        self, seen: Callable[[], Seen], act: Callable[[], Awaitable[None]], *, period_s: float = _PERIOD_S
    ) -> None:
        self._seen = seen
        self._act = act
        self._period_s = period_s

    async def run(self) -> None:
        """Act on each change, one after the other."""
        tried: Seen = {}
        while True:
            await asyncio.sleep(self._period_s)
            seen = self._seen()
            now = await _look(seen)
            if now not in (seen, tried):
                tried = await self._wait_until_still(now)
                await self._act()

    async def _wait_until_still(self, now: Seen) -> Seen:
        clock = asyncio.get_running_loop().time
        until_s = clock() + _MOST_UNREST_S
        while clock() < until_s:
            await asyncio.sleep(_STILL_S)
            before, now = now, await _look(now)
            if now == before:
                break
        return now


async def _look(seen: Seen) -> Seen:
    """A folder far away may answer late, or never: nothing but this watch waits for it."""
    return await asyncio.to_thread(stamps_of, list(seen))
