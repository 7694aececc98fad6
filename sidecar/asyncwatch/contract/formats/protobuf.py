"""Protobuf schemas as they stand in a document: the text of a .proto file.

The text is always read, so what is wrong with it is told with its line; the extra `protobuf` turns it into descriptors.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final

from asyncwatch.contract.bundle import Bundle
from asyncwatch.contract.document_finding import Position
from asyncwatch.contract.findings import quote
from asyncwatch.contract.formats.broken_schema import BrokenSchema
from asyncwatch.contract.formats.proto_descriptors import DescriptorsRefused, descriptors_of
from asyncwatch.contract.formats.proto_file import ProtoFile
from asyncwatch.contract.formats.proto_parser import parse_proto
from asyncwatch.contract.formats.proto_tokens import BrokenProto
from asyncwatch.contract.formats.proto_types import describe, resolve_types
from asyncwatch.contract.references import Documents
from asyncwatch.contract.sites import Site, kind_of

_HINT: Final = "protobuf is read with the extra: pip install asyncwatch-sidecar[protobuf]"


@dataclass(frozen=True, slots=True)
class ProtobufSchema:
    """A .proto text: what it declares, its first message in words of JSON Schema, and what a decoder goes by."""

    file: ProtoFile
    description: Bundle
    identity: str
    """Equal for equal texts."""
    pool: object | None
    """A descriptor pool that knows every message by its full name; None without the extra `protobuf`."""

    @property
    def reason(self) -> str:
        """Why payloads are not judged by it."""
        return _HINT if self.pool is None else "protobuf payloads are not decoded"

    @property
    def messages(self) -> tuple[str, ...]:
        """Full names of the outermost messages, in the order of the text."""
        return tuple(message.full_name for message in self.file.messages)


def read_protobuf(documents: Documents, site: Site) -> ProtobufSchema:
    """Read the schema at a site.

    Raises: Unresolvable; BrokenSchema with the place that is broken.
    """
    site = documents.follow(site)
    if not isinstance(site.value, str):
        raise BrokenSchema(f"a Protobuf schema must be the text of a .proto file, not {kind_of(site.value)}", site)
    try:
        file = parse_proto(site.value)
        resolve_types(file)
    except BrokenProto as error:
        message = f"{error} (line {error.line} of the .proto text)"
        raise BrokenSchema(message, site, _line_inside(documents, site, error.line)) from error
    if not file.messages:
        raise BrokenSchema("a Protobuf schema without a message", site)
    try:
        pool = descriptors_of(file)
    except DescriptorsRefused as error:
        raise BrokenSchema(f"the Protobuf schema is refused: {quote(str(error), 160)}", site) from error
    identity = hashlib.blake2b(site.value.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
    return ProtobufSchema(file, describe(file, file.messages[0]), f"protobuf {identity}", pool)


def _line_inside(documents: Documents, site: Site, line: int) -> Position:
    """Give the place of a line of a text; a block of YAML keeps its lines, any other text has one place."""
    start = documents.position(site)
    lines = documents.texts().get(start.file, "").splitlines()
    head = lines[start.line - 1].rstrip() if 0 < start.line <= len(lines) else ""
    if head.rpartition(":")[2].strip() not in {"|", "|-", "|+"}:
        return start
    found = lines[start.line + line - 1] if start.line + line <= len(lines) else ""
    return Position(start.file, start.line + line, len(found) - len(found.lstrip()) + 1)
