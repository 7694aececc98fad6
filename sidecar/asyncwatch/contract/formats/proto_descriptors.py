"""What a .proto text declares as descriptors of the library that decodes by them; needs the extra `protobuf`."""

from __future__ import annotations

from importlib import import_module
from typing import Any, Final

from asyncwatch.contract.formats.proto_file import SCALARS, ProtoEnum, ProtoField, ProtoFile, ProtoMessage

_FILE: Final = "asyncapi.proto"
_LABELS: Final = {"optional": 1, "required": 2, "repeated": 3}


class DescriptorsRefused(ValueError):
    """The library does not take what the text declares."""


def descriptors_of(file: ProtoFile) -> object | None:
    """Give a descriptor pool with everything that a text declares; None without the extra `protobuf`.

    Raises: DescriptorsRefused.
    """
    try:
        from google.protobuf import descriptor_pb2, descriptor_pool  # noqa: PLC0415 - an extra, and few documents need it
    except ImportError:
        return None
    stated: Any = descriptor_pb2.FileDescriptorProto(name=_FILE, package=file.package)
    if file.version == 3:
        stated.syntax = "proto3"
    pool: Any = descriptor_pool.DescriptorPool()
    for name in dict.fromkeys(file.imports):
        known: Any = import_module(f"google.protobuf.{name}_pb2")
        pool.AddSerializedFile(known.DESCRIPTOR.serialized_pb)
        stated.dependency.append(known.DESCRIPTOR.name)
    for message in file.messages:
        _message(stated.message_type.add(), message)
    for enum in file.enums:
        _enum(stated.enum_type.add(), enum)
    try:
        pool.AddSerializedFile(stated.SerializeToString())
        for name in (message.full_name for message in file.messages):
            pool.FindMessageTypeByName(name)
    except (TypeError, KeyError, ValueError) as error:
        raise DescriptorsRefused(str(error).partition("\n")[0]) from error
    found: object = pool
    return found


def _message(stated: Any, message: ProtoMessage) -> None:
    stated.name = message.name
    for oneof in message.oneofs:
        stated.oneof_decl.add().name = oneof
    for field in message.fields:
        one = stated.field.add()
        one.name, one.number, one.label = field.name, field.number, _LABELS[field.label]
        if field.json_name is not None:
            one.json_name = field.json_name
        if field.packed is not None:
            one.options.packed = field.packed
        if field.key_type is not None:
            _map(stated, one, field, message.full_name)
            continue
        _type(one, field)
        if field.oneof is not None:
            one.oneof_index = message.oneofs.index(field.oneof)
    for field in message.fields:
        if field.is_explicit:  # presence is told by a oneof of its own, after those of the text
            one = next(one for one in stated.field if one.number == field.number)
            one.proto3_optional = True
            one.oneof_index = len(stated.oneof_decl)
            stated.oneof_decl.add().name = f"_{field.name}"
    for first, last in message.extension_ranges:
        span = stated.extension_range.add()
        span.start, span.end = first, last + 1
    for inner in message.messages:
        _message(stated.nested_type.add(), inner)
    for enum in message.enums:
        _enum(stated.enum_type.add(), enum)


def _type(one: Any, field: ProtoField) -> None:
    if field.type in SCALARS:
        one.type = one.Type.Value(f"TYPE_{field.type.upper()}")
        return
    one.type = one.TYPE_ENUM if field.is_enum else one.TYPE_GROUP if field.is_group else one.TYPE_MESSAGE
    one.type_name = f".{field.type}"


def _map(stated: Any, one: Any, field: ProtoField, around: str) -> None:
    """A map is a repeated message of key and value."""
    entry = stated.nested_type.add()
    entry.name = "".join(part[:1].upper() + part[1:] for part in field.name.split("_")) + "Entry"
    entry.options.map_entry = True
    key, value = entry.field.add(), entry.field.add()
    key.name, key.number, key.label = "key", 1, _LABELS["optional"]
    key.type = key.Type.Value(f"TYPE_{(field.key_type or 'string').upper()}")
    value.name, value.number, value.label = "value", 2, _LABELS["optional"]
    _type(value, field)
    one.type, one.type_name = one.TYPE_MESSAGE, f".{around}.{entry.name}"


def _enum(stated: Any, enum: ProtoEnum) -> None:
    stated.name = enum.name
    if enum.allows_alias:
        stated.options.allow_alias = True
    for name, number in enum.values.items():
        value = stated.value.add()
        value.name, value.number = name, number
