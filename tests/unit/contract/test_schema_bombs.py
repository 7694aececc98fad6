"""Schemas that would cost time or memory without bound: each is read and judged in time, or refused with a reason."""

from __future__ import annotations

import json
import subprocess
import sys
import time

import pytest

from asyncwatch.contract.references import Documents
from asyncwatch.contract.schemas import SchemaReader

ASYNCAPI = "application/vnd.aai.asyncapi;version=3.0.0"
JSON_SCHEMA = "application/schema+json;version=2020-12"


def read(schema, schema_format=ASYNCAPI):
    text = schema if isinstance(schema, str) else json.dumps(schema)
    documents = Documents("s.json", lambda _path: text.encode())
    found = SchemaReader(documents).read(documents.open(), schema_format, "the schema")
    return found, [one.summary for one in documents.findings.all()]


def chained(keyword, count, twice):
    parts = {
        f"d{n}": {keyword: [{"$ref": f"#/definitions/d{n + 1}"}] * (2 if twice else 1)} for n in range(count)
    }  # fmt: skip
    return {"$ref": "#/definitions/d0", "definitions": {**parts, f"d{count}": {"type": "integer"}}}


def linked(count):
    parts = {
        f"d{n}": {"properties": {"n": {"$ref": f"#/definitions/d{n + 1}"}, "v": {"type": "integer"}}}
        for n in range(count)
    }
    return {"$ref": "#/definitions/d0", "definitions": {**parts, f"d{count}": {"type": "integer"}}}


def doubled_below(count):
    inner = [{"properties": {"c": {"$ref": "#/definitions/d%d"}}}] * 2
    parts = {f"d{n}": json.loads(json.dumps({"allOf": inner}).replace("%d", str(n + 1))) for n in range(count)}
    return {"$ref": "#/definitions/d0", "definitions": {**parts, f"d{count}": {"type": "integer"}}}


def wound(count):
    """Every combination of dynamic anchors is a way of its own."""
    parts = {
        f"d{n}": {
            "$id": f"r{n}", "$dynamicAnchor": f"a{n % 12}", "items": {"$dynamicRef": f"#a{n % 12}"},
            "properties": {f"p{m}": {"$ref": f"r{(n * 7 + m * 3) % count}"} for m in range(6)},
        }
        for n in range(count)
    }  # fmt: skip
    return {"$id": "http://x.example/y", "$ref": "r0", "$defs": parts}


@pytest.mark.parametrize(
    ("name", "schema", "value"),
    [
        ("a pattern that backtracks without end", {"pattern": "^(a+)+$"}, "a" * 100_000 + "b"),
        ("one that only the other engine reads", {"pattern": r"^(?=(a+)+$)(a|a)*b\1$"}, "a" * 5_000 + "b"),
        ("a name's pattern", {"patternProperties": {r"^(a|a)*\1$": {"type": "integer"}}}, {"a" * 60 + "b": "x"}),
        ("a long chain of allOf", chained("allOf", 2_000, twice=False), "x"),
        ("a huge enum", {"enum": [f"v{n}" for n in range(50_000)]}, "x"),
        ("a wide allOf", {"allOf": [{"minimum": n} for n in range(5_000)]}, -1),
        ("2,000 definitions in a row", linked(2_000), {"n": {"n": {"v": "x"}}}),
        ("a deep allOf", {"allOf": [{"allOf": [{"allOf": [{"allOf": [{"type": "string"}]}]}]}]}, 1),
    ],
    ids=lambda value: value if isinstance(value, str) and " " in value and len(value) < 50 else "",
)
def test_costly_schemas_judge_and_explain_in_time(name, schema, value):
    started = time.process_time()
    found, findings = read(schema)
    assert findings == []
    assert not found.compiled.is_valid(value)
    assert 1 <= len(found.compiled.explain(value)) <= 16
    assert time.process_time() - started < 2


@pytest.mark.parametrize(
    ("schema", "schema_format", "reason"),
    [
        (chained("allOf", 40, twice=True), ASYNCAPI, "hold each other so often"),
        (chained("anyOf", 40, twice=True), ASYNCAPI, "hold each other so often"),
        (doubled_below(40), ASYNCAPI, "hold each other so often"),
        (wound(40), JSON_SCHEMA, "dynamic references on more than"),
        ({"pattern": "(?:a{1000}){1000}"}, ASYNCAPI, "'pattern' is no expression that can be run in bounded time"),
    ],
)
def test_schemas_that_no_value_can_be_judged_by_in_time_are_refused(schema, schema_format, reason):
    started = time.process_time()
    found, findings = read(schema, schema_format)
    assert found.compiled is None
    assert found.reason
    assert len(findings) == 1
    assert reason in findings[0]
    assert time.process_time() - started < 2


def test_ten_thousand_definitions_are_read_in_bounded_time_and_memory():
    code = (
        "import json, sys; sys.path.insert(0, sys.argv[1]); import test_schema_bombs as t;"
        "found, findings = t.read(t.linked(10_000)); assert findings == [];"
        "assert not found.compiled.is_valid({'n': {'v': 'x'}});"
        # Not ru_maxrss: that begins with what the process had before it became this program.
        "status = open('/proc/self/status').read(); print(int(status.split('VmHWM:')[1].split()[0]) // 1024)"
    )
    started = time.perf_counter()
    run = subprocess.run(
        [sys.executable, "-c", code, __file__.rpartition("/")[0]],
        capture_output=True, text=True, timeout=30, check=True,
    )  # fmt: skip
    assert int(run.stdout) < 400
    assert time.perf_counter() - started < 15


def test_definitions_that_lead_back_to_themselves_end():
    back = {"$ref": "#/definitions/a"}
    for schema in (
        {**back, "definitions": {"a": {"allOf": [back]}}},
        {**back, "definitions": {"a": {"anyOf": [{"type": "string"}, {"not": back}]}}},
        {**back, "definitions": {"a": {"allOf": [{"properties": {"c": back}}, {"properties": {"c": back}}]}}},
        {
            **back,
            "definitions": {
                "a": {"oneOf": [{"required": ["l"], "properties": {"l": back, "r": back}}, {"items": back}]}
            },
        },
    ):
        found, findings = read(schema)
        assert findings == []
        value: object = "x"
        for _ in range(150):
            value = {"c": value, "l": value}
            if len(json.dumps(value)) > 10_000:
                value = {"c": 1}
        assert found.compiled.is_valid(value) in {True, False}
        found.compiled.explain(value)


def test_usual_compositions_are_not_taken_for_bombs():
    shared = {"type": "object", "properties": {"id": {"type": "string"}}, "required": ["id"]}
    parts = {
        f"m{n}": {"allOf": [{"$ref": "#/definitions/base"}, {"properties": {f"p{n}": {"type": "integer"}}}]}
        for n in range(300)
    }
    schema = {"oneOf": [{"$ref": f"#/definitions/m{n}"} for n in range(300)], "definitions": {**parts, "base": shared}}
    found, findings = read(schema)
    assert findings == []
    assert found.compiled is not None
