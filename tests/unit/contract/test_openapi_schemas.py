"""Schema Objects of OpenAPI 3.0 and 3.1 inside documents, and schemas of several formats in one."""

from __future__ import annotations

import textwrap

import pytest

from asyncwatch.contract.load import load_contract

OPENAPI = "application/vnd.oai.openapi;version=3.0.3"


def load(text):
    return load_contract("doc.yaml", lambda _path: textwrap.dedent(text).lstrip().encode())


def payload(schema, schema_format=OPENAPI, components="{}"):
    contract = load(
        f"asyncapi: 3.0.0\nchannels: {{a: {{address: a, messages: {{m: {{payload: {{schemaFormat: '{schema_format}', "
        f"schema: {schema}}}}}}}}}}}\ncomponents: {{schemas: {components}}}\n"
    )
    assert contract.findings == ()
    (message,) = contract.channels["a"].messages
    return message.payload


@pytest.mark.parametrize(
    ("schema", "good", "bad"),
    [
        ("{type: string, nullable: true}", ["a", None], [1]),
        ("{type: string}", ["a"], [None]),
        ("{type: string, nullable: true, enum: [a, b]}", ["a", None], ["c", 1]),
        ("{type: string, nullable: true, enum: [a, null]}", ["a", None], ["c"]),
        ("{type: string, enum: [a, b]}", ["a"], [None]),
        ("{nullable: true, allOf: [{type: string}]}", ["a"], [None]),  # beside `type` only, as 3.0.3 says
        ("{type: array, items: {type: integer, nullable: true}}", [[1, None]], [["x"], None]),
        ("{type: number, minimum: 3, exclusiveMinimum: true}", [3.1], [3]),
        ("{type: number, maximum: 3, exclusiveMaximum: true}", [2.9], [3]),
        ("{type: number, minimum: 3, exclusiveMinimum: false}", [3], [2]),
        ("{type: integer, format: int32}", [2**31 - 1], [2**31]),
        ("{type: integer, format: int64}", [2**63 - 1], [2**63]),
        ("{type: string, format: byte}", ["YQ=="], ["a b"]),
        ("{type: string, format: date}", ["2026-01-31"], ["31.1.2026"]),
        ("{type: number, format: float}", [1e300], ["x"]),
        ("{type: string, format: binary, example: 5, xml: {name: x}}", ["a"], [5]),
        ("{type: object, required: [a], properties: {a: {type: string, readOnly: true}}}", [{"a": "x"}], [{}]),
        ("{$ref: '#/components/schemas/N', maxLength: 1}", ["long"], [None]),  # what stands beside is not looked at
    ],
)
def test_schema_objects_of_openapi_3_0_are_judged_by_their_own_rules(schema, good, bad):
    compiled = payload(schema, components="{N: {type: string}}").compiled
    assert [value for value in good if not compiled.is_valid(value)] == []
    assert [value for value in bad if compiled.is_valid(value)] == []


def test_openapi_3_1_is_json_schema_2020_12():
    compiled = payload(
        "{type: [object, 'null'], properties: {l: {prefixItems: [{type: string}]}, n: {exclusiveMinimum: 3}}, "
        "unevaluatedProperties: false}",
        "application/vnd.oai.openapi+yaml;version=3.1.0",
    ).compiled
    assert compiled.is_valid(None)
    assert compiled.is_valid({"l": ["a", 1], "n": 4})
    assert not compiled.is_valid({"l": [1]})
    assert not compiled.is_valid({"n": 3})
    assert not compiled.is_valid({"x": 1})


def test_a_format_without_a_version_is_3_0_and_version_2_is_not_read():
    assert payload("{type: string, nullable: true}", "application/vnd.oai.openapi").compiled.is_valid(None)
    contract = load(
        "asyncapi: 3.0.0\nchannels: {a: {address: a, messages: {m: {payload: "
        "{schemaFormat: application/vnd.oai.openapi;version=2.0, schema: {}}}}}}\n"
    )
    (message,) = contract.channels["a"].messages
    assert message.payload.compiled is None
    assert message.payload.reason.startswith("schema format ")
    assert [(one.rule, one.severity) for one in contract.findings] == [("document.schema-format", "info")]


def test_faults_name_the_line_of_the_document():
    contract = load(
        """
        asyncapi: 3.0.0
        channels:
          a:
            address: a
            messages:
              m:
                payload:
                  schemaFormat: application/vnd.oai.openapi;version=3.0.0
                  schema:
                    type: object
                    required:
                      - id
                      - price
                    properties:
                      price:
                        type: number
                        minimum: 0
                        exclusiveMinimum: true
                      state:
                        type: string
                        nullable: true
                        enum: [open, closed]
                      items:
                        $ref: '#/components/schemas/Items'
        components:
          schemas:
            Items:
              type: array
              items:
                type: integer
                nullable: true
        """
    )
    (message,) = contract.channels["a"].messages
    found = message.payload.compiled.explain({"price": 0, "state": "gone", "items": [1, None, "x"]})
    told = {
        one.path: (one.summary, message.payload.origins.position(one.schema_path, one.keyword, one.path.split("/")[-1]))
        for one in found
    }
    assert {path: (summary, place.line) for path, (summary, place) in told.items()} == {
        "/id": ("/id is missing, required", 12),
        "/price": ("/price is an integer, more than 0 expected", 18),
        "/state": ("/state is a string, one of 3 values expected", 22),
        "/items/2": ("/items/2 is a string, integer or null expected", 30),
    }


