from __future__ import annotations

import json
import time

import pytest

from asyncwatch.contract.assertions import ASSERTED, with_assertions
from asyncwatch.contract.schemas import compile_schema
from asyncwatch.contract.validator import SchemaRefused

DIALECTS = {
    "draft4": "draft-04", "draft6": "draft-06", "draft7": "draft-07", "draft2019-09": "2019-09",
    "draft2020-12": "2020-12",
}  # fmt: skip
ORDER = {
    "type": "object",
    "properties": {
        "amount": {"type": "number"},
        "id": {"type": "string", "format": "uuid"},
        "state": {"enum": ["a", "b", "c"]},
        "lines": {"type": "array", "items": {"$ref": "#/definitions/Line"}},
        "pay/ment": {
            "oneOf": [
                {"type": "string"},
                {"type": "object", "properties": {"card": {"type": "object", "required": ["no"]}}},
            ]
        },
    },
    "required": ["amount", "settlementDate"],
    "patternProperties": {"^x-": {"type": "number"}},
    "additionalProperties": False,
    "definitions": {"Line": {"type": "object", "required": ["sku"], "properties": {"quantity": {"maximum": 5}}}},
}
CANARY = "canary-7f3a"


def only(schema, value, dialect="draft-07"):
    (fault,) = compile_schema(schema, dialect).explain(value)
    return fault


def test_the_hot_path_calls_the_engine_itself():
    compiled = compile_schema({"type": "integer"})
    assert type(compiled.is_valid).__name__ == "builtin_function_or_method"
    assert compiled.is_valid(1)
    assert not compiled.is_valid("1")


def test_a_wrong_type_is_told_in_words():
    faults = {one.path: one for one in compile_schema(ORDER).explain({"amount": "1"})}
    fault = faults["/amount"]
    assert fault.summary == "/amount is a string, number expected"
    assert (fault.keyword, fault.expected, fault.actual) == ("type", "number", "string")
    assert fault.schema_path == "#/properties/amount/type"


def test_a_missing_property_is_told_at_its_own_place():
    faults = {one.path: one for one in compile_schema(ORDER).explain({"amount": 1})}
    fault = faults["/settlementDate"]
    assert fault.summary == "/settlementDate is missing, required"
    assert (fault.keyword, fault.actual, fault.schema_path) == ("required", "missing", "#/required")


def test_array_indexes_are_exact_in_the_path_and_starred_in_the_group():
    fault = only({"properties": {"l": {"items": {"maximum": 5}}}}, {"l": [1, 9]})
    assert (fault.path, fault.group_path) == ("/l/1", "/l/*")
    assert fault.expected == "at most 5"


def test_names_in_pointers_are_escaped():
    fault = only({"properties": {"a/b~c": {"type": "null"}}}, {"a/b~c": 1})
    assert fault.path == "/a~1b~0c"
    assert fault.schema_path == "#/properties/a~1b~0c/type"


def test_a_choice_is_told_at_its_own_place_with_its_deepest_fault():
    value = {"amount": 1, "settlementDate": 1, "pay/ment": {"card": {}}}
    faults = {one.keyword: one for one in compile_schema(ORDER).explain(value)}
    fault = faults["oneOf"]
    assert fault.path == "/pay~1ment"
    assert fault.expected == "exactly one of 2 schemas"
    assert "/pay~1ment/card/no is missing, required" in fault.summary


def test_too_many_fitting_choices_are_counted():
    fault = only({"oneOf": [{"type": "integer"}, {"minimum": 0}, {"type": "string"}]}, 5)
    assert fault.summary == "the value fits 2 of 3 schemas, exactly one of 3 schemas expected"


