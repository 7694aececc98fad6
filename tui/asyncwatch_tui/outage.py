"""The banner: what is not reachable, since when, what happens next, what it means, and what happens later.

Where everything is reachable it speaks of changed documents that could not be taken over.
"""

from __future__ import annotations

from asyncwatch.model.clock import parse_time
from asyncwatch.model.view import ReloadView, ServerView, Snapshot
from asyncwatch_tui.columns import WIDE_FROM
from asyncwatch_tui.durations import clock_of, clock_of_text, format_whole, seconds_between
from asyncwatch_tui.fitting import cut_end, cut_middle, neutralise
from asyncwatch_tui.ink import Ink, Line, fill, fit_first, width_of
from asyncwatch_tui.numbers import format_count
from asyncwatch_tui.situation import Loss, Situation
from asyncwatch_tui.states import condition_of

_SINCE_GAP = Ink("  ")
_WHAT = {"down": "is not reachable", "refused": "refuses us", "misconfigured": "cannot be used"}
_LATER = {
    "down": ("the tap goes on where it was; what the broker kept is read then, the rest is shown as not seen.",
             "the tap goes on where it was, as far as the broker kept it."),
    "refused": ("it is tried again every 30 s; nothing has to be restarted once the right or the password is corrected.",
                "tried again every 30 s; no restart is needed."),
    "misconfigured": ("trying again changes nothing: correct the setting or the document, then start again.",
                      "correct the setting or document, then start again."),
}  # fmt: skip


def banner_lines(situation: Situation, width: int) -> list[Line]:
    """Draw the banner; no lines when everything that was reachable still is."""
    if situation.loss is not None:
        lines = _sidecar_lines(situation.loss, situation, width - 2)
    elif situation.latest is not None and (away := situation.away):
        lines = _server_lines(away, situation.latest, situation.now_ns, width - 2)
    elif situation.latest is not None and (reload := situation.latest.view.reload) is not None and reload.refused:
        return _bordered(_reload_lines(reload, reload.refused, situation.now_ns, width - 2), "warn", width)
    else:
        return []
    return _bordered(lines, "error", width)


def _bordered(lines: list[Line], role: str, width: int) -> list[Line]:
    return [
        [Ink("▌", role, on="raised"), *[ink._replace(on="raised") for ink in fill([Ink(" "), *line], width - 1)]]
        for line in lines
    ]


def _server_lines(away: list[ServerView], snapshot: Snapshot, now_ns: int, width: int) -> list[Line]:
    server = away[0]
    condition = condition_of(server, now_ns)
    others = f" and {len(away) - 1} more" if len(away) > 1 else ""
    name = cut_middle(neutralise(_spoken_name(server, snapshot)), 32)
    what = Ink(f"✗ {name}{others} {_WHAT[condition] if not others else 'are not reachable'}", "error", bold=True)
    away_s = seconds_between(server.since, now_ns)
    since = Ink(f"since {clock_of_text(server.since)}, {format_whole(away_s or 0)}", "fg")
    address = neutralise(server.address)
    error = neutralise(server.error or "no answer")
    before = (
        f"   the connection was fine at {clock_of_text(server.last_connected)}"
        if server.last_connected is not None
        else "   it was never connected since the start"
    )
    hint = neutralise(server.hint) if server.hint else ""
    count = sum(1 for row in snapshot.channels if row.server in {item.server for item in away})
    wide, narrow = _LATER[condition]
    return [
        _first(what, since, _next_try(server.attempt, server.next_try, now_ns, condition), width),
        _second(address, error, hint or before.strip(), width),
        _meaning(_count_of(count), width),
        _told("Later", wide, narrow, width),
    ]


