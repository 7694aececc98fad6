"""What a screen needs from the application."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from asyncwatch_tui.actions import Action
from asyncwatch_tui.commands import Goal
from asyncwatch_tui.details import Details
from asyncwatch_tui.heading import Tab
from asyncwatch_tui.ink import Ink
from asyncwatch_tui.mutes import Mutes
from asyncwatch_tui.situation import Situation
from asyncwatch_tui.widgets.lines import Look


class Host(Look, Protocol):
    """The application as its screens see it."""

    @property
    def motion(self) -> bool:
        """Tell whether things that are not numbers may move."""

    @property
    def actions(self) -> Sequence[Action]:
        """Give the actions with their keys."""

    @property
    def tabs(self) -> Sequence[Tab]:
        """Give the screens there are."""

    @property
    def mutes(self) -> Mutes:
        """Give the finding groups that are muted."""

    @property
    def details(self) -> Details:
        """Give the details of findings."""

    def badges(self) -> Mapping[str, Ink]:
        """Give what stands behind the names of screens in the tab row, by their keys."""

    def situation(self) -> Situation:
        """Give the moment to draw."""

    def steady_s(self) -> float:
        """Give the time of a clock that only goes forward. Units: seconds."""

    def say(self, text: str, *, error: bool = False) -> None:
        """Put a short word on the lower border."""

    async def pursue(self, goal: Goal | None) -> None:
        """Go somewhere, or do something there."""

    def put_on_clipboard(self, text: str) -> None:
        """Give a text to the terminal's clipboard."""
