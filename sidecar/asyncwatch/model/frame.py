"""What stands around a message's data on the wire: schema ids, envelopes, and by which rule they were found."""

from __future__ import annotations

from typing import Literal, TypeAlias

from msgspec import Struct

IdKind: TypeAlias = Literal["id", "guid", "global-id", "content-id", "version-uuid", "fingerprint"]
"""How a schema is named: by a registry's number or GUID, Apicurio's two numbers, Glue's version, Avro's fingerprint."""


class SchemaId(Struct, frozen=True):
    """The name under which a registry knows the schema that a message was written by."""

    kind: IdKind
    value: int | str


class Frame(Struct, frozen=True):
    """How one message was framed. Frames of equal meaning are one object, so a batch holds few of them.

    `rule` names the layout that was recognised (`confluent-v0`, `cloudevents-binary`, …). `start` is how many bytes of
    the payload come before the data, where the data is the rest of the payload.
    """

    rule: str
    start: int = 0
    schema_id: SchemaId | None = None
    is_indexed: bool = False
    """Protobuf data begins with the list of message indexes."""
    message_index: tuple[int, ...] | None = None
    """The list of message indexes, where it stands beside the data."""
    data_type: str | None = None
    """The content type of the data, where the frame names another than the message."""
