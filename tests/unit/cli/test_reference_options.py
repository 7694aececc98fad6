"""Where references may lead, as flags, variables and configuration say it, in every command that reads documents."""

from __future__ import annotations

import json
import os

import pytest

from asyncwatch.cli.main import main
from asyncwatch.config.configuration import load_configuration
from asyncwatch.config.settings import ReferenceSettings
from asyncwatch.model.errors import MisconfiguredAll
from servers.web_files import web_files

DOCUMENT = """\
asyncapi: 3.0.0
info: {title: Orders, version: 1.0.0}
servers: {one: {host: '127.0.0.1:9', protocol: kafka}}
channels:
  orders:
    address: orders
    messages:
      Order: {contentType: application/json, payload: {$ref: 'TARGET'}}
"""
LINE = (
    '{"address":"orders","partition":0,"offset":1,"timestamp":"2026-11-23T14:02:11Z","payload":"{\\"id\\":\\"x\\"}"}\n'
)


@pytest.fixture
def run(tmp_path, monkeypatch, capfd):
    (tmp_path / "documents").mkdir()
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared" / "order.yaml").write_text("type: object\nproperties: {id: {type: integer}}\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))

    def call(target, *arguments):
        (tmp_path / "documents" / "orders.yaml").write_text(DOCUMENT.replace("TARGET", target))
        (tmp_path / "orders.jsonl").write_text(LINE)
        with pytest.raises(SystemExit) as end:
            main(list(arguments))
        told = capfd.readouterr()
        return end.value.code, told.out, told.err

    return call


def states(out):
    return {
        name: count for name, count in json.loads(out)["channels"][0]["messages"].items() if count and name != "total"
    }


def test_replay_checks_against_a_schema_in_another_folder_that_is_named(run):
    command = ["replay", "documents/orders.yaml", "orders.jsonl", "--format", "json", "--fail-on", "none"]
    code, out, _ = run("../shared/order.yaml", *command)
    assert (code, states(out)) == (0, {"unchecked": 1})
    code, out, _ = run("../shared/order.yaml", *command, "--reference-folder", "shared")
    assert (code, states(out)) == (0, {"invalid": 1})


def test_replay_checks_against_a_schema_of_an_allowed_host(run, tmp_path):
    command = ["replay", "documents/orders.yaml", "orders.jsonl", "--format", "json", "--fail-on", "none"]
    with web_files() as web:
        web.paths["/order.json"] = b'{"type": "object", "properties": {"id": {"type": "integer"}}}'
        code, out, _ = run(f"{web.url}/order.json", *command)
        assert (code, states(out), web.asked) == (0, {"unchecked": 1}, [])
        code, out, _ = run(f"{web.url}/order.json", *command, "--allow-remote", web.url)
        assert (code, states(out)) == (0, {"invalid": 1})
    assert len(os.listdir(tmp_path / "cache" / "asyncwatch" / "references")) == 1


def test_lint_and_plan_follow_the_same_flags(run):
    for command in (["lint"], ["plan", "--offline"]):
        code, out, _ = run("../shared/order.yaml", *command, "documents/orders.yaml", "--reference-folder", "shared")
        assert code == 0
        assert "reference-outside" not in out
    assert run("../shared/order.yaml", "lint", "documents/orders.yaml")[0] == 1


def test_the_configuration_says_the_same(run, tmp_path):
    (tmp_path / "asyncwatch.yaml").write_text("specs: [documents/orders.yaml]\nreferences: {folder: shared}\n")
    assert run("../shared/order.yaml", "lint", "--config", "asyncwatch.yaml")[0] == 0


def test_flags_that_cannot_be_meant_are_told(run):
    code, _, err = run("x", "lint", "documents/orders.yaml", "--reference-folder", "none")
    assert (code, err.splitlines()[0]) == (2, "asyncwatch: error: --reference-folder 'none' is no folder")
    code, _, err = run("x", "lint", "documents/orders.yaml", "--allow-remote", "https://user:secret@e.com/")
    assert code == 2
    assert "--allow-remote" in err
    assert "secret" not in err


def settings(text, **environ):
    return load_configuration("/etc/asyncwatch/asyncwatch.yaml", environ, {"/etc/asyncwatch/asyncwatch.yaml": text.encode()}.__getitem__).references()  # fmt: skip


def test_keys_and_variables_of_references():
    assert settings("") == ReferenceSettings()
    assert settings("", HOME="/users/me").cache == "/users/me/.cache/asyncwatch/references"
    assert settings("", HOME="/users/me", XDG_CACHE_HOME="/var/cache").cache == "/var/cache/asyncwatch/references"
    assert settings("", XDG_CACHE_HOME="relative").cache is None
    text = "references: {folder: ../shared, allow: ['https://e.com/s/', 'https://'], cache: kept, timeout: 5s, size: 2 MiB}"
    assert settings(text) == ReferenceSettings(
        "/etc/shared", ("https://e.com/s/", "https://"), "/etc/asyncwatch/kept", 5.0, 2_097_152
    )
    found = settings(
        text,
        ASYNCWATCH_REFERENCES__ALLOW="https://a.example,http://b.example:81/x",
        ASYNCWATCH_REFERENCES__SIZE="100kB",
    )
    assert (found.allow, found.size_bytes) == (("https://a.example", "http://b.example:81/x"), 100_000)


@pytest.mark.parametrize(
    "text",
    ["allow: [e.com]", "allow: ['https://user:secret@e.com']", "allow: https://e.com", "size: 0", "size: 21MB", "size: many", "timeout: 0s", "size: true"],
)  # fmt: skip
def test_what_a_key_does_not_take_is_told_without_its_value(text):
    with pytest.raises(MisconfiguredAll) as caught:
        settings(f"references: {{{text}}}")
    assert "'references." in str(caught.value)
    assert "secret" not in str(caught.value)
