"""Every text a person or program reads from a report, byte for byte; `make golden` rewrites, the diff is the review."""

import os
from pathlib import Path

import pytest

from asyncwatch.cli.fail_on import compile_fail_on
from asyncwatch.cli.formats import FORMATS
from asyncwatch.cli.rules import rules_text
from asyncwatch.contract.locate import DocumentLines
from asyncwatch.model.clock import format_time
from engine import BASE_NS, judge, kafka_document, plan_of

HERE = Path(__file__).parent
DOCUMENT = kafka_document("""
  orders:
    address: orders.created
    x-asyncwatch: {sequence: {location: '$message.header#/sequence_id', key: '$message.header#/tenant'}}
    messages:
      OrderCreated:
        headers: {type: object, required: [tenant], properties: {tenant: {type: string}}}
        payload:
          type: object
          required: [id, amount]
          properties: {id: {type: integer}, amount: {type: number}, status: {enum: [new, paid]}}
  mails:
    address: mails.queued
    messages: {Mail: {}}
  refunds:
    address: refunds.made
    messages: {Refund: {payload: {type: object}}}
""")
LINES = DocumentLines(plan_of(DOCUMENT).contracts)


def lines():
    """A small story: valid, broken in three ways, a gap that is lost, a duplicate, something undocumented."""
    number = 0
    for n in range(40):
        number += 1 if n != 20 else 4
        payload = '{"id":%d,"amount":1.5,"status":"new"}' % n
        if n % 10 == 3:
            payload = '{"id":%d,"amount":"1.5","status":"new"}' % n
        if n == 15:
            payload = "{"
        headers = [["tenant", "a"], ["sequence_id", str(number)]]
        yield {
            "address": "orders.created", "partition": 0, "offset": n, "key": "k", "payload": payload,
            "headers": headers if n != 17 else headers[1:], "observed": format_time(BASE_NS + n * 10**8),
        }  # fmt: skip
        if n == 30:
            yield {
                "address": "orders.created", "partition": 0, "offset": n, "key": "k", "payload": payload,
                "headers": headers, "observed": format_time(BASE_NS + n * 10**8),
            }  # fmt: skip
    yield {"address": "mails.queued", "payload": "hello", "observed": format_time(BASE_NS + 5 * 10**9)}
    yield {"address": "audit.raw", "payload": "x", "observed": format_time(BASE_NS + 5 * 10**9)}
    yield {"end": format_time(BASE_NS + 100 * 10**9)}


def golden(name, text):
    path = HERE / name
    if os.environ.get("ASYNCWATCH_GOLDEN") == "write":
        path.write_text(text, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == text


@pytest.mark.parametrize("form", list(FORMATS))
def test_report_text(form):
    report = judge(DOCUMENT, lines())
    golden(f"report.{form}", FORMATS[form](report, [], compile_fail_on(None), False, LINES))


def test_rules_text():
    golden("rules.text", rules_text(None, "text"))
    golden("rule.text", rules_text("sequence.lost", "text"))
