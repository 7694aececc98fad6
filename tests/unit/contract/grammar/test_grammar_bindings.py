"""Bindings: judged in 3.x, advised on in 2.x."""

from __future__ import annotations

import pytest

from unit.contract.grammar.judged import findings_of, in_2, in_3, told


def test_a_binding_of_3x_is_judged_by_its_version(tmp_path):
    text = (
        "components: {channelBindings: {a: {kafka: {topicConfiguration: {retention.ms: x}, bindingVersion: 0.3.0}}}}\n"
    )
    assert told(in_3(text), tmp_path) == [
        "3:44 error document.field: unknown field 'topicConfiguration' of the kafka binding 0.3.0"
    ]
    assert [one.rule for one in findings_of(in_3(text.replace("0.3.0", "0.4.0")), tmp_path)] == ["document.type"]


def test_without_a_version_the_latest_is_meant(tmp_path):
    (finding,) = findings_of(in_3("components: {channelBindings: {a: {kafka: {topik: a}}}}\n"), tmp_path)
    assert finding.summary == "unknown field 'topik' of the kafka binding 0.5.0, did you mean 'topic'?"


def test_a_protocol_that_is_misspelt_is_told(tmp_path):
    (finding,) = findings_of(in_3("components: {channelBindings: {a: {kafak: {}}}}\n"), tmp_path)
    assert finding.summary == "unknown field 'kafak' of the bindings of a channel, did you mean 'kafka'?"


def test_a_version_that_never_was_is_an_error_and_an_earlier_one_a_warning(tmp_path):
    text = "components: {{channelBindings: {{a: {{amqp: {{any: 1, bindingVersion: {}}}}}}}}}\n"
    assert [(one.severity, one.rule) for one in findings_of(in_3(text.format("7.0.0")), tmp_path)] == [
        ("error", "document.value")
    ]
    assert told(in_3(text.format("0.2.0")), tmp_path) == [
        (
            "3:51 warning document.binding: 'bindingVersion' of the amqp binding is '0.2.0', which the official tools do "
            "not know, so it is not judged; they know '0.3.0'"
        )
    ]


@pytest.mark.parametrize("protocol", ["mqtt5", "mercure"])
def test_protocols_that_only_the_text_has_are_warnings(tmp_path, protocol):
    (finding,) = findings_of(in_3(f"components: {{serverBindings: {{a: {{{protocol}: {{a: 1}}}}}}}}\n"), tmp_path)
    assert (finding.severity, finding.rule) == ("warning", "document.binding")


def test_ros2_came_with_3_1(tmp_path):
    text = "components: {serverBindings: {a: {ros2: {domainId: 3}}}}\n"
    (finding,) = findings_of(in_3(text), tmp_path)
    assert finding.summary.endswith("it came with AsyncAPI 3.1")
    assert told(in_3(text, "3.1.0"), tmp_path) == []


@pytest.mark.parametrize(
    ("amqp", "summary"),
    [
        ("{is: queue, exchange: {}}", "'exchange' does not stand where 'is' is 'queue' (the amqp binding 0.3.0)"),
        ("{is: queue}", "'amqp' of the bindings of a channel needs 'queue' because 'is' is 'queue'"),
        ("{}", "'amqp' of the bindings of a channel needs 'exchange' or 'queue'"),
        ("{exchange: {}, queue: {}}", "has 'exchange' or 'queue', not both (the amqp binding 0.3.0)"),
    ],
)
def test_fields_that_exclude_each_other_are_told(tmp_path, amqp, summary):
    (finding,) = findings_of(in_3(f"components: {{channelBindings: {{a: {{amqp: {amqp}}}}}}}\n"), tmp_path)
    assert finding.summary == summary


def test_bindings_of_2x_are_advised_on_as_warnings(tmp_path):
    text = "components: {operationBindings: {a: {mqtt: {qos: 7}, kafak: {}, x-own: 1, mqtt5: 3}}}\n"
    assert told(in_2(text), tmp_path) == [
        "4:54 warning document.binding: unknown field 'kafak' of the bindings of an operation, did you mean 'kafka'?",
        "4:45 warning document.binding: 'qos' of the mqtt binding 0.2.0 is 7, one of 0, 1, 2 is expected",
    ]


def test_bindings_of_2x_that_are_no_objects_are_errors(tmp_path):
    (finding,) = findings_of(in_2("components: {operationBindings: {a: 5}}\n"), tmp_path)
    assert (finding.severity, finding.rule) == ("error", "document.type")


def test_a_reference_to_nowhere_is_an_error_in_bindings_of_2x_too(tmp_path):
    found = findings_of(in_2("components: {messageBindings: {a: {own: {b: {$ref: '#/none'}}}}}\n"), tmp_path)
    assert ("error", "document.reference") in [(one.severity, one.rule) for one in found]


def test_the_versions_that_2x_documents_name_are_taken_without_a_word(tmp_path):
    text = "components: {operationBindings: {a: {kafka: {clientId: a, bindingVersion: 0.1.0}}}}\n"
    assert told(in_2(text), tmp_path) == []
