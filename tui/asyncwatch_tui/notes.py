"""What stands on the lower border: what a pause holds back, or a short word about what was just done."""

from __future__ import annotations

from asyncwatch_tui.durations import clock_of
from asyncwatch_tui.fitting import neutralise
from asyncwatch_tui.ink import Ink, Line
from asyncwatch_tui.numbers import format_count
from asyncwatch_tui.situation import Situation


def border_note(situation: Situation, pause_key: str) -> Line | None:
    """Give the note of the moment, None where there is none."""
    if situation.note is not None:
        role = "error" if situation.note_is_error else "accent"
        return [Ink(f" {neutralise(situation.note)} ", "bg", bold=True, on=role)]
    if not situation.paused:
        return None
    messages, findings = situation.new_since_pause()
    what = f"{_count(messages, 'message')}, {_count(findings, 'finding')}"
    text = f" ↓ {what} since {clock_of(situation.shown_ns)} · {pause_key} resumes "
    return [Ink(text, "bg", bold=True, on="warn", does="app.pause")]


def _count(number: int, noun: str) -> str:
    return f"1 {noun}" if number == 1 else f"{format_count(number)} {noun}s"
