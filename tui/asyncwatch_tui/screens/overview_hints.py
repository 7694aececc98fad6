"""The footer of the Overview: only keys that do something at this moment."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from asyncwatch_tui.actions import Action, written
from asyncwatch_tui.footing import Hint
from asyncwatch_tui.signs import SIGNS
from asyncwatch_tui.situation import Situation

if TYPE_CHECKING:
    from asyncwatch_tui.screens.overview import OverviewScreen


def hints_for(screen: OverviewScreen, situation: Situation) -> Sequence[Hint]:
    """Give the hints of the focused pane."""
    typing = screen.typing_hints()
    if typing is not None:
        return typing
    actions = screen.actions
    pause = _hint(actions["pause"], "resume" if situation.paused else "pause")
    arrows = f"{_key(actions['up'])}{_key(actions['down'])}"
    if situation.shown is None:
        return []
    if situation.waiting and not screen.findings:
        return [Hint(arrows, "choose"), _hint(actions["copy"], "copy command")]
    other = [] if not screen.has_stream else [_hint(actions["next-pane"], _other(screen), rank=7)]
    if screen.pane == "findings":
        open_ = _hint(actions["toggle"], "open")
        return [open_, Hint(arrows, "choose"), _hint(actions["copy"]), _hint(actions["filter"]), pause, *other]
    hints = [_hint(actions["filter"]), _hint(actions["sort"]), pause, _hint(actions["copy"]), _hint(actions["export"])]
    entry = screen.channels.chosen_entry()
    if entry is not None and screen.channels.rows[entry.row].per_message:
        word = "fold" if screen.channels.is_unfolded(entry.row) else "unfold"
        hints.insert(0, _hint(actions["toggle"], word))
    if any(SIGNS[state].troubled for state in screen.channels.states):
        hints.append(_hint(actions["next-trouble"]))
    return hints + other


def _other(screen: OverviewScreen) -> str:
    return "findings" if screen.pane == "channels" else "channels"


def _key(action: Action) -> str:
    return written(action.keys[0])


def _hint(action: Action, word: str | None = None, rank: int | None = None) -> Hint:
    return Hint(_key(action), word or action.footer, action.runs, action.rank if rank is None else rank)
