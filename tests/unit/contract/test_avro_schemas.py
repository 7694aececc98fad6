"""Avro schemas inside documents: which JSON values they allow, and what is told about broken ones."""

from __future__ import annotations

import io
import json
import textwrap

import fastavro
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from asyncwatch.contract.load import load_contract
from asyncwatch.contract.references import Documents
from asyncwatch.contract.schemas import SchemaReader

AVRO = "application/vnd.apache.avro;version=1.9.0"
DOCUMENT = """
asyncapi: 3.0.0
channels:
  a:
    address: a
    messages:
      m:
        contentType: application/json
        payload:
          schemaFormat: application/vnd.apache.avro;version=1.9.0
          schema:
            type: record
            name: User
            namespace: com.example
            fields:
              - name: email
                type: ['null', string]
              - name: age
                type: int
                default: 0
              - name: address
                type:
                  - 'null'
                  - type: record
                    name: Address
                    fields:
                      - name: city
                        type: string
                      - {name: next, type: ['null', Address], default: null}
              - name: kind
                type: {type: enum, name: Kind, symbols: [A, B]}
              - name: tags
                type: {type: map, values: string}
"""
GOOD = {"email": None, "address": {"city": "x"}, "kind": "A", "tags": {}}


def load(text, **files):
    given_files = {"doc.yaml": textwrap.dedent(text).lstrip().encode(), **files}
    return load_contract("/folder/doc.yaml", lambda path: given_files[path.rpartition("/")[2]])


def read(schema, schema_format=AVRO):
    documents = Documents("s.json", lambda _path: json.dumps(schema).encode())
    found = SchemaReader(documents).read(documents.open(), schema_format, "payload")
    return found, documents.findings.all()


def compiled(schema):
    found, findings = read(schema)
    assert findings == ()
    return found.compiled


def record(*fields, **more):
    return {
        "type": "record",
        "name": "R",
        "fields": [{"name": f"f{n}", "type": one} for n, one in enumerate(fields)],
        **more,
    }


@pytest.mark.parametrize(
    ("schema", "good", "bad"),
    [
        ("null", [None], [0]), ("boolean", [True], [1]), ("int", [2**31 - 1, -5], [2**31, 1.5, "1"]),
        ("long", [2**63 - 1], [2**63, "1"]), ("float", [1, 1.5], ["1"]), ("double", [1e300], [None]),
        ("string", ["a"], [1]), ("bytes", ["", "\u00ff\u0000"], ["\u0100", 1]),
        ({"type": "string"}, ["a"], [1]), ({"type": {"type": "string"}}, ["a"], [1]),
        ({"type": "string", "logicalType": "uuid"}, ["6b7f3f6e-0f0b-4c51-9d2c-3a7a6f1f0c11"], ["x"]),
        ({"type": "int", "logicalType": "date"}, [20_000], ["2026-01-31"]),
        ({"type": "long", "logicalType": "timestamp-millis"}, [1], ["now"]),
        ({"type": "bytes", "logicalType": "decimal", "precision": 4, "scale": 2}, ["\u0001"], [1.5]),
        ({"type": "string", "logicalType": "own"}, ["a"], [1]),
        ({"type": "fixed", "name": "F", "size": 2}, ["ab"], ["a", "abc", "a\u0100"]),
        ({"type": "enum", "name": "E", "symbols": ["A", "B"]}, ["A"], ["C", 0]),
        ({"type": "array", "items": "int"}, [[], [1]], [["x"], {}]), ({"type": "map", "values": "int"}, [{}, {"a": 1}], [{"a": "x"}, []]),
        (["null", "string"], [None, "a", {"string": "a"}], [1, {"string": 1}, {"null": None}, {"string": "a", "x": 1}]),
        (["string", "int"], ["a", 1, {"int": 1}, {"string": "a"}], [None, {"int": "a"}, {"long": 1}, []]),
        (["null"], [None], ["a"]), (["int"], [1, {"int": 1}], [None, "x"]),
        (["null", {"type": "map", "values": "string"}], [None, {}, {"map": "x"}, {"map": {"a": "b"}}], [{"map": 1}, {"map": {"a": 1}}, 1]),
        (["null", {"type": "enum", "name": "E", "symbols": ["A"]}], [None, "A", {"E": "A"}], ["B", {"E": "B"}]),
        (["null", {"type": "array", "items": ["null", "int"]}], [None, [1, None, {"int": 1}], {"array": [{"int": 1}]}], [["x"], {"array": ["x"]}]),
        (record("int", ["null", "string"]), [{"f0": 1, "f1": None}, {"f0": 1, "f1": {"string": "a"}}],
         [{"f0": 1}, {"f1": None}, {"f0": 1, "f1": None, "extra": 1}, [], None]),
        ({"type": "record", "name": "R", "fields": [{"name": "a", "type": "int", "default": 5}]}, [{}, {"a": 1}], [{"a": "x"}, {"b": 1}]),
        # a record with a field that is called like its own type: both readings are allowed
        (["null", {"type": "record", "name": "R", "fields": [{"name": "R", "type": "int"}]}], [{"R": 1}, {"R": {"R": 1}}, None], [{"R": "x"}]),
        ({"type": "error", "name": "Bad", "fields": []}, [{}], [{"x": 1}]),
    ],
)  # fmt: skip
def test_json_values_are_judged_in_both_encodings(schema, good, bad):
    found = compiled(schema)
    assert [value for value in good if not found.is_valid(value)] == []
    assert [value for value in bad if found.is_valid(value)] == []
    assert all(found.explain(value) for value in bad)


