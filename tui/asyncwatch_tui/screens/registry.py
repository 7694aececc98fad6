"""The screens there are; a new one is one entry."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

from asyncwatch_tui.heading import Tab
from asyncwatch_tui.host import Host
from asyncwatch_tui.screens.frame import FrameScreen
from asyncwatch_tui.screens.overview import OverviewScreen


class ScreenEntry(NamedTuple):
    """A screen, its key, and the question it answers."""

    key: str
    title: str
    short: str
    question: str
    make: Callable[[Host], FrameScreen]


SCREENS: Final[tuple[ScreenEntry, ...]] = (
    ScreenEntry(
        "1",
        "Overview",
        "Overview",
        "Which channel needs me now? The worst stands first; grey is fine, colour wants you.",
        OverviewScreen,
    ),
)


def tabs() -> tuple[Tab, ...]:
    """Give the tab row's entries."""
    return tuple(Tab(entry.key, entry.title, entry.short, f"show_screen('{entry.key}')") for entry in SCREENS)
