"""What a screen needs from the application."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from asyncwatch_tui.actions import Action
from asyncwatch_tui.heading import Tab
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

    def situation(self) -> Situation:
        """Give the moment to draw."""

    def steady_s(self) -> float:
        """Give the time of a clock that only goes forward. Units: seconds."""

    def say(self, text: str, *, error: bool = False) -> None:
        """Put a short word on the lower border."""

    def put_on_clipboard(self, text: str) -> None:
        """Give a text to the terminal's clipboard."""