@pytest.mark.parametrize(
    ("value", "summary", "line"),
    [
        ({"email": 5}, "/email is an integer, null or string expected", 16),
        ({"email": {"string": 5}}, "/email/string is an integer, string expected", 16),
        ({"address": {"city": 5}}, "/address/city is an integer, string expected", 27),
        ({"address": {"com.example.Address": {"city": 5}}}, "/address/com.example.Address/city is an integer, string expected", 27),
        ({"address": {"city": "x", "next": {"zip": 1, "city": "y"}}}, "/address/next has an undeclared property, none allowed", 23),
        ({"kind": "C"}, "/kind is a string, one of 2 values expected", 30),
        ({"age": 2**31}, "/age is an integer, format int32 expected", 18),
        ({"tags": {"a": 1}}, "/tags/* is an integer, string expected", 32),
        ({"tags": 5}, "/tags is an integer, object expected", 32),
        ({"more": 5}, "the value has an undeclared property, none allowed", 10),
    ],
)  # fmt: skip
def test_faults_name_the_line_of_the_avro_schema(value, summary, line):
    contract = load(DOCUMENT)
    assert contract.findings == ()
    schema = contract.channels["a"].messages[0].payload
    (fault,) = schema.compiled.explain({**GOOD, **value})
    assert fault.summary == summary
    assert schema.origins.position(fault.schema_path, fault.keyword, fault.path.split("/")[-1]).line == line


def test_a_missing_field_is_told_at_its_own_line():
    schema = load(DOCUMENT).channels["a"].messages[0].payload
    missing = {one.path: one for one in schema.compiled.explain({"email": None})}
    assert list(missing) == ["/address", "/kind", "/tags"]
    lines = {p: schema.origins.position(one.schema_path, one.keyword, p[1:]).line for p, one in missing.items()}
    assert lines == {"/address": 20, "/kind": 29, "/tags": 31}


