from __future__ import annotations

import time

from asyncwatch.contract.load import load_contract

PARTS = """
components:
  schemas:
    H: {type: object, properties: {own: {type: integer}, both: {type: integer}}}
  messageTraits:
    first:
      name: first
      title: first
      contentType: application/first+json
      payload: {type: string}
      headers: {properties: {both: {type: string}, one: {type: string}}, required: [one]}
    second: {title: second, headers: {properties: {both: {type: boolean}}, required: [two]}}
"""
MESSAGE = """
{
  title: own,
  headers: {$ref: '#/components/schemas/H'},
  payload: {type: integer},
  traits: [{$ref: '#/components/messageTraits/first'}, {$ref: '#/components/messageTraits/second'}]
}
"""


def load(text):
    known = {"doc.yaml": text.encode()}
    return load_contract("doc.yaml", known.__getitem__)


def read(path):
    with open(path, "rb") as file:
        return file.read()


def message_of_2():
    contract = load(f"asyncapi: 2.6.0\nchannels: {{a: {{publish: {{message: {MESSAGE}}}}}}}\n{PARTS}")
    assert contract.findings == ()
    return contract.channels["a"].messages[0]


def message_of_3():
    contract = load(f"asyncapi: 3.0.0\nchannels: {{a: {{address: a, messages: {{m: {MESSAGE}}}}}}}\n{PARTS}")
    assert contract.findings == ()
    return contract.channels["a"].messages[0]


def test_in_version_2_the_last_trait_wins_over_the_message():
    message = message_of_2()
    assert (message.name, message.title, message.content_type) == ("first", "second", "application/first+json")
    assert message.headers.compiled.is_valid({"both": True, "own": 1, "one": "x", "two": 1})
    assert not message.headers.compiled.is_valid({"both": 1, "two": 1})
    assert not message.headers.compiled.is_valid({"own": "x", "two": 1})
    assert not message.headers.compiled.is_valid({"one": "x"})


def test_in_version_3_the_message_wins_over_its_traits():
    message = message_of_3()
    assert (message.name, message.title, message.content_type) == ("first", "own", "application/first+json")
    assert message.headers.compiled.is_valid({"both": 1, "own": 1, "one": "x", "two": 1})
    assert not message.headers.compiled.is_valid({"both": True, "two": 1})
    assert not message.headers.compiled.is_valid({"both": 1, "one": "x"})


def test_headers_are_united_and_lists_replaced():
    for message in (message_of_2(), message_of_3()):
        assert set(message.headers.declared) == {"own", "both", "one", "two"}


def test_a_trait_has_no_say_about_the_payload():
    for message in (message_of_2(), message_of_3()):
        assert message.payload.compiled.is_valid(1)


def test_null_in_a_later_trait_removes_a_key():
    contract = load(
        "asyncapi: 2.6.0\nchannels: {a: {publish: {message: {name: n, traits: [{title: t}, {title: null, name: null}]}}}}"
    )
    (message,) = contract.channels["a"].messages
    assert (message.name, message.title) == (None, None)


def test_a_broken_trait_is_left_out_with_a_finding():
    contract = load(
        "asyncapi: 3.0.0\nchannels: {a: {address: a, messages: {m: {traits: [{$ref: '#/x'}, 5, {title: t}]}, n: {traits: 5}}}}"
    )
    assert [one.rule for one in contract.findings] == ["document.reference", "document.type", "document.type"]
    assert contract.channels["a"].messages[0].title == "t"


