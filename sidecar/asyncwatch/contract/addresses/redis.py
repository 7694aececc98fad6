"""Redis channels and keys: PSUBSCRIBE takes globs, in which `*` stands for any text, separators included.

A placeholder is asked for as `*` and takes in one segment only when it is matched here.
Source: Redis, PSUBSCRIBE and stringmatchlen (util.c); facts on asyncapi, section 6.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Final

from asyncwatch.contract.addresses import plain
from asyncwatch.contract.addresses.placeholders import MOST_PLACEHOLDERS, PLACEHOLDER, Unmatchable

_GLOB: Final = re.compile(r"[*?\[\\]")
_SUBSCRIBING: Final = frozenset({"psubscribe"})
_ANY_TEXT: Final = "*"


@dataclass(frozen=True, slots=True)
class _Unit:
    """One sign of a glob with its pattern; `*` and placeholders have none."""

    text: str
    pattern: str | None
    is_placeholder: bool = False


def has_wildcards(address: str, method: str | None) -> bool:
    """Tell whether the signs of globs mean something: where the application subscribes to patterns, or nothing is said."""
    return method in _SUBSCRIBING or (method is None and _GLOB.search(PLACEHOLDER.sub("", address)) is not None)


def pattern(address: str, *, wildcards: bool) -> re.Pattern[str] | None:
    """Give the pattern of channels. Raises: Unmatchable."""
    if not (wildcards and _GLOB.search(PLACEHOLDER.sub("", address))):
        return plain.pattern(address, wildcards=False)
    separators = plain.separators_of(address)
    runs = _runs(_units(address))
    numbers = count()
    last = len(runs) - 1
    pieces: list[str] = []
    for place, run in enumerate(runs):
        is_between = 0 < place < last
        written = _write(run, separators, numbers, is_between=is_between)
        if is_between and run:
            # Signs in a fixed number: what follows fits behind a later place only if it fits behind the first.
            pieces.append(f"(?>(?s:.*?){written})")
        elif place == last and place > 0:
            pieces.append(f"(?s:.*){written}" if run else "(?s:.*+)")
        else:
            pieces.append(written)
    return re.compile("".join(pieces))


def _runs(units: Sequence[_Unit]) -> list[list[_Unit]]:
    """Give what stands before, between and after the `*`."""
    runs: list[list[_Unit]] = [[]]
    for unit in units:
        if unit.text == _ANY_TEXT and unit.pattern is None and not unit.is_placeholder:
            runs.append([])
        else:
            runs[-1].append(unit)
    return runs


def _write(run: Sequence[_Unit], separators: str, numbers: Iterator[int], *, is_between: bool) -> str:
    pieces: list[str] = []
    for place, unit in enumerate(run):
        if not unit.is_placeholder:
            pieces.append(unit.pattern or "")
            continue
        following = run[place + 1] if place + 1 < len(run) else None
        if is_between or (following is not None and following.text not in separators):
            raise Unmatchable("a placeholder stands beside a wildcard without a separator after it")
        pieces.append(f"(?P<p{next(numbers)}>[^{re.escape(separators)}]++)")
    return "".join(pieces)


def _units(address: str) -> list[_Unit]:
    units: list[_Unit] = []
    names = PLACEHOLDER.findall(address)
    if len(names) > MOST_PLACEHOLDERS:
        raise Unmatchable(f"more than {MOST_PLACEHOLDERS} placeholders")
    for place, literal in enumerate(PLACEHOLDER.split(address)[::2]):
        if place:
            units.append(_Unit("", None, is_placeholder=True))
        at = 0
        while at < len(literal):
            unit, at = _read_unit(literal, at)
            units.append(unit)
    return units


def _read_unit(text: str, at: int) -> tuple[_Unit, int]:
    """Read the glob's unit at a place; give it with the place behind it."""
    sign = text[at]
    if sign == "*":
        return _Unit(_ANY_TEXT, None), at + 1
    if sign == "?":
        return _Unit("?", "(?s:.)"), at + 1
    if sign == "\\" and at + 1 < len(text):
        return _Unit(text[at + 1], re.escape(text[at + 1])), at + 2
    if sign == "[":
        return _read_class(text, at)
    return _Unit(sign, re.escape(sign)), at + 1


def _read_class(text: str, at: int) -> tuple[_Unit, int]:
    """Read `[abc]`, `[^a]` or `[a-z]`; one that is not closed reaches to the end, as in Redis."""
    place = at + 1
    negated = text[place : place + 1] == "^"
    place += negated
    members: list[str] = []
    while place < len(text) and text[place] != "]":
        if text[place] == "\\" and place + 1 < len(text):
            members.append(re.escape(text[place + 1]))
            place += 2
        elif text[place + 1 : place + 2] == "-" and place + 2 < len(text):
            low, high = sorted((text[place], text[place + 2]))
            members.append(f"{re.escape(low)}-{re.escape(high)}")
            place += 3
        else:
            members.append(re.escape(text[place]))
            place += 1
    if not members:
        return _Unit("[", "(?s:.)" if negated else r"(?!)"), place + 1
    return _Unit("[", f"[{'^' if negated else ''}{''.join(members)}]"), place + 1


def subscription(address: str, *, wildcards: bool) -> str | None:
    """Give the channel, or the narrowest glob that takes in all real ones."""
    pieces = PLACEHOLDER.split(address)[::2]
    if len(pieces) == 1:
        return address
    return "*".join(pieces if wildcards else [_GLOB.sub(r"\\\g<0>", one) for one in pieces])


def fault(address: str) -> str | None:
    """Say why nothing can be sent to a channel; Redis takes any name but an empty one."""
    return None if address else "no channel of Redis: it is empty"
