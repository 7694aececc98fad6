"""AsyncAPI runtime expressions: where in a message a value stands.

Source: AsyncAPI 3.1, "Runtime Expression"; the grammar leaves the `#` out, the meta schema demands it: both are read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal
from urllib.parse import unquote

_FORM = re.compile(r"\$message\.(header|payload)(?:#?(/.*)?|#)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Expression:
    """A place in the headers or the payload; an empty pointer is the whole of it."""

    source: Literal["header", "payload"]
    pointer: tuple[str, ...]


def parse_expression(text: str) -> Expression | None:
    """Read an expression such as `$message.header#/sequence_id`; None if it is none."""
    found = _FORM.fullmatch(text)
    if found is None:
        return None
    source: Literal["header", "payload"] = "header" if found[1] == "header" else "payload"
    pointer = found[2]
    if pointer is None or pointer == "":
        return Expression(source, ())
    return Expression(source, tuple(unescape(part) for part in pointer[1:].split("/")))


def unescape(part: str) -> str:
    """Undo percent-encoding and the `~0 ~1` of a JSON pointer's part (RFC 6901)."""
    return unquote(part).replace("~1", "/").replace("~0", "~")