def test_traits_of_another_file_keep_the_meaning_of_their_references(tmp_path):
    (tmp_path / "traits.yaml").write_text("T: {headers: {properties: {x: {$ref: '#/X'}}}}\nX: {type: integer}\n")
    (tmp_path / "doc.yaml").write_text(
        "asyncapi: 3.0.0\nX: {type: string}\nchannels: {a: {address: a, messages: {m: {traits: [{$ref: 'traits.yaml#/T'}], headers: {properties: {y: {$ref: '#/X'}}}}}}}"
    )
    contract = load_contract(str(tmp_path / "doc.yaml"), read)
    assert contract.findings == ()
    headers = contract.channels["a"].messages[0].headers.compiled
    assert headers.is_valid({"x": 1, "y": "s"})
    assert not headers.is_valid({"x": "s"})
    assert not headers.is_valid({"y": 1})


def test_traits_of_endless_parts_end():
    contract = load(
        """
asyncapi: 3.0.0
channels: {a: {address: a, messages: {m: {headers: {$ref: '#/components/schemas/A'}, traits: [{headers: {$ref: '#/components/schemas/B'}}]}}}}
components:
  schemas:
    A: {properties: {next: {$ref: '#/components/schemas/A'}}}
    B: {properties: {next: {$ref: '#/components/schemas/B'}}}
"""
    )
    assert [one.rule for one in contract.findings] == ["document.traits"]


def operation_of(version, text, parts):
    if version == "2.6.0":
        text = f"channels: {{a: {{publish: {text}}}}}"
    else:
        text = f"channels: {{a: {{address: a}}}}\noperations: {{o: {{action: receive, channel: {{$ref: '#/channels/a'}}, {text[1:]}}}"
    contract = load(f"asyncapi: {version}\n{text}\n{parts}")
    assert contract.findings == ()
    (operation,) = contract.operations.values()
    return operation


OPERATION = (
    "{bindings: {kafka: {groupId: {const: own}, clientId: {const: c}}}, x-who: own, "
    "traits: [{$ref: '#/components/operationTraits/t'}, {x-who: last, x-more: [1]}]}"
)
OPERATION_TRAITS = """
components:
  securitySchemes: {key: {type: userPassword}}
  operationTraits:
    t:
      x-who: first
      x-more: [2, 3]
      bindings: {kafka: {groupId: {const: trait}, bindingVersion: 0.4.0}, nats: {queue: q}}
"""


def test_traits_of_operations_have_the_precedence_of_their_family():
    second = operation_of("2.6.0", OPERATION, OPERATION_TRAITS)
    third = operation_of("3.0.0", OPERATION, OPERATION_TRAITS)
    assert second.bindings["kafka"] == {
        "groupId": {"const": "trait"}, "clientId": {"const": "c"}, "bindingVersion": "0.4.0",
    }  # fmt: skip
    assert third.bindings["kafka"] == {
        "groupId": {"const": "own"}, "clientId": {"const": "c"}, "bindingVersion": "0.4.0",
    }  # fmt: skip
    assert second.bindings["nats"] == third.bindings["nats"] == {"queue": "q"}
    assert (second.extensions, third.extensions) == ({"x-who": "last", "x-more": [1]}, {"x-who": "own", "x-more": [1]})


def test_security_and_correlation_may_come_from_traits():
    operation = operation_of(
        "2.6.0", "{traits: [{$ref: '#/components/operationTraits/s'}]}",
        OPERATION_TRAITS + "    s: {security: [{key: []}]}\n",
    )  # fmt: skip
    assert [one.id for one in operation.security] == ["key"]
    contract = load(
        """
asyncapi: 3.0.0
channels: {a: {address: a, messages: {m: {traits: [{correlationId: {$ref: '#/components/correlationIds/c'}, examples: [{payload: 1}]}]}}}}
components: {correlationIds: {c: {location: $message.header#/id}}}
"""
    )
    (message,) = contract.channels["a"].messages
    assert message.correlation == "$message.header#/id"
    assert [one.payload for one in message.examples] == [1]


