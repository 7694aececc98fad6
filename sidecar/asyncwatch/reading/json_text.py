"""JSON text to plain values with places: what YAML reads otherwise (long keys, half of a character, U+2028) is read as JSON.

Rule 1: limits and faults are those of YAML (`compose.py`); a text that is no JSON is left to it.
Rule 2: nesting is counted while the text is read, so depth costs no stack.
"""

from __future__ import annotations

import re
from json.decoder import JSONDecodeError, scanstring  # type: ignore[attr-defined] # the stubs leave it out
from typing import Final

from asyncwatch.reading.compose import MOST_LEVELS, MOST_NODES, Mark
from asyncwatch.reading.malformed import Faults, Malformed, note
from asyncwatch.reading.scalars import resolve_plain

_TOKEN: Final = re.compile(
    r'([ \t\r\n]*)(?:"([^"\\\x00-\x1f]*)(["\\])'
    r"|([\[\]{},:])"
    r"|(-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?(?![\w.+-]))"
    r"|(true|false|null)(?!\w))",
    re.ASCII,
)
_END: Final = re.compile(r"[ \t\r\n]*\Z")
_HALF: Final = re.compile("[\ud800-\udfff]")
_WORDS: Final = {"true": True, "false": False, "null": None}

# What may come next in a text.
_VALUE, _KEY, _COLON, _COMMA = range(4)


def read_json(text: str, file: str, faults: Faults | None = None) -> tuple[object, Mark, int] | None:
    """Read a JSON text: its value, its mark, and the number of its nodes; None if it is no JSON.

    Raises: Malformed for JSON with a fault that is not collected, too deep, or too large.
    """
    match, most = _TOKEN.match, MOST_NODES
    value: object
    into: dict[str, object] | list[object] = []
    marks: dict[str, Mark] | list[Mark] = []
    key, key_mark = "", (1, 1)
    mark: Mark
    above: list[tuple[dict[str, object] | list[object], dict[str, Mark] | list[Mark], Mark, str, tuple[int, int]]] = []
    at, line, line_start, size = 0, 1, 0, 0
    due, is_empty = _VALUE, False
    while True:
        found = match(text, at)
        if found is None:
            return None
        blank, plain, end, sign, number, word = found.groups()
        if "\n" in blank:
            line += blank.count("\n")
            line_start = at + blank.rfind("\n") + 1
        begin = at + len(blank)
        column = begin - line_start + 1
        at = found.end()
        if sign is None:
            if plain is None:
                try:
                    value = _WORDS[word] if number is None else resolve_plain(number)
                except ValueError as error:
                    raise Malformed("syntax", str(error), file, line, column) from None
            elif end == '"':
                value = plain
            else:
                try:
                    whole, at = scanstring(text, begin + 1, True)
                except JSONDecodeError:
                    return None
                if _HALF.search(whole) is not None:
                    raise Malformed("syntax", "an escape that is half of a character", file, line, column)
                value = whole
            if due == _KEY and plain is not None:
                assert isinstance(value, str)
                if value in into:
                    way = tuple(one[3] if isinstance(one[0], dict) else len(one[0]) for one in above[1:])
                    way = (*way, value)
                    what = f"the key '{value[:80]}' stands twice"
                    note(Malformed("duplicate-key", what, file, line, column, pointer=way), faults)
                key, key_mark = value, (line, column)
                due, is_empty = _COLON, False
                size += 1
                continue
            if due != _VALUE:
                return None
            mark = (line, column, None)
        elif sign == ",":
            if due != _COMMA:
                return None
            due = _KEY if isinstance(into, dict) else _VALUE
            continue
        elif sign == ":":
            if due != _COLON:
                return None
            due = _VALUE
            continue
        elif sign in "{[":
            if due != _VALUE:
                return None
            if len(above) >= MOST_LEVELS:
                raise Malformed("too-large", f"nested deeper than {MOST_LEVELS} levels", file, line, column)
            above.append((into, marks, (line, column, None), key, key_mark))
            into, marks = ({}, {}) if sign == "{" else ([], [])
            due, is_empty = _KEY if sign == "{" else _VALUE, True
            continue
        else:
            if not above or isinstance(into, dict) is not (sign == "}") or (due != _COMMA and not is_empty):
                return None
            value, inner = into, marks
            into, marks, opened, key, key_mark = above.pop()
            mark = (opened[0], opened[1], inner)
        due, is_empty = _COMMA, False
        size += 1
        if size > most:
            raise Malformed("too-large", f"more than {most:,} values", file, line, column)
        if not above:
            return (value, mark, size) if _END.match(text, at) else None
        if isinstance(into, dict):
            assert isinstance(marks, dict)
            into[key] = value
            marks[key] = (*key_mark, mark[2])
        else:
            assert isinstance(marks, list)
            into.append(value)
            marks.append(mark)
