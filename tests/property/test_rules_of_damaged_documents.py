"""Documents with any part damaged: no rule raises, and what it says has a place."""

from __future__ import annotations

import copy
import json
import random

import pytest

from asyncwatch.contract.lint import lint_document

V2 = {
    "asyncapi": "2.6.0", "info": {"title": "t", "version": "1"}, "defaultContentType": "application/json",
    "tags": [{"name": "a"}, {"name": "b"}],
    "servers": {"s": {
        "url": "{host}:9092", "protocol": "kafka", "variables": {"host": {"enum": ["a"], "default": "a"}},
        "security": [{"login": ["read"]}], "tags": [{"name": "a"}],
    }},
    "channels": {
        "orders/{region}": {
            "servers": ["s"], "parameters": {"region": {"schema": {"type": "string", "default": "eu"}, "location": "$message.header#/r"}},
            "publish": {
                "operationId": "take", "security": [{"login": []}], "traits": [{"operationId": "take", "tags": [{"name": "a"}]}],
                "message": {"oneOf": [{"$ref": "#/components/messages/M"}, {"messageId": "n", "payload": {"type": "string", "pattern": "^a"}}]},
            },
            "subscribe": {"operationId": "give", "message": {"$ref": "#/components/messages/M"}},
        },
    },
    "components": {
        "messages": {"M": {
            "name": "m", "traits": [{"$ref": "#/components/messageTraits/T"}], "tags": [{"name": "a"}],
            "payload": {"$ref": "#/components/schemas/S"}, "correlationId": {"location": "$message.header#/id"},
            "examples": [{"payload": {"id": 1, "kind": "x", "next": {"id": 2, "kind": "y"}}, "headers": {"h": "x"}}],
            "bindings": {"kafka": {"key": {"type": "string"}}, "amqp": {"messageType": "m"}},
        }},
        "messageTraits": {"T": {"headers": {"type": "object", "required": ["h"], "properties": {"h": {"const": "x"}}}}},
        "schemas": {"S": {
            "type": "object", "discriminator": "kind", "required": ["id", "kind"], "additionalProperties": False,
            "properties": {
                "id": {"type": "integer", "minimum": 1, "maximum": 9, "default": 2, "examples": [1, 2]},
                "kind": {"type": "string", "enum": ["x", "y"]}, "next": {"$ref": "#/components/schemas/S"},
                "list": {"type": "array", "items": {"oneOf": [{"type": "string"}, {"type": "null"}]}, "minItems": 1},
            },
            "allOf": [{"if": {"properties": {"kind": {"const": "x"}}}, "then": {"minProperties": 1}}],
        }},
        "securitySchemes": {"login": {"type": "oauth2", "flows": {"implicit": {"authorizationUrl": "https://a.example", "scopes": {"read": "r"}}}}},
    },
}  # fmt: skip

V3 = {
    "asyncapi": "3.1.0", "info": {"title": "t", "version": "1", "tags": [{"name": "a"}]},
    "servers": {"s": {"host": "{h}", "pathname": "/{p}", "protocol": "kafka", "variables": {"h": {"default": "a"}, "p": {"default": "b"}},
        "security": [{"type": "oauth2", "scopes": ["a"], "flows": {"implicit": {"authorizationUrl": "https://a.example", "availableScopes": {"a": "x"}}}}]}},
    "channels": {
        "c": {
            "address": "orders.{region}", "parameters": {"region": {"enum": ["a"], "location": "$message.payload#/r"}},
            "servers": [{"$ref": "#/servers/s"}],
            "messages": {
                "m": {"payload": {"type": "object", "properties": {"a": {"type": "string", "format": "date-time"}}}, "examples": [{"payload": {}}]},
                "n": {"payload": {"schemaFormat": "application/schema+json;version=2020-12", "schema": {"$ref": "#/components/schemas/S"}}},
                "o": {"payload": {"schemaFormat": "application/vnd.apache.avro;version=1.9.0", "schema": {"type": "record", "name": "R", "fields": []}}},
            },
        },
        "r": {"address": None, "messages": {"m": {"payload": {}, "traits": [{"headers": {"type": "object"}}]}}},
    },
    "operations": {"o": {
        "action": "send", "channel": {"$ref": "#/channels/c"}, "messages": [{"$ref": "#/channels/c/messages/m"}],
        "reply": {"address": {"location": "$message.header#/r"}, "channel": {"$ref": "#/channels/r"}, "messages": [{"$ref": "#/channels/r/messages/m"}]},
    }},
    "components": {"schemas": {"S": {"anyOf": [{"$ref": "#/components/schemas/S/anyOf/1"}, {"type": "object", "properties": {"x": {"not": {}}}}]}}},
}  # fmt: skip

VALUES = (
    None, True, 0, -1, 1e400, "", "{x}", "?#", "$message.header", [], [[]], {}, {"$ref": "#"}, {"$ref": "#/info"}, {"$ref": 3},
    {"oneOf": []}, {"": None}, ["a", None, {}], {"type": ["string", 3]}, {"schemaFormat": "x", "schema": []},
)  # fmt: skip
ROUNDS = 200


def places(value, path=()):
    if path:
        yield path
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from places(inner, (*path, key))


def at(value, path):
    for key in path:
        value = value[key]
    return value


def lint(document):
    data = json.dumps(document, allow_nan=True).replace("Infinity", "1e400").encode()
    return lint_document("doc.json", lambda _: data)


@pytest.mark.parametrize("document", [V2, V3], ids=["2.6", "3.1"])
def test_every_part_replaced_by_something_else(document):
    rng = random.Random(4)
    every = list(places(document))
    for _ in range(ROUNDS):
        damaged = copy.deepcopy(document)
        for _ in range(rng.choice((1, 1, 2))):
            path = rng.choice(every)
            try:
                holder = at(damaged, path[:-1])
                new = copy.deepcopy(rng.choice([*VALUES, at(document, rng.choice(every))]))
                holder[path[-1]] = new
            except (KeyError, IndexError, TypeError):
                continue  # an earlier change took the place away
        for one in lint(damaged).findings:
            assert one.rule.startswith("document.")
            assert one.position.line >= 1


@pytest.mark.parametrize("document", [V2, V3], ids=["2.6", "3.1"])
def test_every_part_left_out(document):
    for path in places(document):
        damaged = copy.deepcopy(document)
        del at(damaged, path[:-1])[path[-1]]
        assert lint(damaged).verdict in {"valid", "invalid"}


@pytest.mark.parametrize("document", [V2, V3], ids=["2.6", "3.1"])
def test_the_document_itself_is_without_fault(document):
    assert [one for one in lint(document).findings if one.severity == "error"] == []
