"""A message's header block: `NATS/1.0`, then one name and value a line.

Source: NATS ADR-4 (message headers).
"""

from __future__ import annotations

from typing import Final

from asyncwatch.model.batch import Headers

_VERSION: Final = b"NATS/1.0"
_NONE: Final[Headers] = ()
_MOST_NAMES: Final = 2_000
MOST_HEADERS: Final = 1_000
"""Headers of one message that are read; a message with more is cut there."""


class _Names(dict[bytes, str]):
    """Header names as text, each decoded once; bounded, for names come from outside."""

    def __missing__(self, name: bytes) -> str:
        text = name.decode("utf-8", "backslashreplace").strip()
        if len(self) < _MOST_NAMES and len(name) <= 100:
            self[name] = text
        return text


_NAMES: Final = _Names()


def read_headers(block: bytes | None) -> Headers:
    """Read a header block; order, repeats and case are kept, a line without a colon is left out.

    Cost: bench tap[nats].
    """
    if block is None:
        return _NONE
    names = _NAMES
    return [
        (names[parts[0]], parts[2].strip(b" \t"))
        for line in block.split(b"\r\n", MOST_HEADERS + 1)[1 : MOST_HEADERS + 1]
        if (parts := line.partition(b":"))[1]
    ]


def read_status(block: bytes | None) -> tuple[int | None, str]:
    """Give the status code in a header block's first line and its words; None = no status, a plain message."""
    if block is None or not block.startswith(_VERSION):
        return None, ""
    first = block.partition(b"\r\n")[0][len(_VERSION) :].strip()
    code, _, words = first.partition(b" ")
    if len(code) != 3 or not code.isdigit():
        return None, ""
    return int(code), words.decode("utf-8", "replace").strip()


def find_header(block: bytes | None, name: str) -> str | None:
    """Give the last value of a header, looked up without regard to case."""
    wanted = name.lower()
    found = [value for one, value in read_headers(block) if one.lower() == wanted]
    last = found[-1] if found else None
    return last.decode("utf-8", "replace") if isinstance(last, bytes) else None
