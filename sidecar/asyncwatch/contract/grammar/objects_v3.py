"""The objects of AsyncAPI 3.0 and 3.1.

Source: AsyncAPI 3.0.0 and 3.1.0, "Schema".
"""

from __future__ import annotations

from typing import Final

from asyncwatch.contract.grammar.expression import LOCATION
from asyncwatch.contract.grammar.language import (
    DATA,
    FLAG,
    OBJECT,
    TEXT,
    TEXTS,
    UNIQUE_TEXTS,
    URI,
    Beside,
    Choice,
    Field,
    Kind,
    ListOf,
    MapOf,
    Named,
    Record,
    Referable,
    Referred,
    Table,
    Text,
    one_of,
    required,
)
from asyncwatch.contract.grammar.relations import at_least_one
from asyncwatch.contract.grammar.schema_formats import ANY_SCHEMA, schema_of

_DOCS: Final = Named("external docs or reference")
_TAGS: Final = Named("tags")
_SECURITY: Final = ListOf(Referable(Named("security scheme")))
_CORRELATION: Final = Referable(Named("correlation id"))
_WORDS: Final[dict[str, Field | Kind]] = {"title": TEXT, "summary": TEXT, "description": TEXT}
_MORE: Final[dict[str, Field | Kind]] = {"tags": _TAGS, "externalDocs": _DOCS}

_OPERATION_TRAIT: Final[dict[str, Field | Kind]] = (
    _WORDS | _MORE | {"security": _SECURITY, "bindings": Referable(Named("operation bindings"))}
)
_MESSAGE_TRAIT: Final[dict[str, Field | Kind]] = {
    **_WORDS, **_MORE, "headers": ANY_SCHEMA, "correlationId": _CORRELATION, "contentType": TEXT, "name": TEXT,
    "deprecated": FLAG, "bindings": Referable(Named("message bindings")), "examples": ListOf(Named("example")),
}  # fmt: skip
_TRAIT_OF_MESSAGE: Final = Referable(Named("message trait"))
_PAIR: Final = ListOf(DATA)
_SCHEMA_FORMAT_MOVED: Final = {"schemaFormat": "`schemaFormat` beside `schema` inside the payload in 3.x"}


def _named(owner: str, value: Kind) -> MapOf:
    return MapOf(owner, Referable(value))


def _component(owner: str, value: Kind) -> MapOf:
    return MapOf(owner, Referable(value), is_component=True, skips_others=True)


