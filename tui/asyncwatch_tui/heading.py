"""The two rows on top: who is watched, how it is connected, and which screen this is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from asyncwatch.model.view import OutletView, ServerView, Snapshot
from asyncwatch_tui.columns import WIDE_FROM
from asyncwatch_tui.durations import clock_of, format_whole, seconds_between
from asyncwatch_tui.fitting import cut_end, cut_middle, neutralise
from asyncwatch_tui.ink import Ink, Line, fill, fit_first, spread, width_of
from asyncwatch_tui.numbers import format_count
from asyncwatch_tui.signs import DOWN, STALE, UP, WAITING, WARNING
from asyncwatch_tui.situation import Situation
from asyncwatch_tui.states import condition_of

_GAP = Ink("  ")
_NAME_CELLS = 24


class Tab(NamedTuple):
    """A screen in the tab row."""

    key: str
    title: str
    short: str
    action: str


def header_line(situation: Situation, width: int) -> Line:
    """Draw mark, document and environment at the left; servers, outlets and the clock at the right."""
    snapshot = situation.latest
    clock = clock_of(situation.now_ns)
    mark = [Ink(" ◉ ", "accent"), Ink("asyncwatch", "bright", bold=True)]
    if snapshot is None:
        return fill(spread(mark, [Ink(f"{clock} UTC ", "dim")], width), width)
    title, version = _document(snapshot)
    environment = _environment(snapshot)
    connections = _connections(situation, snapshot, short=False)
    few = _connections(situation, snapshot, short=True)
    wide = width >= WIDE_FROM
    rights = [[*few, _GAP, Ink(f"{clock} ", "dim")]]
    if wide:
        rights = [[*part, _GAP, Ink(f"{clock} UTC ", "dim")] for part in (connections, few)] + rights
    document = [_GAP, Ink(f"{title} {version}".strip(), "fg")]
    where = [Ink(" · ", "faint"), Ink(environment, "dim")] if environment else []
    lefts = [[*mark, *document], [*mark, _GAP, Ink(title, "fg")]]
    if wide:
        lefts.insert(0, [*mark, *document, *where])
    for right in rights:
        for left in lefts:
            if width_of(left) + 2 + width_of(right) <= width:
                return spread(left, right, width)
    room = width - width_of(mark) - 4 - width_of(rights[-1])
    if room >= 8:
        return spread([*mark, _GAP, Ink(cut_end(title, room), "fg")], rights[-1], width)
    return fill(
        spread(mark, fit_first([rights[-1], [Ink(f"{clock} ", "dim")]], width - width_of(mark) - 1), width), width
    )


def tabs_line(situation: Situation, tabs: Sequence[Tab], badges: Mapping[str, Ink], current: str, width: int) -> Line:
    """Draw the screens that exist with what troubles them, and at the right whether the picture moves."""
    left: Line = [Ink(" ")]
    for tab in tabs:
        title = tab.title if width >= WIDE_FROM else tab.short
        does = f"app.{tab.action}"
        if tab.key == current:
            left.append(Ink(f" {tab.key} {title} ", "bg", bold=True, on="accent", does=does))
        else:
            badge = badges.get(tab.key)
            mark = [] if badge is None else [badge._replace(does=does), Ink(" ", does=does)]
            left += [Ink(f" {tab.key} ", "accent", does=does), Ink(f"{title} ", "fg", does=does), *mark]
    return spread(left, [*_motion(situation), Ink(" ")], width)


def _motion(situation: Situation) -> Line:
    if situation.paused:
        messages, _ = situation.new_since_pause()
        flag = Ink(" ▮▮ paused ", "bg", bold=True, on="warn", does="app.pause")
        return [flag, Ink(f" {format_count(messages)} new", "warn", bold=True)]
    if situation.loss is not None:
        return [Ink("◐ ", "stale"), Ink("stale", "stale")]
    if situation.waiting:
        return [Ink("◌ ", "faint"), Ink("waiting", "dim")]
    return [Ink("▶ ", "ok"), Ink("live", "fg")]


def _document(snapshot: Snapshot) -> tuple[str, str]:
    documents = snapshot.documents
    if not documents:
        return "", ""
    first = documents[0]
    title = cut_end(neutralise(first.title or first.id or first.source), 48)
    if len(documents) > 1:
        return title, f"+{len(documents) - 1}"
    return title, cut_end(neutralise(first.version or ""), 16)


def _names(snapshot: Snapshot) -> dict[str, str]:
    """Name servers by protocol where that is enough, else by id."""
    protocols = Counter(server.protocol for server in snapshot.view.servers)
    return {
        server.server: cut_middle(
            neutralise(server.protocol if protocols[server.protocol] == 1 and server.protocol else server.server),
            _NAME_CELLS,
        )
        for server in snapshot.view.servers
    }


def _environment(snapshot: Snapshot) -> str:
    protocols = Counter(server.protocol for server in snapshot.view.servers)
    titles = [
        neutralise(server.title or server.server) for server in snapshot.view.servers if protocols[server.protocol] == 1
    ]
    return cut_end(", ".join(dict.fromkeys(titles)), 40)


def _connections(situation: Situation, snapshot: Snapshot, *, short: bool) -> Line:
    if situation.loss is not None:
        away_s = (situation.now_ns - situation.loss.since_ns) / 1e9
        return [
            Ink("✗ ", "error", bold=True),
            Ink("sidecar ", "fg"),
            Ink(f"lost {format_whole(away_s)}", "error", bold=True),
        ]
    names = _names(snapshot)
    parts: list[Line] = []
    up = 0
    for server in snapshot.view.servers:
        condition = condition_of(server, situation.now_ns)
        if condition == "up" and short:
            up += 1
        else:
            parts.append(_server(server, condition, names[server.server], situation.now_ns, short=short))
    if up:
        parts.insert(0, [Ink("● ", "ok"), Ink(f"{up} up", "dim")])
    outlets = [_outlet(outlet, short=short) for outlet in snapshot.view.outlets]
    outlets = [line for line in outlets if not short or line[0].role != "ok"]
    line: Line = []
    for part in [*parts[:6], *outlets]:
        line += [_GAP, *part] if line else part
    return line


def _server(server: ServerView, condition: str, name: str, now_ns: int, *, short: bool) -> Line:
    away = format_whole(seconds_between(server.since, now_ns) or 0.0)
    match condition:
        case "up":
            return [Ink(f"{UP.glyph} ", "ok"), Ink(name, "fg")]
        case "connecting":
            return [Ink(f"{WAITING.glyph} ", "warn"), Ink(f"{name} ", "fg"), Ink("connecting", "warn")]
        case "reconnecting":
            word = "retry" if short else "reconnecting"
            return [Ink(f"{STALE.glyph} ", "warn"), Ink(f"{name} ", "fg"), Ink(f"{word} {away}", "warn")]
        case "down":
            return [Ink(f"{DOWN.glyph} ", "error", bold=True), Ink(f"{name} ", "fg", bold=True),
                    Ink(f"down {away}", "error", bold=True)]  # fmt: skip
        case _:
            return [Ink(f"{DOWN.glyph} ", "error", bold=True), Ink(f"{name} ", "fg", bold=True),
                    Ink(condition, "error", bold=True)]  # fmt: skip


def _outlet(outlet: OutletView, *, short: bool) -> Line:
    name = cut_middle(neutralise("OTLP" if outlet.name == "otlp" else outlet.name), _NAME_CELLS)
    if outlet.state == "ok" and not outlet.dropped:
        told = [Ink(f" {format_count(outlet.suppressed)} as a count", "dim")] if outlet.suppressed else []
        return [Ink(f"{UP.glyph} ", "ok"), Ink(name, "fg"), *told]
    if outlet.state == "down":
        sign, word = DOWN, "down"
    elif outlet.state == "ok":
        sign, word = WARNING, f"{format_count(outlet.dropped)} dropped"
    else:
        sign, word = WARNING, cut_end(neutralise(outlet.state), 12)
    head = [Ink(f"{sign.glyph} ", sign.role, bold=sign is DOWN), Ink(name, "fg")]
    return head if short else [*head, Ink(f" {word}", sign.role)]
