"""A way through the words of a .proto text: what is expected next, and what may be read over."""

from __future__ import annotations

from typing import Final, NoReturn

from asyncwatch.contract.findings import quote
from asyncwatch.contract.formats.proto_tokens import Kind, Token

_CLOSING: Final = {"{": "}", "[": "]", "(": ")", "<": ">"}


class Cursor:
    """Words one after the other; what is not expected is refused with its line."""

    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._at = 0

    @property
    def next(self) -> Token:
        """The word at hand."""
        return self._tokens[self._at]

    @property
    def following(self) -> Token:
        """The word after the one at hand."""
        return self._tokens[min(self._at + 1, len(self._tokens) - 1)]

    def take(self) -> Token:
        """Give the word at hand and go on; the end stays."""
        token = self._tokens[self._at]
        if token.kind != "end":
            self._at += 1
        return token

    def accept(self, text: str) -> bool:
        """Go on if the word at hand is this one."""
        if self.next.text == text and self.next.kind != "text":
            self._at += 1
            return True
        return False

    def expect(self, text: str) -> Token:
        """Go on past this word.

        Raises: BrokenProto.
        """
        token = self.next
        if token.text != text or token.kind == "text":
            self.unexpected(token, f"'{text}'")
        return self.take()

    def of_kind(self, kind: Kind, what: str) -> Token:
        """Go on past a word of a kind; `what` names it for people.

        Raises: BrokenProto.
        """
        token = self.next
        if token.kind != kind:
            self.unexpected(token, what)
        return self.take()

    @staticmethod
    def unexpected(token: Token, expected: str) -> NoReturn:
        """Say what stands where something else is expected.

        Raises: BrokenProto.
        """
        found = "the text ends" if token.kind == "end" else f"{quote(token.text, 40)} stands"
        token.refuse(f"{found} where {expected} is expected")

    def dotted(self) -> str:
        """Read a name with its dots."""
        lead = "." if self.accept(".") else ""
        parts = [self.of_kind("name", "a name").text]
        while self.accept("."):
            parts.append(self.of_kind("name", "a name").text)
        return lead + ".".join(parts)

    def number(self) -> int:
        """Read a whole number."""
        token = self.of_kind("number", "a number")
        try:
            is_octal = token.text.isdigit() and token.text.startswith("0")
            number = int(token.text[:20], 8) if is_octal else int(token.text[:20], 0)
        except ValueError:
            self.unexpected(token, "a whole number")
        return number

    def option(self, end: str) -> str:
        """Read one option; give its name where it is true."""
        name = self.option_name()
        is_true = self.next.text == "true"
        self.constant()
        self.expect(end)
        return name if is_true else ""

    def option_name(self) -> str:
        """Read the name of an option and its `=`; a name in brackets is of no account."""
        parts: list[str] = []
        while not self.accept("="):
            if self.next.text == "(":
                self.skip_one()
            else:
                token = self.next
                if token.kind != "name" and token.text != ".":
                    self.unexpected(token, "the name of an option")
                parts.append(self.take().text)
        return "".join(parts)

    def constant(self) -> None:
        """Read over the value of an option."""
        if self.next.text in _CLOSING and self.next.kind == "sign":
            self.skip_one()
            return
        if self.next.text in {"+", "-"}:
            self.take()
        token = self.take()
        if token.kind not in {"name", "number", "text"}:
            self.unexpected(token, "a value")
        while (token.kind == "text" and self.next.kind == "text") or self.next.text == ".":
            self.take()
            if self.next.kind == "name" and token.kind == "name":
                self.take()

    def skip_block(self) -> None:
        """Read over a declaration whose body is of no account here."""
        while self.next.text != "{" or self.next.kind == "text":
            if self.next.kind == "end" or self.next.text in {";", "}"}:
                self.unexpected(self.next, "'{'")
            self.take()
        self.skip_one()

    def skip_one(self) -> None:
        """Read over one word, or over everything in brackets."""
        open_brackets: list[str] = []
        while True:
            token = self.take()
            if token.kind == "end":
                self.unexpected(token, f"'{open_brackets[-1]}'" if open_brackets else "more")
            if token.kind == "sign" and token.text in _CLOSING:
                open_brackets.append(_CLOSING[token.text])
            elif open_brackets and token.kind == "sign" and token.text == open_brackets[-1]:
                open_brackets.pop()
            if not open_brackets:
                return
