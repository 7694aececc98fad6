"""The part of the catalogue that is about documents: rules that `lint` and the start of a run report.

A row: id, default severity, what is wrong, what to do, and the part of the standard it comes from.
"""

from __future__ import annotations

from typing import Final

from asyncwatch.model.severity import Severity

_YAML = "YAML 1.2 with the types of JSON; RFC 8259"
_REFERENCE = "AsyncAPI Reference Object; JSON Reference"
_FIELDS = "the fixed fields of AsyncAPI's objects"

DOCUMENT_RULES: Final[tuple[tuple[str, Severity, str, str, str], ...]] = (
    ("document.syntax", "error", "a file is no YAML or JSON", "mend the text at the place that is named", _YAML),
    ("document.duplicate-key", "error", "a key stands twice in one object",
     "leave one of them out: readers differ in which one they take", _YAML),
    ("document.key-type", "error", "a key is no text", "put it in quotes", _YAML),
    ("document.tag", "error", "a value has a YAML tag that JSON knows no type for", "leave the tag out", _YAML),
    ("document.too-large", "error", "a file is larger or nested deeper than is read",
     "split it, or leave out generated parts", _YAML),
    ("document.encoding", "error", "a file is no text in UTF-8 or UTF-16", "save it as UTF-8", _YAML),
    ("document.empty", "error", "a file is empty", "name the document that is meant", _YAML),
    ("document.unrecognised", "error", "a file is no AsyncAPI document", "name the document: its first key is `asyncapi`",
     "AsyncAPI Object, asyncapi"),
    ("document.version", "warning", "the version of AsyncAPI is not one that is known",
     "name a version that the specification has", "AsyncAPI Version String"),
    ("document.type", "error", "a value has another type than its field takes", "write the type that is named", _FIELDS),
    ("document.reference", "error", "a reference leads nowhere", "correct the path or the pointer", _REFERENCE),
    ("document.reference-loop", "error", "a reference leads back to itself", "let it lead to a value", _REFERENCE),
    ("document.reference-remote", "error", "a reference leads to another host, which is not asked",
     "copy the file beside the document", _REFERENCE),
    ("document.reference-outside", "error", "a reference leads out of the document's folder",
     "move the file at or below the folder of the document", _REFERENCE),
    ("document.reference-by-name", "warning", "a reference names a record of a file, which is no pointer",
     "refer to the whole file", _REFERENCE),
    ("document.traits", "error", "traits cannot be merged", "make them smaller and flatter", "AsyncAPI traits"),
    ("document.no-channel", "warning", "the document has no channel that can be read", "describe one", "AsyncAPI Channels Object"),
    ("document.server", "error", "a server cannot be used", "give it a host and a protocol", "AsyncAPI Server Object"),
    ("document.server-variable", "error", "a variable of a server's address has no value",
     "describe it with a default, or give the address with --broker", "AsyncAPI Server Variable Object"),
    ("document.protocol", "info", "a protocol's name is not one that documents use",
     "write a name of the bindings, such as kafka or nats", "AsyncAPI Server Object, protocol"),
    ("document.security", "warning", "a security scheme is not described", "describe it in components",
     "AsyncAPI Security Requirement Object"),
    ("document.channel-server", "error", "a channel names a server that cannot be used",
     "name a server of the document", "AsyncAPI Channel Object, servers"),
    ("document.address", "error", "an address cannot be matched with real ones",
     "put a separator between its placeholders", "AsyncAPI Channel Address Expressions"),
    ("document.address-unknown", "info", "a channel has no address, so nothing of it is read",
     "write the address where it is known before the run", "AsyncAPI Channel Object, address"),
    ("document.parameter", "warning", "placeholders of an address and its parameters differ",
     "describe every placeholder, and no other", "AsyncAPI Parameters Object"),
    ("document.operation", "error", "an operation cannot be used", "give it an action and a channel", "AsyncAPI Operation Object"),
    ("document.operation-channel", "error", "an operation names no channel of the document",
     "refer to a channel below `channels`", "AsyncAPI Operation Object, channel"),
    ("document.operation-message", "warning", "an operation names a message that its channel does not have",
     "refer to a message of that channel", "AsyncAPI Operation Object, messages"),
    ("document.content-type", "warning", "a content type is no media type, or one that is not known",
     "write a media type such as application/json", "AsyncAPI Message Object, contentType"),
    ("document.expression", "warning", "a location is no runtime expression",
     "write $message.header#/name or $message.payload#/pointer", "AsyncAPI Runtime Expression"),
    ("document.schema", "error", "a schema cannot be used", "mend it at the place that is named", "JSON Schema; AsyncAPI Schema Object"),
    ("document.schema-format", "warning", "a schema's format is not read, so its messages are not checked",
     "describe the message in a format that is read", "AsyncAPI Schema formats table"),
    ("document.schema-format-place", "warning", "schemaFormat stands where it has no meaning since 3.0",
     "write it beside `schema` inside the payload", "AsyncAPI Multi Format Schema Object"),
    ("document.duplicate-tag", "error", "a tag stands twice in one list", "leave one of them out", "AsyncAPI Tags Object"),
    ("document.operation-id", "error", "an operationId is met twice", "give each operation its own", "AsyncAPI 2.x Operation Object"),
    ("document.message-id", "error", "a messageId is met twice",
     "give each message its own, or leave it out where a message is referred to twice", "AsyncAPI 2.x Message Object"),
    ("document.address-delimiter", "error", "an address has a query or a fragment",
     "leave out what follows `?` or `#`; bindings say how a query is made", "AsyncAPI Channel Object, address"),
    ("document.reply", "warning", "a reply contradicts itself, or refers to a channel or message that is not its own",
     "give it either an address or a channel with one, and messages of that channel", "AsyncAPI Operation Reply Object"),
    ("document.example", "error", "an example of a message does not fit the message's schemas",
     "correct the example, or the schema that it shows to be wrong", "AsyncAPI Message Example Object"),
    ("document.schema-value", "warning", "a default or example of a schema does not fit the schema itself",
     "correct the value, or the schema", "AsyncAPI Schema Object; JSON Schema default, examples"),
    ("document.unexamined", "info", "a part of the document is too large to be examined in full",
     "split the document, or leave out generated parts", "limits of strict reading"),
    ("document.extension", "warning", "x-asyncwatch cannot be read", "see the documentation of x-asyncwatch", "x-asyncwatch"),
    ("document.sequence-scope", "info", "messages carry a sequence, but what it counts could not be found out",
     "declare it: x-asyncwatch: {sequence: {location: …, key: …}}",
     "the producer's own sequence (x-asyncwatch, CloudEvents sequence, or a header such as sequence_id)"),
)  # fmt: skip
