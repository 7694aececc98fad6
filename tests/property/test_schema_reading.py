"""Any value as a schema of any format: it is compiled or there is a finding, and both speak of the same values."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from asyncwatch.contract.references import Documents
from asyncwatch.contract.schemas import SchemaReader

FORMATS = [
    "application/vnd.aai.asyncapi;version=3.0.0", "application/schema+json;version=draft-04",
    "application/schema+json;version=draft-07", "application/schema+json;version=2019-09",
    "application/schema+json;version=2020-12", "application/vnd.oai.openapi;version=3.0.0",
    "application/vnd.apache.avro;version=1.9.0", "application/vnd.google.protobuf;version=3", "application/raml+yaml",
]  # fmt: skip
KEYWORDS = st.sampled_from(
    [
        "$id", "id", "$ref", "$anchor", "$dynamicAnchor", "$dynamicRef", "$recursiveRef", "$recursiveAnchor", "$schema", "$defs", "definitions",
        "type", "enum", "const", "allOf", "anyOf", "oneOf", "not", "if", "then", "items", "prefixItems", "additionalItems", "properties",
        "patternProperties", "additionalProperties", "required", "dependencies", "format", "minimum", "exclusiveMinimum", "nullable", "schemaFormat",
        "schema", "name", "fields", "symbols", "size", "values", "namespace", "default", "logicalType", "a", "n",
    ]
)  # fmt: skip
LEAVES = st.one_of(
    st.sampled_from(
        [
            "#", "#/a", "#/definitions/a", "#/$defs/a", "#n", "n", "a", "http://x.example/n", "http://x.example/n#a", "urn:x:y", "n.json", "#/", "%", "~",
            "record", "enum", "string", "integer", "null", "array", "map", "int", "R", "int32", "^a", "(", "object", *FORMATS,
            "https://json-schema.org/draft/2020-12/schema", "http://json-schema.org/draft-07/schema#",
        ]
    ),
    st.none(), st.booleans(), st.integers(-5, 5), st.just(1.5),
)  # fmt: skip
SCHEMAS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYWORDS, inner, max_size=4)),
    max_leaves=14,
)
VALUES = [None, True, 1, 1.5, "a", [], ["a", 1], {}, {"a": 1, "n": "x"}, {"string": "a"}]


def read(schema, schema_format):
    def one_file(path):
        if path != "/folder/s.json":
            raise FileNotFoundError(path)
        return json.dumps(schema).encode()

    documents = Documents("/folder/s.json", one_file)
    found = SchemaReader(documents).read(documents.open(), schema_format, "the schema")
    return found, documents.findings.all()


@pytest.mark.parametrize("schema_format", FORMATS)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(schema=st.dictionaries(KEYWORDS, SCHEMAS, max_size=5))
def test_any_value_is_a_schema_that_judges_or_a_finding(schema_format, schema):
    found, findings = read(schema, schema_format)
    if found.compiled is None:
        assert findings
        assert found.reason
        return
    assert not [one for one in findings if one.severity == "error"]
    for value in VALUES:
        faults = found.compiled.explain(value)
        assert bool(faults) is not found.compiled.is_valid(value)
        for fault in faults:
            place = found.origins.position(fault.schema_path, fault.keyword, fault.path.split("/")[-1])
            assert place.line == 1