def test_a_fault_that_a_trait_brings_is_told_where_the_trait_says_it(tmp_path):
    (tmp_path / "traits.yaml").write_text(
        "T:\n  contentType: nonsense\n  headers:\n    properties: {x: {type: nope}}\n"
    )
    (tmp_path / "doc.yaml").write_text(
        "asyncapi: 3.0.0\nchannels: {a: {address: a, messages: {m: {title: 5, headers: {type: object}, traits: [{$ref: 'traits.yaml#/T'}]}}}}"
    )
    contract = load_contract(str(tmp_path / "doc.yaml"), read)
    places = {one.rule: (str(one.position).rpartition("/")[2], one.pointer) for one in contract.findings}
    assert places == {
        "document.type": ("doc.yaml:2:43", "/channels/a/messages/m/title"),
        "document.content-type": ("traits.yaml:2:3", "/T/contentType"),
        "document.schema": ("traits.yaml:4:22", "/T/headers/properties/x/type"),
    }


def test_a_part_that_is_broken_on_either_side_of_a_merge_stays_broken():
    for version, own, trait in [
        ("3.0.0", "{$ref: '#/none'}", "{type: object}"), ("3.0.0", "{type: object}", "{$ref: '#/none'}"),
    ]:  # fmt: skip
        contract = load(
            f"asyncapi: {version}\nchannels: {{a: {{address: a, messages: {{m: {{headers: {own}, traits: [{{headers: {trait}}}]}}}}}}}}"
        )
        (message,) = contract.channels["a"].messages
        assert message.headers.compiled is None
        assert [one.rule for one in contract.findings] == ["document.reference"]


def test_the_same_part_on_both_sides_of_a_merge_is_itself():
    contract = load(
        """
asyncapi: 3.0.0
channels: {a: {address: a, messages: {m: {headers: {$ref: '#/components/schemas/A'}, traits: [{headers: {$ref: '#/components/schemas/A'}}]}}}}
components: {schemas: {A: {properties: {next: {$ref: '#/components/schemas/A'}, n: {type: integer}}}}}
"""
    )
    assert contract.findings == ()
    assert not contract.channels["a"].messages[0].headers.compiled.is_valid({"next": {"n": "x"}})


def test_traits_that_grow_without_end_switch_off_only_their_message():
    branching = "{properties: {a: {$ref: '#/components/schemas/%s'}, b: {$ref: '#/components/schemas/%s'}}}"
    evil = "{headers: {$ref: '#/components/schemas/A'}, traits: [{headers: {$ref: '#/components/schemas/B'}}]}"
    started = time.perf_counter()
    contract = load(
        f"""
asyncapi: 3.0.0
channels: {{a: {{address: a, messages: {{evil: {evil}, worse: {evil}, good: {{payload: {{type: string}}, traits: [{{title: t}}]}}}}}}}}
components: {{schemas: {{A: {branching % ("A", "A")}, B: {branching % ("B", "B")}}}}}
"""
    )
    assert time.perf_counter() - started < 2
    evil, worse, good = contract.channels["a"].messages
    assert evil.payload.compiled is None
    assert worse.payload.compiled is None
    assert good.payload.compiled is not None
    assert good.title == "t"
    assert [one.rule for one in contract.findings] == ["document.traits", "document.traits"]


def test_many_messages_with_large_traits_end_in_time():
    names = ", ".join(f"h{number}: {{}}" for number in range(10_000))
    every = ", ".join(
        f"m{number}: {{x-large: {{own: 1}}, traits: [{{$ref: '#/components/messageTraits/t'}}]}}"
        for number in range(300)
    )
    text = f"asyncapi: 3.0.0\nchannels: {{a: {{address: a, messages: {{{every}}}}}}}\ncomponents: {{messageTraits: {{t: {{x-large: {{{names}}}}}}}}}"
    started = time.perf_counter()
    contract = load(text)
    assert time.perf_counter() - started < 4
    assert {one.rule for one in contract.findings} == {"document.traits"}
    messages = contract.channels["a"].messages
    assert len(messages[0].extensions["x-large"]) == 10_001
    assert messages[-1].payload.compiled is None
