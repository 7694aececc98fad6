"""The screens there are; a new one is one entry."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

from asyncwatch.model.view import Snapshot
from asyncwatch_tui.badges import error_groups, groups_in_trouble
from asyncwatch_tui.heading import Tab
from asyncwatch_tui.host import Host
from asyncwatch_tui.ink import Ink
from asyncwatch_tui.legends import CHANNELS, FINDINGS, GROUPS, Legend
from asyncwatch_tui.screens.frame import FrameScreen
from asyncwatch_tui.screens.lag import LagScreen
from asyncwatch_tui.screens.overview import OverviewScreen
from asyncwatch_tui.screens.violations import ViolationsScreen


class ScreenEntry(NamedTuple):
    """A screen, its key, the question it answers, what its signs mean, and what stands behind its name."""

    key: str
    title: str
    short: str
    question: str
    legend: Legend
    make: Callable[[Host], FrameScreen]
    badge: Callable[[Snapshot, frozenset[str]], Ink | None] | None = None


SCREENS: Final[tuple[ScreenEntry, ...]] = (
    ScreenEntry(
        "1",
        "Overview",
        "Overview",
        "Which channel needs me now? The worst stands first; grey is fine, colour wants you.",
        CHANNELS,
        OverviewScreen,
    ),
    ScreenEntry(
        "2",
        "Violations",
        "Viol",
        "What breaks the contract, since when, and who sends it? One group a cause.",
        FINDINGS,
        ViolationsScreen,
        error_groups,
    ),
    ScreenEntry(
        "4",
        "Lag",
        "Lag",
        "Who is behind, by how many seconds, and will it catch up before messages expire?",
        GROUPS,
        LagScreen,
        groups_in_trouble,
    ),
)


def tabs() -> tuple[Tab, ...]:
    """Give the tab row's entries."""
    return tuple(Tab(entry.key, entry.title, entry.short, f"show_screen('{entry.key}')") for entry in SCREENS)


def entry_of(key: str) -> ScreenEntry:
    """Give a screen's entry by its key."""
    return next(entry for entry in SCREENS if entry.key == key)
