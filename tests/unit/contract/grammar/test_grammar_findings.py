"""What the grammar says, and of which place."""

from __future__ import annotations

import pytest

from unit.contract.grammar.judged import findings_of, in_2, in_3, told


def test_an_unknown_field_is_told_at_its_key_with_the_name_that_was_meant(tmp_path):
    assert told(in_3("channels:\n  orders:\n    mesages: {}\n"), tmp_path) == [
        "5:5 error document.field: unknown field 'mesages' of a channel, did you mean 'messages'?"
    ]


def test_a_name_that_nothing_is_like_is_told_without_a_guess(tmp_path):
    assert told(in_3("channels:\n  orders: {wheels: 4}\n"), tmp_path) == [
        "4:12 error document.field: unknown field 'wheels' of a channel"
    ]


def test_a_field_of_the_other_family_is_told_with_where_it_went(tmp_path):
    assert told(in_3("channels:\n  orders:\n    publish: {}\n"), tmp_path) == [
        "5:5 error document.field: unknown field 'publish' of a channel: it is an operation with the action `receive` in 3.x"
    ]


def test_a_field_that_moved_hides_that_its_successor_is_missing(tmp_path):
    assert told(in_3("servers:\n  main: {url: 'localhost:1', protocol: kafka}\n"), tmp_path) == [
        "4:10 error document.field: unknown field 'url' of a server: it is `host`, `pathname` and `protocol` in 3.x"
    ]


def test_a_misspelt_field_hides_that_it_is_missing(tmp_path):
    assert told(in_3("servers:\n  main: {hots: localhost, protocol: kafka}\n"), tmp_path) == [
        "4:10 error document.field: unknown field 'hots' of a server, did you mean 'host'?"
    ]


def test_a_field_of_a_later_version_is_told_with_that_version(tmp_path):
    text = "components:\n  messages:\n    a: {messageId: a}\n"
    assert told(in_2(text, "2.3.0"), tmp_path) == [
        "6:9 error document.field: unknown field 'messageId' of a message: it came with AsyncAPI 2.4"
    ]
    assert told(in_2(text, "2.4.0"), tmp_path) == []


def test_a_missing_field_is_told_at_the_object(tmp_path):
    assert told(in_3("servers:\n  main:\n    protocol: kafka\n"), tmp_path) == [
        "4:3 error document.required: 'main' of the servers lacks 'host', which a server must have"
    ]


def test_a_missing_field_of_the_document_is_told_at_its_beginning(tmp_path):
    assert told("asyncapi: 2.6.0\nchannels: {}\n", tmp_path) == [
        "1:1 error document.required: the document lacks 'info', which must be there"
    ]


@pytest.mark.parametrize(
    ("value", "summary"),
    [
        ("5", "'description' of a channel is an integer, a text is expected"),
        ("[a]", "'description' of a channel is a list, a text is expected"),
        ("null", "'description' of a channel is null, a text is expected"),
    ],
)
def test_a_wrong_type_is_told_with_what_is_there_and_what_is_expected(tmp_path, value, summary):
    assert told(in_3(f"channels:\n  orders:\n    description: {value}\n"), tmp_path) == [
        f"5:5 error document.type: {summary}"
    ]


def test_an_address_may_be_null(tmp_path):
    assert told(in_3("channels:\n  orders: {address: null}\n"), tmp_path) == []


@pytest.mark.parametrize(
    ("contact", "summary"),
    [
        ("{email: nobody}", "'email' of the contact is 'nobody', an e-mail address is expected"),
        (
            "{url: here}",
            "'url' of the contact is 'here', an absolute URI (such as 'https://example.com/x') is expected",
        ),
    ],
)
def test_a_text_of_another_form_is_told(tmp_path, contact, summary):
    text = f"asyncapi: 3.0.0\ninfo:\n  title: a\n  version: '1'\n  contact: {contact}\n"
    assert told(text, tmp_path) == [f"5:13 error document.value: {summary}"]


def test_a_value_out_of_a_list_is_told_with_the_list_and_the_near_miss(tmp_path):
    text = "channels: {a: {}}\noperations:\n  o: {action: sent, channel: {$ref: '#/channels/a'}}\n"
    assert told(in_3(text), tmp_path) == [
        (
            "5:7 error document.value: 'action' of an operation is 'sent' (did you mean 'send'?), "
            "one of 'send' or 'receive' is expected"
        )
    ]


def test_an_example_without_payload_and_headers_is_told(tmp_path):
    text = "components:\n  messages:\n    a:\n      examples: [{name: x}]\n"
    assert told(in_3(text), tmp_path) == [
        "6:18 error document.required: item 1 of 'examples' needs 'payload' or 'headers'"
    ]


