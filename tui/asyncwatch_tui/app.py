"""The application: screens, theme, keys; state comes in by messages, pictures go out by screens."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from textual import events
from textual.app import App
from textual.binding import BindingsMap

from asyncwatch_tui.actions import bindings, with_keys
from asyncwatch_tui.commands import Goal, gather
from asyncwatch_tui.detail_source import DetailSource
from asyncwatch_tui.details import Details
from asyncwatch_tui.feed import SidecarLost, SnapshotArrived
from asyncwatch_tui.goals import pursue
from asyncwatch_tui.ink import Ink
from asyncwatch_tui.mutes import Mutes
from asyncwatch_tui.picture import NOTE_S, Picture
from asyncwatch_tui.screens.export_prompt import ExportPrompt
from asyncwatch_tui.screens.frame import FrameScreen
from asyncwatch_tui.screens.help import HelpScreen
from asyncwatch_tui.screens.listing import ListScreen
from asyncwatch_tui.screens.palette import PaletteScreen
from asyncwatch_tui.screens.registry import SCREENS, entry_of, tabs
from asyncwatch_tui.situation import Situation
from asyncwatch_tui.sources import Source, details_of, follow, places_of
from asyncwatch_tui.themes import NO_COLOUR, THEMES, Palette, textual_themes

_TICK_S: Final = 1.0
_TYPED_INTO: Final = (ListScreen, HelpScreen, PaletteScreen, ExportPrompt)
"""Screens that take keys as text, always or at times."""


class Dashboard(App[int]):
    """The terminal dashboard: a reader of a sidecar's API, or of several (`more`).

    `steady` (seconds) and `wall_ns` are the clocks, `details` tells more about findings; tests give their own.
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
        details: DetailSource | None = None,
        more: Sequence[Source] = (),
        ca_file: str | None = None,
    ) -> None:
        # Read before Textual takes the variable away.
        without_colour = bool(os.environ.get("NO_COLOR"))
        super().__init__()
        sources = [Source(url, token, ca_file), *more]
        self._feed = follow(sources, self.post_message, steady) if connect else None
        self.steady_s = steady
        self.picture = Picture(places_of(sources), steady, wall_ns)
        self.mutes = Mutes()
        source = details_of(sources) if connect and details is None else details
        self.details = Details(
            source, steady, lambda work: self.run_worker(work, group="details", exclusive=True), self.draw
        )
        self.actions = with_keys(keys, [entry.key for entry in SCREENS])
        self.tabs = tabs()
        self.ascii_signs = ascii_signs
        self.motion = not reduced_motion
        self.look = NO_COLOUR if without_colour else theme
        self.palette = Palette(self.look)
        self._bindings = BindingsMap(bindings([action for action in self.actions if not action.screens]))
        for entry in SCREENS:
            self._bindings.bind(entry.key, f"show_screen('{entry.key}')", entry.title, show=False)
        self.frames: dict[str, FrameScreen] = {entry.key: entry.make(self) for entry in SCREENS}
        self._current = SCREENS[0].key
        for textual_theme in textual_themes():
            self.register_theme(textual_theme)

    def on_mount(self) -> None:
        """Show the first screen and begin to follow the sidecar."""
        self.theme = self.look
        for key, frame in self.frames.items():
            self.install_screen(frame, key)
        self.push_screen(self._current)
        self.set_interval(_TICK_S, self.draw)
        if self._feed is not None:
            self.run_worker(self._feed.run(), name="feed", exclusive=True)

    # What screens ask for

    def situation(self) -> Situation:
        """Give the moment to draw."""
        return self.picture.situation()

    def badges(self) -> Mapping[str, Ink]:
        """Give what stands behind the names of screens in the tab row."""
        shown = self.picture.situation().shown
        if shown is None:
            return {}
        muted = self.mutes.now(self.steady_s())
        found = {entry.key: entry.badge(shown, muted) for entry in SCREENS if entry.badge is not None}
        return {key: ink for key, ink in found.items() if ink is not None}

    def say(self, text: str, *, error: bool = False) -> None:
        """Put a short word on the lower border."""
        self.picture.say(text, error=error)
        self.set_timer(NOTE_S + 0.05, self.draw)
        self.draw()

    def put_on_clipboard(self, text: str) -> None:
        """Give a text to the terminal's clipboard; works over ssh where the terminal allows it."""
        self.copy_to_clipboard(text)

    async def pursue(self, goal: Goal | None) -> None:
        """Go where a choice leads, and do there what it says."""
        if goal is not None:
            await self.action_show_screen(goal.screen or self._current)
            await pursue(self, self.frames[self._current], goal)

    def draw(self) -> None:
        """Draw the moment on every screen that can be seen."""
        for screen in self.screen_stack:
            if isinstance(screen, FrameScreen):
                screen.draw()

    # What comes in

    def on_snapshot_arrived(self, message: SnapshotArrived) -> None:
        """Take over a picture; while paused it is only counted."""
        self.picture.take(message.snapshot, message.arrived_s)
        self.draw()

    def on_sidecar_lost(self, message: SidecarLost) -> None:
        """Keep the last picture, say that it is old, and when the next try is."""
        self.picture.lose(message.error, message.wait_s, message.hint)
        self.draw()

    async def on_event(self, event: events.Event) -> None:
        """Take an error from the border with the first key after it; give keys that were typed ahead to their screen.

        A key that comes up here from a screen may have been typed for what an earlier key has opened meanwhile.
        """
        if isinstance(event, events.Key):
            if self.picture.key_pressed():
                self.draw()
            if event.is_forwarded and isinstance(self.screen, _TYPED_INTO) and await self.screen.take_key(event):
                return
        await super().on_event(event)

    # What keys do

    def action_pause(self) -> None:
        """Freeze the picture, or go on with the newest."""
        self.picture.turn_pause()
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

    # Screens are awaited: the keys that are typed next are meant for them.

    async def action_help(self) -> None:
        """Show the help of the current screen."""
        entry = entry_of(self._current)
        await self.push_screen(HelpScreen(self, entry.key, entry.title, entry.question, entry.legend))

    async def action_commands(self) -> None:
        """Open the command palette."""
        situation = self.situation()
        things = gather(situation.shown, self.mutes.now(self.steady_s()), all_stale=situation.loss is not None)
        await self.push_screen(PaletteScreen(self, things, self._current), self.pursue)

    async def action_show_screen(self, key: str) -> None:
        """Go to a screen."""
        if key != self._current:
            self._current = key
            await self.switch_screen(key)

    async def action_quit(self) -> None:
        """End the dashboard; the sidecar goes on."""
        self.exit(0)

    def _repaint(self) -> None:
        for screen in self.screen_stack:
            if isinstance(screen, (FrameScreen, HelpScreen, PaletteScreen, ExportPrompt)):
                screen.repaint()