@pytest.mark.parametrize(
    ("schema", "message", "place"),
    [
        ("strng", "'strng' is no type of Avro, and none that was declared before", ()),
        ({"fields": []}, "an Avro type without `type`", ()),
        (5, "an Avro type must be a name, an object or a list, not integer", ()),
        (record("strng"), "'strng' is no type of Avro", ("fields", 0, "type")),
        ({"type": "record", "fields": []}, "an Avro record needs a name", ()),
        ({"type": "record", "name": "a b", "fields": []}, "not 'a b'", ("name",)),
        ({"type": "record", "name": "R"}, "an Avro record without a list of `fields`", ()),
        ({"type": "record", "name": "R", "fields": [{"name": "a"}]}, "the field 'a' has no type", ("fields", 0)),
        ({"type": "record", "name": "R", "fields": [{"name": "a", "type": "int"}] * 2}, "the field 'a' stands twice", ("fields", 1)),
        ({"type": "record", "name": "R", "fields": [{"name": "a", "type": "array", "items": "int"}]}, "an object of its own", ("fields", 0, "type")),
        (record({"type": "record", "name": "R", "fields": []}), "the Avro type 'R' is declared twice", ("fields", 0, "type", "name")),
        ({"type": "enum", "name": "E"}, "an Avro enum without `symbols`", ()),
        ({"type": "enum", "name": "E", "symbols": ["a", "a"]}, "the same symbol twice", ("symbols",)),
        ({"type": "enum", "name": "E", "symbols": ["a-b"]}, "a symbol of an Avro enum must be a name", ("symbols", 0)),
        ({"type": "fixed", "name": "F"}, "needs a `size`", ()), ({"type": "array"}, "an Avro array without `items`", ()),
        ({"type": "map"}, "an Avro map without `values`", ()), (["int", "int"], "holds 'int' twice", (1,)),
        (["int", ["string"]], "must not hold a union", (1,)), ([], "without branches", ()),
        (record("x.Y"), "'x.Y' is no type of Avro", ("fields", 0, "type")),
    ],
)  # fmt: skip
def test_a_broken_schema_is_told_with_its_place(schema, message, place):
    found, (finding,) = read(schema)
    assert (found.compiled, found.reason) == (None, "the schema is broken")
    assert (finding.rule, finding.severity) == ("document.schema", "error")
    assert message in finding.summary
    assert finding.pointer == "".join(f"/{part}" for part in place)


def test_what_only_the_library_refuses_is_a_finding_too():
    found, (finding,) = read({"type": "enum", "name": "E", "symbols": ["a"], "default": "b"})
    assert found.compiled is None
    assert "the Avro schema is refused" in finding.summary


def test_a_default_that_no_branch_takes_is_a_warning():
    found, (finding,) = read({"type": "record", "name": "R", "fields": [{"name": "a", "type": "int", "default": "x"}]})
    assert found.compiled is not None
    assert (finding.severity, finding.pointer) == ("warning", "/fields/0/default")


def test_names_are_found_in_the_namespace_around_them():
    found = compiled(
        {
            "type": "record", "name": "a.b.Outer", "fields": [
                {"name": "x", "type": {"type": "record", "name": "Inner", "fields": []}},
                {"name": "y", "type": ["null", "Inner"]}, {"name": "z", "type": ["null", "a.b.Inner"]},
                {"name": "w", "type": {"type": "record", "name": "W", "namespace": "c", "fields": [{"name": "o", "type": ["null", "a.b.Inner"]}]}},
            ],
        }
    )  # fmt: skip
    assert found.is_valid({"x": {}, "y": {"a.b.Inner": {}}, "z": {}, "w": {"o": {"a.b.Inner": {}}}})
    assert not found.is_valid({"x": {}, "y": {"Inner": {}}, "z": {}, "w": {"o": None}})


def test_types_may_stand_in_files_of_their_own():
    contract = load(
        """
        asyncapi: 3.0.0
        channels: {a: {address: a, messages: {m: {payload: {schemaFormat: 'application/vnd.apache.avro;version=1.9.0', schema: {$ref: order.avsc}}}}}}
        """,
        **{
            "order.avsc": b'{"type": "record", "name": "Order", "namespace": "shop", "fields": [\n{"name": "line", "type": {"$ref": "line.avsc"}},\n'
            b'{"name": "lines", "type": {"type": "array", "items": {"$ref": "line.avsc"}}},\n{"name": "back", "type": ["null", {"$ref": "order.avsc"}]}]}',
            "line.avsc": b'{"type": "record", "name": "Line",\n"fields": [{"name": "n",\n"type": "int"}]}',
        },
    )
    assert contract.findings == ()
    schema = contract.channels["a"].messages[0].payload
    good = {"line": {"n": 1}, "lines": [{"n": 2}], "back": None}
    assert schema.compiled.is_valid(good)
    assert schema.compiled.is_valid({**good, "back": {"shop.Order": good}})
    (fault,) = schema.compiled.explain({**good, "lines": [{"n": "x"}]})
    assert fault.path == "/lines/0/n"
    assert str(schema.origins.position(fault.schema_path, fault.keyword, "n")) == "/folder/line.avsc:3:1"
    assert list(schema.native.types) == ["shop.Order", "shop.Line"]


