"""A YAML or JSON text as plain values, with the line and column of every part.

JSON is read as YAML, so both have the same positions and the same limits.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from yaml import MarkedYAMLError, YAMLError
from yaml.reader import ReaderError

from asyncwatch.reading.compose import Composer, Mark
from asyncwatch.reading.malformed import Malformed

MOST_BYTES: Final = 20_000_000
"""Bytes of one file at most (facts on asyncapi, section 5)."""

_SURROGATE_PAIR: Final = re.compile(
    rb"(?<!\\)((?:\\\\)*)\\u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})"
)


@dataclass(frozen=True, slots=True)
class Tree:
    """A text's values, and where each of them stands.

    Shape: `value` holds dict, list, str, int, float, bool and None; parts that an alias repeats are shared, so nothing
    in it may be changed.
    """

    file: str
    value: object
    root: Mark

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


def read_tree(data: bytes, file: str) -> Tree:
    """Read a YAML 1.2 or JSON text; `file` names it in errors.

    Raises: Malformed (a Misconfigured) with the place, for a text that is none, too large, too deep or ambiguous.
    """
    if len(data) > MOST_BYTES:
        raise Malformed("too-large", f"{len(data):,} bytes, at most {MOST_BYTES:,} are read", file)
    if data.lstrip()[:1] in {b"{", b"["} and b"\\u" in data:
        data = _SURROGATE_PAIR.sub(_join_surrogates, data)  # JSON writes one character as two escapes, YAML does not
    try:
        value, root = Composer(data, file).compose()
    except ReaderError as error:
        line, column = _place_of(data, error.position)
        raise Malformed("encoding", f"no text: {error.reason}", file, line, column) from error
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark is not None else (1, 1)
        raise Malformed("syntax", error.problem or error.context or "no YAML", file, line, column) from error
    except (YAMLError, UnicodeError) as error:
        raise Malformed("encoding", "no text", file) from error
    return Tree(file, value, root)


def _join_surrogates(found: re.Match[bytes]) -> bytes:
    pair = (int(found[2], 16), int(found[3], 16))
    return found[1] + chr(0x10000 + ((pair[0] - 0xD800) << 10) + (pair[1] - 0xDC00)).encode()


def _place_of(data: bytes, position: object) -> tuple[int, int]:
    """Turn a byte position into line and column."""
    before = data[: position if isinstance(position, int) else 0]
    return before.count(b"\n") + 1, len(before) - before.rfind(b"\n")


def _index(part: str | int) -> int | None:
    if isinstance(part, int):
        return part if part >= 0 else None
    return int(part) if part.isascii() and part.isdigit() and len(part) < 10 else None
