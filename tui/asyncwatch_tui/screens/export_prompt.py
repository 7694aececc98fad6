"""A small prompt: in which form what shows is written into a file."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from textual import events
from textual.app import ComposeResult
from textual.screen import ModalScreen

from asyncwatch_tui.export import FORMS, Export, write_new_file
from asyncwatch_tui.fitting import cut_middle, neutralise
from asyncwatch_tui.host import Host
from asyncwatch_tui.ink import Ink, Line, fill
from asyncwatch_tui.numbers import format_count
from asyncwatch_tui.panel import bottom_border, inside, top_border
from asyncwatch_tui.widgets.lines import Lines

_WIDTH: Final = 52


class ExportPrompt(ModalScreen[None], inherit_bindings=False):
    """Three forms to choose from."""

    DEFAULT_CSS = """
    ExportPrompt { align: center middle; background: $background 60%; overflow: hidden hidden; }
    """

    def __init__(self, host: Host, export: Export) -> None:
        super().__init__()
        self.host = host
        self._export = export
        self._at = 0
        self._panel = Lines(host)

    def compose(self) -> ComposeResult:
        """Give Textual the panel."""
        yield self._panel

    def on_mount(self) -> None:
        """Draw."""
        self.draw()

    def repaint(self) -> None:
        """Paint every line again."""
        self._panel.repaint()

    def draw(self) -> None:
        """Draw the forms."""
        width = min(self.app.size.width - 2, _WIDTH)
        hint: Line = [Ink("esc ", "accent", bold=True), Ink("close", "dim")]
        lines = [top_border("Export", hint, width, focused=True)]
        export = self._export
        told = f"  {format_count(export.total)} {export.what}, as they show, into a file here"
        body: list[Line] = [[], [Ink(told, "fg")], []]
        for number, (form, name) in enumerate(FORMS.items()):
            on = "selection" if number == self._at else None
            line = [
                Ink(" ▌ " if on else "   ", "focus", on=on), Ink(f"{form[0]}  ", "accent", bold=True, on=on),
                Ink(name, "bright" if on else "fg", bool(on), on, f"screen.write('{form}')"),
            ]  # fmt: skip
            body.append([ink._replace(on=on) for ink in fill(line, width - 2)] if on else line)
        body.append([])
        lines += [inside(line, width, focused=True) for line in body]
        lines.append(bottom_border(width, focused=True))
        self._panel.styles.width, self._panel.styles.height = width, len(lines)
        self._panel.show([[ink if ink.on else ink._replace(on="raised") for ink in line] for line in lines])

    def action_write(self, form: str) -> None:
        """Write the file, say where, and close."""
        self.dismiss()
        try:
            path = write_new_file(Path.cwd(), self._export, form)
        except OSError as fault:
            self.host.say(f"not written: {fault.strerror or fault}", error=True)
        else:
            self.host.say(f"written: {cut_middle(neutralise(str(path)), self.app.size.width - 16)}")

    async def on_key(self, event: events.Key) -> None:
        """Take every key: none is for the screen below."""
        event.stop()
        await self.take_key(event)

    async def take_key(self, event: events.Key) -> bool:
        """Choose a form, or close."""
        forms = list(FORMS)
        match event.key:
            case "ctrl+c":
                self.app.exit(0)
            case "escape" | "q" | "e":
                self.dismiss()
            case "up" | "down":
                self._at = (self._at + (1 if event.key == "down" else -1)) % len(forms)
                self.draw()
            case "enter":
                self.action_write(forms[self._at])
            case key:
                for form in forms:
                    if form[0] == key:
                        self.action_write(form)
        return True
