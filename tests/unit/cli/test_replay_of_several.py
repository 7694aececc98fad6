"""`replay` by several documents, and of a capture with values in its addresses, as a user meets it."""

from __future__ import annotations

import json

import pytest

from asyncwatch.cli.main import main

SHOP = """\
asyncapi: 3.0.0
info: {title: Shop, version: 1.0.0}
servers: {production: {host: 'nats.shop:4222', protocol: nats}}
channels:
  orders:
    address: orders.{region}.created
    parameters:
      region: {enum: [eu, us]}
    messages:
      Created: {payload: {type: object, required: [id], properties: {id: {type: integer}}}}
"""
BILLING = """\
asyncapi: 2.6.0
info: {title: Billing, version: 1.0.0}
servers: {live: {url: 'nats://nats.shop', protocol: nats}}
channels:
  orders.{area}.created:
    parameters: {area: {schema: {type: string, pattern: '^[a-z]{2}$'}}}
    publish:
      message: {name: Created, messageId: Created, payload: {type: object, required: [id], properties: {id: {type: string}}}}
"""
LINES = [
    {"server": "production", "address": "orders.eu.created", "payload": '{"id": 1}'},
    {"server": "production", "address": "orders.mars.created", "payload": '{"id": 2}'},
    {"server": "live", "address": "orders.de.created", "payload": '{"id": "x"}'},
]


@pytest.fixture
def replayed(tmp_path, monkeypatch, capfd):
    (tmp_path / "shop.yaml").write_text(SHOP)
    (tmp_path / "billing.yaml").write_text(BILLING)
    (tmp_path / "c.jsonl").write_text("".join(json.dumps(one) + "\n" for one in LINES))
    monkeypatch.chdir(tmp_path)

    def run(*arguments, code):
        with pytest.raises(SystemExit) as end:
            main(["replay", *arguments])
        told = capfd.readouterr()
        assert end.value.code == code, told.out + told.err
        return told.out

    return run


def test_a_value_in_an_address_is_judged_by_its_parameter(replayed):
    report = json.loads(replayed("shop.yaml", "c.jsonl", "--server", "production", "--format", "json", code=0))
    (finding,) = [one for one in report["findings"] if one["rule"] == "channel.parameter"]
    assert (finding["path"], finding["expected"], finding["count"]) == ("/region", "one of eu, us", 1)
    assert report["messages"]["valid"] == 2
    assert "mars" not in json.dumps(report)


def test_two_documents_of_one_cluster_judge_together_and_their_conflict_is_named(replayed):
    report = json.loads(replayed("shop.yaml", "--spec", "billing.yaml", "c.jsonl", "--format", "json", code=0))
    assert [one["server"] for one in report["servers"]] == ["production"]
    assert [(one["document"], one["messages"]["valid"]) for one in report["channels"]] == [
        ("shop.yaml", 2),
        ("billing.yaml", 1),
    ]
    assert [(one["rule"], one["count"]) for one in report["findings"]] == [("channel.parameter", 1)]
    text = replayed("shop.yaml", "--spec", "billing.yaml", "c.jsonl", "--fail-on", "document.conflict", code=1)
    assert "the schema of the payload of message 'Created' here and at shop.yaml:10:7 differ" in text


def test_lint_of_both_names_the_conflict_at_the_later_place(replayed, capfd):
    with pytest.raises(SystemExit) as end:
        main(["lint", "shop.yaml", "billing.yaml", "--format", "json"])
    told = json.loads(capfd.readouterr().out)
    assert end.value.code == 0
    assert [one["verdict"] for one in told["documents"]] == ["valid", "valid"]
    found = [(one["rule"], one["file"], one["line"]) for document in told["documents"] for one in document["findings"]]
    assert found == [("document.conflict", "billing.yaml", 8)]
