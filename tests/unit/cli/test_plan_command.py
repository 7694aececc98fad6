"""`plan` as a command: what it ends with, what it says where, and which channels it leaves out."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from acceptance.commands import asyncwatch
from asyncwatch.cli.commands.plan import plan
from asyncwatch.cli.configured import configuration
from asyncwatch.model.errors import Misconfigured, MisconfiguredAll
from servers.process import free_ports

DOCUMENT = """
asyncapi: 3.0.0
info: {title: t, version: 1.0.0}
servers: {one: {host: 'HOST', protocol: kafka}, two: {host: 'other:1', protocol: nats}}
channels:
  a: {address: a.x, servers: [{$ref: '#/servers/one'}], messages: {A: {payload: {type: object}}}}
  b: {address: b.x, servers: [{$ref: '#/servers/one'}], messages: {B: {payload: {type: object}}}}
  c: {address: c.x, servers: [{$ref: '#/servers/two'}], messages: {C: {payload: {type: object}}}}
"""


@pytest.fixture
def document(tmp_path: Path) -> Path:
    configuration.cache_clear()
    path = tmp_path / "document.yaml"
    path.write_text(DOCUMENT.replace("HOST", f"127.0.0.1:{free_ports(1)[0]}"))
    return path


def rows(capsys: pytest.CaptureFixture[str], path: Path, **options: object) -> dict[str, tuple[str | None, str | None]]:
    """Give tap and reason of each channel of an offline plan."""
    assert plan([str(path)], form="json", offline=True, **options) == 0
    found = json.loads(capsys.readouterr().out)
    return {",".join(row["channels"]) or row["address"]: (row["tap"], row.get("reason")) for row in found}


def test_no_broker_is_3_and_the_plan_is_printed_all_the_same(document: Path):
    done = asyncwatch("plan", document, "--server", "one", "--connect-timeout", "2s")
    assert done.code == 3
    assert "not looked at: server 'one': no broker answers" in done.stdout
    assert "a.x" in done.stdout
    assert done.stderr == ""


def test_offline_is_0_and_quiet(document: Path):
    done = asyncwatch("plan", document, "--offline")
    assert (done.code, done.stderr) == (0, "")
    assert "3 of 3 addresses would be read" in done.stdout


def test_what_is_left_out_says_by_what(document: Path, capsys: pytest.CaptureFixture[str]):
    assert rows(capsys, document, exclude=["b"], server=["one"]) == {
        "a": ("kafka", None), "b": (None, "left out by --channel or --exclude"), "c": (None, "left out by --server"),
    }  # fmt: skip


def test_undocumented_addresses_are_planned_too(document: Path, capsys: pytest.CaptureFixture[str]):
    found = rows(capsys, document, undocumented=["audit.*"], server=["one"])
    assert found["audit.*"] == ("kafka", None)


def test_wrong_usage_is_told(document: Path, tmp_path: Path):
    with pytest.raises(Misconfigured, match="rights have a form of their own"):
        plan([str(document)], offline=True, rights="nats", form="json")
    with pytest.raises(MisconfiguredAll):
        plan([str(tmp_path / "absent.yaml")], offline=True)
    with pytest.raises(MisconfiguredAll, match="is in no document"):
        plan([str(document)], offline=True, server=["three"])
    with pytest.raises(MisconfiguredAll, match="has no consumer groups"):
        plan([str(document)], offline=True, group="mine")


def test_no_secret_is_needed_offline(document: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    config = tmp_path / "asyncwatch.yaml"
    config.write_text("servers: {one: {credentials: {username: reader, password: '${env:NO_SUCH_VARIABLE_HERE}'}}}\n")
    assert plan([str(document)], offline=True, rights="kafka-acls", config=str(config), server=["one"]) == 0
    assert "--allow-principal User:reader " in capsys.readouterr().out


def test_a_document_without_servers_says_how_to_name_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    configuration.cache_clear()
    path = tmp_path / "bare.yaml"
    path.write_text("asyncapi: 2.6.0\ninfo: {title: t, version: '1'}\nchannels: {orders: {publish: {message: {}}}}\n")
    assert rows(capsys, path)["orders"] == (
        None, "no server is documented for it; name one with --broker kafka://HOST:PORT",
    )  # fmt: skip
    assert rows(capsys, path, broker=["kafka://k:9092"])["orders"] == ("kafka", None)


def test_findings_of_the_document_go_to_code_scanning(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    configuration.cache_clear()
    path = tmp_path / "faulty.yaml"
    path.write_text(DOCUMENT.replace("HOST", "k:1").replace("b.x", "b x"))
    assert plan([str(path)], form="sarif", offline=True) == 0
    [result] = json.loads(capsys.readouterr().out)["runs"][0]["results"]
    assert result["ruleId"] == "document.address"
    assert plan([str(path)], form="github", offline=True) == 0
    assert "title=document.address::" in capsys.readouterr().out
