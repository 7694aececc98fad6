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
        ("file:///etc/hostname", "document.reference-outside"), ("file://other/etc/hostname", "document.reference-remote"),
        ("FILE:/etc/hostname", "document.reference-outside"), ("ftp://example.com/x", "document.reference-remote"),
        ("link", "document.reference-outside"), ("C:\\\\x\\\\y.yaml", "document.reference"), ("a\\\\b.yaml", "document.reference"),
        ("sub", "document.reference"), ("sub/", "document.reference"), ("broken.yaml/x", "document.reference"), ("pipe", "document.reference"),
        ("components/schemas", "document.reference"), ("#components/schemas/loop", "document.reference"), ("#/", "document.reference"),
        ("#/channels/-1", "document.reference"), ("#" + "/a" * 60_000, "document.reference"), ("x" * 9_000, "document.reference"),
        ("none.yaml#/a", "document.reference"), ("https://user:secret@example.com/x", "document.reference-remote"), ("none.yaml", "document.reference"),
        ("#/components/none", "document.reference"), ("#none", "document.reference"), (".", "document.reference"),
        ("broken.yaml", "document.syntax"), ("deep.yaml", "document.too-large"), ("binary.yaml", "document.encoding"), ("empty.yaml", "document.empty"), ("a%00b", "document.reference"),
        ("#/components/schemas/loop", "document.reference-loop"), ("#/components/schemas/loop/x", "document.reference-loop"),
    ],
)  # fmt: skip
def test_a_reference_that_is_not_followed_is_one_finding(folder, reference, rule):
    os.symlink(folder.parent / "secret.yaml", folder / "link.yaml")
    (folder / "broken.yaml").write_text("a: [")
    (folder / "deep.yaml").write_text("[" * 100_000)
    (folder / "binary.yaml").write_bytes(bytes(range(256)))
    (folder / "empty.yaml").write_text("")
    (folder / "sub").mkdir()
    os.symlink(folder.parent, folder / "link")
    os.mkfifo(folder / "pipe")
    loop = "{schemas: {loop: {$ref: '#/components/schemas/pool'}, pool: {$ref: '#/components/schemas/loop'}}}"
    contract = load(folder, with_payload(reference, loop))
    assert [(one.rule, one.severity) for one in contract.findings] == [(rule, "error")]
    assert contract.findings[0].pointer == "/channels/a/messages/m/payload"
    assert payload(contract).compiled is None
    assert "secret" not in contract.findings[0].summary or reference.startswith("..")


def test_a_fault_in_the_text_of_another_file_is_told_at_its_own_place(folder):
    (folder / "twice.yaml").write_text("type: integer\ntype: string")
    contract = load(folder, with_payload("twice.yaml"))
    (one,) = contract.findings
    assert (one.rule, one.severity, one.pointer) == ("document.duplicate-key", "error", "/type")
    assert str(one.position) == f"{folder}/twice.yaml:2:1"
    assert payload(contract).compiled.is_valid("x")


@pytest.mark.parametrize(
    ("pointer", "why"),
    [
        ("#/components/schemas/Oder", "'/components/schemas' has no 'Oder'; did you mean 'Order'?"),
        ("#/components/schemas/Order/type/x", "'/components/schemas/Order/type' is no object"),
        ("#/components/schemas/Order/enum/7", "'/components/schemas/Order/enum' has no item '7'"),
        ("#/component", "the file has no 'component'; did you mean 'components'?"),
        ("#components", "a pointer begins with '/'"),
    ],
)
def test_a_reference_that_leads_nowhere_says_where_the_way_ends(folder, pointer, why):
    contract = load(folder, with_payload(pointer, "{schemas: {Order: {type: string, enum: [a]}}}"))
    assert [one.summary.partition(" leads nowhere: ")[2] for one in contract.findings] == [why]


@pytest.mark.parametrize(
    "reference",
    ["file://{0}/one.yaml", "file:{0}/one.yaml", "file://localhost{0}/one.yaml", "{0}/one.yaml", "./x/../one.yaml", "o%6Ee.yaml"],
)  # fmt: skip
def test_a_file_may_be_named_in_each_way_that_a_url_can(folder, reference):
    (folder / "one.yaml").write_text("type: integer")
    contract = load(folder, with_payload(reference.format(folder)))
    assert contract.findings == ()
    assert payload(contract).compiled.is_valid(1)


def test_a_document_that_is_a_link_refers_to_files_beside_what_it_leads_to(folder):
    (folder / "real").mkdir()
    (folder / "real" / "one.yaml").write_text("type: [")
    (folder / "real" / "doc.yaml").write_text(with_payload("one.yaml"))
    os.symlink(folder / "real" / "doc.yaml", folder / "doc.yaml")
    contract = load_contract(str(folder / "doc.yaml"), read)
    assert [one.rule for one in contract.findings] == ["document.syntax"]
    assert f"({folder}/real/one.yaml:2:1)" in contract.findings[0].summary
    assert contract.findings[0].position.file == str(folder / "doc.yaml")


