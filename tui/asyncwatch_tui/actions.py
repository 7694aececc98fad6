"""Everything a key does, in one table: action, keys, screens, help and footer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from textual.binding import Binding


class Action(NamedTuple):
    """One thing the dashboard can do. `id` is what the configuration rebinds."""

    id: str
    keys: tuple[str, ...]
    runs: str
    help: str
    group: str
    """The column of the help: Here, Everywhere, Take away, Look."""
    footer: str = ""
    """The word in the footer, where one screen or the other shows it."""
    rank: int = 0
    """The footer drops the highest rank first where room is short."""
    screens: str = ""
    """The keys of the screens that have it; empty = all."""


ACTIONS: Final[tuple[Action, ...]] = (
    Action("toggle", ("enter",), "screen.turn", "unfold or fold the messages", "Here", "unfold", 2, "1"),
    Action("open", ("enter",), "screen.open", "open the finding on the whole screen", "Here", "open", 0, "2"),
    Action("partitions", ("enter",), "screen.open", "show the group's partitions", "Here", "partitions", 0, "4"),
    Action("unfold", ("right",), "screen.unfold(True)", "unfold, show the messages", "Here", screens="1"),
    Action("fold", ("left",), "screen.unfold(False)", "fold, hide the messages", "Here", screens="1"),
    Action("into", ("right",), "screen.unfold(True)", "to the details", "Here", screens="24"),
    Action("back", ("left",), "screen.unfold(False)", "back to the list", "Here", screens="24"),
    Action("sort", ("s",), "screen.sort", "sort: ← → choose, s reverses", "Here", "sort", 4),
    Action("next-trouble", ("n",), "screen.trouble(1)", "next trouble", "Here", "next trouble", 8),
    Action("previous-trouble", ("N",), "screen.trouble(-1)", "previous trouble", "Here"),
    Action("family", ("f",), "screen.family", "next family that has findings", "Here", "family", 1, "2"),
    Action("mute", ("m",), "screen.mute", "mute for 1 h, on this screen only", "Here", "mute", 6, "2"),
    Action("editor", ("o",), "screen.editor", "open the document in $EDITOR at the line", "Here", "editor", 7, "2"),
    Action("quiet", ("z",), "screen.quiet", "unfold or fold what is quiet", "Here", "unfold", 9, "24"),
    Action("abandoned", ("a",), "screen.abandoned", "show or hide abandoned groups", "Here", "abandoned", 6, "4"),
    Action("up", ("up", "k"), "screen.move(-1)", "up", "Everywhere"),
    Action("down", ("down", "j"), "screen.move(1)", "down", "Everywhere"),
    Action("page-up", ("pageup",), "screen.page(-1)", "a page up", "Everywhere"),
    Action("page-down", ("pagedown",), "screen.page(1)", "a page down", "Everywhere"),
    Action("first", ("home",), "screen.move(-1000000)", "to the first", "Everywhere"),
    Action("last", ("end",), "screen.move(1000000)", "to the last", "Everywhere"),
    Action("next-pane", ("tab",), "screen.pane(1)", "next pane", "Everywhere", "pane", 10),
    Action("previous-pane", ("shift+tab",), "screen.pane(-1)", "previous pane", "Everywhere"),
    Action("filter", ("slash",), "screen.filter", "filter, esc clears it", "Everywhere", "filter", 3),
    Action("out", ("escape",), "screen.out", "out: closes, clears the filter", "Everywhere"),
    Action("pause", ("space",), "app.pause", "pause and resume the picture", "Everywhere", "pause", 2),
    Action("commands", ("ctrl+p", "colon"), "app.commands", "commands", "Everywhere", "commands"),
    Action("help", ("question_mark", "f1"), "app.help", "this help", "Everywhere"),
    Action("quit", ("q", "ctrl+c"), "app.quit", "quit, never asks", "Everywhere"),
    Action("copy", ("y",), "screen.copy(False)", "copy as text", "Take away", "copy", 5),
    Action("copy-json", ("Y",), "screen.copy(True)", "copy as JSON", "Take away"),
    Action("export", ("e",), "screen.export", "export what shows into a file", "Take away", "export", 7),
    Action("theme", ("T",), "app.theme", "next theme", "Look"),
    Action("ascii", ("A",), "app.ascii", "plain ASCII signs", "Look"),
)
GROUPS: Final = ("Here", "Everywhere", "Take away", "Look")

_WRITTEN: Final = {
    "up": "↑", "down": "↓", "left": "←", "right": "→", "pageup": "pgup", "pagedown": "pgdn", "slash": "/", "escape": "esc",
    "question_mark": "?", "colon": ":", "comma": ",", "full_stop": ".", "minus": "-", "plus": "+",
}  # fmt: skip
_NAMED: Final = {glyph: name for name, glyph in _WRITTEN.items() if not glyph.isalpha()}
_ALWAYS_PRIORITY: Final = frozenset({"ctrl+c"})


def written(key: str) -> str:
    """Write a key as people read it."""
    return _WRITTEN.get(key, key)


def with_keys(keys: Mapping[str, str] | None, screens: Sequence[str] = ()) -> tuple[Action, ...]:
    """Give the table with some actions on other keys; several keys of one action are separated by commas.

    `screens` are the keys that screens have.

    Raises: ValueError, naming the action, when it does not exist or a key would mean two things on one screen.
    """
    keys = keys or {}
    known = {action.id for action in ACTIONS}
    for id_ in keys:
        if id_ not in known:
            raise ValueError(f"key for '{id_}': there is no such action (actions: {', '.join(sorted(known))})")
    actions = []
    for action in ACTIONS:
        if action.id in keys:
            chosen = tuple(_NAMED.get(key.strip(), key.strip()) for key in keys[action.id].split(",") if key.strip())
            if not chosen:
                raise ValueError(f"key for '{action.id}': no key is given")
            action = action._replace(keys=chosen)  # noqa: PLW2901 - the row is replaced by its rebound form
        actions.append(action)
    owners: dict[str, list[tuple[str, str]]] = {key: [(f"screen {key}", "")] for key in screens}
    for action in actions:
        for key in dict.fromkeys(action.keys):
            others = owners.setdefault(key, [])
            for other, where in others:
                if not where or not action.screens or set(where) & set(action.screens):
                    raise ValueError(f"key '{written(key)}': it would mean both '{other}' and '{action.id}'")
            others.append((action.id, action.screens))
    return tuple(actions)


def actions_on(actions: Sequence[Action], screen: str) -> list[Action]:
    """Give the actions that a screen has."""
    return [action for action in actions if not action.screens or screen in action.screens]


def bindings(actions: Sequence[Action]) -> list[Binding]:
    """Give the table to Textual."""
    return [
        Binding(key, action.runs, action.help, show=False, priority=key in _ALWAYS_PRIORITY)
        for action in actions
        for key in action.keys
    ]


def key_text(actions: Sequence[Action], id_: str) -> str:
    """Write the first key of an action."""
    return next((written(action.keys[0]) for action in actions if action.id == id_), "")


def all_keys_text(action: Action) -> str:
    """Write every key of an action."""
    return " ".join(written(key) for key in action.keys)
