from __future__ import annotations

import json
import os
import time

import pytest

from asyncwatch.contract.load import load_contract


def read(path):
    with open(path, "rb") as file:
        return file.read()


def load(home, text, **options):
    (home / "doc.yaml").write_text(text)
    return load_contract(str(home / "doc.yaml"), read, **options)


def with_payload(reference, components="{}"):
    return f"""
asyncapi: 3.0.0
channels: {{a: {{address: a, messages: {{m: {{payload: {{$ref: '{reference}'}}}}}}}}}}
components: {components}
"""


def payload(contract):
    return contract.channels["a"].messages[0].payload


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "inside").mkdir()
    (tmp_path / "secret.yaml").write_text("type: integer")
    return tmp_path / "inside"


def test_files_below_the_folder_are_read_relative_to_the_file_that_names_them(folder):
    (folder / "sub").mkdir()
    (folder / "sub" / "one.yaml").write_text("S: {$ref: 'two.json#/defs/a~1b'}\n")
    (folder / "sub" / "two.json").write_text(
        json.dumps(
            {"defs": {"a/b": {"type": "object", "properties": {"n": {"$ref": "#/defs/N"}}}, "N": {"maximum": 5}}}
        )
    )
    contract = load(folder, with_payload("./sub/one.yaml#/S"))
    assert contract.findings == ()
    assert payload(contract).compiled.is_valid({"n": 5})
    assert not payload(contract).compiled.is_valid({"n": 6})


def test_percent_encoding_and_tildes_are_undone(folder):
    contract = load(
        folder, with_payload("#/components/schemas/a~1b~0%7Bc%7D%25", "{schemas: {'a/b~{c}%': {type: integer}}}")
    )
    assert contract.findings == ()
    assert payload(contract).compiled.is_valid(1)


@pytest.mark.parametrize(
    ("reference", "rule"),
    [
        ("../secret.yaml", "document.reference-outside"), ("/etc/hostname", "document.reference-outside"),
        ("link.yaml", "document.reference-outside"), ("..%2Fsecret.yaml", "document.reference-outside"),
        ("https://example.com/x.yaml", "document.reference-remote"), ("//example.com/x", "document.reference-remote"),
        ("file:///etc/hostname", "document.reference-remote"), ("none.yaml", "document.reference"),
        ("#/components/none", "document.reference"), ("#none", "document.reference"), (".", "document.reference"),
        ("broken.yaml", "document.syntax"), ("twice.yaml", "document.duplicate-key"), ("a%00b", "document.reference"),
        ("#/components/schemas/loop", "document.reference-loop"), ("#/components/schemas/loop/x", "document.reference-loop"),
    ],
)  # fmt: skip
def test_a_reference_that_is_not_followed_is_one_finding(folder, reference, rule):
    os.symlink(folder.parent / "secret.yaml", folder / "link.yaml")
    (folder / "broken.yaml").write_text("a: [")
    (folder / "twice.yaml").write_text("a: 1\na: 2")
    loop = "{schemas: {loop: {$ref: '#/components/schemas/pool'}, pool: {$ref: '#/components/schemas/loop'}}}"
    contract = load(folder, with_payload(reference, loop))
    assert [(one.rule, one.severity) for one in contract.findings] == [(rule, "error")]
    assert contract.findings[0].pointer == "/channels/a/messages/m/payload"
    assert payload(contract).compiled is None


def test_a_wider_folder_may_be_allowed(folder):
    contract = load(folder, with_payload("../secret.yaml"), folder=str(folder.parent))
    assert contract.findings == ()
    assert payload(contract).compiled.is_valid(1)


def test_a_pointer_may_pass_through_a_reference(folder):
    parts = "{schemas: {A: {$ref: '#/components/schemas/B'}, B: {properties: {x: {type: integer}}}}}"
    contract = load(folder, with_payload("#/components/schemas/A/properties/x", parts))
    assert contract.findings == ()
    assert not payload(contract).compiled.is_valid("a")


def test_siblings_of_a_reference_are_ignored_and_ids_have_no_say(folder):
    parts = "{schemas: {A: {$id: 'https://example.com/a', properties: {x: {$ref: '#/components/schemas/B', type: string}}}, B: {type: integer}}}"
    contract = load(folder, with_payload("#/components/schemas/A", parts))
    assert contract.findings == ()
    assert payload(contract).compiled.is_valid({"x": 1})
    assert not payload(contract).compiled.is_valid({"x": "a"})


def test_a_reference_inside_a_constant_is_data(folder):
    parts = "{schemas: {A: {enum: [{$ref: nowhere}], examples: [{$ref: nowhere}]}}}"
    contract = load(folder, with_payload("#/components/schemas/A", parts))
    assert contract.findings == ()
    assert payload(contract).compiled.is_valid({"$ref": "nowhere"})


def test_a_property_may_be_called_like_a_reference(folder):
    parts = "{schemas: {A: {properties: {$ref: {type: string}, definitions: {type: integer}}}}}"
    contract = load(folder, with_payload("#/components/schemas/A", parts))
    assert contract.findings == ()
    assert not payload(contract).compiled.is_valid({"$ref": 1})
    assert not payload(contract).compiled.is_valid({"definitions": "x"})


def test_recursive_schemas_stay_a_graph(folder):
    parts = "{schemas: {A: {properties: {b: {$ref: '#/components/schemas/B'}}}, B: {properties: {a: {$ref: '#/components/schemas/A'}, n: {type: integer}}}}}"
    contract = load(folder, with_payload("#/components/schemas/A", parts))
    assert contract.findings == ()
    schema = payload(contract).compiled
    assert schema.is_valid({"b": {"a": {"b": {"n": 1}}}})
    (fault,) = schema.explain({"b": {"a": {"b": {"n": "x"}}}})
    assert fault.path == "/b/a/b/n"
    assert fault.schema_path == "#/definitions/B/properties/n/type"


def test_a_record_named_by_the_fragment_takes_the_whole_file(folder):
    (folder / "r.avsc").write_text('{"type": "record", "name": "Order", "namespace": "shop", "fields": []}')
    contract = load(
        folder,
        """
asyncapi: 2.6.0
channels:
  a: {publish: {message: {schemaFormat: application/vnd.apache.avro;version=1.9.0, payload: {$ref: 'r.avsc#/Order'}}}}
  b: {publish: {message: {schemaFormat: application/vnd.apache.avro;version=1.9.0, payload: {$ref: 'r.avsc#/Other'}}}}
""",
    )
    assert sorted((one.rule, one.severity) for one in contract.findings) == [
        ("document.reference", "error"), ("document.reference-by-name", "warning"), ("document.schema-format", "info"),
    ]  # fmt: skip


def test_long_chains_and_many_references_end_in_time(folder):
    chain = ", ".join(f"s{n}: {{$ref: '#/components/schemas/s{n + 1}'}}" for n in range(5000))
    nest = ", ".join(
        f"t{n}: {{properties: {{a: {{$ref: '#/components/schemas/t{n + 1}'}}, b: {{$ref: '#/components/schemas/t{n + 1}'}}}}}}"
        for n in range(400)
    )
    parts = f"{{schemas: {{{chain}, {nest}, t400: {{type: integer}}}}}}"
    started = time.perf_counter()
    contract = load(folder, with_payload("#/components/schemas/s0", parts))
    assert [one.rule for one in contract.findings] == ["document.reference-loop"]
    load(folder, with_payload("#/components/schemas/t0", parts))
    assert time.perf_counter() - started < 4
