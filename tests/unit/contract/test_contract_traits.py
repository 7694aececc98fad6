from __future__ import annotations

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
