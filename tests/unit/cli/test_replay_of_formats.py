"""`replay` by a document with schemas in several formats, as a user meets it; nothing is asked for over a network."""

from __future__ import annotations

import json
import socket

import pytest

from asyncwatch.cli.main import main

DOCUMENT = """\
asyncapi: 3.0.0
info: {title: Shop, version: 1.0.0}
servers: {production: {host: 'kafka.shop:9092', protocol: kafka}}
channels:
  orders:
    address: orders
    messages:
      Order:
        contentType: application/json
        payload:
          schemaFormat: application/vnd.apache.avro;version=1.9.0
          schema:
            type: record
            name: Order
            namespace: shop
            fields:
              - {name: id, type: long}
              - {name: note, type: ['null', string], default: null}
              - name: customer
                type: {$ref: customer.avsc}
  prices:
    address: prices
    messages:
      Price:
        contentType: application/json
        payload:
          schemaFormat: application/vnd.oai.openapi;version=3.0.3
          schema:
            type: object
            required: [amount]
            properties:
              amount: {type: number, minimum: 0, exclusiveMinimum: true}
              currency:
                type: string
                nullable: true
                enum: [EUR, USD]
  binary:
    address: binary
    messages:
      Binary: {payload: {schemaFormat: application/vnd.apache.avro;version=1.9.0, schema: {type: record, name: B, fields: []}}}
  proto:
    address: proto
    messages:
      Proto:
        payload:
          schemaFormat: application/vnd.google.protobuf;version=3
          schema: |
            syntax = "proto3";
            message Proto { string id = 1; }
  keyed:
    address: keyed
    messages:
      Keyed:
        contentType: avro/binary
        payload: {schemaFormat: application/vnd.apache.avro;version=1.9.0, schema: string}
        bindings: {kafka: {key: {type: record, name: K, fields: [{name: k, type: long}]}}}
"""
CUSTOMER = """\
{"type": "record", "name": "Customer",
 "fields": [
  {"name": "name",
   "type": "string"}]}
"""
STATES = ("valid", "invalid", "ambiguous", "undecodable", "tombstone", "unchecked", "unknown")
LINES = [
    ("orders", '{"id": 1, "customer": {"name": "a"}}'),
    ("orders", '{"id": 2, "note": {"string": "x"}, "customer": {"name": "a"}}'),
    ("orders", '{"id": 3, "note": "x", "customer": {"name": 5}}'),
    ("orders", '{"id": "4", "customer": {"name": "a"}}'),
    ("orders", '{"customer": {"name": "a"}, "more": 1}'),
    ("prices", '{"amount": 0.5, "currency": null}'),
    ("prices", '{"amount": 0}'),
    ("prices", '{"amount": 1, "currency": "GBP"}'),
    ("binary", "\x00"),
    ("proto", "\x0a\x01x"),
    ("keyed", "\x02a"),
]


@pytest.fixture
def report(tmp_path, monkeypatch, capfd):
    (tmp_path / "shop.yaml").write_text(DOCUMENT)
    (tmp_path / "customer.avsc").write_text(CUSTOMER)
    lines = [{"address": address, "payload": payload, "key": "\x02"} for address, payload in LINES]
    (tmp_path / "c.jsonl").write_text("".join(json.dumps(one) + "\n" for one in lines))
    monkeypatch.chdir(tmp_path)

    def refuse(*_args, **_kwargs):
        raise AssertionError("a connection was opened")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    with pytest.raises(SystemExit) as end:
        main(["replay", "shop.yaml", "c.jsonl", "--format", "json"])
    told = capfd.readouterr()
    assert end.value.code == 1, told.out + told.err
    return json.loads(told.out)


def test_payloads_in_avro_json_and_by_openapi_are_judged_and_binary_ones_are_left_unchecked(report):
    states = {
        one["channel"]: {state: one["messages"][state] for state in STATES if one["messages"][state]}
        for one in report["channels"]
    }
    assert states == {
        "orders": {"valid": 2, "invalid": 3}, "prices": {"valid": 1, "invalid": 2}, "binary": {"unchecked": 1},
        "proto": {"unchecked": 1}, "keyed": {"unchecked": 1},
    }  # fmt: skip
    reasons = {one["channel"]: list(one["unchecked_reasons"]) for one in report["channels"] if one["unchecked_reasons"]}
    assert reasons == {
        "binary": ["format avro/binary is not read"], "proto": ["format application/x-protobuf is not read"],
        "keyed": ["format avro/binary is not read"],
    }  # fmt: skip


def test_findings_say_in_words_what_was_expected(report):
    told = {
        (one["channel"], one["path"], one["expected"]) for one in report["findings"] if one["rule"] == "payload.schema"
    }
    assert told == {
        ("orders", "/customer/name", "string"), ("orders", "/id", "integer"), ("orders", "/id", "required"),
        ("orders", "/*", "no undeclared properties"), ("prices", "/amount", "more than 0"),
        ("prices", "/currency", "one of 3 values"),
    }  # fmt: skip
