"""What a frame is made from: the snapshot shown, the newest one, both clocks, and whether the sidecar answers."""

from __future__ import annotations

from dataclasses import dataclass

from asyncwatch.model.view import ServerView, Snapshot
from asyncwatch_tui.states import servers_away


@dataclass(frozen=True, slots=True)
class Loss:
    """The sidecar does not answer. Units: `_ns` nanoseconds since the epoch."""

    url: str
    since_ns: int
    error: str
    next_try_ns: int | None
    connected_before: bool
    hint: str | None = None


@dataclass(frozen=True, slots=True)
class Situation:
    """The moment that is drawn.

    `shown` is frozen while paused, `latest` is not; `shown_ns` and `now_ns` are their clocks, both the sidecar's.
    """

    now_ns: int
    shown_ns: int
    shown: Snapshot | None = None
    latest: Snapshot | None = None
    paused: bool = False
    loss: Loss | None = None
    note: str | None = None
    """A short word about what was just done, on the lower border."""
    note_is_error: bool = False

    @property
    def away(self) -> list[ServerView]:
        """Give the servers that a banner speaks of."""
        return [] if self.latest is None else servers_away(self.latest, self.now_ns)

    @property
    def waiting(self) -> bool:
        """Tell whether nothing was seen yet on any channel."""
        shown = self.shown
        return shown is None or not (shown.messages.total or any(row.messages.total for row in shown.channels))

    def new_since_pause(self) -> tuple[int, int]:
        """Give how many messages, and how many findings that are new or counted on, the pause holds back."""
        if self.shown is None or self.latest is None:
            return 0, 0
        known = {row.fingerprint: row.count for row in self.shown.findings}
        findings = sum(1 for row in self.latest.findings if known.get(row.fingerprint) != row.count)
        return max(self.latest.messages.total - self.shown.messages.total, 0), findings
