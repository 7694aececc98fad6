"""Every fault of a schema leads to the line of the document that says the rule."""

import pytest

from asyncwatch.contract.load import load_contract
from asyncwatch.contract.locate import DocumentLines
from asyncwatch.model.finding import Finding
from engine import judge, plan_of

DOCUMENT = """asyncapi: 3.0.0
info: {title: Test, version: 1.0.0}
defaultContentType: application/json
servers:
  production: {host: '127.0.0.1:9092', protocol: kafka}
channels:
  orders:  # the channel
    address: orders
    messages:
      Order:  # the message
        $ref: '#/components/messages/Order'
  empty:  # no message
    address: empty
components:
  messageTraits:
    common:
      headers:
        type: object
        required:
          - tenant  # required header
        properties:
          tenant:
            type: string
            minLength: 3  # minLength of a trait
  schemas:
    Money:
      type: object
      properties:
        amount:
          type: number  # type of amount
        currency: {enum: [EUR, USD]}  # enum of currency
      dependentRequired: {}
    Tree:
      type: object
      properties:
        size: {type: integer}  # type of size
        inner: {type: array, items: {$ref: '#/components/schemas/Tree'}}
  messages:
    Order:
      traits:
        - $ref: '#/components/messageTraits/common'
      headers:
        properties:
          other: {type: string}
      payload:
        type: object
        required: [id,
          date]  # required date
        properties:
          id:
            type: string
            format: uuid  # format of id
          price:
            $ref: '#/components/schemas/Money'
          tree:
            $ref: '#/components/schemas/Tree'
          parts: {type: array, maxItems: 1}  # maxItems
          one:
            oneOf: [{type: string}, {type: integer}]  # oneOf
        additionalProperties: false  # undeclared
"""
GOOD = '"id":"7d3e9a10-c44b-4c44-8c44-7d3e9a10c44b","date":1'


def line_of(document, finding, lines=None):
    lines = lines or DocumentLines(plan_of(document).contracts)
    place = lines.locate(
        Finding(
            rule=finding.rule, severity=finding.severity, summary="", server=finding.server, channel=finding.channel,
            address=finding.address, time_ns=0, message=finding.message, path=finding.path,
            schema_path=finding.schema_path, keyword=finding.keyword,
        )
    )  # fmt: skip
    return None if place is None else document.splitlines()[place.line - 1].partition("# ")[2]


@pytest.mark.parametrize(
    ("payload", "remark"),
    [
        ("{" + GOOD.replace("date", "d") + "}", "required date"),
        ('{"id":"x","date":1}', "format of id"),
        ('{%s,"price":{"amount":"1"}}' % GOOD, "type of amount"),
        ('{%s,"price":{"currency":"X"}}' % GOOD, "enum of currency"),
        ('{%s,"tree":{"inner":[{"inner":[{"size":"x"}]}]}}' % GOOD, "type of size"),
        ('{%s,"parts":[1,2]}' % GOOD, "maxItems"),
        ('{%s,"one":1.5}' % GOOD, "oneOf"),
        ('{%s,"surplus":1}' % GOOD, "undeclared"),
    ],
)
def test_a_broken_payload_leads_to_its_keyword(payload, remark):
    report = judge(DOCUMENT, [{"address": "orders", "headers": [["tenant", "abc"]], "payload": payload}])
    assert remark in {line_of(DOCUMENT, one) for one in report.findings if one.rule == "payload.schema"}


@pytest.mark.parametrize(("headers", "remark"), [([], "required header"), ([["tenant", "a"]], "minLength of a trait")])
def test_a_broken_header_leads_to_the_trait_that_asks_for_it(headers, remark):
    report = judge(DOCUMENT, [{"address": "orders", "headers": headers, "payload": "{%s}" % GOOD}])
    assert [line_of(DOCUMENT, one) for one in report.findings if one.rule == "headers.schema"] == [remark]


def test_a_fault_without_a_keyword_leads_to_its_message_or_channel():
    report = judge(DOCUMENT, [{"address": "orders", "payload": "{"}, {"address": "empty", "payload": "{"}])
    lines = {one.rule: line_of(DOCUMENT, one) for one in report.findings}
    assert lines["payload.undecodable"] == "the message"
    assert lines["message.unknown"] == "no message"


def test_what_no_line_says_has_no_line():
    report = judge(DOCUMENT, [{"address": "elsewhere", "payload": "{}"}])
    assert [line_of(DOCUMENT, one) for one in report.findings] == [None]
    lines = DocumentLines(plan_of(DOCUMENT).contracts)
    gap = Finding(rule="sequence.gap", severity="warning", summary="", server="production", channel="orders",
                  address="orders", time_ns=0)  # fmt: skip
    assert lines.locate(gap) is None


MAIN = """asyncapi: 3.0.0
info: {title: Test, version: 1.0.0}
servers:
  production: {host: '127.0.0.1:9092', protocol: kafka}
channels:
  orders: {address: orders, messages: {Order: {payload: {$ref: 'parts/money.yaml#/Money'}}}}
"""
PART = "Other: 1\nMoney:\n  type: object\n  properties:\n    amount: {type: number}\n"


def test_a_line_in_another_file_is_named_with_that_file(tmp_path):
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts/money.yaml").write_text(PART)
    (tmp_path / "main.yaml").write_text(MAIN)
    path = str(tmp_path / "main.yaml")

    def read(name):
        with open(name, "rb") as file:
            return file.read()

    contract = load_contract(path, read)
    assert list(contract.texts.items()) == [(path, MAIN), (str(tmp_path / "parts/money.yaml"), PART)]
    lines = DocumentLines([contract])
    place = lines.locate(
        Finding(rule="payload.schema", severity="error", summary="", server="production", channel="orders",
                address="orders", time_ns=0, message="Order", path="/amount",
                schema_path="#/properties/amount/type", keyword="type")
    )  # fmt: skip
    assert (place.file, place.line) == (str(tmp_path / "parts/money.yaml"), 5)
    assert lines.excerpt(place).lines == PART.splitlines()


def test_an_excerpt_is_neutral_and_short():
    text = DOCUMENT.replace("# the channel", "# red\u202e\u00ad " + "x" * 500)
    contract = load_contract("document.yaml", lambda _: text.encode())
    lines = DocumentLines([contract])
    excerpt = lines.excerpt(contract.channels["orders"].position)
    (shown,) = [line for line in excerpt.lines if "red" in line]
    assert len(shown) <= 200
    assert shown.isprintable()
    assert excerpt.lines[excerpt.failing - excerpt.first_line] == shown
