"""A .proto text to what it declares; services, extensions and most options are read over.

Nothing is opened: only the well-known files of google/protobuf may be imported.
Source: Protocol Buffers language specification, proto2 and proto3.
"""

from __future__ import annotations

from typing import Final

from asyncwatch.contract.findings import quote
from asyncwatch.contract.formats.proto_cursor import Cursor
from asyncwatch.contract.formats.proto_file import (
    SCALARS,
    WELL_KNOWN,
    Label,
    ProtoEnum,
    ProtoField,
    ProtoFile,
    ProtoMessage,
)
from asyncwatch.contract.formats.proto_tokens import Token, tokens_of

_MOST_LEVELS: Final = 32
_MOST_NUMBER: Final = (1 << 29) - 1
_OWN_NUMBERS: Final = range(19_000, 20_000)
"""Kept for the implementation of Protocol Buffers."""
_KEYS: Final = SCALARS - {"double", "float", "bytes"}


def parse_proto(text: str) -> ProtoFile:
    """Read a text; the types of fields are left as they are written.

    Raises: BrokenProto with the line.
    """
    return _Parser(tokens_of(text)).file()


class _Parser(Cursor):
    def __init__(self, tokens: list[Token]) -> None:
        super().__init__(tokens)
        self._file = ProtoFile()

    def file(self) -> ProtoFile:
        """Read the whole text."""
        while self.next.kind != "end":
            word = self.of_kind("name", "a declaration") if not self.accept(";") else None
            if word is None:
                continue
            match word.text:
                case "syntax":
                    self._syntax()
                case "import":
                    self._import()
                case "package":
                    self._file.package = self.dotted()
                    self.expect(";")
                case "message":
                    self._file.messages.append(self._message(self._file.package, 0))
                case "enum":
                    self._file.enums.append(self._enum(self._file.package))
                case "option":
                    self.option(";")
                case "service" | "extend":
                    self.skip_block()
                case _:
                    self.unexpected(word, "message, enum or another declaration")
        return self._file

    def _syntax(self) -> None:
        self.expect("=")
        token = self.of_kind("text", "the version in quotes")
        if token.text[1:-1] not in {"proto2", "proto3"}:
            token.refuse(f"{quote(token.text, 40)} is no syntax that is read: proto2 or proto3")
        self._file.version = 3 if token.text[1:-1] == "proto3" else 2
        self.expect(";")

    def _import(self) -> None:
        if self.next.text in {"public", "weak"}:
            self.take()
        token = self.of_kind("text", "a file's name in quotes")
        name = token.text[1:-1].removeprefix("google/protobuf/").removesuffix(".proto")
        if token.text[1:-1] != f"google/protobuf/{name}.proto" or name not in WELL_KNOWN:
            token.refuse(
                f"{quote(token.text[1:-1])} is not imported: only well-known types are, put others into the text"
            )
        self._file.imports.append(name)
        self.expect(";")

    def _message(self, space: str, level: int) -> ProtoMessage:
        name = self.of_kind("name", "the name of a message")
        return self._body(name, space, level)

    def _body(self, name: Token, space: str, level: int) -> ProtoMessage:
        if level > _MOST_LEVELS:
            name.refuse(f"messages are nested deeper than {_MOST_LEVELS} levels")
        found = ProtoMessage(name.text, f"{space}.{name.text}".lstrip("."), name.line)
        self.expect("{")
        while not self.accept("}"):
            self._element(found, level)
        self._check_fields(found)
        return found

    def _element(self, message: ProtoMessage, level: int) -> None:
        word = self.next
        following = self.following if word.kind != "end" else word
        is_declaration = following.kind in {"name", "number", "text"} or following.text == "("
        if self.accept(";"):
            return
        match word.text if is_declaration else "":
            case "message":
                self.take()
                message.messages.append(self._message(message.full_name, level + 1))
            case "enum":
                self.take()
                message.enums.append(self._enum(message.full_name))
            case "oneof":
                self.take()
                self._oneof(message, level)
            case "option":
                self.take()
                self.option(";")
            case "extensions":
                self.take()
                self._extensions(message)
            case "reserved":
                while not self.accept(";"):
                    self.skip_one()
            case "extend":
                self.take()
                self.skip_block()
            case _:
                self._field(message, None, level)

    def _field(self, message: ProtoMessage, oneof: str | None, level: int) -> None:
        label: Label = "optional"
        is_labelled = False
        if self.next.text in {"optional", "required", "repeated"} and self.following.text != "=":
            token = self.take()
            if oneof is not None:
                token.refuse("a field of a oneof has no label")
            is_labelled = True
            if token.text == "required" and self._file.version == 3:
                token.refuse("proto3 has no required fields")
            label = "required" if token.text == "required" else "repeated" if token.text == "repeated" else "optional"
        if self.next.text == "map" and self.following.text == "<":
            if is_labelled or oneof is not None:
                self.next.refuse("a map has no label, and stands in no oneof")
            self._map(message)
            return
        start = self.next
        if start.text == "group" and self._file.version == 2:
            self.take()
            self._group(message, label, oneof, level)
            return
        if start.kind != "name" and start.text != ".":
            self.unexpected(start, "a field")
        if not is_labelled and oneof is None and self._file.version == 2:
            start.refuse("a field of proto2 begins with optional, required or repeated")
        kind = self.dotted()
        field = self._numbered(message, kind, label, oneof)
        field.is_explicit = is_labelled and label == "optional" and self._file.version == 3
        self._options_of(field)
        self.expect(";")

    def _numbered(self, message: ProtoMessage, kind: str, label: Label, oneof: str | None) -> ProtoField:
        name = self.of_kind("name", "the name of a field")
        self.expect("=")
        number = self.number()
        field = ProtoField(name.text, number, label, kind, name.line, oneof)
        if not 1 <= number <= _MOST_NUMBER or number in _OWN_NUMBERS:
            name.refuse(f"field {quote(name.text)} has the number {number}, which no field may have")
        message.fields.append(field)
        return field

    def _map(self, message: ProtoMessage) -> None:
        self.take()
        self.expect("<")
        key = self.of_kind("name", "the type of a map's keys")
        if key.text not in _KEYS:
            key.refuse(f"{quote(key.text)} cannot be the type of a map's keys")
        self.expect(",")
        kind = self.dotted()
        self.expect(">")
        field = self._numbered(message, kind, "repeated", None)
        field.key_type = key.text
        self._options_of(field)
        self.expect(";")

    def _group(self, message: ProtoMessage, label: Label, oneof: str | None, level: int) -> None:
        name = self.next
        field = self._numbered(message, name.text, label, oneof)
        field.is_group = True
        field.name = name.text.lower()
        self._options_of(field)
        message.messages.append(self._body(name, message.full_name, level + 1))

    def _oneof(self, message: ProtoMessage, level: int) -> None:
        name = self.of_kind("name", "the name of a oneof")
        if name.text in message.oneofs:
            name.refuse(f"the oneof {quote(name.text)} stands twice in a message")
        message.oneofs.append(name.text)
        self.expect("{")
        while not self.accept("}"):
            if self.next.text == "option" and self.following.text != "=":
                self.take()
                self.option(";")
            elif not self.accept(";"):
                self._field(message, name.text, level)

    def _extensions(self, message: ProtoMessage) -> None:
        while True:
            first = self.number()
            last = first
            if self.accept("to"):
                last = _MOST_NUMBER if self.accept("max") else self.number()
            message.extension_ranges.append((first, last))
            if not self.accept(","):
                break
        if self.next.text == "[":
            self.skip_one()
        self.expect(";")

    def _enum(self, space: str) -> ProtoEnum:
        name = self.of_kind("name", "the name of an enum")
        found = ProtoEnum(name.text, f"{space}.{name.text}".lstrip("."), name.line)
        self.expect("{")
        while not self.accept("}"):
            word = self.of_kind("name", "a value of the enum") if not self.accept(";") else None
            if word is None:
                continue
            if word.text == "option" and self.next.text != "=":
                found.allows_alias = found.allows_alias or self.option(";") == "allow_alias"
            elif word.text == "reserved" and self.next.text != "=":
                while not self.accept(";"):
                    self.skip_one()
            else:
                self._value(found, word)
        if not found.values:
            name.refuse(f"the enum {quote(name.text)} has no values")
        if self._file.version == 3 and next(iter(found.values.values())) != 0:
            name.refuse(f"the first value of the enum {quote(name.text)} must be 0 in proto3")
        return found

    def _value(self, found: ProtoEnum, word: Token) -> None:
        self.expect("=")
        sign = -1 if self.accept("-") else 1
        number = sign * self.number()
        if word.text in found.values:
            word.refuse(f"the value {quote(word.text)} stands twice in an enum")
        if not -(2**31) <= number < 2**31:
            word.refuse(f"the value {quote(word.text)} has a number beyond 32 bits")
        found.values[word.text] = number
        if self.next.text == "[":
            self.skip_one()
        self.expect(";")

    def _options_of(self, field: ProtoField) -> None:
        if not self.accept("["):
            return
        while True:
            name = self.option_name()
            value = self.next
            self.constant()
            if name == "packed":
                field.packed = value.text == "true"
            elif name == "json_name" and value.kind == "text":
                field.json_name = value.text[1:-1]
            if self.accept("]"):
                return
            self.expect(",")

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
