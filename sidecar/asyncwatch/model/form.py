"""How the payloads of a documented message are written on the wire."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

if TYPE_CHECKING:
    from asyncwatch.model.route import Schema

Kind: TypeAlias = Literal[
    "json", "json-lines", "avro", "protobuf", "msgpack", "cbor", "xml", "text", "form", "raw"
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Form:
    """A format with what a reader of it goes by. Equal forms are read once.

    `content_type` is the whole media type with its parameters (charset). `native`: AvroSchema or ProtobufSchema of the
    payload, None for others; `identity` is equal for equal ones. `names`: by which names the schema may know this
    message (Protobuf texts hold several).
    """

    kind: Kind | None
    """None = a format that is not read."""
    content_type: str
    native: object | None = field(default=None, compare=False, repr=False)
    native_kind: Kind | None = None
    """The binary format that `native` is the schema of: what a registry frames is in it, whatever the content type."""
    identity: str | None = None
    names: tuple[str, ...] = ()
    schema: Schema | None = field(default=None, compare=False, repr=False)
    """The payload's schema in JSON's terms: readers of text take from it which types are wanted."""
    schema_identity: str | None = None
    """Given where `schema` has a say in how payloads are read, so that forms differ by it."""
    is_on_wire: bool = False
    """Named by a message and not by the document: `content_type` may hold anything, and is told to nobody."""


PLAIN_JSON: Final = Form("json", "application/json")
