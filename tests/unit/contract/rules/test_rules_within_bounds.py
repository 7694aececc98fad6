"""Hostile documents under the rules: bounded work, and what is left out is said."""

import json
import time

import pytest

from asyncwatch.contract.entities import Contract
from asyncwatch.contract.findings import Findings
from asyncwatch.contract.inspected import Inspected
from asyncwatch.contract.references import Documents
from asyncwatch.contract.rules.table import check_rules

V3 = {"asyncapi": "3.0.0", "info": {"title": "t", "version": "1"}}
V2 = {"asyncapi": "2.6.0", "info": {"title": "t", "version": "1"}, "channels": {}}
OPEN = {"payload": {"type": "object"}}


def schemas(**listed):
    return V3 | {"components": {"schemas": listed}}


def ref(name):
    return {"$ref": f"#/components/schemas/{name}"}


HOSTILE = {
    "ten thousand messages on a channel": (
        V3 | {"channels": {"c": {"address": None, "messages": {f"m{number}": OPEN for number in range(10_000)}}}},
        {"document.unexamined": 1, "document.ambiguous-messages": 1},
    ),
    "an example of a megabyte": (
        V2 | {"components": {"messages": {"M": {
            "payload": {"type": "array", "items": {"type": "integer"}}, "examples": [{"payload": ["x"] * 250_000}],
        }}}},
        {"document.example": 5},
    ),
    "an example that doubles with each reference": (
        V2 | {"components": {
            "schemas": {f"s{n}": {"a": ref(f"s{n + 1}"), "b": ref(f"s{n + 1}")} for n in range(40)} | {"s40": {}},
            "messages": {"M": {"payload": {"type": "object"}, "examples": [{"payload": ref("s0")}]}},
        }},
        {"document.unexamined": 1},
    ),
    "a chain of closed schemas": (
        schemas(**{
            f"s{n}": {"allOf": [ref(f"s{n + 1}")], "additionalProperties": False, "properties": {f"p{n}": {}}}
            for n in range(3_000)
        }),
        None,
    ),
    "more patterns than are read": (
        schemas(S={"properties": {f"p{n}": {"pattern": f"^[a-z]{{{n % 50}}}{n}$"} for n in range(3_000)}}),
        {"document.unexamined": 1},
    ),
    "patterns that cost much to refuse": (
        schemas(S={"properties": {f"p{n}": {"pattern": "(a{1000}){1000}" * 3 + str(n)} for n in range(3_000)}}),
        {"document.unexamined": 1, "document.pattern": 100},
    ),
    "more defaults than are tried": (
        schemas(S={"properties": {f"p{n}": {"type": "string", "minLength": 3, "default": "x"} for n in range(3_000)}}),
        {"document.unexamined": 1, "document.schema-value": 2_000},
    ),
    "tags that are all the same": (V2 | {"tags": [{"name": "a"}] * 50_000}, None),
    "an address of braces": (
        V3 | {"channels": {"c": {"address": "{" * 100_000, "parameters": {"a": {}}}}}, {"document.parameter": 1},
    ),
    "a discriminator over many branches": (
        schemas(S={"discriminator": "k", "oneOf": [{"properties": {f"p{n}": {}}} for n in range(3_000)]}),
        {"document.discriminator": 1},
    ),
    "unknown keywords": (schemas(S={"properties": {f"p{n}": {f"keyword{n}": 1} for n in range(10_000)}}), {}),
}  # fmt: skip


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_document_ends_in_time_and_says_what_was_left_out(case):
    document, expected = HOSTILE[case]
    data = json.dumps(document).encode()
    documents = Documents("doc.json", lambda _: data)
    root = documents.open()
    version = document["asyncapi"]
    contract = Contract(
        id=None, title=None, version=None, spec_version=version, default_content_type=None, source="", servers={},
        channels={}, operations={},
    )  # fmt: skip
    findings = Findings(documents.position)
    started = time.process_time()
    check_rules(Inspected(documents, root, int(version[0]), int(version[2]), contract, findings))
    assert time.process_time() - started < 10
    counts: dict[str, int] = {}
    for one in findings.all():
        counts[one.rule] = counts.get(one.rule, 0) + 1
    if expected is not None:
        assert counts == expected
    assert sum(counts.values()) <= 10_000
