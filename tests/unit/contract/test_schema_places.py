"""A fault of a schema is told at the line where it stands, however many references lead there."""

from __future__ import annotations

import textwrap

import pytest

from asyncwatch.contract.load import load_contract

DOCUMENT = """
asyncapi: 3.0.0
channels:
  a:
    address: a
    messages:
      m:
        payload:
          type: object
          properties:
            x: {$ref: '#/components/schemas/X'}
      n:
        payload:
          items: {$ref: '#/components/schemas/X'}
components:
  schemas:
    X:
      type: object
      properties:
        good: {type: string}
        deep:
"""


@pytest.mark.parametrize(
    ("fault", "rule", "line", "summary"),
    [
        ("type: strng", "document.schema", 21, "'type' must be array, boolean, integer"),
        ("minLength: -1", "document.schema", 21, "'minLength' must be at least 0"),
        ("$ref: '#/nowhere'", "document.reference", 20, "'#/nowhere' leads nowhere"),
        ("items: 5", "document.schema", 21, "'items' must be"),
        ("not: []", "document.schema", 21, "'not' must be"),
        ("allOf: [5]", "document.schema", 21, "a schema must be an object, true or false"),
    ],
)
def test_a_fault_of_a_shared_part_is_told_where_the_part_stands(fault, rule, line, summary):
    text = textwrap.dedent(DOCUMENT).lstrip() + f"          {fault}\n"
    contract = load_contract("doc.yaml", lambda _path: text.encode())
    assert {(one.rule, one.severity, one.position.line) for one in contract.findings} == {(rule, "error", line)}
    assert all(summary in one.summary for one in contract.findings)
    assert contract.findings[0].summary.startswith("payload of message 'm' is not checked: ")
    assert all(message.payload.compiled is None for message in contract.channels["a"].messages)
