"""The application: screens, theme, keys; state comes in by messages, pictures go out by screens."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from typing import Final

from textual.app import App
from textual.binding import BindingsMap

from asyncwatch.model.clock import parse_time
from asyncwatch.model.view import Snapshot
from asyncwatch_tui.actions import bindings, with_keys
from asyncwatch_tui.feed import Feed, SidecarLost, SnapshotArrived
from asyncwatch_tui.screens.frame import FrameScreen
from asyncwatch_tui.screens.help import HelpScreen
from asyncwatch_tui.screens.registry import SCREENS, tabs
from asyncwatch_tui.situation import Loss, Situation
from asyncwatch_tui.themes import NO_COLOUR, THEMES, Palette, textual_themes

_TICK_S: Final = 1.0
_NOTE_S: Final = 3.0


class Dashboard(App[int]):
    """The terminal dashboard: a reader of one sidecar's API.

    `steady` (seconds) and `wall_ns` are the clocks; tests give their own.
    """

    ENABLE_COMMAND_PALETTE = False
    ALLOW_SELECT = False
    TITLE = "asyncwatch"

    def __init__(
        self,
        url: str,
        token: str | None,
        *,
        theme: str = "night",
        ascii_signs: bool = False,
        reduced_motion: bool = False,
        keys: Mapping[str, str] | None = None,
        steady: Callable[[], float] = time.monotonic,
        wall_ns: Callable[[], int] = time.time_ns,
        connect: bool = True,
    ) -> None:
        # Read before Textual takes the variable away.
        without_colour = bool(os.environ.get("NO_COLOR"))
        super().__init__()
        self._url = without_secret(url)
        self._feed = Feed(url, token, self.post_message, steady=steady) if connect else None
        self.steady_s = steady
        self._wall_ns = wall_ns
        self.actions = with_keys(keys, [entry.key for entry in SCREENS])
        self.tabs = tabs()
        self.ascii_signs = ascii_signs
        self.motion = not reduced_motion
        self.look = NO_COLOUR if without_colour else theme
        self.palette = Palette(self.look)
        self._bindings = BindingsMap(bindings(self.actions))
        for entry in SCREENS:
            self._bindings.bind(entry.key, f"show_screen('{entry.key}')", entry.title, show=False)
        self._screens = {entry.key: entry.make(self) for entry in SCREENS}
        self._current = SCREENS[0].key
        self._latest: Snapshot | None = None
        self._latest_ns = 0
        self._arrived_s = 0.0
        self._shown: Snapshot | None = None
        self._shown_ns: int | None = None
        self._loss: Loss | None = None
        self._note: tuple[str, bool, float] | None = None
        for textual_theme in textual_themes():
            self.register_theme(textual_theme)

    def on_mount(self) -> None:
        """Show the first screen and begin to follow the sidecar."""
        self.theme = self.look
        self.push_screen(self._screens[self._current])
        self.set_interval(_TICK_S, self.draw)
        if self._feed is not None:
            self.run_worker(self._feed.run(), name="feed", exclusive=True)

    # What screens ask for

    def situation(self) -> Situation:
        """Give the moment to draw."""
        now_ns = self._now_ns()
        note = self._note if self._note is not None and self.steady_s() < self._note[2] else None
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

    def say(self, text: str, *, error: bool = False) -> None:
        """Put a short word on the lower border."""
        self._note = (text, error, self.steady_s() + _NOTE_S)
        self.set_timer(_NOTE_S + 0.05, self.draw)
        self.draw()

    def put_on_clipboard(self, text: str) -> None:
        """Give a text to the terminal's clipboard; works over ssh where the terminal allows it."""
        self.copy_to_clipboard(text)

    def draw(self) -> None:
        """Draw the moment on every screen that can be seen."""
        for screen in self.screen_stack:
            if isinstance(screen, FrameScreen):
                screen.draw()

    def _now_ns(self) -> int:
        if self._latest is None:
            return self._wall_ns()
        return self._latest_ns + int((self.steady_s() - self._arrived_s) * 1e9)

    # What comes in

    def on_snapshot_arrived(self, message: SnapshotArrived) -> None:
        """Take over a picture; while paused it is only counted."""
        self._latest = message.snapshot
        self._latest_ns = parse_time(message.snapshot.view.now) or self._wall_ns()
        self._arrived_s = message.arrived_s
        self._loss = None
        if self._shown_ns is None:
            self._shown = self._latest
        self.draw()

    def on_sidecar_lost(self, message: SidecarLost) -> None:
        """Keep the last picture, say that it is old, and when the next try is."""
        now_ns = self._now_ns()
        since_ns = now_ns if self._loss is None else self._loss.since_ns
        next_ns = now_ns + int(message.wait_s * 1e9)
        before = self._latest is not None
        self._loss = Loss(self._url, since_ns, message.error, next_ns, before, message.hint)
        self.draw()

    # What keys do

    def action_pause(self) -> None:
        """Freeze the picture, or go on with the newest."""
        if self._shown_ns is None:
            if self._shown is not None:
                self._shown_ns = self._now_ns()
        else:
            self._shown, self._shown_ns = self._latest, None
        self.draw()

    def action_theme(self) -> None:
        """Go to the next theme; under NO_COLOR there is but one."""
        if self.look == NO_COLOUR:
            self.say("NO_COLOR is set: no other theme")
            return
        names = list(THEMES)
        self.look = names[(names.index(self.look) + 1) % len(names)]
        self.theme = self.look
        self.palette = Palette(self.look)
        self._repaint()
        self.say(f"theme {self.look}")

    def action_ascii(self) -> None:
        """Change between signs and plain ASCII."""
        self.ascii_signs = not self.ascii_signs
        self._repaint()

    def action_help(self) -> None:
        """Show the help of the current screen."""
        entry = next(entry for entry in SCREENS if entry.key == self._current)
        self.push_screen(HelpScreen(self, entry.title, entry.question))

    def action_show_screen(self, key: str) -> None:
        """Go to a screen."""
        if key != self._current:
            self._current = key
            self.switch_screen(self._screens[key])

    async def action_quit(self) -> None:
        """End the dashboard; the sidecar goes on."""
        self.exit(0)

    def _repaint(self) -> None:
        for screen in self.screen_stack:
            if isinstance(screen, (FrameScreen, HelpScreen)):
                screen.repaint()


def without_secret(url: str) -> str:
    """Give an address without a user or password in it, to be shown."""
    scheme, sep, rest = url.partition("://")
    if not sep:
        return url.rpartition("@")[2]
    host, slash, path = rest.partition("/")
    return f"{scheme}://{host.rpartition('@')[2]}{slash}{path.partition('?')[0]}"
