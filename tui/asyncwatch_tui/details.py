"""The details of finding groups that somebody looked at: asked for once the selection rests, kept, asked again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Final, NamedTuple

from asyncwatch.model.report import FindingRow
from asyncwatch.model.view import FindingDetail
from asyncwatch_tui.detail_source import DetailFault, DetailSource

REST_S: Final = 0.15
"""The selection rests when it has stayed this long."""
AGAIN_S: Final = 5.0
"""Details of a group that is counted on are asked again after this long."""
_MOST_KEPT: Final = 64


class Known(NamedTuple):
    """What is known of a group. `fault` says why the newest details could not be had."""

    detail: FindingDetail | None
    fault: str | None
    asking: bool
    waits: str | None = None
    """Why nothing is asked now."""


class _Kept(NamedTuple):
    detail: FindingDetail | None
    fault: str | None
    counted: int
    asked_s: float


class Details:
    """A small memory of details. `run` starts work and ends what was started before; `drawn` draws the screens."""

    def __init__(
        self,
        source: DetailSource | None,
        steady_s: Callable[[], float],
        run: Callable[[Coroutine[Any, Any, None]], object],
        drawn: Callable[[], None],
    ) -> None:
        self._source = source
        self._steady_s = steady_s
        self._run = run
        self._drawn = drawn
        self._kept: dict[str, _Kept] = {}
        self._asking: str | None = None

    def look(self, row: FindingRow, *, may_ask: bool) -> Known:
        """Give what is known of a group, and see to it that more comes. `may_ask` False: only look."""
        kept = self._kept.get(row.fingerprint)
        if self._source is None:
            return Known(None, None, asking=False)
        if may_ask and self._asking != row.fingerprint and self._is_due(kept, row.count):
            self._asking = row.fingerprint
            self._run(self._ask(self._source, row))
        asking = self._asking == row.fingerprint
        return Known(None, None, asking) if kept is None else Known(kept.detail, kept.fault, asking)

    def _is_due(self, kept: _Kept | None, count: int) -> bool:
        if kept is None:
            return True
        changed = kept.counted != count or kept.fault is not None
        return changed and self._steady_s() - kept.asked_s >= AGAIN_S

    async def _ask(self, source: DetailSource, row: FindingRow) -> None:
        fingerprint = row.fingerprint
        before = self._kept.get(fingerprint)
        detail, fault = None if before is None else before.detail, None
        try:
            await asyncio.sleep(REST_S)
            try:
                detail = await source.get(fingerprint)
            except DetailFault as told:
                fault = str(told)
            self._kept.pop(fingerprint, None)
            self._kept[fingerprint] = _Kept(detail, fault, row.count, self._steady_s())
            while len(self._kept) > _MOST_KEPT:
                del self._kept[next(iter(self._kept))]
        finally:
            if self._asking == fingerprint:
                self._asking = None
        self._drawn()
