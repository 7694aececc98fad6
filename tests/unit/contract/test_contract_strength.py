"""The share of documented leaves that a rule constrains: what is hollow has a low one."""

from __future__ import annotations

import pytest

from asyncwatch.contract.load import load_contract
from asyncwatch.contract.message_strength import message_strength
from asyncwatch.contract.strength import strength_of

HOLLOW = [
    (True, ["/"]),
    ({}, [""]),
    ({"description": "anything"}, [""]),
    ({"type": "object"}, [""]),
    ({"type": ["object", "array", "null"]}, [""]),
    ({"type": "object", "properties": {"a": {}, "b": {"description": "b"}}}, ["/a", "/b"]),
    ({"type": "array", "items": {}}, [""]),
    ({"properties": {"a": {"type": "object", "additionalProperties": True}}}, ["/a"]),
    ({"type": ["string", "number", "integer", "boolean", "object", "array", "null"]}, [""]),
]


@pytest.mark.parametrize(("schema", "loose"), HOLLOW[1:])
def test_what_says_nothing_counts_as_nothing(schema, loose):
    found = strength_of(schema)
    assert found.constrained == 0
    assert found.share == 0.0
    assert list(found.loose) == loose


@pytest.mark.parametrize(
    ("schema", "leaves", "constrained"),
    [
        ({"type": "string"}, 1, 1),
        ({"enum": [1, 2]}, 1, 1),
        ({"format": "date-time"}, 1, 1),
        ({"minimum": 3}, 1, 1),
        ({"properties": {"a": {}}, "required": ["a"]}, 1, 1),
        ({"required": ["a", "b"]}, 2, 2),
        ({"properties": {"a": {"type": "integer"}, "b": {}, "c": {"pattern": "x"}}}, 3, 2),
        ({"type": "array", "items": {"properties": {"x": {"type": "number"}, "y": {}}}}, 2, 1),
        ({"type": "object", "additionalProperties": {"type": "string"}}, 1, 1),
        ({"allOf": [{"properties": {"a": {}}}, {"properties": {"a": {"type": "string"}}}]}, 1, 1),
        ({"oneOf": [{"properties": {"a": {"type": "string"}}}, {"properties": {"b": {}}}]}, 2, 1),
        ({"properties": {"a": {"$ref": "#/definitions/t"}}, "definitions": {"t": {"type": "string"}}}, 1, 1),
        (False, 1, 1),
        (True, 1, 0),
    ],
)
def test_leaves_and_what_constrains_them(schema, leaves, constrained):
    found = strength_of(schema)
    assert (found.leaves, found.constrained) == (leaves, constrained)


def test_a_recursive_schema_has_an_end():
    tree = {"type": "object", "properties": {"name": {"type": "string"}, "next": {"$ref": "#/definitions/tree"}}}
    found = strength_of({"$ref": "#/definitions/tree", "definitions": {"tree": tree}})
    assert (found.leaves, found.constrained) == (1, 1)


def test_a_schema_that_multiplies_ends_in_time():
    wide = {f"p{number}": {"$ref": "#/definitions/next0"} for number in range(40)}
    definitions = {
        f"next{level}": {
            "type": "object", "properties": {f"q{number}": {"$ref": f"#/definitions/next{level + 1}"} for number in range(40)},
        }
        for level in range(20)
    }  # fmt: skip
    found = strength_of({"properties": wide, "definitions": definitions | {"next20": {"type": "string"}}})
    assert 0 < found.leaves <= 5_000


DOCUMENT = """asyncapi: 3.0.0
info: {title: T, version: '1'}
channels:
  c:
    messages:
      None: {name: none}
      Full: {payload: {type: object, properties: {a: {type: string}}}, headers: {type: object, properties: {h: {}}}}
      Other: {payload: {schemaFormat: 'application/raml+yaml;version=1.0', schema: {}}}
"""


def test_a_message_adds_payload_and_headers_and_what_is_not_read_is_not_known():
    contract = load_contract("d.yaml", {"d.yaml": DOCUMENT.encode()}.__getitem__)
    bare, full, other = (message_strength(one) for one in contract.channels["c"].messages)
    assert (bare.leaves, bare.constrained, bare.loose) == (1, 0, ("/",))
    assert (full.leaves, full.constrained, full.loose) == (2, 1, ("headers /h",))
    assert other.share is None
    assert other.unread == 1
