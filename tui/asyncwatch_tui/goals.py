"""What happens once a choice of the palette is made, on the screen it leads to."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from asyncwatch_tui.commands import Goal
from asyncwatch_tui.screens.frame import FrameScreen
from asyncwatch_tui.screens.lag import LagScreen
from asyncwatch_tui.screens.listing import ListScreen
from asyncwatch_tui.screens.overview import OverviewScreen
from asyncwatch_tui.screens.violations import ViolationsScreen

if TYPE_CHECKING:
    from textual.app import App

    from asyncwatch_tui.group_list import GroupKey
    from asyncwatch_tui.sorting import RowKey


async def pursue(app: App[int], screen: FrameScreen, goal: Goal) -> None:
    """Do what was chosen; `screen` is the one that shows it."""
    if goal.how == "action":
        if isinstance(goal.what, str):
            await app.run_action(goal.what, screen)
        return
    if goal.how == "narrow":
        if isinstance(screen, ListScreen):
            screen.narrow_to(str(goal.what))
        return
    _reveal(screen, goal)
    if goal.how in {"copy", "mute"}:
        await app.run_action("screen.mute" if goal.how == "mute" else "screen.copy(False)", screen)


def _reveal(screen: FrameScreen, goal: Goal) -> None:
    whole = goal.how == "open"
    match screen:
        case OverviewScreen():
            screen.reveal(cast("RowKey", goal.what))
        case ViolationsScreen():
            screen.reveal(cast("str", goal.what), full=whole)
        case LagScreen():
            screen.reveal(cast("GroupKey", goal.what), full=whole)
