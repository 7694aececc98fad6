"""The objects of AsyncAPI 2.0 to 2.6.

Source: AsyncAPI 2.0.0 to 2.6.0, "Schema"; fields with the minor version that they came with.
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
    Table,
    Text,
    required,
    since,
)
from asyncwatch.contract.grammar.relations import at_least_one
from asyncwatch.contract.grammar.schema_formats import HEADERS_OF_2, payload_of

_DOCS: Final = Named("external docs")
_TAGS: Final = Named("tags")
_SECURITY: Final = ListOf(MapOf("the security requirement", UNIQUE_TEXTS))
_SERVER: Final = Referable(Named("server"), since=3)
_CHANNEL: Final = Referable(Named("channel"), refused=(5,))
_VARIABLE: Final = Referable(Named("server variable"), since=5)
_MESSAGE: Final = Referable(Named("message"))
_PARAMETERS: Final = MapOf("the parameters", Referable(Named("parameter")))
_CORRELATION: Final = Referable(Named("correlation id"))
_CHANNEL_NAME: Final = Text(format="uri-template", least=1)

_OPERATION_TRAIT: Final[dict[str, Field | Kind]] = {
    "operationId": TEXT, "summary": TEXT, "description": TEXT, "security": since(4, _SECURITY), "tags": _TAGS,
    "externalDocs": _DOCS, "bindings": Named("operation bindings"),
}  # fmt: skip
_EXAMPLE_FIELDS: Final[dict[str, Field | Kind]] = {
    "headers": OBJECT, "payload": DATA, "name": since(1, TEXT), "summary": since(1, TEXT),
}  # fmt: skip
_EXAMPLE: Final = Record("an example", _EXAMPLE_FIELDS, extends=False, rules=(at_least_one("payload", "headers"),))
_EXAMPLE_OF_2_0: Final = Record("an example", _EXAMPLE_FIELDS, extends=False)
_MESSAGE_TRAIT: Final[dict[str, Field | Kind]] = {
    "messageId": since(4, TEXT), "headers": HEADERS_OF_2, "correlationId": _CORRELATION, "schemaFormat": TEXT,
    "contentType": TEXT, "name": TEXT, "title": TEXT, "summary": TEXT, "description": TEXT, "tags": _TAGS,
    "externalDocs": _DOCS, "deprecated": FLAG, "bindings": Named("message bindings"),
}  # fmt: skip
_ONE_MESSAGE: Final = Named("one message")
_MESSAGES: Final = Record("a choice of messages", {"oneOf": required(ListOf(_MESSAGE))}, extends=False)


def _component(owner: str, value: Kind, *, skips_others: bool = False) -> MapOf:
    return MapOf(owner, value, is_component=True, skips_others=skips_others)


def objects(minor: int) -> Table:
    """Give the table of 2.x; where an object's form depends on the version, the one of that minor version."""
    examples = ListOf(Named("example"))
    # The official tools of these versions take any object for an example of a trait.
    trait_examples = ListOf(OBJECT) if minor in {0, 2, 3, 4, 5} else examples
    return {
        "document": Record(
            "the document",
            {
                "asyncapi": required(TEXT), "id": URI, "info": required(Named("info")),
                "servers": MapOf("the servers", _SERVER), "defaultContentType": TEXT,
                "channels": required(MapOf("the channels", _CHANNEL, key=_CHANNEL_NAME)),
                "components": Named("components"), "tags": _TAGS, "externalDocs": _DOCS,
            },
            moved={"operations": "`publish` and `subscribe` of a channel in 2.x"},
        ),
        "server": Record(
            "a server",
            {
                "url": required(TEXT), "protocol": required(TEXT), "protocolVersion": TEXT, "description": TEXT,
                "variables": MapOf("the variables", _VARIABLE), "security": _SECURITY,
                "bindings": Named("server bindings"), "tags": since(5, _TAGS),
            },
            moved={"host": "`url` in 2.x", "pathname": "`url` in 2.x"},
        ),
        "server variable": Record(
            "a server variable", {"enum": UNIQUE_TEXTS, "default": TEXT, "description": TEXT, "examples": TEXTS}
        ),
        "channel": Record(
            "a channel",
            {
                "description": TEXT, "servers": since(2, UNIQUE_TEXTS), "subscribe": Named("operation"),
                "publish": Named("operation"), "parameters": _PARAMETERS, "bindings": Named("channel bindings"),
                "deprecated": FLAG,
            },
            moved={
                "address": "the channel's key in 2.x", "messages": "`message` of `publish` and `subscribe` in 2.x",
            },
        ),
        "operation": Record(
            "an operation",
            _OPERATION_TRAIT
            | {"traits": ListOf(Referable(Named("operation trait"))), "message": _MESSAGE},
            moved={"messages": "`message` with `oneOf` in 2.x"},
        ),
        "operation trait": Record("an operation trait", _OPERATION_TRAIT),
        "parameter": Record(
            "a parameter",
            {"description": TEXT, "schema": Named("schema"), "location": LOCATION},
            moved={
                "enum": "`enum` of its `schema` in 2.x", "default": "`default` of its `schema` in 2.x",
                "examples": "`examples` of its `schema` in 2.x",
            },
        ),
        "correlation id": Record("a correlation id", {"description": TEXT, "location": required(LOCATION)}),
        "message": Choice(lambda value: _MESSAGES if isinstance(value, dict) and "oneOf" in value else _ONE_MESSAGE),
        "one message": Record(
            "a message",
            _MESSAGE_TRAIT
            | {
                "payload": Beside(payload_of), "examples": examples,
                "traits": ListOf(Referable(Named("message trait"))),
            },
        ),
        "message trait": Record(
            "a message trait", _MESSAGE_TRAIT | {"examples": trait_examples}, moved={"payload": "the message only"}
        ),
        "example": _EXAMPLE_OF_2_0 if minor == 0 else _EXAMPLE,
        "components": Record(
            "the components",
            {
                "schemas": _component("the schemas", Named("schema")),
                "servers": since(3, _component("the servers", _SERVER)),
                "serverVariables": since(4, _component("the server variables", _VARIABLE)),
                "channels": since(3, MapOf("the channels", _CHANNEL, key=_CHANNEL_NAME)),
                "messages": _component("the messages", _MESSAGE),
                "securitySchemes": _component(
                    "the security schemes", Referable(Named("security scheme")), skips_others=True
                ),
                "parameters": _component("the parameters", Referable(Named("parameter"))),
                "correlationIds": _component("the correlation ids", _CORRELATION, skips_others=True),
                "operationTraits": _component("the operation traits", Named("operation trait")),
                "messageTraits": _component("the message traits", Named("message trait")),
                "serverBindings": _component("the server bindings", Named("server bindings")),
                "channelBindings": _component("the channel bindings", Named("channel bindings")),
                "operationBindings": _component("the operation bindings", Named("operation bindings")),
                "messageBindings": _component("the message bindings", Named("message bindings")),
            },
        ),
    }  # fmt: skip
