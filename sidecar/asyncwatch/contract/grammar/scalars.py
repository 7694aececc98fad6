"""Texts and numbers against what a field takes."""

from __future__ import annotations

import re
from functools import cache
from typing import Final

import orjson

from asyncwatch.contract.findings import quote
from asyncwatch.contract.grammar.formats import has_format
from asyncwatch.contract.grammar.language import Number, Text
from asyncwatch.contract.grammar.near_miss import near_miss

_COMPONENT_NAME: Final = re.compile(r"[\w.\-]+", re.ASCII)
_EXTENSION: Final = re.compile(r"x-[\w.\-]+", re.ASCII)


def is_component_name(name: str) -> bool:
    """Tell whether a name has the form that components' names have."""
    return _COMPONENT_NAME.fullmatch(name) is not None


def is_extension(name: str) -> bool:
    """Tell whether a field's name is that of an extension."""
    return _EXTENSION.fullmatch(name) is not None


@cache
def _pattern(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.ASCII | re.DOTALL)


def fault_of_text(kind: Text, text: str) -> str | None:
    """Say what a text is instead of what is expected, with a near miss where there is one; None if it fits."""
    if kind.choices:
        if text in kind.choices:
            return None
        meant = near_miss(text, kind.choices)
        return quote(text) + (f" (did you mean '{meant}'?)" if meant is not None else "")
    if len(text) < kind.least:
        return "empty"
    if kind.most is not None and len(text) > kind.most:
        return f"a text of {len(text):,} characters"
    if kind.pattern is not None and _pattern(kind.pattern).fullmatch(text) is None:
        return quote(text)
    if kind.format is not None and not has_format(text, kind.format):
        return quote(text)
    return None


def is_number(kind: Number, value: object) -> bool:
    """Tell whether a value is of the kind of number at all; 1.0 is an integer."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return not kind.integer or isinstance(value, int) or value.is_integer()


def fits_number(kind: Number, value: float) -> bool:
    """Tell whether a number is within bounds."""
    if kind.choices:
        return value in kind.choices
    return (
        (kind.least is None or value >= kind.least)
        and (kind.most is None or value <= kind.most)
        and (kind.above is None or value > kind.above)
    )


def identity(value: object) -> object:
    """Give what is equal for equal JSON values, 1 and 1.0 among them, and for no others."""
    if isinstance(value, bool):
        return ("boolean", value)
    if value is None or isinstance(value, str | int | float):
        return value
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except (TypeError, ValueError):
        return id(value)  # larger numbers than JSON writers take: equal to itself only
