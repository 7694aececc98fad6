"""The words of a .proto text, each with its line. Source: Protocol Buffers language specification, Lexical Elements."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal, NoReturn

_MOST_SIGNS: Final = 1_000_000
_MOST_TOKENS: Final = 200_000
_WORD: Final = re.compile(
    r"(?P<gap>\s+|//[^\n]*|/\*[^*]*\*+(?:[^/*][^*]*\*+)*/)"
    r"|(?P<name>[A-Za-z_]\w*)"
    r"|(?P<number>0[xX][0-9A-Fa-f]+|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?f?)"
    r"|(?P<text>\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*')"
    r"|(?P<sign>[{}\[\]()<>=;,.:+-]|/(?!\*))",
    re.ASCII,
)

Kind = Literal["name", "number", "text", "sign", "end"]
_KINDS: Final[dict[str, Kind]] = {"name": "name", "number": "number", "text": "text", "sign": "sign"}


class BrokenProto(ValueError):
    """A text that is no .proto; `line` is counted from 1."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.line = line


@dataclass(frozen=True, slots=True)
class Token:
    """A word of the text."""

    kind: Kind
    text: str
    line: int

    def refuse(self, message: str) -> NoReturn:
        """Say that something is wrong at this word.

        Raises: BrokenProto.
        """
        raise BrokenProto(message, self.line)


def tokens_of(text: str) -> list[Token]:
    """Split a text into its words; the last one stands for the end.

    Raises: BrokenProto.
    """
    if len(text) > _MOST_SIGNS:
        raise BrokenProto(f"a .proto text with more than {_MOST_SIGNS:,} characters", 1)
    found: list[Token] = []
    at, line = 0, 1
    while at < len(text):
        match = _WORD.match(text, at)
        if match is None:
            raise BrokenProto(_strange(text, at), line)
        word = match[0]
        kind = _KINDS.get(match.lastgroup or "")
        if kind is not None:
            found.append(Token(kind, word, line))
            if len(found) > _MOST_TOKENS:
                raise BrokenProto(f"a .proto text with more than {_MOST_TOKENS:,} words", line)
        line += word.count("\n")
        at = match.end()
    found.append(Token("end", "", line))
    return found


def _strange(text: str, at: int) -> str:
    if text.startswith("/*", at):
        return "a comment has no end"
    return "a text in quotes has no end" if text[at] in "\"'" else "a sign that .proto does not have"
