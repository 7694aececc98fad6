"""Public documents, read in place: they load, they say what the official parser says, and no part is missed badly."""

from __future__ import annotations

import json
import random
import time

import pytest

from asyncwatch.contract.load import load_contract
from asyncwatch.model.errors import Misconfigured


def read(path):
    with open(path, "rb") as file:
        return file.read()


@pytest.fixture(scope="module")
def folder(shared):
    return shared / "corpus" / "asyncapi"


@pytest.fixture(scope="module")
def documents(folder):
    return json.loads((folder / "expected.json").read_bytes())["documents"]


@pytest.fixture(scope="module")
def contracts(folder, documents):
    """Those of `social-media` share parts beside their folders."""
    return {
        one["file"]: load_contract(
            str(folder / one["file"]), read,
            folder=str((folder / one["file"]).parent.parent) if "social-media" in one["file"] else None,
        )
        for one in documents
    }  # fmt: skip


def test_every_document_loads_in_time(folder, documents):
    started = time.perf_counter()
    for one in documents:
        contract = load_contract(str(folder / one["file"]), read)
        assert contract.channels or contract.findings
    assert len(documents) == 67
    assert time.perf_counter() - started < 2


def test_only_the_unreadable_parts_are_found_wrong(contracts):
    found = {
        (file, finding.rule, finding.severity) for file, contract in contracts.items() for finding in contract.findings
    }
    assert found == {
        ("asyncapi-spec/3.1.0/adeo-kafka-request-reply-asyncapi.yml", "document.reference-remote", "error"),
        ("asyncapi-cli/specification-avro.yml", "document.schema-format", "info"),
        ("springwolf/openapischema-asyncapi.yaml", "document.schema-format", "info"),
        ("generated-faststream/nats-2.6.0.json", "document.parameter", "warning"),
    }


def facts(contracts, documents):
    for one in documents:
        if "facts" in one:
            yield one["file"], one["facts"], contracts[one["file"]]


def test_versions_and_content_types_are_the_official_ones(contracts, documents):
    for file, expected, contract in facts(contracts, documents):
        assert contract.spec_version == expected["version"], file
        assert contract.default_content_type == expected["default_content_type"], file


def test_servers_are_the_official_ones(contracts, documents):
    for file, expected, contract in facts(contracts, documents):
        assert [(one["id"], one["protocol"]) for one in expected["servers"]] == [
            (server.id, server.protocol) for server in contract.servers.values()
        ], file
        for one, server in zip(expected["servers"], contract.servers.values(), strict=True):
            if (
                one["host"] and "{" not in one["host"]
            ):  # no host: a 2.x URL without scheme; a variable: ours is filled in
                assert one["host"] == server.host, file
            assert bool(server.host)
            assert server.missing_variables == ()


def test_channels_are_the_official_ones(contracts, documents):
    for file, expected, contract in facts(contracts, documents):
        bound = file.endswith("nats-2.6.0.json")  # the subject stands in the binding
        assert [one["id"] for one in expected["channels"]] == list(contract.channels), file
        for one, channel in zip(expected["channels"], contract.channels.values(), strict=True):
            assert one["servers"] == list(channel.servers or contract.servers), file
            if not bound:
                assert one.get("address") == channel.address, file
                assert one["parameters"] == [parameter.name for parameter in channel.parameters], file
            named = [key for key in one["messages"] if key is not None and not key.startswith("<anonymous")]
            if len(named) == len(one["messages"]):
                assert list(dict.fromkeys(named)) == [message.key for message in channel.messages], file
            else:
                assert len(one["messages"]) == len(channel.messages), file


def test_operations_are_the_official_ones(contracts, documents):
    for file, expected, contract in facts(contracts, documents):
        assert [(one["channels"], one["is_send"], one["reply"] is not None) for one in expected["operations"]] == [
            ([operation.channel], operation.action == "send", operation.has_reply)
            for operation in contract.operations.values()
        ], file
        for one, operation in zip(expected["operations"], contract.operations.values(), strict=True):
            assert len(one["messages"]) == len(operation.messages), file


def test_messages_are_the_official_ones(contracts, documents):
    for file, expected, contract in facts(contracts, documents):
        theirs = {
            (
                one["name"], one["content_type"], one["schema_format"] if one["has_payload"] else None,
                one["has_headers"], one["correlation_id"],
            )
            for one in expected["messages"]
        }  # fmt: skip
        ours = {
            (
                message.name, message.content_type or contract.default_content_type,
                message.payload.format if message.payload else None, message.headers is not None, message.correlation,
            )
            for channel in contract.channels.values()
            for message in channel.messages
        }  # fmt: skip
        assert theirs == ours, file


def test_every_readable_schema_is_compiled(contracts):
    compiled = 0
    for file, contract in contracts.items():
        for channel in contract.channels.values():
            for message in channel.messages:
                for schema in (message.payload, message.headers, message.kafka_key):
                    if schema is not None and "avro" not in file and "adeo" not in file and "openapischema" not in file:
                        assert schema.compiled is not None, (file, channel.id, message.key)
                        compiled += 1
    assert compiled > 150


def subtrees(value, path=()):
    yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in inner:
        yield from subtrees(part, (*path, key))


def changed(value, path, new):
    """Copy a value with one part taken out, or put in place of another."""
    if not path:
        return new
    copy = dict(value) if isinstance(value, dict) else list(value)
    if len(path) == 1 and new is None:
        del copy[path[0]]
    else:
        copy[path[0]] = changed(value[path[0]], path[1:], new)
    return copy


@pytest.mark.parametrize(
    "file",
    [
        "asyncapi-spec/3.1.0/streetlights-kafka-asyncapi.yml",
        "asyncapi-spec/2.6.0/streetlights-kafka.yml",
        "asyncapi-spec/3.1.0/adeo-kafka-request-reply-asyncapi.yml",
        "generated-faststream/kafka-3.0.0.json",
    ],
)
def test_a_document_with_any_part_missing_or_replaced_still_loads(folder, file):
    from asyncwatch.reading.tree import read_tree

    value = read_tree(read(folder / file), file).value
    paths = list(subtrees(value))[1:]
    chosen = random.Random(7).sample(paths, min(20, len(paths)))
    for path in chosen:
        for new in (None, 5, [], {}, {"$ref": "#/none"}):
            text = json.dumps(changed(value, path, new)).encode()
            try:
                load_contract("doc.json", {"doc.json": text}.__getitem__)
            except Misconfigured:
                assert path == ("asyncapi",)
