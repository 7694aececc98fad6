"""References as the grammar sees them: where they may stand, and what they lead to."""

from __future__ import annotations

import time

import pytest

from unit.contract.grammar.judged import findings_of, in_2, in_3, told


def rules_of(text, folder, **files):
    return [(one.severity, one.rule) for one in findings_of(text, folder, **files)]


def test_a_reference_to_nowhere_is_an_error_also_in_components_that_nobody_uses(tmp_path):
    text = "components:\n  messages:\n    a:\n      payload: {$ref: '#/components/schemas/none'}\n"
    (finding,) = findings_of(in_3(text), tmp_path)
    assert (finding.rule, finding.severity, finding.position.line) == ("document.reference", "error", 6)
    assert finding.summary.startswith("'payload' of a message: '#/components/schemas/none' leads nowhere")


@pytest.mark.parametrize(
    "payload",
    [
        "{schemaFormat: application/raml+yaml;version=1.0, schema: {$ref: '#/none'}}",
        "{schemaFormat: application/raml+yaml;version=1.0, schema: {deep: [{$ref: '#/none'}]}}",
        "{unknownKeyword: {$ref: '#/none'}}",
    ],
)
def test_a_reference_to_nowhere_is_an_error_in_parts_that_are_not_judged(tmp_path, payload):
    text = f"components: {{messages: {{a: {{payload: {payload}}}}}}}\n"
    assert rules_of(in_3(text), tmp_path) == [("error", "document.reference")]


def test_a_ref_in_an_example_or_an_extension_is_data(tmp_path):
    text = """\
    components:
      messages:
        a: {payload: {default: {$ref: '#/none'}, const: {$ref: '#/none'}}, examples: [{payload: {$ref: '#/none'}}]}
    x-own: {$ref: '#/none'}
    """
    assert told(in_3(text), tmp_path) == []


def test_what_stands_in_another_file_is_judged_there(tmp_path):
    text = "components:\n  messages:\n    a: {$ref: 'more.yaml#/a'}\n"
    (finding,) = findings_of(in_3(text), tmp_path, more_yaml="a:\n  payloud: {}\n")
    assert finding.summary == "unknown field 'payloud' of a message, did you mean 'payload'?"
    assert (finding.position.file.rpartition("/")[2], finding.position.line, finding.position.column) == (
        "more.yaml",
        2,
        3,
    )


def test_a_fault_that_many_refer_to_is_told_once(tmp_path):
    members = "".join(f"    m{number}: {{payload: {{$ref: '#/components/schemas/a'}}}}\n" for number in range(20))
    text = f"components:\n  messages:\n{members}  schemas:\n    a: {{type: nothing}}\n"
    assert rules_of(in_3(text), tmp_path) == [("error", "document.value")]


def test_references_that_go_round_are_told(tmp_path):
    text = "components:\n  schemas:\n    a: {$ref: '#/components/schemas/b'}\n    b: {$ref: '#/components/schemas/a'}\n"
    assert set(rules_of(in_3(text), tmp_path)) == {("error", "document.reference-loop")}


def test_recursive_schemas_end(tmp_path):
    text = """\
    components:
      schemas:
        a: {properties: {b: {$ref: '#/components/schemas/b'}, a: {$ref: '#/components/schemas/a'}}}
        b: {items: {$ref: '#/components/schemas/a'}}
    """
    assert told(in_3(text), tmp_path) == []


def test_a_reference_where_none_may_stand_is_an_error(tmp_path):
    text = (
        "asyncapi: 3.0.0\ninfo:\n  title: a\n  version: '1'\n  contact: {$ref: '#/x-contact'}\nx-contact: {name: a}\n"
    )
    assert told(text, tmp_path) == [
        (
            "5:3 error document.reference-place: 'contact' of info is a reference, but none may stand here: "
            "an object (the contact) is expected"
        )
    ]


def test_a_reference_instead_of_a_whole_section_is_followed_with_a_warning(tmp_path):
    text = "components:\n  schemas: {$ref: 'schemas.yaml'}\n"
    found = told(in_3(text), tmp_path, schemas_yaml="a: {type: nothing}\n")
    assert [one.split(":")[1].split()[1:] for one in found] == [
        ["warning", "document.reference-place"],
        ["error", "document.value"],
    ]


def test_servers_may_be_references_since_2_3(tmp_path):
    text = "servers: {a: {$ref: '#/x-a'}}\nx-a: {url: 'a', protocol: kafka}\n"
    assert rules_of(in_2(text, "2.2.0"), tmp_path) == [("error", "document.reference-place")]
    assert told(in_2(text, "2.3.0"), tmp_path) == []


