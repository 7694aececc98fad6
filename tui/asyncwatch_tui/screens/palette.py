"""The command palette: type to go somewhere or do something."""

from __future__ import annotations

from itertools import groupby
from typing import Final

from rich.cells import cell_len
from textual import events
from textual.app import ComposeResult
from textual.screen import ModalScreen

from asyncwatch_tui.commands import Choice, Found, Goal, Thing, find
from asyncwatch_tui.fitting import cut_end
from asyncwatch_tui.host import Host
from asyncwatch_tui.ink import Ink, Line, cut_line, fill, width_of
from asyncwatch_tui.line_editor import LineEditor
from asyncwatch_tui.numbers import format_count
from asyncwatch_tui.panel import bottom_border, inside, top_border
from asyncwatch_tui.present import fill_on
from asyncwatch_tui.widgets.lines import Lines

_WIDEST: Final = 76
_HIGHEST: Final = 16
_LONGEST_QUERY: Final = 80
_FRAME: Final = 7
"""Lines that are no choices: borders, query with its blank line, two rules, keys."""


class PaletteScreen(ModalScreen[Goal], inherit_bindings=False):
    """The palette over the screen it was called from."""

    DEFAULT_CSS = """
    PaletteScreen { align: center middle; background: $background 60%; overflow: hidden hidden; }
    """

    def __init__(self, host: Host, things: list[Thing], screen_key: str) -> None:
        super().__init__()
        self.host = host
        self._things = things
        self._key = screen_key
        self._editor = LineEditor(_LONGEST_QUERY)
        self.found = Found([], 0)
        self.at = 0
        self._top = 0
        self._room = 1
        self._rows: list[int | None] = []
        self._panel = Lines(host)

    def compose(self) -> ComposeResult:
        """Give Textual the panel."""
        yield self._panel

    def on_mount(self) -> None:
        """Look for what fits an empty query, and draw."""
        self._search()

    def on_resize(self) -> None:
        """Draw for another size."""
        self.draw()

    def repaint(self) -> None:
        """Paint every line again."""
        self._panel.repaint()
        self.draw()

    def draw(self) -> None:
        """Draw query, choices and keys."""
        width, height = min(self.app.size.width - 4, _WIDEST), min(self.app.size.height - 4, _HIGHEST + _FRAME)
        if width < 30 or height < _FRAME + 1:
            self._panel.show([])
            return
        inner = width - 4
        self._room = height - _FRAME
        lines = self._choices(inner)
        hint: Line = [Ink("esc ", "accent", bold=True), Ink("close", "dim")]
        rule = [Ink("─" * inner, "line")]
        body = [[Ink(" ")], self._query(inner), rule, *lines, rule, self._keys(inner)]
        shown = [
            top_border("Commands", hint, width, focused=True),
            *(inside([Ink(" "), *fill(cut_line(line, inner), inner), Ink(" ")], width, focused=True) for line in body),
            bottom_border(width, focused=True),
        ]
        self._panel.styles.width, self._panel.styles.height = width, len(shown)
        self._panel.show([[ink if ink.on else ink._replace(on="raised") for ink in line] for line in shown])

    def _query(self, width: int) -> Line:
        editor = self._editor
        start = max(editor.cursor - width + 6, 0)
        before, after = editor.text[start : editor.cursor], editor.text[editor.cursor :]
        line: Line = [Ink(" › ", "accent", bold=True), Ink(before, "bright", bold=True)]
        if after:
            return [*line, Ink(after[0], "bg", on="accent"), Ink(cut_end(after[1:], width), "bright", bold=True)]
        if not before:
            return [*line, Ink("▏", "accent"), Ink("type a name or a command", "dim")]
        return [*line, Ink("▏", "accent")]

    def _choices(self, width: int) -> list[Line]:
        lines: list[Line] = []
        rows: list[int | None] = []
        number = 0
        for section, part in groupby(self.found.choices, key=lambda choice: choice.section):
            more = f"{format_count(self.found.more)} more" if section == "Go to" and self.found.more else ""
            lines.append([Ink(f" {section}", "dim"), Ink(f"   {more}", "dim")])
            rows.append(None)
            for choice in part:
                lines.append(_choice_line(choice, width, chosen=number == self.at))
                rows.append(number)
                number += 1
        if not lines:
            lines, rows = [[Ink(" nothing fits", "dim")]], [None]
        chosen = rows.index(self.at) if self.at in rows else 0
        self._top = min(self._top, chosen - (1 if chosen and rows[chosen - 1] is None else 0))
        self._top = max(self._top, chosen - self._room + 1, 0)
        self._rows = rows[self._top : self._top + self._room]
        lines = lines[self._top : self._top + self._room]
        return lines + [[Ink("")]] * (self._room - len(lines))

    def _keys(self, width: int) -> Line:
        line: Line = [Ink(" ")]
        for key, word in (("↑↓", "choose"), ("enter", "go"), (">", "commands"), ("@", "channels")):
            line += [Ink(f"{key} ", "accent", bold=True), Ink(f"{word}   ", "dim")]
        return fill(line, width)

    def _search(self) -> None:
        self.found = find(self._things, self.host.actions, self.host.tabs, self._key, self._editor.text)
        self.at = self._top = 0
        self.draw()

    def _go(self) -> None:
        if self.at < len(self.found.choices):
            self.dismiss(self.found.choices[self.at].goal)

    async def on_key(self, event: events.Key) -> None:
        """Take every key: none is for the screen below."""
        event.stop()
        await self.take_key(event)

    async def take_key(self, event: events.Key) -> bool:
        """Type, choose, go, close."""
        count = len(self.found.choices)
        match event.key:
            case "ctrl+c":
                self.app.exit(0)
            case "escape" | "ctrl+p":
                self.dismiss()
            case "enter":
                self._go()
            case "up" | "down" | "tab" | "shift+tab" if count:
                self.at = (self.at + (1 if event.key in {"down", "tab"} else -1)) % count
                self.draw()
            case "pageup" | "pagedown" if count:
                step = self._room if event.key == "pagedown" else -self._room
                self.at = min(max(self.at + step, 0), count - 1)
                self.draw()
            case key:
                if self._editor.press(key, event.character):
                    self._search()
        return True

    def on_paste(self, event: events.Paste) -> None:
        """Paste into the query."""
        event.stop()
        self._editor.insert(" ".join(event.text[:_LONGEST_QUERY].split()))
        self._search()

    def on_click(self, event: events.Click) -> None:
        """Go to what was clicked."""
        row = event.screen_y - self._panel.region.y - 4
        if 0 <= row < len(self._rows) and (at := self._rows[row]) is not None:
            self.at = at
            self._go()

    def on_mouse_scroll_down(self) -> None:
        """Choose further down."""
        self.at = min(self.at + 1, max(len(self.found.choices) - 1, 0))
        self.draw()

    def on_mouse_scroll_up(self) -> None:
        """Choose further up."""
        self.at = max(self.at - 1, 0)
        self.draw()


def _choice_line(choice: Choice, width: int, *, chosen: bool) -> Line:
    on = "selection" if chosen else None
    role = "bright" if chosen else "fg"
    note = cut_end(choice.note, width // 2)
    room = width - cell_len(note) - 7
    line: Line = [
        Ink("▌" if chosen else " ", "focus", on=on), Ink(f"{choice.sign} ", choice.role, choice.troubled, on),
    ]  # fmt: skip
    name = cut_end(choice.name, room)
    start = 0
    for end in range(1, len(name) + 1):
        if end == len(name) or (end in choice.letters) != (start in choice.letters):
            lit = start in choice.letters
            line.append(Ink(name[start:end], "accent" if lit else role, lit or chosen, on, underline=lit))
            start = end
    gap = " " * max(width - 1 - width_of(line) - cell_len(note), 1)
    return fill_on([*line, Ink(gap, on=on), Ink(note, "dim", on=on), Ink(" ", on=on)], width, on)
