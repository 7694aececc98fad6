"""What is drawn and what is newest: snapshots, the sidecar's clock, the pause, the loss of the sidecar, a short word."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from asyncwatch.model.clock import parse_time
from asyncwatch.model.view import Snapshot
from asyncwatch_tui.situation import Loss, Situation

NOTE_S: Final = 3.0
"""How long a short word stands on the lower border."""


class Picture:
    """The state between what comes in and what is drawn. `steady_s` is a steady clock, `wall_ns` the wall's."""

    def __init__(self, url: str, steady_s: Callable[[], float], wall_ns: Callable[[], int]) -> None:
        self._url = url
        self._steady_s = steady_s
        self._wall_ns = wall_ns
        self._latest: Snapshot | None = None
        self._latest_ns = 0
        self._arrived_s = 0.0
        self._shown: Snapshot | None = None
        self._shown_ns: int | None = None
        self._loss: Loss | None = None
        self._note: tuple[str, bool, float] | None = None

    def situation(self) -> Situation:
        """Give the moment to draw."""
        now_ns = self.now_ns()
        note = self._note
        if note is not None and not note[1] and self._steady_s() >= note[2]:
            note = None
        return Situation(
            now_ns=now_ns,
            shown_ns=now_ns if self._shown_ns is None else self._shown_ns,
            shown=self._shown,
            latest=self._latest,
            paused=self._shown_ns is not None,
            loss=self._loss,
            note=None if note is None else note[0],
            note_is_error=note is not None and note[1],
        )

    def now_ns(self) -> int:
        """Give the sidecar's time of now."""
        if self._latest is None:
            return self._wall_ns()
        return self._latest_ns + int((self._steady_s() - self._arrived_s) * 1e9)

    def take(self, snapshot: Snapshot, arrived_s: float) -> None:
        """Take over a snapshot; while paused it is only kept."""
        self._latest = snapshot
        self._latest_ns = parse_time(snapshot.view.now) or self._wall_ns()
        self._arrived_s = arrived_s
        self._loss = None
        if self._shown_ns is None:
            self._shown = snapshot

    def lose(self, error: str, wait_s: float, hint: str | None) -> None:
        """Note that the sidecar does not answer, since when, and when the next try is."""
        now_ns = self.now_ns()
        since_ns = now_ns if self._loss is None else self._loss.since_ns
        self._loss = Loss(self._url, since_ns, error, now_ns + int(wait_s * 1e9), self._latest is not None, hint)

    def turn_pause(self) -> None:
        """Freeze the picture, or go on with the newest."""
        if self._shown_ns is None:
            if self._shown is not None:
                self._shown_ns = self.now_ns()
        else:
            self._shown, self._shown_ns = self._latest, None

    def say(self, text: str, *, error: bool) -> None:
        """Put a short word on the lower border; an error stays until a key."""
        self._note = (text, error, self._steady_s() + NOTE_S)

    def key_pressed(self) -> bool:
        """Take an error from the border once somebody has pressed a key; True when there was one."""
        had = self._note is not None and self._note[1]
        if had:
            self._note = None
        return had
