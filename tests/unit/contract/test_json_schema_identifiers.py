"""JSON Schema's own identifiers inside documents: they have a say in its formats, and none in AsyncAPI's."""

from __future__ import annotations

import json
import textwrap
import time

import pytest

from asyncwatch.contract.load import load_contract


def load(files):
    given = {name: textwrap.dedent(text).lstrip().encode() for name, text in files.items()}
    return load_contract("/folder/doc.yaml", lambda path: given[path.rpartition("/")[2]])


def document(schema, schema_format="application/schema+json;version=2020-12"):
    return (
        f"asyncapi: 3.0.0\nchannels: {{a: {{address: a, messages: {{m: {{payload: {{schemaFormat: '{schema_format}', "
        f"schema: {schema}}}}}}}}}}}\ncomponents: {{schemas: {{N: {{type: integer}}}}}}\n"
    )


def compiled(schema, schema_format="application/schema+json;version=2020-12", **files):
    contract = load({"doc.yaml": document(schema, schema_format), **files})
    assert contract.findings == ()
    (message,) = contract.channels["a"].messages
    return message.payload.compiled


@pytest.mark.parametrize(
    "schema",
    [
        "{$id: 'https://x.example/a', $ref: '#/$defs/n', $defs: {n: {type: integer}}}",
        "{$id: 'https://x.example/a', $ref: 'b', $defs: {n: {$id: b, type: integer}}}",
        "{$ref: '#n', $defs: {n: {$anchor: n, type: integer}}}",
        "{$ref: '#/$defs/n', $defs: {n: {type: integer}}}",  # pasted in as it was: the document has no such place
        "{$ref: '#/components/schemas/N'}",  # the document's own place
        "{$id: 'https://x.example/a', $ref: '#/components/schemas/N'}",
        "{$ref: 'n.json'}",
        "{$ref: 'n.json#there'}",
    ],
)
def test_references_find_their_target_by_identifier_by_anchor_and_by_place(schema):
    found = compiled(
        schema, **{"n.json": '{"type": "integer", "$defs": {"x": {"$anchor": "there", "type": "integer"}}}'}
    )
    assert found.is_valid(1)
    assert not found.is_valid("x")
    assert found.explain("x")[0].summary == "the value is a string, integer expected"


def test_a_dynamic_reference_means_what_the_way_to_it_says():
    tree = (
        "{$id: 'https://x.example/tree', $dynamicAnchor: node, properties: {children: {items: {$dynamicRef: '#node'}}}}"
    )
    strict = (
        "{$id: 'https://x.example/strict', $dynamicAnchor: node, $ref: tree, unevaluatedProperties: false, "
        f"$defs: {{tree: {tree}}}}}"
    )
    plain, closed = compiled(tree), compiled(strict)
    value = {"children": [{"children": [{"daat": 1}]}]}
    assert plain.is_valid(value)
    assert not closed.is_valid(value)
    assert closed.is_valid({"children": [{"children": []}]})
    assert closed.explain(value)[0].path.startswith("/children/0/children/0")


def test_identifiers_have_no_say_in_schema_objects_of_asyncapi():
    contract = load(
        {
            "doc.yaml": document(
                "{$id: 'https://x.example/a', properties: {a: {$ref: '#/components/schemas/N'}, b: {$ref: '#n'}}, "
                "definitions: {n: {$id: '#n'}}}",
                "application/vnd.aai.asyncapi;version=3.0.0",
            )
        }
    )
    assert [one.rule for one in contract.findings] == ["document.reference"]


def test_schemas_of_schemas_are_known_without_being_fetched():
    for schema_format, address in (
        ("application/schema+json;version=2020-12", "https://json-schema.org/draft/2020-12/schema"),
        ("application/vnd.aai.asyncapi;version=3.0.0", "http://json-schema.org/draft-07/schema#"),
    ):
        found = compiled(f"{{properties: {{s: {{$ref: '{address}'}}}}}}", schema_format)
        assert found.is_valid({"s": {"type": "string"}})
        assert not found.is_valid({"s": {"type": "nope"}})
        assert found.explain({"s": {"type": "nope"}})


def test_an_identifier_of_another_host_is_a_name_and_no_place_to_ask():
    contract = load({"doc.yaml": document("{$id: 'https://x.example/a', $ref: 'b.json'}")})
    assert [one.rule for one in contract.findings] == ["document.reference-remote"]


def test_a_circle_of_anchors_is_a_loop():
    contract = load(
        {"doc.yaml": document("{$ref: '#a', $defs: {a: {$anchor: a, $ref: '#b'}, b: {$anchor: b, $ref: '#a'}}}")}
    )
    assert [one.rule for one in contract.findings] == ["document.reference-loop"]


def test_a_large_file_that_many_messages_refer_to_is_looked_through_once():
    parts = {
        f"d{n}": {"type": "object", "properties": {f"p{m}": {"type": "string"} for m in range(5)}} for n in range(2_000)
    }
    channels = "".join(
        f"  c{n}: {{address: a{n}, messages: {{m: {{payload: {{schemaFormat: 'application/schema+json;version=2020-12', "
        f"schema: {{$ref: 'common.json#/$defs/d{n}'}}}}}}}}}}\n"
        for n in range(50)
    )
    started = time.process_time()
    contract = load(
        {"doc.yaml": f"asyncapi: 3.0.0\nchannels:\n{channels}", "common.json": json.dumps({"$defs": parts})}
    )
    assert contract.findings == ()
    assert all(channel.messages[0].payload.compiled is not None for channel in contract.channels.values())
    assert time.process_time() - started < 1
