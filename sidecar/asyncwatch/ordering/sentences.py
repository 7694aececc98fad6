"""One calm sentence a happening; a key is shown as the beginning of its hash, never by its value."""

from __future__ import annotations

from asyncwatch.ordering.happening import (
    BEGAN_AGAIN,
    CONFLICT,
    DUPLICATE,
    GAP,
    INTERLEAVED,
    LATER_MESSAGES,
    LOST,
    OUT_OF_ORDER,
    RESTART,
    TEXT,
    WAITED,
    Happening,
)
from asyncwatch.ordering.patience import SECOND_NS, Patience

_SHOWN = 6


def sentence(happening: Happening, key_hash: str | None, patience: Patience) -> str:
    """Say what happened; `key_hash` None = the scope is no key."""
    about = "" if key_hash is None else f"key #{key_hash[:_SHOWN]}: "
    return about + _said(happening, patience)


def _said(happening: Happening, patience: Patience) -> str:
    rule, why, low, high = happening.rule, happening.why, happening.low, happening.high
    if why == INTERLEAVED:
        return "two runs of numbers go on side by side (interleaved producers)"
    number = "the same sequence value" if why == TEXT else f"number {low}"
    if rule == DUPLICATE:
        return f"{number} came again" + (f" ({why})" if why not in {None, TEXT} else "")
    if rule == CONFLICT:
        return f"{number} came again with other content"
    if rule == OUT_OF_ORDER:
        return f"number {low} came after {high}"
    if rule == RESTART:
        return f"the sequence began again at {low} after {high}"
    several, numbers = _numbers(happening)
    if rule == GAP:
        return f"{numbers} {'are' if several else 'is'} missing"
    assert rule == LOST
    return f"{numbers} never came ({_reason(why, patience)})"


def _numbers(happening: Happening) -> tuple[bool, str]:
    low, high, size = happening.low, happening.high, happening.size
    if size == 1:
        return False, f"number {low}"
    if happening.whole:
        return True, f"numbers {low} to {high}"
    return True, f"{size} of the numbers {low} to {high}"


def _reason(why: str | None, patience: Patience) -> str:
    if why == WAITED:
        return f"waited {patience.lost_after_ns / SECOND_NS:g} s"
    if why == LATER_MESSAGES:
        return f"{patience.window} later messages came"
    if why == BEGAN_AGAIN:
        return BEGAN_AGAIN
    return str(why)
