"""A YAML or JSON text as plain values, with the line and column of every part.

Rule 1: JSON is read as JSON; what begins like it and is none, is YAML. Both have the same positions and limits.
Rule 2: U+0085, U+2028 and U+2029 end no line since YAML 1.2. The parser reads 1.1, so other signs stand for them there.
"""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from typing import Final

from yaml import MarkedYAMLError, YAMLError
from yaml.reader import ReaderError

from asyncwatch.reading.compose import Composer, Mark
from asyncwatch.reading.json_text import read_json
from asyncwatch.reading.malformed import Faults, Malformed

MOST_BYTES: Final = 20_000_000
"""Bytes of one file at most (facts on asyncapi, section 5)."""

_LINE_ENDS_OF_1_1: Final = ("\x85", "\u2028", "\u2029")
_UTF_8_OF_LINE_ENDS: Final = tuple(sign.encode() for sign in _LINE_ENDS_OF_1_1)
_PRIVATE: Final = range(0xE000, 0xF900)
"""Unicode's private use area: letters that mean nothing by themselves."""


@dataclass(frozen=True, slots=True)
class Tree:
    """A text's values, and where each of them stands.

    Shape: `value` holds dict, list, str, int, float, bool and None; parts that an alias repeats are shared, so nothing
    in it may be changed.
    """

    file: str
    value: object
    root: Mark
    size: int
    """The number of its nodes, what aliases repeat included."""

    def position(self, pointer: tuple[str | int, ...]) -> tuple[int, int]:
        """Give line and column of a part (of its key, in a mapping), or of its nearest parent if there is none.

        Units: line and column from 1.
        """
        mark = self.root
        for part in pointer:
            inner = mark[2]
            if isinstance(inner, dict):
                found = inner.get(part) if isinstance(part, str) else None
            elif isinstance(inner, list):
                index = _index(part)
                found = inner[index] if index is not None and index < len(inner) else None
            else:
                found = None
            if found is None:
                break
            mark = found
        return mark[0], mark[1]


def read_tree(data: bytes, file: str, faults: Faults | None = None) -> Tree:
    """Read a YAML 1.2 or JSON text; `file` names it in errors.

    Faults that reading can go on after are collected in `faults`, and raised where it is None.
    Raises: Malformed (a Misconfigured) with the place, for a text that is none, too large, too deep or ambiguous.
    """
    if len(data) > MOST_BYTES:
        raise Malformed("too-large", f"{len(data):,} bytes, at most {MOST_BYTES:,} are read", file)
    if data[:3] == codecs.BOM_UTF8:
        data = data[3:]
    if data.lstrip()[:1] in {b"{", b"["}:
        known = len(faults) if faults is not None else 0
        found = _read_as_json(data, file, faults)
        if found is not None:
            return Tree(file, *found)
        if faults is not None:
            del faults[known:]
    try:
        composer = _composer(data, file, faults)
        return Tree(file, *composer.compose(), composer.size)
    except ReaderError as error:
        line, column = _place_of(data, error.position)
        raise Malformed("encoding", f"no text: {error.reason}", file, line, column) from error
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark is not None else (1, 1)
        raise Malformed("syntax", _in_words(error, data), file, line, column) from error
    except (YAMLError, UnicodeError) as error:
        raise Malformed("encoding", "no text", file) from error


def _read_as_json(data: bytes, file: str, faults: Faults | None) -> tuple[object, Mark, int] | None:
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return None  # YAML says where
    return read_json(text, file, faults)


def _composer(data: bytes, file: str, faults: Faults | None) -> Composer:
    """Make the composer; where the text holds line ends of YAML 1.1 only, signs it does not hold stand for them."""
    if not any(sign in data for sign in _UTF_8_OF_LINE_ENDS):
        return Composer(data, file, faults)
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return Composer(data, file, faults)
    taken = set(text)
    free = [code for code in _PRIVATE if chr(code) not in taken][: len(_LINE_ENDS_OF_1_1)]
    if len(free) < len(_LINE_ENDS_OF_1_1):
        return Composer(data, file, faults)
    stand_ins = dict(zip(map(ord, _LINE_ENDS_OF_1_1), map(chr, free), strict=True))
    restored = dict(zip(free, _LINE_ENDS_OF_1_1, strict=True))
    return Composer(text.translate(stand_ins), file, faults, restored)


def _in_words(error: MarkedYAMLError, data: bytes) -> str:
    """Say what the parser minds, what it was reading, and whether the text is over there."""
    what = error.problem or "no YAML"
    if error.context and error.context_mark is not None and error.problem_mark is not None:
        what += f" {error.context} that begins in line {error.context_mark.line + 1}"
    mark = error.problem_mark
    if mark is not None and mark.index >= len(data.decode(errors="replace").rstrip()):
        what = f"the text breaks off: {what}"
    return what


def _place_of(data: bytes, position: object) -> tuple[int, int]:
    """Turn a byte position into line and column."""
    before = data[: position if isinstance(position, int) else 0]
    return before.count(b"\n") + 1, len(before) - before.rfind(b"\n")


def _index(part: str | int) -> int | None:
    if isinstance(part, int):
        return part if part >= 0 else None
    return int(part) if part.isascii() and part.isdigit() and len(part) < 10 else None