def test_a_schema_beside_the_payload_and_a_kafka_key_are_avro_as_well():
    contract = load(
        """
        asyncapi: 2.6.0
        channels:
          a:
            publish:
              message:
                schemaFormat: application/vnd.apache.avro;version=1.9.0
                contentType: application/json
                payload: {type: record, name: P, fields: [{name: a, type: int}]}
                bindings: {kafka: {key: {type: record, name: K, fields: [{name: k, type: string}]}}}
        """
    )
    (message,) = contract.channels["a"].messages
    assert message.payload.compiled.is_valid({"a": 1})
    assert message.kafka_key.compiled.is_valid({"k": "x"})
    assert not message.kafka_key.compiled.is_valid({"k": 1})


@pytest.mark.parametrize(
    "schema",
    [
        json.loads('{"type":"array","items":' * 60 + '"int"' + "}" * 60),
        {"type": "record", "name": "R", "fields": [{"name": f"f{n}", "type": ["null", "R"]} for n in range(2_000)]},
        {"type": "enum", "name": "E", "symbols": [f"s{n}" for n in range(20_000)]},
    ],
)
def test_large_and_deep_schemas_are_read_in_time(schema):
    found, findings = read(schema)
    assert findings == ()
    assert found.compiled is not None


def test_nesting_beyond_the_bound_is_a_finding():
    text = '{"type":"array","items":' * 90 + '"int"' + "}" * 90
    found, (finding,) = read(json.loads(text))
    assert found.compiled is None
    assert "nested deeper than 64 levels" in finding.summary


LEAVES = st.sampled_from(["null", "boolean", "int", "long", "double", "string", "bytes"])


@st.composite
def types(draw, depth=3):
    kind = draw(st.sampled_from(["leaf", "array", "map", "record", "union", "enum", "fixed"])) if depth else "leaf"
    if kind == "leaf":
        return draw(LEAVES)
    name = f"N{draw(st.integers(0, 10**9))}"
    if kind == "array":
        return {"type": "array", "items": draw(types(depth - 1))}
    if kind == "map":
        return {"type": "map", "values": draw(types(depth - 1))}
    if kind == "enum":
        return {"type": "enum", "name": name, "symbols": ["A", "B"]}
    if kind == "fixed":
        return {"type": "fixed", "name": name, "size": 3}
    if kind == "record":
        return {
            "type": "record",
            "name": name,
            "fields": [
                {"name": f"f{n}", "type": one}
                for n, one in enumerate(draw(st.lists(types(depth - 1), min_size=1, max_size=3)))
            ],
        }
    return [
        *draw(st.lists(LEAVES, unique=True, min_size=1, max_size=3)),
        {"type": "record", "name": name, "fields": [{"name": "v", "type": draw(types(depth - 1))}]},
    ]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(types(), st.randoms(use_true_random=False))
def test_what_the_library_writes_as_avro_json_is_valid(schema, random):
    try:
        fastavro.parse_schema(schema)
    except fastavro.schema.SchemaParseException:
        return  # two types drew one name
    value = a_value(schema, random)
    written = io.StringIO()
    fastavro.json_writer(written, fastavro.parse_schema(schema), [value])
    found = compiled(schema)
    encoded = json.loads(written.getvalue())
    assert found.is_valid(encoded), (schema, encoded)


def a_value(schema, random):
    if isinstance(schema, list):
        schema = random.choice(schema)
    if isinstance(schema, str):
        return {
            "null": None, "boolean": True, "int": random.randint(-(2**31), 2**31 - 1), "long": 2**40,
            "double": 0.5, "string": "t", "bytes": b"\x00\xff",
        }[schema]  # fmt: skip
    match schema["type"]:
        case "array":
            return [a_value(schema["items"], random) for _ in range(2)]
        case "map":
            return {"k": a_value(schema["values"], random)}
        case "enum":
            return "B"
        case "fixed":
            return b"abc"
        case _:
            return {field["name"]: a_value(field["type"], random) for field in schema["fields"]}
