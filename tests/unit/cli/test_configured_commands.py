"""A configuration file as the commands meet it: what it sets takes effect, and flags and variables win over it."""

import io
import json

import pytest

from asyncwatch.cli.configured import configuration
from asyncwatch.cli.main import main

DOCUMENT = """\
asyncapi: 3.0.0
info: {title: Orders, version: 2.1.0}
defaultContentType: application/json
servers:
  production: {host: '127.0.0.1:9', protocol: kafka}
channels:
  orderCreated:
    address: orders.created
    messages:
      OrderCreated: {payload: {type: object, required: [id], properties: {id: {type: integer}}}}
  refunds:
    address: refunds.made
    messages:
      Refund: {payload: {type: object, required: [id], properties: {id: {type: integer}}}}
"""
LINES = (
    '{"address":"orders.created","partition":0,"offset":41,"timestamp":"2026-11-23T14:02:11Z","headers":[["n","5"]],"payload":"{}"}\n'
    '{"address":"refunds.made","partition":0,"offset":42,"timestamp":"2026-11-23T14:02:12Z","headers":[["n","9"]],"payload":"{}"}\n'
)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "orders.yaml").write_text(DOCUMENT)
    (tmp_path / "orders.jsonl").write_text(LINES)
    return tmp_path


@pytest.fixture
def run(monkeypatch, capfd, folder):
    def call(*arguments, code=0, config=None, **environ):
        if config is not None:
            (folder / "asyncwatch.yaml").write_text(config)
            arguments = (*arguments, "--config", "asyncwatch.yaml")
        configuration.cache_clear()
        monkeypatch.chdir(folder)
        for name, value in environ.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"")))
        with pytest.raises(SystemExit) as end:
            main(list(arguments))
        told = capfd.readouterr()
        configuration.cache_clear()
        assert end.value.code == code, told.out + told.err
        return told

    return call


def replayed(run, *arguments, **given):
    told = run("replay", "orders.yaml", "orders.jsonl", "--format", "json", *arguments, **given)
    return json.loads(told.out)


def severities(report):
    return {one["channel"]: one["severity"] for one in report["findings"] if one["rule"] == "payload.schema"}


def test_severities_by_rule_and_by_channel(run):
    assert severities(replayed(run, code=1)) == {"orderCreated": "error", "refunds": "error"}
    config = "checks: {rules: {payload.schema: {'refunds.*': info}}}\n"
    assert severities(replayed(run, code=1, config=config)) == {"orderCreated": "error", "refunds": "info"}
    config = "checks: {rules: {payload: warning}}\n"
    assert severities(replayed(run, config=config)) == {"orderCreated": "warning", "refunds": "warning"}
    off = replayed(run, config=config, ASYNCWATCH_CHECKS__RULES__PAYLOAD="off")
    assert severities(off) == {}


def test_channels_of_the_file_give_way_to_those_of_the_command(run):
    config = "channels: {include: ['refunds.*']}\n"
    channels = [one["channel"] for one in replayed(run, code=1, config=config)["channels"] if one["channel"]]
    assert channels == ["refunds"]
    found = replayed(run, "--channel", "orderCreated", code=1, config=config)
    assert [one["channel"] for one in found["channels"] if one["channel"]] == ["orderCreated"]


def test_ordering_of_the_file_finds_the_sequence(run):
    config = "ordering: {'orders.*': {sequence: {location: '$message.header#/n', start: 1}}}\n"
    rows = {one["channel"]: one["ordering"] for one in replayed(run, code=1, config=config)["channels"]}
    assert rows["orderCreated"]["source"] == "header n"
    assert rows["refunds"]["source"] is None


def test_documents_of_the_file_stand_in_where_the_command_names_none(run, folder):
    told = run("check", "--for", "1s", "--connect-timeout", "1s", code=3, config="specs: [orders.yaml]\n")
    assert "127.0.0.1:9" in told.err
    told = run("check", code=2)
    assert "no document is named" in told.err


def test_every_fault_of_the_file_is_told_and_the_exit_code_is_2(run):
    told = run("check", "orders.yaml", code=2, config="lag: {interval: never}\nlistn: 1\n")
    assert told.err == (
        "asyncwatch: error: 'lag.interval': a duration such as 10s, at least 1s is expected (asyncwatch.yaml:1:7)\n"
        "asyncwatch: error: unknown key 'listn' (asyncwatch.yaml:2:1)\n"
        "            hint: did you mean 'listen'?\n"
    )
    told = run("check", "orders.yaml", "--config", "nowhere.yaml", code=2)
    assert "cannot read 'nowhere.yaml'" in told.err


def test_a_server_of_no_document_is_named_with_its_place(run):
    config = "servers:\n  productoin: {url: 'h:1'}\n"
    told = run("check", "orders.yaml", "--for", "1s", "--connect-timeout", "1s", code=3, config=config)
    assert "asyncwatch.yaml:2:16 names no server of the documents; ignored" in told.err


def test_the_log_is_as_the_file_wants_it(run):
    config = "log: {format: json}\nservers: {x: {url: 'h:1'}}\n"
    told = run("check", "orders.yaml", "--for", "1s", "--connect-timeout", "1s", code=3, config=config)
    assert all(json.loads(line) for line in told.err.splitlines())


def test_the_api_of_the_file_needs_a_token_where_others_reach_it(run):
    told = run("run", "orders.yaml", code=2, config="listen: {address: '0.0.0.0:0', health: '127.0.0.1:0'}\n")
    assert "others can reach this address, and no token is set" in told.err


def test_the_reference_is_what_doctor_prints(run):
    from asyncwatch.config.reference import config_reference

    assert run("doctor", "--config-reference").out == config_reference()
