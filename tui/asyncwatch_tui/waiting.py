"""Nothing was seen yet: what is listened to, whether anything is wrong, and lines to copy."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import NamedTuple

from rich.cells import cell_len

from asyncwatch.model.report import ChannelRow
from asyncwatch.model.view import ChannelView, ServerView, Snapshot
from asyncwatch_tui.columns import WIDE_FROM
from asyncwatch_tui.durations import format_whole, seconds_between
from asyncwatch_tui.fitting import cut_end, cut_middle, neutralise, pad_left, pad_right
from asyncwatch_tui.ink import Ink, Line, fill
from asyncwatch_tui.numbers import UNKNOWN, format_count
from asyncwatch_tui.present import fill_on
from asyncwatch_tui.situation import Situation
from asyncwatch_tui.states import condition_of

_DOTS = 5
_TOLD_SERVERS = 3
_COMMANDS = ("watch", "run", "check", "replay", "attach")


class Offer(NamedTuple):
    """A command line to copy, and what it is good for."""

    command: str
    purpose: str


@dataclass(frozen=True, slots=True)
class _Plan:
    """Units: cells."""

    name: int
    server: int
    tap: int
    last: int

    @property
    def block(self) -> int:
        return self.name + self.server + self.tap + self.last


def offers(snapshot: Snapshot) -> list[Offer]:
    """Give command lines that would show something, made from the one that was given."""
    given = _arguments(snapshot)
    lines = []
    if not snapshot.view.since.startswith("earliest"):
        lines.append(Offer(shlex.join(["asyncwatch", *given, "--since", "earliest"]), "read what the brokers keep"))
    lines.append(Offer(shlex.join(["asyncwatch", "check", *given]), "observe a minute, report"))
    lines.append(Offer("asyncwatch rules", "what is checked, and why"))
    return lines


def _arguments(snapshot: Snapshot) -> list[str]:
    """Give documents and options of the command that was given, without the command's name and `--since`."""
    try:
        words = shlex.split(snapshot.view.command)
    except ValueError:
        words = []
    if len(words) < 2:
        return [document.source for document in snapshot.documents] or ["SPEC"]
    words = words[1:]
    if words[0] in _COMMANDS:
        words = words[1:]
    kept: list[str] = []
    skip = False
    for word in words:
        if skip:
            skip = False
        elif word == "--since":
            skip = True
        elif not word.startswith("--since="):
            kept.append(word)
    return kept


def waiting_lines(
    situation: Situation, chosen: int, width: int, height: int, *, focused: bool, motion: bool
) -> list[Line]:
    """Draw the body of the channel panel while nothing was seen.

    Shape: `height` lines from the screen's column 1 to the last but one.
    """
    shown = situation.shown
    inner = width - 2
    if shown is None:
        text = "connecting to the sidecar …" if situation.loss is None else "waiting for the sidecar …"
        return _centred([[Ink(text, "bright", bold=True)]], inner, height, 40)
    plan = _plan(width)
    channels = list(zip(shown.channels, shown.view.channels, strict=False))
    head = _head(situation, shown, motion=motion)
    proof = _proof(situation, shown, plan.block)
    lines_to_copy = _copy_lines(offers(shown), chosen, plan, focused=focused)
    roomy = height >= 26
    foot: list[Line] = [[Ink("  "), Ink("Quiet channels raise no alarm. This screen turns live by itself.", "dim")]]
    fixed = len(head) + len(proof) + len(lines_to_copy) + (len(foot) + 8 if roomy else 3)
    room = max(height - fixed - 1, 1)
    table = _table(channels, situation, plan, room)
    parts: list[list[Line]]
    if roomy:
        parts = [head, [[]], table, [[], []], proof, [[]], lines_to_copy, [[], []], foot]
    else:
        parts = [head, table, [[]], proof, [[]], lines_to_copy]
        if height - fixed - len(table) >= 2:
            parts += [[[]], foot]
    return _centred([line for part in parts for line in part], inner, height, plan.block + 4)


def _plan(width: int) -> _Plan:
    if width >= WIDE_FROM:
        return _Plan(28, 11, 24, 18)
    inner = min(width - 8, 74)
    return _Plan(inner - 34, 10, 24, 0)