@pytest.mark.parametrize(
    ("schema", "value", "keyword", "expected"),
    [
        ({"enum": [1, 2, 3]}, 9, "enum", "one of 3 values"), ({"const": "a"}, 9, "const", '"a"'),
        ({"pattern": "^a"}, "b", "pattern", "pattern ^a"), ({"format": "uuid"}, "b", "format", "format uuid"),
        ({"minimum": 3}, 1, "minimum", "at least 3"), ({"exclusiveMinimum": 3}, 3, "exclusiveMinimum", "more than 3"),
        ({"multipleOf": 5}, 3, "multipleOf", "a multiple of 5"), ({"maxLength": 1}, "ab", "maxLength", "at most 1 characters"),
        ({"uniqueItems": True}, [1, 1], "uniqueItems", "unique items"), ({"type": ["string", "null"]}, 1, "type", "string or null"),
        ({"not": {"type": "string"}}, "a", "not", "a value that does not fit"), (False, 1, "false", "nothing here"),
        ({"contains": {"type": "string"}}, [1], "contains", "an item that fits"),
        ({"additionalProperties": False}, {"a": 1}, "additionalProperties", "no undeclared properties"),
        ({"propertyNames": {"maxLength": 1}}, {"aa": 1}, "propertyNames", "property names that fit"),
        ({"dependencies": {"a": ["b"]}}, {"a": 1}, "dependencies", "required"),
        ({"if": {"type": "integer"}, "then": {"minimum": 3}}, 1, "minimum", "at least 3"),
        ({"items": [{}], "additionalItems": False}, [1, 2], "additionalItems", "no further items"),
    ],
)  # fmt: skip
def test_every_keyword_says_what_it_expects(schema, value, keyword, expected):
    fault = only(schema, value)
    assert (fault.keyword, fault.expected) == (keyword, expected)


def test_constants_of_the_schema_are_cut_to_a_readable_length():
    assert len(only({"const": "x" * 5000}, 1).expected) <= 120
    assert len(only({"pattern": "x{1}" * 500}, "a").expected) <= 130


def test_no_value_and_no_undeclared_name_stands_in_any_fault():
    value = {
        "amount": CANARY, "id": CANARY, "state": CANARY, "lines": [{"quantity": 9, CANARY: CANARY}],
        "pay/ment": {"card": CANARY}, CANARY: CANARY, f"x-{CANARY}": CANARY, f"x-{CANARY}2": {CANARY: [CANARY]},
    }  # fmt: skip
    schemas = [
        ORDER, {"additionalProperties": {"type": "integer"}}, {"const": 1}, {"not": {}}, {"propertyNames": {"maxLength": 1}},
        {"anyOf": [ORDER, {"additionalProperties": {"additionalProperties": False}}], "definitions": ORDER["definitions"]}, {"minProperties": 99},
        {"patternProperties": {".": {"patternProperties": {".": False}}}}, {"unevaluatedProperties": False},
        {"dependentSchemas": {CANARY[:3]: False}}, {"properties": {"lines": {"contains": {"type": "string"}}}},
    ]  # fmt: skip
    told = 0
    for dialect in ("draft-07", "2020-12"):
        for schema in schemas:
            for fault in compile_schema(schema, dialect).explain(value):
                told += 1
                assert CANARY not in repr(fault)
    assert told > 20


def test_undeclared_places_are_starred():
    faults = compile_schema(ORDER).explain({"amount": 1, "settlementDate": 1, CANARY: 1, f"x-{CANARY}": "s"})
    assert [one.path for one in faults] == ["/*", "/*"]
    assert faults[0].summary == "the value has an undeclared property, none allowed"


def test_explanations_do_not_depend_on_the_order_of_properties():
    value = {"amount": "x", "state": 1, "id": 5, "lines": [{}]}
    turned = dict(reversed(value.items()))
    assert compile_schema(ORDER).explain(value) == compile_schema(ORDER).explain(turned)


