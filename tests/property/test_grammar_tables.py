"""The tables of the grammar beside the official meta schemas: the same fields, of which the same must be there."""

from __future__ import annotations

import re

import pytest

from asyncwatch.contract.grammar.bindings.table import BINDINGS_V3
from asyncwatch.contract.grammar.language import ByValue, Field, Record
from asyncwatch.contract.grammar.specification import specification
from conftest import require
from property.oracle_asyncapi import VERSIONS, meta_schema
from servers.install import missing_for_asyncapi_schemas

_NAMES = {
    "info": "info", "contact": "contact", "license": "license", "server": "server", "serverVariable": "server variable",
    "tag": "tag", "externalDocs": "external docs", "channelItem": "channel", "channel": "channel",
    "parameter": "parameter", "operation": "operation", "operationTrait": "operation trait",
    "messageTrait": "message trait", "messageObject": "message", "messageExampleObject": "example",
    "correlationId": "correlation id", "operationReply": "reply", "operationReplyAddress": "reply address",
    "components": "components", "multiFormatSchema": "multi format schema",
    "json-schema-draft-07-schema": "json schema object", "openapiSchema_3_0": "openapi schema",
}  # fmt: skip
"""The meta schemas' names, and ours."""


def part_with_fields(schema):
    """Where a meta schema's fields stand: in itself, or in a part of it."""
    if "properties" in schema:
        return schema
    parts = [*schema.get("allOf", ()), schema.get("else", {})]
    return next(part for part in parts if "properties" in part)


def fields_of(schema):
    part = part_with_fields(schema)
    return set(part["properties"]), set(part.get("required", ()))


@pytest.mark.parametrize("version", VERSIONS)
def test_every_object_has_the_fields_that_it_has_in_the_meta_schema(version):
    require("meta schemas of AsyncAPI", missing_for_asyncapi_schemas())
    table = specification(*map(int, version.split(".")[:2]))
    definitions = meta_schema(version)["definitions"]
    compared = 0
    for name, own in [*_NAMES.items(), (None, "document")]:
        schema = meta_schema(version) if name is None else definitions.get(name)
        if schema is None:
            continue
        record = table.table[own]
        assert isinstance(record, Record), own
        fields = table.fields(record)
        names, needed = fields_of(schema)
        allowed = {"schema"} if own == "multi format schema" else set()  # said in conditions there
        allowed |= {"x-x", "x-linkedin"} if own == "info" and version.startswith("3") else set()
        reference = {"$ref"} if own in {"channel", "parameter"} else set()  # a place for a reference in ours
        assert set(fields.kinds) - allowed == names - reference, (version, own)
        assert set(fields.required) == needed, (version, own)
        is_closed = part_with_fields(schema).get("additionalProperties") is False
        assert record.is_open is not is_closed, (version, own)
        compared += 1
    assert compared >= 15


@pytest.mark.parametrize("where", ["server", "channel", "operation", "message"])
def test_every_binding_has_the_versions_and_fields_that_it_has_in_the_meta_schema(where):
    require("meta schemas of AsyncAPI", missing_for_asyncapi_schemas())
    definitions = meta_schema("3.1.0")["definitions"]
    protocols = definitions[f"{where}BindingsObject"]["properties"]
    own = BINDINGS_V3[f"{where} bindings"]
    assert isinstance(own, Record)
    assert set(own.fields) - {"mqtt5", "mercure"} == set(protocols)
    for protocol, schema in protocols.items():
        kind = own.fields[protocol]
        kind = kind.kind if isinstance(kind, Field) else kind
        if not schema:
            assert not isinstance(kind, ByValue), protocol
            continue
        assert isinstance(kind, ByValue), protocol
        assert set(kind.kinds) == set(schema["properties"]["bindingVersion"]["enum"]), protocol
        latest = re.fullmatch(r".*-(\d+\.\d+\.\d+)-\w+", schema["allOf"][0]["then"]["$ref"])[1]
        assert kind.absent == latest, protocol
        for version, record in kind.kinds.items():
            name = "websockets" if protocol == "ws" else protocol
            meta = definitions[f"bindings-{name}-{version}-{where}"]
            assert isinstance(record, Record)
            assert set(record.fields) == set(meta["properties"]), (protocol, version)
            needed = {key for key, field in record.fields.items() if isinstance(field, Field) and field.required}
            assert needed == set(meta.get("required", ())), (protocol, version)
            assert record.is_open is (meta.get("additionalProperties") is not False), (protocol, version)
            assert record.is_open or record.extends is ("patternProperties" in meta), (protocol, version)