def test_channels_of_2_5_may_be_references_though_its_official_tools_refuse_them(tmp_path):
    text = "asyncapi: {}\ninfo: {{title: a, version: '1'}}\nchannels: {{a: {{$ref: '#/x-a'}}}}\nx-a: {{}}\n"
    assert told(text.format("2.4.0"), tmp_path) == []
    assert rules_of(text.format("2.5.0"), tmp_path) == [("warning", "document.reference-place")]
    assert told(text.format("2.6.0"), tmp_path) == []


def test_a_reference_to_another_kind_of_object_is_told_where_it_stands(tmp_path):
    text = """\
    channels: {a: {}}
    operations:
      o:
        action: send
        channel: {$ref: '#/components/messages/m'}
    components: {messages: {m: {payload: {}}}}
    """
    assert told(in_3(text), tmp_path) == [
        "7:5 error document.reference-kind: 'channel' of an operation leads to a message, a channel is expected"
    ]


def test_a_message_may_be_the_trait_of_another_if_it_has_nothing_more_than_a_trait(tmp_path):
    text = "components:\n  messages:\n    a: {name: a}\n    b: {traits: [{$ref: '#/components/messages/a'}]}\n"
    assert told(in_3(text), tmp_path) == []


def test_a_channel_that_is_written_out_where_a_reference_is_expected_is_a_warning(tmp_path):
    assert told(in_3("operations:\n  o: {action: send, channel: {address: a}}\n"), tmp_path) == [
        "4:21 warning document.reference-place: 'channel' of an operation is written out, a reference is expected"
    ]


def test_a_ref_that_is_no_text_is_told(tmp_path):
    (finding,) = findings_of(in_3("channels: {a: {$ref: 5}}\n"), tmp_path)
    assert (finding.rule, finding.summary) == ("document.type", "'$ref' of a channel is an integer, a text is expected")


def test_two_references_to_one_server_are_the_same_server_twice(tmp_path):
    text = """\
    servers: {a: {host: a, protocol: kafka}}
    channels: {c: {servers: [{$ref: '#/servers/a'}, {$ref: '#/servers/a'}]}}
    """
    assert told(in_3(text), tmp_path) == ["4:49 error document.value: item 2 of 'servers' is the same as item 1"]


def test_ten_thousand_references_to_one_deep_part_are_judged_in_no_time(tmp_path):
    schema = '{"properties": {"a": ' * 60 + "{}" + "}}" * 60
    members = "".join(f"    m{number}: {{payload: {{$ref: '#/components/schemas/a'}}}}\n" for number in range(10_000))
    text = in_3(f"components:\n  messages:\n{members}  schemas:\n    a: {schema}\n")
    began = time.process_time()
    assert findings_of(text, tmp_path) == ()
    assert time.process_time() - began < 10  # nearly all of it is reading


def test_many_references_to_the_wrong_kind_are_told_in_bounded_time(tmp_path):
    schema = '{"properties": {' + ", ".join(f'"p{n}": {{"type": "string"}}' for n in range(2_000)) + "}}"
    again = "{allOf: [{$ref: '#/components/messages/m0/payload'}]}"
    messages = "".join(f"    m{n}: {{payload: {again if n else schema}}}\n" for n in range(1_500))
    operations = "".join(
        f"  o{n}: {{action: send, channel: {{$ref: '#/components/messages/m{n}'}}}}\n" for n in range(1_500)
    )
    text = in_3(f"operations:\n{operations}components:\n  messages:\n{messages}")
    began = time.process_time()
    found = findings_of(text, tmp_path)
    assert {one.rule for one in found} <= {"document.reference-kind", "document.field"}
    assert len(found) >= 1_500
    assert time.process_time() - began < 8  # nearly all of it is reading


def test_a_document_of_nothing_but_faults_is_told_in_bounded_time(tmp_path):
    wrong = "".join(f"  c{n}: {{adress{n}: a, mesages{n}: {{}}, titel{n}: x}}\n" for n in range(10_000))
    began = time.process_time()
    found = findings_of(in_3(f"channels:\n{wrong}"), tmp_path)
    assert 2_000 < len(found) < 2_100
    assert found[-1].rule == "document.unexamined"
    assert time.process_time() - began < 8  # nearly all of it is reading


def test_aliases_that_multiply_are_judged_once_each(tmp_path):
    lines = ["x-a0: &a0 {type: object}"]
    lines += [f"x-a{n}: &a{n} {{allOf: [*a{n - 1}, *a{n - 1}, *a{n - 1}]}}" for n in range(1, 11)]
    text = in_3("\n".join(lines) + "\ncomponents: {schemas: {a: *a10}}\n")
    began = time.process_time()
    assert findings_of(text, tmp_path) == ()
    assert time.process_time() - began < 5