def test_the_limit_is_kept_and_one_fault_is_always_told():
    compiled = compile_schema({"items": {"type": "string"}})
    assert len(compiled.explain([1] * 100, 3)) == 3
    assert len(compiled.explain([1] * 100)) == 16
    assert compiled.explain(["a"]) == []


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("int32", [0, -(2**31), 2**31 - 1, "text"], [2**31, -(2**31) - 1]),
        ("int64", [2**63 - 1, -(2**63)], [2**63, 10**30]),
        ("byte", ["", "YQ==", "YWI=", "YWJj"], ["YQ", "Y===", "a b=", "YWJj\n"]),
        ("uuid", ["6b7f3f6e-0f0b-4c51-9d2c-3a7a6f1f0c11"], ["6b7f3f6e", "x"]),
        ("date-time", ["2026-11-23T14:02:11Z"], ["2026-11-23", "now"]),
        ("float", [1e300], []), ("double", [1], []), ("binary", ["\x00"], []), ("password", ["x"], []), ("own", ["x"], []),
    ],
)  # fmt: skip
@pytest.mark.parametrize("dialect", DIALECTS.values())
def test_formats_are_asserted_in_every_dialect(name, good, bad, dialect):
    compiled = compile_schema({"format": name}, dialect)
    assert [value for value in good if not compiled.is_valid(value)] == []
    assert [value for value in bad if compiled.is_valid(value)] == []
    for value in bad:
        assert compiled.explain(value)[0].expected == f"format {name}"


def test_recursive_schemas_judge_and_explain():
    schema = {
        "$ref": "#/definitions/Node",
        "definitions": {"Node": {"properties": {"next": {"$ref": "#/definitions/Node"}, "v": {"type": "integer"}}}},
    }
    value = {"next": {"next": {"v": "x"}}}
    fault = only(schema, value)
    assert fault.path == "/next/next/v"
    assert fault.schema_path == "#/definitions/Node/properties/v/type"


@pytest.mark.parametrize(
    "schema", [{"type": "nope"}, {"pattern": "("}, {"$ref": "#/definitions/none"}, {"properties": 5}]
)
def test_a_broken_schema_is_refused_with_its_place(schema):
    with pytest.raises(SchemaRefused):
        compile_schema(schema)


