"""What every screen has around it: header, tabs, tiles, banner, footer; and the sentence when there is no room."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Sequence
from typing import Final

from textual.app import ComposeResult
from textual.binding import BindingsMap
from textual.screen import Screen
from textual.widget import Widget

from asyncwatch_tui.actions import actions_on, bindings, key_text
from asyncwatch_tui.columns import WIDE_FROM
from asyncwatch_tui.footing import Hint
from asyncwatch_tui.host import Host
from asyncwatch_tui.ink import Ink, Line, fill
from asyncwatch_tui.outage import banner_lines
from asyncwatch_tui.situation import Situation
from asyncwatch_tui.tiles import tile_lines
from asyncwatch_tui.widgets.banner import Banner
from asyncwatch_tui.widgets.footer import Footer
from asyncwatch_tui.widgets.header import Header
from asyncwatch_tui.widgets.lines import Lines
from asyncwatch_tui.widgets.tabs import Tabs
from asyncwatch_tui.widgets.tiles import Tiles

LEAST_WIDTH: Final = 60
LEAST_HEIGHT: Final = 16
AIRY_FROM: Final = 30
"""Screens of this height have blank lines between their parts and a panel of findings."""


class FrameScreen(Screen[None], inherit_bindings=False):
    """A screen's frame. A screen gives it a body, and draws that into the lines that are left."""

    DEFAULT_CSS = """
    FrameScreen { background: $background; overflow: hidden hidden; }
    """
    tab_key = "1"

    def __init__(self, host: Host) -> None:
        super().__init__()
        self.host = host
        own = [action for action in actions_on(host.actions, self.tab_key) if action.screens]
        self._bindings = BindingsMap(bindings(own))
        self._header = Header(host)
        self._tabs = Tabs(host)
        self._tiles = Tiles(host)
        self._banner = Banner(host)
        self._footer = Footer(host)
        self._room = Lines(host)
        self._drawn = False

    @abstractmethod
    def body(self) -> Iterable[Widget]:
        """Give the widgets between banner and footer."""

    @abstractmethod
    def draw_body(self, situation: Situation, width: int, height: int) -> None:
        """Draw the body into its lines."""

    def headline(self, situation: Situation, width: int) -> list[Line]:
        """Draw what stands between the tabs and the body."""
        return tile_lines(situation, width)

    @abstractmethod
    def hints(self, situation: Situation) -> Sequence[Hint]:
        """Give the keys that do something here and now."""

    def always(self) -> Sequence[Hint]:
        """Give the keys that stand at the right of the footer."""
        actions = self.host.actions
        return [
            Hint(key_text(actions, "help"), "help", "app.help"),
            Hint(key_text(actions, "commands"), "commands", "app.commands"),
            Hint(key_text(actions, "quit"), "quit", "app.quit"),
        ]

    def compose(self) -> ComposeResult:
        """Give Textual the widgets from top to bottom."""
        yield self._header
        yield self._tabs
        yield self._tiles
        yield self._banner
        yield from self.body()
        yield self._footer
        yield self._room

    def on_mount(self) -> None:
        """Draw as soon as there is something to draw on."""
        self._drawn = True
        self.draw()

    def on_resize(self) -> None:
        """Draw for another size."""
        self.draw()

    def on_screen_resume(self) -> None:
        """Draw what has changed behind another screen, be it the theme."""
        self.repaint()

    def repaint(self) -> None:
        """Paint every line again."""
        for widget in self.query(Lines):
            widget.repaint()
        self.draw()

    def draw(self) -> None:
        """Draw the moment."""
        width, height = self.app.size
        if not self._drawn or not width or not height:
            return
        situation = self.host.situation()
        fits = width >= LEAST_WIDTH and height >= LEAST_HEIGHT
        for widget in self.query(Lines):
            if widget is self._room:
                widget.display = not fits
            elif not fits:
                widget.display = False
        if not fits:
            self._ask_for_room(width, height)
            return
        airy = height >= AIRY_FROM and width >= WIDE_FROM
        self._header.draw(situation, width)
        self._tabs.draw(situation, self.host.tabs, self.host.badges(), self.tab_key, width)
        headline = self.headline(situation, width)
        self._tiles.draw(headline, width, airy=airy)
        banner = banner_lines(situation, width)
        self._banner.draw(banner, width, airy=airy)
        for part in (self._header, self._tabs, self._tiles, self._footer):
            part.display = True
        self._banner.display = bool(banner)
        tiles, gap = (len(headline) + 2, 1) if airy else (len(headline), 0)
        set_height(self._tiles, tiles)
        set_height(self._banner, len(banner) + gap)
        left = height - 3 - tiles - (len(banner) + gap if banner else 0)
        self.draw_body(situation, width, left)
        self._footer.draw(self.hints(situation), self.always(), width)

    def _ask_for_room(self, width: int, height: int) -> None:
        texts = [f"asyncwatch needs {LEAST_WIDTH}×{LEAST_HEIGHT} cells,", f"this terminal has {width}×{height}."]
        texts = [text if len(text) <= width else f"{LEAST_WIDTH}×{LEAST_HEIGHT}"[:width] for text in texts]
        above = max((height - len(texts)) // 2, 0)
        lines = [fill([Ink("")], width) for _ in range(above)]
        lines += [fill([Ink(" " * ((width - len(text)) // 2)), Ink(text, "fg")], width) for text in texts]
        set_height(self._room, height)
        self._room.show((lines + [fill([Ink("")], width)] * height)[:height])


def set_height(widget: Widget, height: int) -> None:
    """Give a widget a height; the layout is left alone where it has it already."""
    current = widget.styles.height
    if current is None or current.value != height or not current.is_cells:
        widget.styles.height = height
