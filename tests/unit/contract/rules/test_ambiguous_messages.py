"""Messages of one address: told apart, or named once with evidence."""

import pytest

V2 = "asyncapi: 2.6.0\ninfo: {title: t, version: '1'}\n"
V3 = "asyncapi: 3.0.0\ninfo: {title: t, version: '1'}\n"
OPEN = "{payload: {type: object, properties: {%s: {type: string}}}}"


def channel(**messages):
    lines = "".join(f"      {key}: {message}\n" for key, message in messages.items())
    return V3 + "channels:\n  c:\n    address: x\n    messages:\n" + lines


def test_two_open_messages_are_named_with_evidence(found):
    text = channel(a=OPEN % "one", b=OPEN % "two")
    assert found(text) == [
        (
            "warning", "ambiguous-messages", "7:7",
            "nothing tells message 'a' from 'b' on address 'x': a value made from the schema of 'a' fits 'b' too",
        )
    ]  # fmt: skip


def test_a_documented_example_is_the_better_evidence(found):
    a = "{payload: {type: object}, examples: [{payload: {}}]}"
    [one] = found(channel(a=a, b=OPEN % "two"))
    assert one[3].endswith("example 1 of 'a' fits 'b' too")


def test_messages_that_nothing_tells_apart_are_one_finding(found):
    text = channel(**{key: OPEN % key for key in "abcdef"})
    [one] = found(text)
    assert one[3].startswith("nothing tells messages 'a', 'b', 'c', 'd', 'e', 'f' apart on address 'x':")


def test_a_hollow_message_is_the_one_that_is_named(found):
    kind = "{payload: {type: object, required: [k], properties: {k: {enum: [%s, %s2]}}}}"
    text = channel(a=kind % ("a", "a"), b=kind % ("b", "b"), hollow="{payload: {type: object, required: [k]}}")
    [one] = found(text)
    assert one[2] == "9:7"
    assert one[3] == (
        "nothing tells message 'hollow' from 'a', 'b' on address 'x': "
        "a value made from the schema of 'a' fits 'hollow' too"
    )


CONSTANT = "{payload: {type: object, required: [k], properties: {k: {const: %s}}}}"
TOLD_APART = {
    "constants": (CONSTANT % "a", CONSTANT % "b"),
    "a constant on one side": (CONSTANT % "a", "{payload: {type: object, required: [k], properties: {k: {type: string}}}}"),
    "single enums in a nested field": (
        "{payload: {type: object, required: [m], properties: {m: {type: object, required: [k], properties: {k: {enum: [a]}}}}}}",
        "{payload: {type: object, required: [m], properties: {m: {type: object}}}}",
    ),
    "values that exclude each other": (
        "{payload: {type: object, required: [k], properties: {k: {enum: [a, b]}}}}",
        "{payload: {type: object, required: [k], properties: {k: {enum: [c, d]}}}}",
    ),
    "types": ("{payload: {type: string}}", "{payload: {type: object}}"),
    "closed objects": (
        "{payload: {type: object, additionalProperties: false, properties: {a: {type: string}}}}",
        "{payload: {type: object, additionalProperties: false, properties: {b: {type: string}}}}",
    ),
    "names that one of them demands": (
        "{payload: {type: object, required: [a]}}", "{payload: {type: object, required: [a, b]}}",
    ),
    "headers": (
        "{headers: {type: object, required: [t], properties: {t: {const: a}}}, payload: {type: object}}",
        "{headers: {type: object, required: [t], properties: {t: {const: b}}}, payload: {type: object}}",
    ),
    "the name of a type in headers": (
        "{headers: {type: object, properties: {__TypeId__: {type: string}}}, payload: {type: object}}",
        "{headers: {type: object, properties: {__TypeId__: {type: string}}}, payload: {type: object, properties: {a: {}}}}",
    ),
    "an envelope": (
        "{payload: {type: object, properties: {specversion: {type: string}, type: {type: string}, a: {}}}}",
        "{payload: {type: object, properties: {specversion: {type: string}, type: {type: string}, b: {}}}}",
    ),
    "content types": ("{contentType: application/json, payload: {}}", "{contentType: text/plain, payload: {}}"),
    "the message type of AMQP": (
        "{bindings: {amqp: {messageType: a}}, payload: {}}", "{bindings: {amqp: {messageType: b}}, payload: {}}",
    ),
    "an explicit match": (
        "{x-asyncwatch: {match: {location: $message.header#/t, value: a}}, payload: {}}", "{payload: {}}",
    ),
    "a schema that is not read": (
        "{payload: {schemaFormat: application/raml+yaml;version=1.0, schema: {}}}", "{payload: {}}",
    ),
    "a schema that no value can be made from": ("{payload: {type: string, pattern: '^[a-f]{3}$'}}", "{payload: {type: string}}"),
    "no schema": ("{name: x}", "{payload: {}}"),
}  # fmt: skip


@pytest.mark.parametrize("case", TOLD_APART)
def test_what_a_reader_can_go_by_keeps_it_quiet(found, case):
    one, other = TOLD_APART[case]
    assert found(channel(a=one, b=other), only="ambiguous") == []


def test_equal_messages_of_two_channels_on_one_address_are_one(found):
    message = "{payload: {type: object, properties: {a: {type: string}}}}"
    text = (
        V3
        + f"channels:\n  c: {{address: x, messages: {{m: {message}}}}}\n  d: {{address: x, messages: {{n: {message}}}}}\n"
    )
    assert found(text) == []
    assert len(found(text.replace("n: {payload: {type", "n: {payload: {title: t, type"))) == 0
    assert len(found(channel(m=message, n=message))) == 1


def test_messages_of_two_channels_on_one_address_are_compared(found):
    text = (
        V3
        + f"channels:\n  c: {{address: x, messages: {{m: {OPEN % 'a'}}}}}\n  d: {{address: x, messages: {{n: {OPEN % 'b'}}}}}\n"
    )
    assert [one[1] for one in found(text)] == ["ambiguous-messages"]
    assert found(text.replace("d: {address: x", "d: {address: y")) == []


def test_messages_of_an_operation_of_version_2_are_compared(found):
    text = V2 + f"channels:\n  c:\n    publish: {{message: {{oneOf: [{OPEN % 'a'}, {OPEN % 'b'}]}}}}\n"
    [one] = found(text)
    assert one[3].startswith("nothing tells message 'publish-1' from 'publish-2' on address 'c'")
