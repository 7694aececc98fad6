"""Verdicts and explanations against the Python implementation of JSON Schema, over schemas and values made up here."""

from __future__ import annotations

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from asyncwatch.contract.entities import PayloadSchema
from asyncwatch.contract.load import load_contract
from asyncwatch.contract.schemas import compile_schema

NAMES = st.sampled_from(["a", "b", "c/d", "e~f"])
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 5),
    st.sampled_from([0.5, 1.0, -2.5]),
    st.sampled_from(["", "a", "bb", "é"]),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(NAMES, inner, max_size=4)),
    max_leaves=12,
)
TYPES = st.sampled_from(["null", "boolean", "integer", "number", "string", "array", "object"])
LEAVES = st.one_of(
    st.booleans(),
    st.fixed_dictionaries({"type": st.one_of(TYPES, st.lists(TYPES, min_size=1, max_size=3, unique=True))}),
    st.fixed_dictionaries({"enum": st.lists(SCALARS, min_size=1, max_size=3, unique_by=repr)}),
    st.fixed_dictionaries({"const": SCALARS}),
    st.fixed_dictionaries({}, optional={"minimum": st.integers(-3, 3), "exclusiveMaximum": st.integers(-3, 3)}),
    st.fixed_dictionaries({}, optional={"minLength": st.integers(0, 2), "pattern": st.sampled_from(["^a", "b$"])}),
    st.fixed_dictionaries({}, optional={"minItems": st.integers(0, 2), "uniqueItems": st.booleans()}),
    st.fixed_dictionaries({"required": st.lists(NAMES, unique=True, max_size=2)}),
    st.just({"$ref": "#/definitions/Node"}),
)


def compositions(inner):
    several = st.lists(inner, min_size=1, max_size=3)
    return st.fixed_dictionaries(
        {},
        optional={
            "properties": st.dictionaries(NAMES, inner, max_size=3), "additionalProperties": inner,
            "patternProperties": st.dictionaries(st.sampled_from(["^a", "/"]), inner, max_size=1),
            "items": st.one_of(inner, several), "additionalItems": inner, "contains": inner, "propertyNames": inner,
            "allOf": several, "anyOf": several, "oneOf": several, "not": inner, "if": inner, "then": inner,
            "else": inner, "dependencies": st.dictionaries(NAMES, st.one_of(inner, st.lists(NAMES, max_size=2, unique=True)), max_size=1),
        },
    ).map(oracle_can_read)  # fmt: skip


def oracle_can_read(schema):
    """Leave `additionalItems` out beside a boolean `items`: it says nothing there, and the oracle raises."""
    if isinstance(schema.get("items"), bool):
        schema.pop("additionalItems", None)
    return schema


SCHEMAS = st.recursive(LEAVES, compositions, max_leaves=10)
NODE = {"type": ["object", "integer"], "properties": {"a": {"$ref": "#/definitions/Node"}, "b": {"type": "string"}}}


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(schema=SCHEMAS, value=VALUES)
def test_verdict_and_explanation_agree_with_the_oracle(schema, value):
    whole = {"allOf": [schema], "definitions": {"Node": NODE}}
    compiled = compile_schema(whole)
    errors = list(jsonschema.Draft7Validator(whole).iter_errors(value))
    assert compiled.is_valid(value) == (not errors)
    faults = compiled.explain(value)
    assert bool(faults) == bool(errors)
    assert all(fault.keyword != "schema" for fault in faults)
    assert faults == sorted(faults, key=lambda fault: (fault.path, fault.schema_path))


def as_document(schema):
    """Move a schema's inner references to where an AsyncAPI document has them."""
    if isinstance(schema, dict):
        return {
            key: "#/components/schemas/Node" if key == "$ref" and isinstance(part, str) else as_document(part)
            for key, part in schema.items()
        }
    return [as_document(part) for part in schema] if isinstance(schema, list) else schema


def read_payload(schema) -> PayloadSchema:
    import json

    document = {
        "asyncapi": "3.0.0",
        "channels": {"a": {"address": "a", "messages": {"m": {"payload": as_document(schema)}}}},
        "components": {"schemas": {"Node": as_document(NODE)}},
    }
    contract = load_contract("d.json", {"d.json": json.dumps(document).encode()}.__getitem__)
    assert contract.findings == ()
    return contract.channels["a"].messages[0].payload


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(schema=SCHEMAS, value=VALUES)
def test_a_schema_means_the_same_inside_a_document(schema, value):
    if schema == {"$ref": "#/definitions/Node"}:
        whole = NODE | {"definitions": {"Node": NODE}}
    else:
        whole = {"allOf": [schema], "definitions": {"Node": NODE}}
    assert read_payload(schema).compiled.is_valid(value) == jsonschema.Draft7Validator(whole).is_valid(value)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(first=SCHEMAS, second=SCHEMAS)
def test_equal_identities_are_equal_schemas(first, second):
    one, other = read_payload(first), read_payload(second)
    if one.identity == other.identity:
        for value in (None, True, 0, 1, -3, 0.5, "", "a", "bb", [], [1, 1], {}, {"a": 1}, {"b": "x"}, {"c/d": None}):
            assert one.compiled.is_valid(value) == other.compiled.is_valid(value)
    assert read_payload(first).identity == one.identity


@pytest.mark.parametrize("pattern", ["^(a+)+$", r"^(a|a)*\1$"])
def test_patterns_that_hang_the_oracle_do_not_hang_us(pattern):
    compiled = compile_schema({"pattern": pattern})
    assert not compiled.is_valid("a" * 40 + "b")
    assert compiled.explain("a" * 40 + "b")
