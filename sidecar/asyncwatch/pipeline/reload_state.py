"""Whether what lies on disk is what runs: told by the API and the dashboard until it is again."""

from __future__ import annotations

import time
from typing import Final

from asyncwatch.model.clock import format_time
from asyncwatch.model.errors import MisconfiguredAll
from asyncwatch.model.view import ReloadView

_MOST_REASONS: Final = 20


class ReloadState:
    """How documents and configuration were last read again."""

    def __init__(self) -> None:
        self.view: ReloadView | None = None
        """None = nothing was read again by now."""

    def refuse(self, error: MisconfiguredAll) -> None:
        """Note that they cannot be taken; the first refusal in a row counts."""
        now = format_time(time.time_ns())
        before = self.view
        self.view = ReloadView(
            taken=None if before is None else before.taken,
            refused=now if before is None or before.refused is None else before.refused,
            reasons=[str(one) for one in error.faults[:_MOST_REASONS]],
            restart=[] if before is None else before.restart,
        )

    def take(self, restart: tuple[str, ...]) -> None:
        """Note that they were taken over."""
        self.view = ReloadView(taken=format_time(time.time_ns()), refused=None, reasons=[], restart=list(restart))
