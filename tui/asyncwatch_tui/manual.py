"""The help of a screen: keys, signs, columns; only what exists."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import wrap
from typing import NamedTuple

from rich.cells import cell_len

from asyncwatch_tui.actions import GROUPS, Action, all_keys_text
from asyncwatch_tui.fitting import cut_end, pad_right
from asyncwatch_tui.ink import Ink, Line, fill, width_of
from asyncwatch_tui.legends import Legend


class Entry(NamedTuple):
    """A key and what it does."""

    keys: str
    text: str


def key_groups(actions: Sequence[Action], screens: Sequence[str]) -> dict[str, list[Entry]]:
    """Give the help's groups, similar keys on one line."""
    by_id = {action.id: action for action in actions}
    groups: dict[str, list[Entry]] = {group: [] for group in GROUPS}
    if screens:
        groups["Everywhere"].append(Entry(" ".join(screens), "screens"))
    merged = {
        "unfold": (("unfold", "fold"), "unfold, fold the messages"),
        "into": (("into", "back"), "to the details, back to the list"),
        "next-trouble": (("next-trouble", "previous-trouble"), "next, previous trouble"),
        "up": (("up", "down"), "move"),
        "page-up": (("page-up", "page-down"), "move by a page"),
        "first": (("first", "last"), "to the first, the last"),
        "next-pane": (("next-pane", "previous-pane"), "next, previous pane"),
    }
    done = {id_ for ids, _ in merged.values() for id_ in ids}
    for action in actions:
        if action.id in merged:
            ids, text = merged[action.id]
            groups[action.group].append(Entry(" ".join(all_keys_text(by_id[id_]) for id_ in ids), text))
        elif action.id not in done:
            groups[action.group].append(Entry(all_keys_text(action), action.help))
    return groups


def help_lines(
    actions: Sequence[Action],
    screens: Sequence[str],
    question: str,
    legend: Legend,
    query: str,
    width: int,
    *,
    lag: bool,
) -> list[Line]:
    """Draw the help's body for a width; with a query only what fits it. `lag`: whether readers are asked.

    Shape: every line is `width` cells wide.
    """
    groups = key_groups(actions, screens)
    wanted = query.lower().strip()
    if wanted:
        groups = {
            name: [entry for entry in entries if wanted in entry.text.lower() or query.strip() in entry.keys.split()]
            for name, entries in groups.items()
        }
    signs: list[tuple[Line, str]] = [
        ([Ink(f"{sign.glyph} ", sign.role, sign.troubled), Ink(sign.word, sign.word_role)], sign.meaning)
        for sign in legend.signs_shown(lag=lag)
    ]
    columns: list[tuple[Line, str]] = [([Ink(name, "fg", bold=True)], text) for name, text in legend.columns]
    if wanted:
        signs = [item for item in signs if wanted in item[0][1].text or wanted in item[1].lower()]
        columns = [item for item in columns if wanted in item[0][0].text or wanted in item[1].lower()]
    lines: list[Line] = [] if wanted else [*([Ink(text, "bright")] for text in wrap(question, width)), []]
    lines += _keys(groups, width)
    for title, rows in (("Signs", signs), ("Columns", columns)):
        if rows:
            lines += [_rule(title, width), *_two_columns(rows, width)]
    if wanted and not lines:
        lines = [[Ink(f"no key, sign or column fits “{cut_end(query, 30)}”", "dim")]]
    if not wanted:
        lines += [[], [Ink("asyncwatch rules RULE", "fg"), Ink(" explains a rule", "dim")]]
    return [fill(line, width) for line in lines]


def _keys(groups: dict[str, list[Entry]], width: int) -> list[Line]:
    """Set the groups side by side where they fit."""
    left = _block("Here", groups["Here"])
    middle = _block("Everywhere", groups["Everywhere"])
    right = [*_block("Take away", groups["Take away"]), *_block("Look", groups["Look"])]
    for columns in ([left, middle, right], [[*left, *right], middle]):
        sizes = [max(map(width_of, column), default=-2) + 2 for column in columns]
        if sum(sizes) - 2 <= width:
            spare = (width - sum(sizes)) // len(columns) if all(columns) else 0
            return _beside(columns, [size + min(max(spare, 0), 6) for size in sizes])
    return [*left, *middle, *right]


def _beside(columns: list[list[Line]], sizes: list[int]) -> list[Line]:
    lines: list[Line] = []
    for row in range(max(map(len, columns))):
        line: Line = []
        for column, size in zip(columns, sizes, strict=True):
            line += fill(column[row] if row < len(column) else [], size)
        lines.append(line)
    return lines


def _block(title: str, entries: list[Entry]) -> list[Line]:
    if not entries:
        return []
    lead = max(cell_len(entry.keys) for entry in entries)
    rows: list[Line] = [
        [Ink(pad_right(entry.keys, lead), "accent", bold=True), Ink("  " + entry.text, "fg")] for entry in entries
    ]
    return [[Ink(title, "accent", bold=True)], *rows, []]


def _two_columns(rows: list[tuple[Line, str]], width: int) -> list[Line]:
    """Lay out two side by side where both fit, else one below the other."""
    lead = max(11, max(width_of(head) for head, _ in rows) + 2)
    half = (width - 2) // 2
    widest = max(lead + len(text) for _, text in rows)
    cells = [[*fill(head, lead), Ink(text, "dim")] for head, text in rows]
    if widest > half or len(rows) == 1:
        return [fill(cell, width) for cell in cells]
    rest = (len(cells) + 1) // 2
    lines: list[Line] = []
    for row in range(rest):
        right = cells[row + rest] if row + rest < len(cells) else []
        lines.append([*fill(cells[row], half), Ink("  "), *right])
    return lines


def _rule(title: str, width: int) -> Line:
    head = [Ink("── ", "line"), Ink(title, "accent", bold=True), Ink(" ", "line")]
    return [*head, Ink("─" * (width - width_of(head)), "line")]