def test_the_discriminator_is_kept_and_judges_nothing():
    compiled = payload(
        "{type: object, discriminator: {propertyName: kind, mapping: {a: '#/components/schemas/A'}}, "
        "properties: {kind: {type: string}}}",
        components="{A: {type: object}}",
    ).compiled
    assert compiled.bundle["discriminator"]["propertyName"] == "kind"
    assert compiled.is_valid({"kind": "zzz"})


@pytest.mark.parametrize(
    ("outer", "inner", "good", "bad"),
    [
        # the newest dialect of all parts judges; parts in older ones keep their meaning
        ("{properties: {a: {$ref: '#/components/schemas/New'}, b: {items: [{type: string}], additionalItems: false}}}",
         "{New: {schemaFormat: 'application/schema+json;version=2020-12', schema: {prefixItems: [{type: integer}], items: false}}}",
         [{"a": [1], "b": ["x"]}], [{"a": [1, 2]}, {"a": ["x"]}, {"b": ["x", "y"]}, {"b": [1]}]),
        ("{properties: {a: {$ref: '#/components/schemas/Old'}}}",
         "{Old: {schemaFormat: 'application/schema+json;version=draft-04', schema: {minimum: 3, exclusiveMinimum: true}}}",
         [{"a": 4}], [{"a": 3}]),
        ("{properties: {a: {$ref: '#/components/schemas/Open'}}}",
         "{Open: {schemaFormat: 'application/vnd.oai.openapi;version=3.0.0', schema: {type: string, nullable: true}}}",
         [{"a": None}, {"a": "x"}], [{"a": 1}]),
        ("{dependencies: {x: [y], z: {required: [w]}}, properties: {a: {$ref: '#/components/schemas/New'}}}",
         "{New: {schemaFormat: 'application/schema+json;version=2019-09', schema: {type: integer, $ref: '#/components/schemas/Small'}}, Small: {maximum: 9}}",
         [{"a": 9, "x": 1, "y": 1}], [{"a": 10}, {"x": 1}, {"z": 1}]),
        ("{unevaluatedProperties: false, properties: {a: {$ref: '#/components/schemas/New'}}}",
         "{New: {schemaFormat: 'application/schema+json;version=2020-12', schema: {type: integer}}}",
         [{"other": 1}], [{"a": "x"}]),
    ],
)  # fmt: skip
def test_parts_in_other_formats_are_judged_by_their_own_rules(outer, inner, good, bad):
    compiled = payload(outer, "application/vnd.aai.asyncapi;version=3.0.0", inner).compiled
    assert [value for value in good if not compiled.is_valid(value)] == []
    assert [value for value in bad if compiled.is_valid(value)] == []


def test_a_part_in_a_format_that_is_no_json_schema_leaves_the_whole_unchecked():
    contract = load(
        """
        asyncapi: 3.0.0
        channels: {a: {address: a, messages: {m: {payload: {properties: {a: {$ref: '#/components/schemas/R'}}}}}}}
        components: {schemas: {R: {schemaFormat: application/raml+yaml;version=1.0, schema: '#%RAML 1.0'}}}
        """
    )
    (message,) = contract.channels["a"].messages
    assert message.payload.compiled is None
    assert message.payload.reason == "schema format application/raml+yaml;version=1.0"
    assert [(one.rule, one.severity) for one in contract.findings] == [("document.schema-format", "info")]


@pytest.mark.parametrize(
    ("schema_format", "severity"),
    [
        ("application/raml+yaml;version=1.0", "info"), ("application/xml", "info"), ("text/xsd", "info"),
        ("application/schema+json;version=draft-03", "warning"), ("application/x-own;version=1", "warning"),
    ],
)  # fmt: skip
def test_formats_that_are_not_read_are_recognised_and_left_unchecked(schema_format, severity):
    for place in ("payload: {schemaFormat: %r, schema: 'text'}", "headers: {schemaFormat: %r, schema: 'text'}"):
        contract = load(
            f"asyncapi: 3.0.0\nchannels: {{a: {{address: a, messages: {{m: {{{place % schema_format}}}}}}}}}\n"
        )
        (message,) = contract.channels["a"].messages
        read = message.payload or message.headers
        assert read.compiled is None
        assert read.reason == f"schema format {schema_format}"
        assert [(one.rule, one.severity) for one in contract.findings] == [("document.schema-format", severity)]


def test_a_schema_format_inside_another_is_the_one_that_counts():
    schema = payload(
        "{$ref: '#/components/schemas/S'}", "application/vnd.aai.asyncapi;version=3.0.0",
        "{S: {schemaFormat: 'application/schema+json;version=2020-12', schema: {prefixItems: [{type: string}]}}}",
    )  # fmt: skip
    assert schema.compiled.is_valid(["a"])
    assert not schema.compiled.is_valid([1])


def test_equal_schemas_are_compiled_once():
    contract = load(
        """
        asyncapi: 3.0.0
        channels:
          a: {address: a, messages: {m: {payload: {type: string, minLength: 1}}, n: {payload: {minLength: 1, type: string, title: t}}}}
          b: {address: b, messages: {m: {payload: {$ref: '#/components/schemas/S'}}}}
        components: {schemas: {S: {type: string, minLength: 1}}}
        """
    )
    compiled = {id(message.payload.compiled) for channel in contract.channels.values() for message in channel.messages}
    assert len(compiled) == 1
