"""Public documents, read in place: they load, they say what the official parser says, and no part is missed badly."""

from __future__ import annotations

import json
import random
import time

import pytest

from asyncwatch.contract.facts import facts_of
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
        ("asyncapi-spec/3.1.0/adeo-kafka-request-reply-asyncapi.yml", "document.address-unknown", "info"),
        ("microcks/user-lifecycle-asyncapi-3.0-multi-messages.yaml", "document.address-unknown", "info"),
        ("generated-faststream/nats-2.6.0.json", "document.parameter", "warning"),
    }


ALLOWED = {
    # the subject stands in the binding; the key of the channel is only a name (and so its placeholder has a meaning)
    ("generated-faststream/nats-2.6.0.json", "channels", "address"),
    ("generated-faststream/nats-2.6.0.json", "channels", "parameters"),
    # an address that is not written is left out by the official parser, ours is null
    ("microcks/user-lifecycle-asyncapi-3.0-multi-messages.yaml", "channels", "address"),
    # a 2.x URL without a scheme: `host:port` is read as scheme and path there, as host and port by us
    *(
        (file, "servers", key)
        for key in ("host", "pathname")
        for file in (
            "asyncapi-spec/2.0.0/streetlights.yml", "asyncapi-spec/2.0.0/application-headers.yml",
            "asyncapi-spec/2.1.0/streetlights-kafka.yml", "asyncapi-spec/2.2.0/streetlights-mqtt.yml",
            "asyncapi-spec/2.3.0/correlation-id.yml", "asyncapi-spec/2.4.0/streetlights-kafka.yml",
            "asyncapi-spec/2.5.0/streetlights-mqtt.yml", "asyncapi-spec/2.6.0/streetlights-kafka.yml",
            "asyncapi-spec/2.6.0/application-headers.yml", "kubescape/synchronizer-asyncapi.yaml",
        )
    ),
    ("asyncapi-spec/2.2.0/rpc-client.yml", "servers", "host"),
}  # fmt: skip
"""Every difference to the official parser's facts: file, list and key."""


def test_facts_are_the_official_ones(contracts, documents):
    differences, compared = set(), 0
    for one in documents:
        if "facts" not in one:
            continue
        compared += 1
        ours, theirs = facts_of(contracts[one["file"]]), one["facts"]
        assert list(ours) == list(theirs)
        for part, expected in theirs.items():
            if not isinstance(expected, list):
                assert ours[part] == expected, (one["file"], part)
                continue
            assert len(ours[part]) == len(expected), (one["file"], part)
            for mine, their in zip(ours[part], expected, strict=True):
                assert set(mine) == {*their, "address"} if part == "channels" else set(mine) == set(their)
                differences |= {(one["file"], part, key) for key in mine if mine[key] != their.get(key, "left out")}
    assert compared == 66
    assert differences == ALLOWED


def test_servers_have_an_address_to_go_to(contracts):
    for file, contract in contracts.items():
        for server in contract.servers.values():
            assert server.host, file
            assert "{" not in server.host, file
            assert server.missing_variables == ()


def test_addresses_are_those_that_faststream_really_uses(contracts):
    nats = contracts["generated-faststream/nats-2.6.0.json"]
    assert {name: one.address for name, one in nats.channels.items()} == {
        "orders.cancelled:Cancelled": "orders.cancelled",
        "orders.{region}.created:Created": "orders.{region}.created",
        "invoices.new:Publisher": "invoices.new",
    }


def test_every_readable_schema_is_compiled(contracts):
    compiled = 0
    for file, contract in contracts.items():
        for channel in contract.channels.values():
            for message in channel.messages:
                for schema in (message.payload, message.headers, message.kafka_key):
                    if schema is not None and "adeo" not in file:
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
