"""A .proto text to what it declares; services, extensions and most options are read over.

Nothing is opened: only the well-known files of google/protobuf may be imported.
Source: Protocol Buffers language specification, proto2 and proto3.
"""

from __future__ import annotations

from typing import Final, NoReturn

from asyncwatch.contract.findings import quote
from asyncwatch.contract.formats.proto_file import (
    SCALARS,
    WELL_KNOWN,
    Label,
    ProtoEnum,
    ProtoField,
    ProtoFile,
    ProtoMessage,
)
from asyncwatch.contract.formats.proto_tokens import Kind, Token, tokens_of

_MOST_LEVELS: Final = 32
_MOST_NUMBER: Final = (1 << 29) - 1
_OWN_NUMBERS: Final = range(19_000, 20_000)
"""Kept for the implementation of Protocol Buffers."""
_KEYS: Final = SCALARS - {"double", "float", "bytes"}
_CLOSING: Final = {"{": "}", "[": "]", "(": ")", "<": ">"}


def parse_proto(text: str) -> ProtoFile:
    """Read a text; the types of fields are left as they are written.

    Raises: BrokenProto with the line.
    """
    return _Parser(tokens_of(text)).file()


class _Parser:
    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._at = 0
        self._file = ProtoFile()

    @property
    def _next(self) -> Token:
        return self._tokens[self._at]

    def _take(self) -> Token:
        token = self._tokens[self._at]
        if token.kind != "end":
            self._at += 1
        return token

    def _accept(self, text: str) -> bool:
        if self._next.text == text and self._next.kind != "text":
            self._at += 1
            return True
        return False

    def _expect(self, text: str) -> Token:
        token = self._next
        if token.text != text or token.kind == "text":
            self._unexpected(token, f"'{text}'")
        return self._take()

    def _of_kind(self, kind: Kind, what: str) -> Token:
        token = self._next
        if token.kind != kind:
            self._unexpected(token, what)
        return self._take()

    @staticmethod
    def _unexpected(token: Token, expected: str) -> NoReturn:
        found = "the text ends" if token.kind == "end" else f"{quote(token.text, 40)} stands"
        token.refuse(f"{found} where {expected} is expected")

    def file(self) -> ProtoFile:
        """Read the whole text."""
        while self._next.kind != "end":
            word = self._of_kind("name", "a declaration") if not self._accept(";") else None
            if word is None:
                continue
            match word.text:
                case "syntax":
                    self._syntax()
                case "import":
                    self._import()
                case "package":
                    self._file.package = self._dotted()
                    self._expect(";")
                case "message":
                    self._file.messages.append(self._message(self._file.package, 0))
                case "enum":
                    self._file.enums.append(self._enum(self._file.package))
                case "option":
                    self._option(";")
                case "service" | "extend":
                    self._skip_block()
                case _:
                    self._unexpected(word, "message, enum or another declaration")
        return self._file

    def _syntax(self) -> None:
        self._expect("=")
        token = self._of_kind("text", "the version in quotes")
        if token.text[1:-1] not in {"proto2", "proto3"}:
            token.refuse(f"{quote(token.text, 40)} is no syntax that is read: proto2 or proto3")
        self._file.version = 3 if token.text[1:-1] == "proto3" else 2
        self._expect(";")

    def _import(self) -> None:
        if self._next.text in {"public", "weak"}:
            self._take()
        token = self._of_kind("text", "a file's name in quotes")
        name = token.text[1:-1].removeprefix("google/protobuf/").removesuffix(".proto")
        if token.text[1:-1] != f"google/protobuf/{name}.proto" or name not in WELL_KNOWN:
            token.refuse(
                f"{quote(token.text[1:-1])} is not imported: only well-known types are, put others into the text"
            )
        self._file.imports.append(name)
        self._expect(";")

    def _dotted(self) -> str:
        lead = "." if self._accept(".") else ""
        parts = [self._of_kind("name", "a name").text]
        while self._accept("."):
            parts.append(self._of_kind("name", "a name").text)
        return lead + ".".join(parts)

    def _message(self, space: str, level: int) -> ProtoMessage:
        name = self._of_kind("name", "the name of a message")
        return self._body(name, space, level)

    def _body(self, name: Token, space: str, level: int) -> ProtoMessage:
        if level > _MOST_LEVELS:
            name.refuse(f"messages are nested deeper than {_MOST_LEVELS} levels")
        found = ProtoMessage(name.text, f"{space}.{name.text}".lstrip("."), name.line)
        self._expect("{")
        while not self._accept("}"):
            self._element(found, level)
        self._check_fields(found)
        return found

    def _element(self, message: ProtoMessage, level: int) -> None:
        word = self._next
        following = self._tokens[self._at + 1] if word.kind != "end" else word
        is_declaration = following.kind in {"name", "number", "text"} or following.text == "("
        if self._accept(";"):
            return
        match word.text if is_declaration else "":
            case "message":
                self._take()
                message.messages.append(self._message(message.full_name, level + 1))
            case "enum":
                self._take()
                message.enums.append(self._enum(message.full_name))
            case "oneof":
                self._take()
                self._oneof(message, level)
            case "option":
                self._take()
                self._option(";")
            case "extensions":
                self._take()
                self._extensions(message)
            case "reserved":
                while not self._accept(";"):
                    self._skip_one()
            case "extend":
                self._take()
                self._skip_block()
            case _:
                self._field(message, None, level)

    def _field(self, message: ProtoMessage, oneof: str | None, level: int) -> None:
        label: Label = "optional"
        is_labelled = False
        if self._next.text in {"optional", "required", "repeated"} and self._tokens[self._at + 1].text != "=":
            token = self._take()
            if oneof is not None:
                token.refuse("a field of a oneof has no label")
            is_labelled = True
            if token.text == "required" and self._file.version == 3:
                token.refuse("proto3 has no required fields")
            label = "required" if token.text == "required" else "repeated" if token.text == "repeated" else "optional"
        if self._next.text == "map" and self._tokens[self._at + 1].text == "<":
            if is_labelled or oneof is not None:
                self._next.refuse("a map has no label, and stands in no oneof")
            self._map(message)
            return
        start = self._next
        if start.text == "group" and self._file.version == 2:
            self._take()
            self._group(message, label, oneof, level)
            return
        if start.kind != "name" and start.text != ".":
            self._unexpected(start, "a field")
        if not is_labelled and oneof is None and self._file.version == 2:
            start.refuse("a field of proto2 begins with optional, required or repeated")
        kind = self._dotted()
        field = self._numbered(message, kind, label, oneof)
        field.is_explicit = is_labelled and label == "optional" and self._file.version == 3
        self._options_of(field)
        self._expect(";")

    def _numbered(self, message: ProtoMessage, kind: str, label: Label, oneof: str | None) -> ProtoField:
        name = self._of_kind("name", "the name of a field")
        self._expect("=")
        number = self._number()
        field = ProtoField(name.text, number, label, kind, name.line, oneof)
        if not 1 <= number <= _MOST_NUMBER or number in _OWN_NUMBERS:
            name.refuse(f"field {quote(name.text)} has the number {number}, which no field may have")
        message.fields.append(field)
        return field

    def _map(self, message: ProtoMessage) -> None:
        self._take()
        self._expect("<")
        key = self._of_kind("name", "the type of a map's keys")
        if key.text not in _KEYS:
            key.refuse(f"{quote(key.text)} cannot be the type of a map's keys")
        self._expect(",")
        kind = self._dotted()
        self._expect(">")
        field = self._numbered(message, kind, "repeated", None)
        field.key_type = key.text
        self._options_of(field)
        self._expect(";")

    def _group(self, message: ProtoMessage, label: Label, oneof: str | None, level: int) -> None:
        name = self._next
        field = self._numbered(message, name.text, label, oneof)
        field.is_group = True
        field.name = name.text.lower()
        self._options_of(field)
        message.messages.append(self._body(name, message.full_name, level + 1))

    def _oneof(self, message: ProtoMessage, level: int) -> None:
        name = self._of_kind("name", "the name of a oneof")
        if name.text in message.oneofs:
            name.refuse(f"the oneof {quote(name.text)} stands twice in a message")
        message.oneofs.append(name.text)
        self._expect("{")
        while not self._accept("}"):
            if self._next.text == "option" and self._tokens[self._at + 1].text != "=":
                self._take()
                self._option(";")
            elif not self._accept(";"):
                self._field(message, name.text, level)

    def _extensions(self, message: ProtoMessage) -> None:
        while True:
            first = self._number()
            last = first
            if self._accept("to"):
                last = _MOST_NUMBER if self._accept("max") else self._number()
            message.extension_ranges.append((first, last))
            if not self._accept(","):
                break
        if self._next.text == "[":
            self._skip_one()
        self._expect(";")

    def _enum(self, space: str) -> ProtoEnum:
        name = self._of_kind("name", "the name of an enum")
        found = ProtoEnum(name.text, f"{space}.{name.text}".lstrip("."), name.line)
        self._expect("{")
        while not self._accept("}"):
            word = self._of_kind("name", "a value of the enum") if not self._accept(";") else None
            if word is None:
                continue
            if word.text == "option" and self._next.text != "=":
                found.allows_alias = found.allows_alias or self._option(";") == "allow_alias"
            elif word.text == "reserved" and self._next.text != "=":
                while not self._accept(";"):
                    self._skip_one()
            else:
                self._value(found, word)
        if not found.values:
            name.refuse(f"the enum {quote(name.text)} has no values")
        if self._file.version == 3 and next(iter(found.values.values())) != 0:
            name.refuse(f"the first value of the enum {quote(name.text)} must be 0 in proto3")
        return found

    def _value(self, found: ProtoEnum, word: Token) -> None:
        self._expect("=")
        sign = -1 if self._accept("-") else 1
        number = sign * self._number()
        if word.text in found.values:
            word.refuse(f"the value {quote(word.text)} stands twice in an enum")
        if not -(2**31) <= number < 2**31:
            word.refuse(f"the value {quote(word.text)} has a number beyond 32 bits")
        found.values[word.text] = number
        if self._next.text == "[":
            self._skip_one()
        self._expect(";")

    def _number(self) -> int:
        token = self._of_kind("number", "a number")
        try:
            is_octal = token.text.isdigit() and token.text.startswith("0")
            number = int(token.text[:20], 8) if is_octal else int(token.text[:20], 0)
        except ValueError:
            self._unexpected(token, "a whole number")
        return number

    def _options_of(self, field: ProtoField) -> None:
        if not self._accept("["):
            return
        while True:
            start = self._at
            name = self._option_name()
            value = self._tokens[self._at]
            self._constant()
            if name == "packed":
                field.packed = value.text == "true"
            elif name == "json_name" and value.kind == "text":
                field.json_name = value.text[1:-1]
            if self._accept("]"):
                return
            self._expect(",")
            assert self._at > start  # each round takes a word

    def _option(self, end: str) -> str:
        """Read one option; give its name where it is true."""
        name = self._option_name()
        is_true = self._next.text == "true"
        self._constant()
        self._expect(end)
        return name if is_true else ""

    def _option_name(self) -> str:
        parts: list[str] = []
        while not self._accept("="):
            if self._next.text == "(":
                self._skip_one()
            else:
                token = self._next
                if token.kind != "name" and token.text != ".":
                    self._unexpected(token, "the name of an option")
                parts.append(self._take().text)
        return "".join(parts)

    def _constant(self) -> None:
        """Read over the value of an option."""
        if self._next.text in _CLOSING and self._next.kind == "sign":
            self._skip_one()
            return
        if self._next.text in {"+", "-"}:
            self._take()
        token = self._take()
        if token.kind not in {"name", "number", "text"}:
            self._unexpected(token, "a value")
        while (token.kind == "text" and self._next.kind == "text") or self._next.text == ".":
            self._take()
            if self._next.kind == "name" and token.kind == "name":
                self._take()

    def _skip_block(self) -> None:
        """Read over a declaration whose body is of no account here."""
        while self._next.text != "{" or self._next.kind == "text":
            if self._next.kind == "end" or self._next.text in {";", "}"}:
                self._unexpected(self._next, "'{'")
            self._take()
        self._skip_one()

    def _skip_one(self) -> None:
        """Read over one word, or over everything in brackets."""
        open_brackets: list[str] = []
        while True:
            token = self._take()
            if token.kind == "end":
                self._unexpected(token, f"'{open_brackets[-1]}'" if open_brackets else "more")
            if token.kind == "sign" and token.text in _CLOSING:
                open_brackets.append(_CLOSING[token.text])
            elif open_brackets and token.kind == "sign" and token.text == open_brackets[-1]:
                open_brackets.pop()
            if not open_brackets:
                return

    @staticmethod
    def _check_fields(message: ProtoMessage) -> None:
        """See that names and numbers stand once."""
        names: set[str] = set()
        numbers: dict[int, str] = {}
        for field in message.fields:
            at = Token("name", field.name, field.line)
            if field.name in names:
                at.refuse(f"the field {quote(field.name)} stands twice in message {quote(message.name)}")
            if field.number in numbers:
                at.refuse(f"the fields {quote(numbers[field.number])} and {quote(field.name)} have one number")
            names.add(field.name)
            numbers[field.number] = field.name
