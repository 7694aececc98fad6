"""The types of fields by their full names, and the shape of messages in the words of JSON Schema.

Source: Protocol Buffers language specification, name resolution; ProtoJSON format.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from asyncwatch.contract.bundle import Bundle, write_definition
from asyncwatch.contract.findings import quote
from asyncwatch.contract.formats.proto_file import SCALARS, WELL_KNOWN, ProtoEnum, ProtoField, ProtoFile, ProtoMessage
from asyncwatch.contract.formats.proto_tokens import BrokenProto

Schema = dict[str, Any]

_INTEGERS_32: Final = frozenset({"int32", "sint32", "uint32", "fixed32", "sfixed32"})
_ENUMS: Final = frozenset({"google.protobuf.NullValue"})
_TEXTS: Final = frozenset({"google.protobuf.Duration", "google.protobuf.FieldMask"})


def messages_in(file: ProtoFile) -> Iterator[ProtoMessage]:
    """Give all messages, outer ones before what is inside them."""
    waiting = list(reversed(file.messages))
    while waiting:
        message = waiting.pop()
        yield message
        waiting.extend(reversed(message.messages))


def resolve_types(file: ProtoFile) -> None:
    """Write the full names of messages and enums into the fields.

    Raises: BrokenProto for a name that is not declared, or is declared twice.
    """
    is_enum: dict[str, bool] = {}
    for name in file.imports:
        is_enum |= {f"google.protobuf.{one}": f"google.protobuf.{one}" in _ENUMS for one in WELL_KNOWN[name]}
    declared: list[ProtoMessage | ProtoEnum] = [*file.enums]
    for message in messages_in(file):
        declared += [message, *message.enums]
    for one in declared:
        if one.full_name in is_enum:
            raise BrokenProto(f"{quote(one.full_name)} is declared twice", one.line)
        is_enum[one.full_name] = isinstance(one, ProtoEnum)
    for message in messages_in(file):
        for field in message.fields:
            if field.type not in SCALARS:
                field.type = _full_name(field, message.full_name, is_enum)
                field.is_enum = is_enum[field.type]


def _full_name(field: ProtoField, scope: str, known: dict[str, bool]) -> str:
    """Look for a type in the message, then in what is around it."""
    if field.type.startswith("."):
        if field.type[1:] in known:
            return field.type[1:]
    else:
        while True:
            name = f"{scope}.{field.type}" if scope else field.type
            if name in known:
                return name
            if not scope:
                break
            scope = scope.rpartition(".")[0]
    raise BrokenProto(f"the type {quote(field.type)} of field {quote(field.name)} is not declared", field.line)


def describe(file: ProtoFile, root: ProtoMessage) -> Bundle:
    """Say what a message looks like: names, types and values; for looking at, not for judging bytes."""
    definitions: Schema = {}
    enums = list(file.enums)
    for message in messages_in(file):
        enums += message.enums
        definitions[message.full_name] = {
            "type": "object", "properties": {field.name: _field(field) for field in message.fields},
            "required": [field.name for field in message.fields if field.label == "required"],
        }  # fmt: skip
    for enum in enums:
        definitions[enum.full_name] = {"type": "string", "enum": list(enum.values)}
    return {"$ref": write_definition(root.full_name), "definitions": definitions}


def _field(field: ProtoField) -> Schema:
    value = _value(field.type)
    if field.key_type is not None:
        return {"type": "object", "additionalProperties": value}
    return {"type": "array", "items": value} if field.label == "repeated" else value


def _value(kind: str) -> Schema:
    if kind in {"string", "bytes"}:
        return {"type": "string"}
    if kind == "bool":
        return {"type": "boolean"}
    if kind in {"double", "float"}:
        return {"type": "number"}
    if kind in SCALARS:
        return {"type": "integer", "format": "int32" if kind in _INTEGERS_32 else "int64"}
    if kind == "google.protobuf.Timestamp":
        return {"type": "string", "format": "date-time"}
    if kind in _TEXTS:
        return {"type": "string"}
    if kind.startswith("google.protobuf."):
        return {}
    return {"$ref": write_definition(kind)}