def _centred(lines: list[Line], width: int, height: int, block: int) -> list[Line]:
    lines = lines[:height]
    above = max((height - len(lines)) // 2 - 1, 0)
    left = max((width - block) // 2, 0)
    body = [fill([Ink(" " * left), *line], width) for line in lines]
    empty: Line = [Ink(" " * width)]
    return [empty] * above + body + [empty] * (height - above - len(lines))


def _head(situation: Situation, shown: Snapshot, *, motion: bool) -> list[Line]:
    count = len(shown.channels)
    at = int(situation.shown_ns // 1_000_000_000 % _DOTS) if motion else _DOTS // 2
    dots: Line = [Ink("  ")]
    for index in range(_DOTS):
        dots += [Ink("◉" if index == at else "◌", "accent" if index == at else "faint"), Ink("  ")]
    what = "1 channel" if count == 1 else f"{format_count(count)} channels"
    listening_s = seconds_between(shown.started, situation.shown_ns)
    since = {"now": "from now on, not from the beginning", "earliest": "from the earliest message the brokers keep"}
    start = since.get(shown.view.since, f"from {neutralise(shown.view.since)} on")
    if any(view.state == "connected" for view in shown.view.servers):
        doing = f"listening for {format_whole(listening_s or 0)}; {start}"
    else:
        doing = f"trying to connect for {format_whole(listening_s or 0)}; nothing is read yet"
    return [
        dots,
        [],
        [Ink("  "), Ink(f"waiting for the first message on {what} …", "bright", bold=True)],
        [Ink("  "), Ink(doing, "dim")],
        [],
    ]


def _table(channels: list[tuple[ChannelRow, ChannelView]], situation: Situation, plan: _Plan, room: int) -> list[Line]:
    servers = {} if situation.shown is None else {view.server: view for view in situation.shown.view.servers}
    last = pad_left("last message there", plan.last) if plan.last else ""
    text = pad_right("channel", plan.name) + pad_right("server", plan.server) + pad_right("  tap", plan.tap) + last
    lines: list[Line] = [[Ink("  " + text, "dim")]]
    fits = channels if len(channels) <= room else channels[: max(room - 1, 0)]
    for row, view in fits:
        lines.append(_channel(row, view, servers.get(row.server), situation, plan))
    if len(fits) < len(channels):
        lines.append([Ink(f"  and {format_count(len(channels) - len(fits))} more", "dim")])
    return lines


def _channel(row: ChannelRow, view: ChannelView, server: ServerView | None, situation: Situation, plan: _Plan) -> Line:
    name = pad_right(cut_middle(neutralise(row.address), plan.name - 2), plan.name)
    where = pad_right(cut_middle(neutralise(row.server), plan.server - 2), plan.server)
    condition = "connecting" if server is None else condition_of(server, situation.now_ns)
    if view.missing:
        sign, role, text = "✗", "error", "not on the broker"
    elif condition == "up":
        partitions = view.partitions
        parts = "" if partitions is None else f", {partitions} partition{'' if partitions == 1 else 's'}"
        sign, role, text = "●", "ok", f"ready{parts}"
    elif condition in {"down", "refused", "misconfigured"}:
        sign, role, text = "✗", "error", condition
    else:
        sign, role, text = "◌", "warn", condition
    line = [
        Ink("◌ ", "accent"), Ink(name, "fg"), Ink(where, "dim"), Ink(f"{sign} ", role),
        Ink(pad_right(cut_end(text, plan.tap - 3), plan.tap - 2), "dim"),
    ]  # fmt: skip
    if plan.last:
        age_s = seconds_between(view.last_on_broker, situation.shown_ns)
        known = age_s is not None
        ago = f"{_one_unit(age_s)} ago" if age_s is not None else UNKNOWN
        line.append(Ink(pad_left(ago, plan.last), "fg" if known else "faint"))
    return line


def _one_unit(seconds: float) -> str:
    return " ".join(format_whole(seconds).split(" ")[:2])


def _proof(situation: Situation, shown: Snapshot, width: int) -> list[Line]:
    """Say that nothing is wrong only if that is known."""
    not_up = [view for view in shown.view.servers if condition_of(view, situation.now_ns) != "up"]
    missing = sum(1 for view in shown.view.channels if view.missing)
    rights = [(row.server, right) for row in shown.servers for right in row.rights_missing]
    pad = Ink("  ")
    if situation.loss is not None:
        return [[pad, Ink("The sidecar does not answer: whether anything is wrong is not known.", "warn")]]
    if not shown.view.servers:
        return [[pad, Ink("No server is tapped yet.", "warn")]]
    lines: list[Line] = []
    if not_up:
        for view in not_up[:_TOLD_SERVERS]:
            why = f": {neutralise(view.error)}" if view.error else ""
            lines.append([pad, Ink(cut_end(f"Not connected yet: {neutralise(view.server)}{why}", width), "warn")])
    if rights:
        text = ", ".join(f"{neutralise(right)} ({neutralise(server)})" for server, right in rights)
        lines.append([pad, Ink(cut_end(f"Rights are missing: {text}.", width), "warn")])
    if missing:
        verb = "channel does" if missing == 1 else "channels do"
        lines.append([pad, Ink(f"{missing} documented {verb} not exist on the broker.", "error")])
    if lines:
        return lines
    return [[pad, Ink(cut_end("Nothing is wrong: all taps are connected and allowed to read.", width), "ok")]]


def _copy_lines(choices: list[Offer], chosen: int, plan: _Plan, *, focused: bool) -> list[Line]:
    title = "To see something now"
    hint = "copies the line"
    room = plan.block - len(title) - len(hint) - 2
    lines: list[Line] = [
        [Ink("  "), Ink(title, "bright", bold=True), Ink(" " * room), Ink("y ", "accent", bold=True), Ink(hint, "dim")]
    ]
    texts = [cut_end(neutralise(offer.command), plan.block) for offer in choices]
    column = max(cell_len(text) for text in texts) + 2
    for index, (text, offer) in enumerate(zip(texts, choices, strict=True)):
        on = "selection" if index == chosen else None
        mark = "▌ " if index == chosen and focused else "  "
        about = offer.purpose if column + len(offer.purpose) <= plan.block else ""
        line = [
            Ink(mark, "focus", on=on),
            Ink(pad_right(text, column), "bright" if on else "fg", on=on, does=f"screen.choose_offer({index})"),
            Ink(about, "dim", on=on),
        ]
        lines.append(fill_on(line, plan.block + 3, on))
    return lines
