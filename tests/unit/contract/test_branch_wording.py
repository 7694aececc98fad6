"""A value that fits none of several schemas: which of them it comes nearest to, and what keeps it from fitting."""

import pytest

from asyncwatch.contract.schemas import compile_schema

CARD = {
    "title": "Card", "required": ["type", "number"],
    "properties": {"type": {"const": "card"}, "number": {"type": "string"}},
}  # fmt: skip
BANK = {"required": ["type", "iban"], "properties": {"type": {"const": "bank"}, "iban": {"type": "string"}}}
CASH = {"required": ["type"], "properties": {"type": {"enum": ["cash"]}}, "additionalProperties": False}
SCHEMA = {"oneOf": [CARD, BANK, {"$ref": "#/definitions/Cash"}], "definitions": {"Cash": CASH}}
HEAD = "the value is an object, exactly one of 3 schemas expected; nearest is "


@pytest.mark.parametrize(
    ("value", "nearest"),
    [
        ({"type": "card"}, "Card: /number is missing, required"),
        ({"type": "bank", "iban": 7}, 'type "bank": /iban is an integer, string expected'),
        ({"type": "cash", "coins": 1}, "Cash: the value has an undeclared property, none allowed"),
        ({"type": "other"}, 'Card: /type is a string, "card" expected'),
    ],
)
def test_the_nearest_branch_is_named_with_what_is_wrong_there(value, nearest):
    (fault,) = compile_schema(SCHEMA).explain(value)
    assert (fault.path, fault.schema_path, fault.summary) == ("", "#/oneOf", HEAD + nearest)


def test_a_branch_without_any_name_is_told_by_its_fault_alone():
    (fault,) = compile_schema({"anyOf": [{"required": ["a"]}, {"type": "string"}]}).explain({})
    assert fault.summary == "the value is an object, one of 2 schemas expected; nearest: /a is missing, required"


def test_a_title_of_any_length_is_cut():
    (fault,) = compile_schema({"anyOf": [{"title": "x" * 5_000, "required": ["a"]}]}).explain({})
    assert len(fault.summary) < 250
