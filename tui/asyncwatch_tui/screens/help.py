"""Help: what the keys, signs and columns of a screen mean; typing searches it."""

from __future__ import annotations

from typing import Final

from textual import events
from textual.app import ComposeResult
from textual.screen import ModalScreen

from asyncwatch_tui.actions import actions_on
from asyncwatch_tui.host import Host
from asyncwatch_tui.ink import Ink, Line, fill
from asyncwatch_tui.legends import Legend
from asyncwatch_tui.line_editor import LineEditor
from asyncwatch_tui.manual import help_lines
from asyncwatch_tui.panel import bottom_border, inside, top_border
from asyncwatch_tui.widgets.lines import Lines

_WIDEST: Final = 104
_LONGEST_QUERY: Final = 40


class HelpScreen(ModalScreen[None], inherit_bindings=False):
    """The help over the screen it explains."""

    DEFAULT_CSS = """
    HelpScreen { align: center middle; background: $background 60%; overflow: hidden hidden; }
    """

    def __init__(self, host: Host, key: str, title: str, question: str, legend: Legend) -> None:
        super().__init__()
        self.host = host
        self._key = key
        self._title = title
        self._question = question
        self._legend = legend
        self._editor = LineEditor(_LONGEST_QUERY)
        self._top = 0
        self._most = 0
        self._panel = Lines(host)

    def compose(self) -> ComposeResult:
        """Give Textual the panel."""
        yield self._panel

    def on_mount(self) -> None:
        """Draw."""
        self.draw()

    def on_resize(self) -> None:
        """Draw for another size."""
        self.draw()

    def repaint(self) -> None:
        """Paint every line again."""
        self._panel.repaint()
        self.draw()

    def draw(self) -> None:
        """Draw the part of the help that is scrolled to."""
        width, height = self.app.size
        width, height = min(width - 4, _WIDEST), height - 2
        if width < 30 or height < 4:
            self._panel.show([])
            return
        inner = width - 6
        query = self._editor.text
        shown_report = self.host.situation().shown
        lag = shown_report is not None and shown_report.lag is not None
        screens = [tab.key for tab in self.host.tabs]
        actions = actions_on(self.host.actions, self._key)
        lines = help_lines(actions, screens, self._question, self._legend, query, inner, lag=lag)
        room = height - 3
        self._most = max(len(lines) - room, 0)
        self._top = min(max(self._top, 0), self._most)
        body: list[Line] = [[], *lines[self._top : self._top + room]]
        height = min(height, len(body) + 2)
        more = [Ink(" ↑↓ more ", "dim")] if self._most else None
        shown = [
            top_border("Help", self._hints(query, wide=width > 90), width, focused=True),
            *(inside([Ink("  "), *fill(line, inner), Ink("  ")], width, focused=True) for line in body),
            bottom_border(width, focused=True, note=more),
        ]
        self._panel.styles.width, self._panel.styles.height = width, len(shown)
        self._panel.show([[ink if ink.on else ink._replace(on="raised") for ink in line] for line in shown])

    def _hints(self, query: str, *, wide: bool) -> Line:
        if query:
            return [Ink("/ ", "accent", bold=True), Ink(query, "bright", bold=True), Ink("▏", "accent"),
                    Ink(" esc clears", "dim")]  # fmt: skip
        where = [Ink(self._title, "fg"), Ink(" · ", "faint")] if wide else []
        return [*where, Ink("type to find a key", "dim"), Ink(" · ", "faint"), Ink("esc ", "accent", bold=True),
                Ink("close", "dim")]  # fmt: skip

    async def on_key(self, event: events.Key) -> None:
        """Take every key: none is for the screen below."""
        event.stop()
        await self.take_key(event)

    async def take_key(self, event: events.Key) -> bool:
        """Search, scroll, close."""
        match event.key:
            case "ctrl+c":
                self.app.exit(0)
                return True
            case "escape" if self._editor.text:
                self._editor.clear()
            case "escape" | "f1":
                self.dismiss()
                return True
            case "up" | "down":
                self._top += 1 if event.key == "down" else -1
            case "pageup" | "pagedown":
                self._top += 10 if event.key == "pagedown" else -10
            case key:
                if key == "question_mark" and not self._editor.text:
                    self.dismiss()
                    return True
                self._editor.press(key, event.character)
        self.draw()
        return True

    def on_mouse_scroll_down(self) -> None:
        """Scroll towards the end."""
        self._top += 3
        self.draw()

    def on_mouse_scroll_up(self) -> None:
        """Scroll towards the beginning."""
        self._top -= 3
        self.draw()