def test_escapes_are_undone_before_the_pointer_is_taken_apart(folder):
    contract = load(folder, with_payload("#%2Fcomponents%2Fschemas%2Fa%7E1b", "{schemas: {a/b: {type: integer}}}"))
    assert contract.findings == ()


@pytest.mark.parametrize("length", [1, 2, 3, 200, 5000])
def test_loops_of_any_length_are_told_once_and_their_end_is_a_loop(folder, length):
    parts = ", ".join(f"s{n}: {{$ref: '#/components/schemas/s{(n + 1) % length}'}}" for n in range(length))
    contract = load(folder, with_payload("#/components/schemas/s0", f"{{schemas: {{{parts}}}}}"))
    assert [one.rule for one in contract.findings] == ["document.reference-loop"]


@pytest.mark.parametrize(
    "parts",
    [
        "{schemas: {A: {$ref: '#/components/schemas/A/b'}}}",
        "{schemas: {A: {$ref: '#/components/schemas/B/x'}, B: {$ref: '#/components/schemas/A/y'}}}",
        "{schemas: {A: {$ref: '#/components/schemas/C/x'}, C: {$ref: '#/components/schemas/D'}, D: {$ref: '#/components/schemas/C'}}}",
    ],
)
def test_loops_through_pointers_are_loops(folder, parts):
    contract = load(folder, with_payload("#/components/schemas/A", parts))
    assert [one.rule for one in contract.findings] == ["document.reference-loop"]
    assert "goes round in a circle: '#/components/schemas/" in contract.findings[0].summary


def test_a_long_chain_of_references_has_an_end(folder):
    parts = ", ".join(f"s{n}: {{$ref: '#/components/schemas/s{n + 1}'}}" for n in range(5000))
    contract = load(
        folder, with_payload("#/components/schemas/s0", f"{{schemas: {{{parts}, s5000: {{type: integer}}}}}}")
    )
    assert contract.findings == ()
    assert payload(contract).compiled.is_valid(1)


def test_references_through_references_end_in_a_finding(folder):
    parts = ", ".join(f"s{n}: {{$ref: '#/components/schemas/s{n + 1}/x'}}" for n in range(500))
    contract = load(folder, with_payload("#/components/schemas/s0", f"{{schemas: {{{parts}, s500: {{x: 1}}}}}}"))
    assert [one.rule for one in contract.findings] == ["document.too-large"]


def test_all_looking_together_has_a_bound(folder, monkeypatch):
    monkeypatch.setattr("asyncwatch.contract.references.MOST_STEPS", 1000)
    messages = ", ".join(f"m{n}: {{payload: {{$ref: '#/components/schemas/{'A/not/' * n}A'}}}}" for n in range(100))
    text = f"""
asyncapi: 3.0.0
channels: {{a: {{address: a, messages: {{{messages}}}}}}}
components: {{schemas: {{A: {{not: {{$ref: '#/components/schemas'}}}}}}}}
"""
    contract = load(folder, text)
    assert {one.rule for one in contract.findings} == {"document.too-large"}
    assert 30 < len(contract.findings) < 100


def test_a_million_steps_end_in_time(folder):
    way = "/A" * 900
    messages = ", ".join(f"m{n}: {{payload: {{$ref: '#/components/schemas{way}{n}'}}}}" for n in range(2000))
    text = f"""
asyncapi: 3.0.0
channels: {{a: {{address: a, messages: {{{messages}}}}}}}
components: {{schemas: {{A: {{$ref: '#/components/schemas'}}}}}}
"""
    (folder / "doc.yaml").write_text(text)
    started = time.perf_counter()
    contract = load(folder, text)
    assert {one.rule for one in contract.findings} == {"document.reference", "document.too-large"}
    assert time.perf_counter() - started < 10


def test_files_have_bounds_together(folder, monkeypatch):
    for number in range(30):
        (folder / f"f{number}.yaml").write_text("x: {type: integer}\n" + "# remark\n" * 100)
    messages = ", ".join(f"m{n}: {{payload: {{$ref: 'f{n}.yaml#/x'}}}}" for n in range(30))
    text = f"asyncapi: 3.0.0\nchannels: {{a: {{address: a, messages: {{{messages}}}}}}}\n"
    for name, most in (("MOST_FILES", 10), ("MOST_BYTES", 10_000), ("MOST_NODES", 250)):
        with monkeypatch.context() as patch:
            patch.setattr(f"asyncwatch.contract.document_files.{name}", most)
            contract = load(folder, text)
            assert {one.rule for one in contract.findings} == {"document.too-large"}
            assert 15 < len(contract.findings) < 30
    assert load(folder, text).findings == ()


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
        ("document.reference", "error"), ("document.reference-by-name", "warning"),
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
    assert [one.rule for one in contract.findings] == ["document.reference"]
    load(folder, with_payload("#/components/schemas/t0", parts))
    assert time.perf_counter() - started < 4
