"""What the command palette finds: things first, then what can be done with them, then every action and view.

Rule 1: names are searched as they are shown; what matched is underlined.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from asyncwatch.model.view import Snapshot
from asyncwatch_tui.actions import Action, all_keys_text
from asyncwatch_tui.channel_list import key_of
from asyncwatch_tui.durations import format_duration
from asyncwatch_tui.finding_lines import what_of
from asyncwatch_tui.fitting import neutralise
from asyncwatch_tui.heading import Tab
from asyncwatch_tui.numbers import format_count
from asyncwatch_tui.signs import GROUP_SIGNS, SIGNS
from asyncwatch_tui.states import judge_channels, slowest_readers
from asyncwatch_tui.stream import name_of, sign_of

THINGS: Final = 8
"""Things that are listed before what can be done with them."""
CHANNELS_ONLY: Final = 60
_TROUBLED_FIRST: Final = 6
_OFFERED: Final = 2
"""Things for which actions are offered."""
_LONGEST_NAME: Final = 200


class Goal(NamedTuple):
    """What is done once a choice is made: on a screen (None = wherever one is), with a thing or an action."""

    how: str
    """reveal, open, narrow, copy, mute or action."""
    screen: str | None
    what: object


class Thing(NamedTuple):
    """A channel, a finding group or a consumer group that can be gone to."""

    kind: str
    sign: str
    role: str
    troubled: bool
    name: str
    note: str
    key: object
    lower: str


class Choice(NamedTuple):
    """A line of the palette. `letters` are the places in `name` that matched."""

    section: str
    sign: str
    role: str
    name: str
    note: str
    goal: Goal
    letters: frozenset[int] = frozenset()
    troubled: bool = False


class Found(NamedTuple):
    """What a query finds, and how many things fit it beyond those that are listed."""

    choices: list[Choice]
    more: int


def gather(snapshot: Snapshot | None, muted: frozenset[str], *, all_stale: bool) -> list[Thing]:
    """Give everything that can be gone to, once for an opened palette. Cost: one pass over the snapshot."""
    if snapshot is None:
        return []
    return [*_channels(snapshot, all_stale=all_stale), *_findings(snapshot, muted), *_groups(snapshot)]


def find(things: Sequence[Thing], actions: Sequence[Action], tabs: Sequence[Tab], screen: str, query: str) -> Found:
    """Give what fits a query: things, what can be done with the first of them, actions, views.

    A query that starts with `>` finds commands only, with `@` channels only.
    """
    only, wanted = (query[0], query[1:].strip()) if query[:1] in {">", "@"} else ("", query.strip())
    if only == ">":
        return Found([*_actions(actions, tabs, screen, wanted), *_views(tabs, screen, wanted)], 0)
    if only == "@":
        listed, more = _things([thing for thing in things if thing.kind == "channel"], wanted, CHANNELS_ONLY, bare=True)
        return Found(listed, more)
    listed, more = _things(things, wanted, THINGS, bare=False)
    by_key = {(thing.kind, thing.key): thing for thing in things} if wanted and listed else {}
    offers: list[Choice] = []
    for choice in listed[:_OFFERED] if wanted else []:
        thing = by_key.get((_KIND_OF[choice.goal.screen or "1"], choice.goal.what))
        if thing is not None:
            offers += _offers(thing, wanted)
    return Found([*listed, *offers, *_actions(actions, tabs, screen, wanted), *_views(tabs, screen, wanted)], more)


def match(query: str, lower: str) -> tuple[int, list[int]] | None:
    """Find a query in a name in lower case: as a whole, else letter by letter in order. Low ranks fit better."""
    if not query:
        return 0, []
    start = lower.find(query)
    if start >= 0:
        at_word = start == 0 or not lower[start - 1].isalnum()
        return (0 if at_word else 1), list(range(start, start + len(query)))
    if len(query) < 2:
        return None
    places, at = [], -1
    for letter in query:
        if letter == " ":
            continue
        at = lower.find(letter, at + 1)
        if at < 0:
            return None
        places.append(at)
    spread = places[-1] - places[0] - len(places)
    return (2 + spread, places) if spread < len(places) else None


_KIND_OF: Final = {"1": "channel", "2": "finding", "4": "group"}
_SCREEN_OF: Final = {kind: screen for screen, kind in _KIND_OF.items()}


def _thing(kind: str, sign: str, role: str, troubled: bool, name: str, note: str, key: object) -> Thing:
    name = name[:_LONGEST_NAME]
    lower = name.lower()
    return Thing(kind, sign, role, troubled, name, note, key, lower if len(lower) == len(name) else name)


def _channels(snapshot: Snapshot, *, all_stale: bool) -> Iterator[Thing]:
    readers = slowest_readers(snapshot)
    states = judge_channels(snapshot, readers, all_stale=all_stale)
    for row, state in zip(snapshot.channels, states, strict=False):
        sign = SIGNS[state]
        reader = readers.get((row.server, row.address)) if readers else None
        behind = f" {format_duration(reader.seconds)}" if reader is not None and state == reader.state != "ok" else ""
        name = neutralise(row.address)
        yield _thing(
            "channel", sign.glyph, sign.role, sign.troubled, name, f"channel · {sign.word}{behind}", key_of(row)
        )


def _findings(snapshot: Snapshot, muted: frozenset[str]) -> Iterator[Thing]:
    for row in snapshot.findings:
        sign, role = sign_of(row)
        name = f"{neutralise(row.rule)} {name_of(row)} {what_of(row)}".strip()
        state = "muted" if row.fingerprint in muted else f"×{format_count(row.count)}"
        troubled = row.severity == "error" and row.fingerprint not in muted
        yield _thing("finding", sign, role, troubled, name, f"finding · {state}", row.fingerprint)


def _groups(snapshot: Snapshot) -> Iterator[Thing]:
    for row in snapshot.lag or ():
        if row.partition is not None:
            continue
        sign = GROUP_SIGNS.get(row.status, GROUP_SIGNS["unknown"])
        behind = f" {format_duration(row.seconds)}" if row.seconds is not None and sign.troubled else ""
        name = neutralise(row.group)
        note = f"group · {sign.word}{behind}"
        yield _thing("group", sign.glyph, sign.role, sign.troubled, name, note, (row.server, row.group, row.address))


def _things(things: Sequence[Thing], query: str, most: int, *, bare: bool) -> tuple[list[Choice], int]:
    wanted = query.lower()
    if not wanted and not bare:
        troubled = [thing for thing in things if thing.troubled]
        return [_going(thing, []) for thing in troubled[:_TROUBLED_FIRST]], max(len(troubled) - _TROUBLED_FIRST, 0)
    found = []
    for number, thing in enumerate(things):
        fit = match(wanted, thing.lower)
        if fit is not None:
            rank, letters = fit
            found.append((min(rank, 2), not thing.troubled, rank, len(thing.name), number, letters))
    found.sort()
    listed = [_going(things[number], letters) for *_, number, letters in found[:most]]
    return listed, max(len(found) - most, 0)


def _going(thing: Thing, letters: list[int]) -> Choice:
    how = "open" if thing.kind == "finding" else "reveal"
    goal = Goal(how, _SCREEN_OF[thing.kind], thing.key)
    return Choice("Go to", thing.sign, thing.role, thing.name, thing.note, goal, frozenset(letters), thing.troubled)


def _offers(thing: Thing, query: str) -> Iterator[Choice]:
    screen = _SCREEN_OF[thing.kind]
    offers: dict[str, tuple[tuple[str, str, Goal], ...]] = {
        "channel": (
            ("Show violations of {}", "2 /", Goal("narrow", "2", thing.name)),
            ("Show lag on {}", "4 /", Goal("narrow", "4", thing.name)),
        ),
        "finding": (("Mute {} for 1 h", "m", Goal("mute", screen, thing.key)),),
        "group": (("Show lag of {} by partition", "4 enter", Goal("open", screen, thing.key)),),
    }
    for title, keys, goal in (*offers[thing.kind], ("Copy a report of {}", "y", Goal("copy", screen, thing.key))):
        before = title.index("{}")
        fit = match(query.lower(), thing.lower)
        letters = frozenset() if fit is None else frozenset(place + before for place in fit[1])
        yield Choice("Do", "›", "faint", title.replace("{}", thing.name), keys, goal, letters)


def _actions(actions: Sequence[Action], tabs: Sequence[Tab], screen: str, query: str) -> list[Choice]:
    titles = {tab.key: tab.title for tab in tabs}
    found = []
    for number, action in enumerate(actions):
        here = not action.screens or screen in action.screens
        where = screen if here else action.screens[0]
        text = action.help[0].upper() + action.help[1:]
        name = text if here else f"{titles.get(where, where)}: {action.help}"
        fit = match(query.lower(), name.lower())
        if fit is None:
            continue
        goal = Goal("action", where, action.runs)
        choice = Choice("Do", "›", "faint", name, all_keys_text(action), goal, frozenset(fit[1]))
        found.append((not here, min(fit[0], 2), number, choice))
    return [choice for *_, choice in sorted(found, key=lambda item: item[:3])]


def _views(tabs: Sequence[Tab], screen: str, query: str) -> list[Choice]:
    found = []
    for tab in tabs:
        fit = match(query.lower(), tab.title.lower())
        if fit is not None and fit[0] < 2 and tab.key != screen:
            goal = Goal("action", tab.key, None)
            found.append(Choice("Views", "›", "faint", tab.title, tab.key, goal, frozenset(fit[1])))
    return found
