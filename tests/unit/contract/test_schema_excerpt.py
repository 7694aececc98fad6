"""What a schema says at the place of a fault, in one line."""

import pytest

from asyncwatch.contract.schema_excerpt import schema_excerpt
from asyncwatch.contract.schemas import compile_schema

SCHEMA = {
    "type": "object", "description": "An order.", "required": ["id"], "additionalProperties": False,
    "properties": {
        "id": {"type": "integer", "minimum": 1, "examples": [7]},
        "pay": {"oneOf": [{"title": "Card"}, {"$ref": "#/definitions/Cash"}, {"type": "null"}]},
        "fixed": {"const": {"a": 1}}, "none": False, "many": {"enum": list(range(500))},
    },
    "definitions": {"Cash": {"type": "object", "properties": {f"p{n}": {} for n in range(20)}}},
}  # fmt: skip


@pytest.mark.parametrize(
    ("path", "keyword", "text"),
    [
        ("#/properties/id/type", "type", '{"type": "integer", "minimum": 1}'),
        ("#/properties/id/minimum", "minimum", '{"minimum": 1, "type": "integer"}'),
        (
            "#/required",
            "required",
            '{"required": ["id"], "type": "object", "additionalProperties": false, "properties":',
        ),
        ("#/additionalProperties", "additionalProperties", '{"additionalProperties": false, "type": "object"'),
        ("#/properties/pay/oneOf", "oneOf", '{"oneOf": [Card, Cash, {…}]}'),
        ("#/properties/fixed/const", "const", '{"const": {"a":1}}'),
        ("#/properties/none", "false", "false"),
        ("#/definitions/Cash", "schema", '{"type": "object", "properties": {"p0": …, '),
        ("#/properties/nobody/type", "type", None),
        ("#/properties/pay/oneOf/99999999999999999999/type", "type", None),
        ("not a pointer", "type", '{"type": "object"'),
    ],
)
def test_the_broken_rule_stands_first_and_what_is_nested_by_name(path, keyword, text):
    found = schema_excerpt(SCHEMA, path, keyword)
    assert found == text or (text is not None and found.startswith(text))


def test_a_line_has_a_bounded_length():
    assert len(schema_excerpt(SCHEMA, "#/properties/many/enum", "enum")) <= 240
    assert "\x1b" not in schema_excerpt({"pattern": "\x1b[31m"}, "#/pattern", "pattern")


def test_the_paths_of_faults_lead_there():
    compiled = compile_schema(SCHEMA)
    for value in (
        {"id": 0},
        {},
        {"id": 1, "other": 1},
        {"id": 1, "pay": 5},
        {"id": 1, "fixed": 1},
        {"id": 1, "none": 1},
    ):
        for fault in compiled.explain(value):
            assert schema_excerpt(compiled.judged, fault.schema_path, fault.keyword) is not None
