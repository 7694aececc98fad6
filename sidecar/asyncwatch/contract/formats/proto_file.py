"""What a .proto text declares: messages and enums with the lines on which they stand."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal

Label = Literal["optional", "required", "repeated"]

SCALARS: Final = frozenset(
    {
        "double", "float", "int32", "int64", "uint32", "uint64", "sint32", "sint64", "fixed32", "fixed64", "sfixed32",
        "sfixed64", "bool", "string", "bytes",
    }
)  # fmt: skip
WELL_KNOWN: Final[dict[str, tuple[str, ...]]] = {
    "any": ("Any",), "duration": ("Duration",), "empty": ("Empty",), "field_mask": ("FieldMask",),
    "struct": ("Struct", "Value", "ListValue", "NullValue"), "timestamp": ("Timestamp",),
    "wrappers": (
        "DoubleValue", "FloatValue", "Int64Value", "UInt64Value", "Int32Value", "UInt32Value", "BoolValue",
        "StringValue", "BytesValue",
    ),
}  # fmt: skip
"""Files of google/protobuf that may be imported, and the types in them."""


@dataclass(slots=True)
class ProtoField:
    """A field; `type` is a scalar, or the full name of a message or enum once names are resolved."""

    name: str
    number: int
    label: Label
    type: str
    line: int
    oneof: str | None = None
    key_type: str | None = None
    """Of a map, whose values are of `type`."""
    is_explicit: bool = False
    """proto3's `optional`: presence is told."""
    is_group: bool = False
    is_enum: bool = False
    json_name: str | None = None
    packed: bool | None = None


@dataclass(slots=True)
class ProtoEnum:
    """An enum; numbers by name, in the order of the text."""

    name: str
    full_name: str
    line: int
    values: dict[str, int] = field(default_factory=dict)
    allows_alias: bool = False


@dataclass(slots=True)
class ProtoMessage:
    """A message and what is declared inside it."""

    name: str
    full_name: str
    line: int
    fields: list[ProtoField] = field(default_factory=list)
    oneofs: list[str] = field(default_factory=list)
    messages: list[ProtoMessage] = field(default_factory=list)
    enums: list[ProtoEnum] = field(default_factory=list)
    extension_ranges: list[tuple[int, int]] = field(default_factory=list)
    """First and last number."""


@dataclass(slots=True)
class ProtoFile:
    """A whole text."""

    version: Literal[2, 3] = 2
    package: str = ""
    imports: list[str] = field(default_factory=list)
    """Names of well-known files: `timestamp` for google/protobuf/timestamp.proto."""
    messages: list[ProtoMessage] = field(default_factory=list)
    enums: list[ProtoEnum] = field(default_factory=list)