@pytest.mark.parametrize(
    ("schema", "message", "path"),
    [
        ({"type": "nope"}, "'type' must be array, boolean, integer, null, number, object or string, or a list of these", ("type",)),
        ({"properties": {"a": {"required": "b"}}}, "'required' must be an array", ("properties", "a", "required")),
        ({"pattern": "("}, "'pattern' is no expression that can be run in bounded time and memory", ("pattern",)),
        ({"minLength": -1}, "'minLength' must be at least 0", ("minLength",)),
        ({"multipleOf": 0}, "'multipleOf' must be more than 0", ("multipleOf",)),
        ({"required": ["a", "a"]}, "'required' must not hold the same twice", ("required",)),
        ({"allOf": []}, "'allOf' must not be empty", ("allOf",)), ({"properties": 5}, "'properties' must be an object", ("properties",)),
        ({"items": "x"}, "'items' must be a schema, or a list of what the keyword takes", ("items",)),
        ({"additionalProperties": "x"}, "'additionalProperties' must be a boolean or an object", ("additionalProperties",)),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_schema_is_told_in_words(schema, message, path):
    with pytest.raises(SchemaRefused) as error:
        compile_schema(schema)
    assert str(error.value) == message
    assert error.value.path == path


def test_asserting_formats_leaves_the_schema_as_it_was():
    schema = {
        "format": "int32", "allOf": [{"format": "byte"}, True], "items": [{"format": "x"}, {"format": "uuid"}],
        "properties": {"a": {"format": "int64", "allOf": 5}, "b": {"enum": [{"format": "int32"}]}, "c": {}},
        "not": {"anyOf": [{"$ref": "#/definitions/d"}]}, "definitions": {"d": {"format": "int32"}},
    }  # fmt: skip
    before = json.dumps(schema)
    asserted = with_assertions(schema)
    assert json.dumps(schema) == before
    assert [len(one) for one in (asserted["allOf"], asserted["items"][1], asserted["definitions"]["d"])] == [3, 2, 2]
    assert asserted["allOf"][0]["allOf"] == [ASSERTED["byte"]]
    assert asserted["properties"]["b"] is schema["properties"]["b"]
    assert asserted["not"] is schema["not"]
    assert asserted["properties"]["a"]["allOf"] == 5


def test_nothing_is_ever_fetched():
    for reference in ("http://127.0.0.1:9/x", "https://example.invalid/x", "file:///etc/hosts", "other.json"):
        with pytest.raises(SchemaRefused):
            compile_schema({"$ref": reference})


def test_property_types_follow_references_and_compositions():
    compiled = compile_schema(
        {
            "allOf": [{"$ref": "#/definitions/A"}],
            "properties": {"b": {"anyOf": [{"type": "string"}, {"type": "null"}]}, "c": {}, "d": {"enum": [1, "x"]}},
            "definitions": {"A": {"properties": {"a": {"$ref": "#/definitions/I"}}}, "I": {"type": "integer"}},
        }
    )
    assert compiled.property_types("a") == {"integer"}
    assert compiled.property_types("b") == {"string", "null"}
    assert compiled.property_types("c") is None
    assert compiled.property_types("d") == {"integer", "string"}
    assert compiled.property_types("zz") is None


def test_explaining_large_and_hostile_values_stays_bounded():
    node = {"properties": {"c": {"$ref": "#/definitions/n"}, "v": {"type": "integer"}}}
    branches = {"anyOf": [{"properties": {"c": {"$ref": "#/definitions/n"}}, "required": [name]} for name in "ab"]}
    deep: object = {"v": "s", "pad": ["x" * 100] * 10_000}
    for _ in range(100):
        deep = {"c": deep}
    cases = [
        ({"items": {"type": "string"}}, [1] * 500_000),
        ({"items": {"type": "integer"}}, [1] * 500_000 + ["x"]),
        ({"anyOf": [{"items": {"type": "string"}}, {"type": "object"}]}, [1] * 500_000),
        ({"additionalProperties": {"type": "integer"}}, {f"k{n}": n for n in range(100_000)} | {"z": "x"}),
        ({"pattern": r"^(a|a)*\1$"}, "a" * 5000 + "b"),
        ({"pattern": r"^(a+)+$"}, "a" * 1_000_000 + "b"),
        ({"patternProperties": {r"^(a|a)*\1$": {"type": "integer"}}}, {"a" * 50 + str(n): "x" for n in range(20)}),
        ({"$ref": "#/definitions/n", "definitions": {"n": node}}, deep),
        ({"$ref": "#/definitions/n", "definitions": {"n": branches}}, deep),
    ]
    for schema, value in cases:
        compiled = compile_schema(schema)
        started = time.perf_counter()
        faults = compiled.explain(value)
        assert 1 <= len(faults) <= 16
        assert time.perf_counter() - started < 1


def test_a_fault_at_the_end_of_a_long_array_is_found():
    assert only({"items": {"type": "integer"}}, [1] * 100_000 + ["x"]).path == "/100000"


def test_explanations_agree_with_the_verdict_on_the_official_suite(shared):
    folder = shared / "corpus" / "json-schema-test-suite" / "tests"
    judged = unplaced = 0
    for name, dialect in DIALECTS.items():
        for file in sorted((folder / name).glob("*.json")):
            for group in json.loads(file.read_bytes()):
                try:
                    compiled = compile_schema(group["schema"], dialect)
                except SchemaRefused:  # it refers to other files
                    continue
                for case in group["tests"]:
                    judged += 1
                    verdict = compiled.is_valid(case["data"])
                    if file.stem not in {"format", "vocabulary"}:  # we assert formats
                        assert verdict == case["valid"], (file.name, group["description"], case["description"])
                    faults = compiled.explain(case["data"])
                    assert bool(faults) != verdict
                    unplaced += any(fault.keyword == "schema" for fault in faults)
    assert judged > 4000
    assert unplaced < judged * 0.05  # references that only a document's own reader puts together
