"""Schemas that messages were written by, as registries hold them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, Protocol, TypeAlias

from msgspec import Struct, field

from asyncwatch.model.frame import SchemaId
from asyncwatch.model.reading import Unread

SchemaType: TypeAlias = Literal["AVRO", "PROTOBUF", "JSON"]


class WriterSchema(Struct, frozen=True):
    """A registered schema. `references`: the texts of the schemas it refers to, by the names it uses for them."""

    type: SchemaType
    text: str
    identity: str
    """Equal for equal schemas."""
    references: Mapping[str, str] = field(default_factory=dict)
    subjects: tuple[str, ...] = ()
    """The subjects that it is known to stand under; () = not known."""


class WriterSchemas(Protocol):
    """What is known of a registry at this moment; asking never waits and never reaches the network."""

    def find(self, schema_id: SchemaId, /) -> WriterSchema | Unread:
        """Give the schema of an id, or why there is none."""