_DOCUMENT: Final = Record(
    "the document",
    {
        "asyncapi": required(TEXT), "id": URI, "info": required(Named("info")),
        "servers": _named("the servers", Named("server")), "defaultContentType": TEXT,
        "channels": _named("the channels", Named("channel")),
        "operations": _named("the operations", Named("operation")), "components": Named("components"),
    },
    moved={"tags": "`tags` of `info` in 3.x", "externalDocs": "`externalDocs` of `info` in 3.x"},
)  # fmt: skip
_SERVER: Final = Record(
    "a server",
    {
        **_WORDS, **_MORE, "host": required(TEXT), "pathname": TEXT, "protocol": required(TEXT),
        "protocolVersion": TEXT, "variables": _named("the variables", Named("server variable")),
        "security": _SECURITY, "bindings": Referable(Named("server bindings")),
    },
    moved={"url": "`host`, `pathname` and `protocol` in 3.x"},
)  # fmt: skip
_CHANNEL: Final = Record(
    "a channel",
    {
        **_WORDS, **_MORE, "address": Text(or_null=True), "messages": _named("the messages", Named("message")),
        "servers": ListOf(Referred(Named("server")), unique=True),
        "parameters": _named("the parameters", Named("parameter")), "bindings": Referable(Named("channel bindings")),
    },
    moved={
        "publish": "an operation with the action `receive` in 3.x",
        "subscribe": "an operation with the action `send` in 3.x", "message": "`messages` in 3.x",
    },
)  # fmt: skip
_OPERATION: Final = Record(
    "an operation",
    {
        **_OPERATION_TRAIT, "action": required(one_of("send", "receive")), "channel": required(Referred(Named("channel"))),
        "messages": ListOf(Referred(Named("message"))), "reply": Referable(Named("reply")),
        "traits": ListOf(Referable(Named("operation trait"))),
    },
    moved={"operationId": "the operation's key in 3.x", "message": "`messages` in 3.x"},
)  # fmt: skip
_REPLY: Final = Record(
    "a reply",
    {
        "address": Referable(Named("reply address")), "channel": Referred(Named("channel")),
        "messages": ListOf(Referred(Named("message"))),
    },
)  # fmt: skip
_MESSAGE: Final = Record(
    "a message",
    {
        **_MESSAGE_TRAIT, "payload": ANY_SCHEMA,
        # A trait in a list, with an object beside it, is of an older draft; the official tools still take it.
        "traits": ListOf(Choice(lambda value: _PAIR if isinstance(value, list) else _TRAIT_OF_MESSAGE)),
    },
    moved={"messageId": "the message's key in 3.x", "oneOf": "several members of `messages` in 3.x"}
    | _SCHEMA_FORMAT_MOVED,
)  # fmt: skip
_COMPONENTS: Final = Record(
    "the components",
    {
        "schemas": MapOf("the schemas", ANY_SCHEMA, is_component=True, skips_others=True),
        "servers": _component("the servers", Named("server")),
        "serverVariables": _component("the server variables", Named("server variable")),
        "channels": _component("the channels", Named("channel")),
        "operations": _component("the operations", Named("operation")),
        "messages": _component("the messages", Named("message")),
        "securitySchemes": _component("the security schemes", Named("security scheme")),
        "parameters": _component("the parameters", Named("parameter")),
        "correlationIds": _component("the correlation ids", Named("correlation id")),
        "replies": _component("the replies", Named("reply")),
        "replyAddresses": _component("the reply addresses", Named("reply address")),
        "externalDocs": _component("the external documentations", Named("external docs")),
        "tags": _component("the tags", Named("tag")),
        "operationTraits": _component("the operation traits", Named("operation trait")),
        "messageTraits": _component("the message traits", Named("message trait")),
        "serverBindings": _component("the server bindings", Named("server bindings")),
        "channelBindings": _component("the channel bindings", Named("channel bindings")),
        "operationBindings": _component("the operation bindings", Named("operation bindings")),
        "messageBindings": _component("the message bindings", Named("message bindings")),
    },
)


def objects() -> Table:
    """Give the table of 3.x."""
    return {
        "document": _DOCUMENT,
        "server": _SERVER,
        "server variable": Record(
            "a server variable", {"enum": UNIQUE_TEXTS, "default": TEXT, "description": TEXT, "examples": TEXTS}
        ),
        "channel": _CHANNEL,
        "operation": _OPERATION,
        "operation trait": Record("an operation trait", _OPERATION_TRAIT),
        "reply": _REPLY,
        "reply address": Record("a reply address", {"description": TEXT, "location": required(LOCATION)}),
        "parameter": Record(
            "a parameter",
            {"description": TEXT, "enum": TEXTS, "default": TEXT, "examples": TEXTS, "location": LOCATION},
            moved={"schema": "`enum`, `default` and `examples` in 3.x: parameters are texts"},
        ),
        "correlation id": Record("a correlation id", {"description": TEXT, "location": required(LOCATION)}),
        "message": _MESSAGE,
        "message trait": Record(
            "a message trait", _MESSAGE_TRAIT, moved={"payload": "the message only"} | _SCHEMA_FORMAT_MOVED
        ),
        "example": Record(
            "an example",
            {"headers": OBJECT, "payload": DATA, "name": TEXT, "summary": TEXT},
            extends=False,
            rules=(at_least_one("payload", "headers"),),
        ),
        "multi format schema": Record(
            "a schema with its format", {"schemaFormat": TEXT, "schema": Beside(schema_of)}, is_open=True
        ),
        "components": _COMPONENTS,
    }