def _sidecar_lines(loss: Loss, situation: Situation, width: int) -> list[Line]:
    what = Ink("✗ lost the sidecar" if loss.connected_before else "✗ the sidecar does not answer", "error", bold=True)
    away_s = (situation.now_ns - loss.since_ns) / 1e9
    since = Ink(f"since {clock_of(loss.since_ns)}, {format_whole(away_s)}", "fg")
    next_try = ""
    if loss.next_try_ns is not None:
        next_try = _in_seconds("next try", (loss.next_try_ns - situation.now_ns) / 1e9)
    shown = situation.shown
    if shown is None:
        meaning = _told(
            "What it means", "nothing is known yet; the sidecar may still be starting.", "nothing is known yet.", width
        )
    else:
        meaning = _meaning("all channels", width)
    return [
        _first(what, since, next_try, width),
        _second(neutralise(loss.url), neutralise(loss.error), neutralise(loss.hint or ""), width),
        meaning,
        _told(
            "Later",
            "this screen turns live by itself as soon as the sidecar answers.",
            "this screen turns live by itself.",
            width,
        ),
    ]


def _reload_lines(reload: ReloadView, refused: str, now_ns: int, width: int) -> list[Line]:
    """Say that what lies on disk is not what counts here, and why."""
    since_s = seconds_between(refused, now_ns) or 0
    what = Ink("▲ changed documents are not taken", "warn", bold=True)
    since = Ink(f"since {clock_of_text(refused)}, {format_whole(since_s)}", "fg")
    more = len(reload.reasons) - 1
    reason = neutralise(reload.reasons[0] if reload.reasons else "")
    return [
        fit_first([[what, _SINCE_GAP, since], [what]], width),
        [Ink(cut_end(f"{reason} and {more} more" if more > 0 else reason, width), "fg")],
        _told(
            "Later",
            "they are read again by themselves when they change; until then those of before count.",
            "read again when they change; those of before count.",
            width,
        ),
    ]


def _spoken_name(server: ServerView, snapshot: Snapshot) -> str:
    alone = sum(1 for other in snapshot.view.servers if other.protocol == server.protocol) == 1
    return server.protocol if alone and server.protocol else server.server


def _next_try(attempt: int, next_try: str | None, now_ns: int, condition: str) -> str:
    if condition == "misconfigured":
        return ""
    due_ns = None if next_try is None else parse_time(next_try)
    name = f"try {attempt + 1}" if attempt else "next try"
    if due_ns is None:
        return f"try {attempt} is running" if attempt else "trying now"
    return _in_seconds(name, (due_ns - now_ns) / 1e9)


def _in_seconds(name: str, seconds: float) -> str:
    return f"{name} in {format_whole(seconds)}" if seconds >= 1 else f"{name} now"


def _first(what: Ink, since: Ink, next_try: str, width: int) -> Line:
    full = [what, _SINCE_GAP, since]
    return fit_first([[*full, Ink("   "), Ink(next_try, "dim")], full, [what]], width)


def _second(address: str, error: str, more: str, width: int) -> Line:
    error_ink = Ink(error, "error")
    address_ink = Ink(address, "fg")
    full = [address_ink, _SINCE_GAP, error_ink]
    choices = [[*full, Ink("   "), Ink(more, "dim")], full]
    if width_of(full) > width:
        error = cut_end(error, max(width - min(width_of([address_ink]), width // 3) - 2, 8))
        room = width - width_of([Ink(error)]) - 2
        choices.append([Ink(cut_middle(address, room), "fg"), _SINCE_GAP, Ink(error, "error")])
    return fit_first(choices, width)


def _meaning(who: str, width: int) -> Line:
    verb = "shows its" if who.startswith("1 ") else "show their"
    return _told(
        "What it means",
        f"{who} {verb} last values (◐ stale); nothing is counted valid, lost or late meanwhile.",
        f"{who} {verb} last values (◐ stale).",
        width,
    )


def _count_of(count: int) -> str:
    return "1 channel" if count == 1 else f"{format_count(count)} channels"


def _told(label: str, long: str, short: str, width: int) -> Line:
    lead = 15 if width + 2 >= WIDE_FROM else 6 if label == "Later" else 0
    head = [Ink(label.ljust(lead), "bright", bold=True)] if lead else []
    return fit_first([[*head, Ink(long, "dim")], [*head, Ink(short, "dim")]], width)