def test_an_extension_of_any_content_is_taken_and_one_of_another_name_is_not(tmp_path):
    assert told(in_3("x-a.b_c-1: {any: thing}\n"), tmp_path) == []
    assert told(in_3("x-a b: 1\n"), tmp_path) == [
        (
            "3:1 error document.field: unknown field 'x-a b' of the document: "
            "an extension is named 'x-' and letters, digits, '.', '-' or '_'"
        )
    ]


def test_the_keys_of_2x_channels_are_templates(tmp_path):
    text = "asyncapi: 2.6.0\ninfo: {title: a, version: '1'}\nchannels:\n  'a {b': {}\n"
    assert told(text, tmp_path) == [
        "4:3 error document.value: a name in the channels is 'a {b', a URI template (RFC 6570) is expected"
    ]


def test_names_of_components_are_told_once_a_section_and_only_as_a_warning(tmp_path):
    assert told(in_3("components:\n  schemas:\n    'a b': {}\n    'a:c': {type: 5}\n    fine: {}\n"), tmp_path) == [
        (
            "5:5 warning document.component-name: 2 names hold other signs than letters, digits, '.', '-' and '_' "
            "in the schemas of the components: 'a b'"
        )
    ]


def test_a_schema_is_judged_below_every_keyword(tmp_path):
    text = "components:\n  schemas:\n    a:\n      properties:\n        b: {items: {type: strin}}\n"
    assert told(in_3(text), tmp_path) == [
        (
            "7:21 error document.value: 'type' of a schema is 'strin' (did you mean 'string'?), one of 'array', 'boolean', "
            "'integer', 'null', 'number', 'object' or 'string' is expected"
        )
    ]


@pytest.mark.parametrize("schema", ["true", "false", "{}", "{x: 1}", "{allOf: [true, {not: {}}]}", "{minLength: 1.0}"])
def test_schemas_as_json_schema_has_them_are_taken(tmp_path, schema):
    text = f"components: {{schemas: {{a: {{properties: {{b: {schema}}}}}}}}}\n"
    assert told(in_3(text), tmp_path) == []


@pytest.mark.parametrize(
    ("schema", "summary"),
    [
        ("{required: [b, b]}", "item 2 of 'required' is the same as item 1"),
        ("{enum: []}", "'enum' of a schema is empty, at least 1 is expected"),
        ("{enum: [1, 1.0]}", "item 2 of 'enum' is the same as item 1"),
        ("{multipleOf: 0}", "'multipleOf' of a schema is 0, a number above 0 is expected"),
        ("{maxItems: -1}", "'maxItems' of a schema is -1, an integer of at least 0 is expected"),
        ("{pattern: '('}", "'pattern' of a schema is '(', a regular expression is expected"),
    ],
)
def test_keywords_with_values_that_they_do_not_take_are_told(tmp_path, schema, summary):
    (finding,) = findings_of(in_3(f"components: {{schemas: {{a: {schema}}}}}\n"), tmp_path)
    assert (finding.rule, finding.summary) == ("document.value", summary)


def test_true_and_1_are_two_values_of_an_enumeration(tmp_path):
    assert told(in_3("components: {schemas: {a: {enum: [true, 1, '1', null, [1], [true]]}}}\n"), tmp_path) == []


@pytest.mark.parametrize(
    ("scheme", "summary"),
    [
        ("{}", "'a' of the security schemes lacks 'type', which a security scheme must have"),
        (
            "{type: http, scheme: basic, bearerFormat: JWT}",
            "'bearerFormat' stands only where 'scheme' is 'bearer' (a security scheme of type http)",
        ),
        ("{type: apiKey}", "'a' of the security schemes lacks 'in', which a security scheme of type apiKey must have"),
        (
            "{type: oauth2, flows: {implicit: {authorizationUrl: 'a:b', tokenUrl: 'a:b', availableScopes: {}}}}",
            "'tokenUrl' does not stand in the implicit flow",
        ),
    ],
)
def test_security_schemes_are_judged_by_their_type(tmp_path, scheme, summary):
    (finding,) = findings_of(in_3(f"components: {{securitySchemes: {{a: {scheme}}}}}\n"), tmp_path)
    assert finding.summary == summary
    assert finding.severity == "error"


def test_sasl_came_with_2_1(tmp_path):
    text = "components: {securitySchemes: {a: {type: gssapi}}}\n"
    assert [one.rule for one in findings_of(in_2(text, "2.0.0"), tmp_path)] == ["document.value"]
    assert told(in_2(text, "2.1.0"), tmp_path) == []


def test_a_later_patch_of_a_version_is_judged_as_that_version(tmp_path):
    assert told(in_3("channels: {}\n", "3.0.7"), tmp_path) == []


def test_control_signs_of_names_are_written_out(tmp_path):
    (finding,) = findings_of(in_3('channels: {a: {"\\e[31m": 1}}\n'), tmp_path)
    assert finding.summary == "unknown field '\\x1b[31m' of a channel"
