"""What screens with a list have in common: filter, order, pause note, copy, export."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Final, Literal, Protocol, TypeAlias

from textual import events

from asyncwatch.model.view import Snapshot
from asyncwatch_tui.actions import Action, actions_on, written
from asyncwatch_tui.export import Export
from asyncwatch_tui.filtering import LONGEST, Filter, parse_filter
from asyncwatch_tui.footing import Hint
from asyncwatch_tui.host import Host
from asyncwatch_tui.line_editor import LineEditor
from asyncwatch_tui.screens.export_prompt import ExportPrompt
from asyncwatch_tui.screens.frame import FrameScreen
from asyncwatch_tui.situation import Situation
from asyncwatch_tui.sorting import Sorting
from asyncwatch_tui.widgets.filter_bar import FilterBar

Doing: TypeAlias = Literal["looking", "filtering", "sorting"]
_LONGEST_COPY: Final = 74_000
"""Characters that fit the 100,000 which terminals take in one OSC 52 sequence, written as base64."""


class Listed(Protocol):
    """What a list offers to the keys that every list has."""

    sorting: Sorting
    filter: Filter

    def sort(self, sorting: Sorting, now_s: float) -> None:
        """Put the rows in another order at once."""

    def narrow(self, filter_: Filter, snapshot: Snapshot | None) -> None:
        """Show only rows that pass a filter."""


class ListScreen(FrameScreen):
    """A screen with a list that can be narrowed and ordered."""

    main_pane = "list"

    def __init__(self, host: Host) -> None:
        super().__init__(host)
        self.doing: Doing = "looking"
        self.pane = self.main_pane
        self._editor = LineEditor(LONGEST)
        self._bar = FilterBar(host)

    @property
    @abstractmethod
    def listed(self) -> Listed:
        """Give the list."""

    @property
    @abstractmethod
    def can_filter(self) -> bool:
        """Tell whether there is anything to narrow."""

    @abstractmethod
    def order_columns(self) -> Sequence[str]:
        """Give the columns that can order the list, in the order of the screen."""

    @abstractmethod
    def first_direction(self, column: str) -> Sorting:
        """Give the order a column starts with when it is chosen."""

    @abstractmethod
    def step(self, lines: int) -> None:
        """Move the cursor of the list."""

    @abstractmethod
    def exported(self, situation: Situation) -> Export | None:
        """Give what shows, to be written into a file; None where nothing does."""

    @property
    def actions(self) -> dict[str, Action]:
        """Give the actions of this screen by id."""
        return {action.id: action for action in actions_on(self.host.actions, self.tab_key)}

    def hint(self, id_: str, word: str | None = None, rank: int | None = None) -> Hint:
        """Give an action as a hint of the footer."""
        action = self.actions[id_]
        key = written(action.keys[0])
        return Hint(key, word or action.footer, action.runs, action.rank if rank is None else rank)

    def typing_hints(self) -> Sequence[Hint] | None:
        """Give the hints while a filter is typed or an order chosen; None while neither is."""
        match self.doing:
            case "filtering":
                return [Hint("enter", "keep", rank=1), Hint("esc", "clear", rank=2), Hint("↑↓", "move", rank=3)]
            case "sorting":
                return [Hint("← →", "column"), self.hint("sort", "reverse"), Hint("enter", "done", rank=1)]
        return None

    def always(self) -> Sequence[Hint]:
        """While typing, letters are text: only the key that always quits is named."""
        return [Hint("ctrl+c", "quit", "app.quit")] if self.doing == "filtering" else super().always()

    def copy_text(self, text: str, what: str) -> None:
        """Put a text on the clipboard and say so."""
        if len(text) > _LONGEST_COPY:
            self.host.say(f"this {what} is too long for a terminal's clipboard", error=True)
        else:
            self.host.put_on_clipboard(text)
            self.host.say(f"copied 1 {what}")

    def narrow_to(self, text: str) -> None:
        """Set the filter, as if it had been typed."""
        self._editor.clear()
        self._editor.insert(text)
        self.doing, self.pane = "looking", self.main_pane
        self._narrow()
        self.draw()

    # What keys do

    def action_sort(self) -> None:
        """Begin to choose an order; when choosing already, reverse it."""
        if self.doing == "sorting":
            sorting = self.listed.sorting
            self.listed.sort(sorting._replace(descending=not sorting.descending), self.host.steady_s())
        self.doing, self.pane = "sorting", self.main_pane
        self.draw()

    def action_sort_by(self, column: str) -> None:
        """Order by a column; by the same one again the other way."""
        sorting = self.listed.sorting
        again = sorting.column == column
        new = sorting._replace(descending=not sorting.descending) if again else self.first_direction(column)
        self.listed.sort(new, self.host.steady_s())
        self.draw()

    def next_column(self, step: int) -> None:
        """Order by the next or previous column."""
        columns = self.order_columns()
        current = self.listed.sorting.column
        at = columns.index(current) if current in columns else 0
        self.listed.sort(self.first_direction(columns[(at + step) % len(columns)]), self.host.steady_s())

    def action_filter(self) -> None:
        """Begin to type a filter."""
        if self.can_filter:
            self.doing, self.pane = "filtering", self.main_pane
        self.draw()

    def action_out(self) -> None:
        """Close what is open, else clear the filter."""
        if self.doing == "sorting":
            self.doing = "looking"
        elif self.listed.filter.text:
            self._editor.clear()
            self._narrow()
        self.draw()

    async def action_export(self) -> None:
        """Ask for a form, and write what shows into a file of the current folder."""
        export = self.exported(self.host.situation())
        if export is None:
            self.host.say("nothing to export")
        else:
            await self.app.push_screen(ExportPrompt(self.host, export))

    async def on_key(self, event: events.Key) -> None:
        """Type into the filter while it is open."""
        if await self.take_key(event):
            event.stop()

    async def take_key(self, event: events.Key) -> bool:
        """Take a key into the filter while it is open; False when it is none of its."""
        if self.doing != "filtering":
            return False
        if event.key == "escape":
            self._editor.clear()
            self.doing = "looking"
        elif event.key == "enter":
            self.doing = "looking"
        elif event.key in {"up", "down"}:
            self.step(1 if event.key == "down" else -1)
        elif not self._editor.press(event.key, event.character):
            return False
        self._narrow()
        self.draw()
        return True

    def on_paste(self, event: events.Paste) -> None:
        """Paste into the filter while it is open."""
        if self.doing == "filtering":
            event.stop()
            self._editor.insert(" ".join(event.text[:LONGEST].split()))
            self._narrow()
            self.draw()

    def _narrow(self) -> None:
        parsed = parse_filter(self._editor.text) if self._editor.text.strip() else Filter()
        self.listed.narrow(parsed, self.host.situation().shown)
