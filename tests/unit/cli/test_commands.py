"""The command line as a user meets it: exit codes, messages, what goes where."""

import io
import json
import time

import pytest

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
"""
LINES = (
    '{"address":"orders.created","partition":0,"offset":41,"timestamp":"2026-11-23T14:02:11.123456Z","key":"o-17","payload":"{\\"id\\":17}"}\n'
    '{"address":"orders.created","partition":0,"offset":42,"timestamp":"2026-11-23T14:02:12Z","payload":"{\\"id\\":\\"secret-value\\"}"}\n'
)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "orders.yaml").write_text(DOCUMENT)
    (tmp_path / "orders.jsonl").write_text(LINES)
    return tmp_path


class Done:
    """What a command printed."""

    def __init__(self, stdout, stderr):
        self.stdout, self.stderr = stdout, stderr


@pytest.fixture
def run(monkeypatch, capfd):
    def call(folder, *arguments, code, stdin=None):
        """Run a command in this process, as the installed program does."""
        monkeypatch.chdir(folder)
        monkeypatch.setenv("COLUMNS", "120")
        if stdin is not None:
            monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(stdin.encode())))
        with pytest.raises(SystemExit) as end:
            main(list(arguments))
        told = capfd.readouterr()
        assert end.value.code == code, told.out + told.err
        return Done(told.out, told.err)

    return call


def test_version(run, folder):
    assert run(folder, "--version", code=0).stdout == "asyncwatch 0.1.0\n"


def test_help_lists_every_command_and_each_has_an_example(run, folder):
    text = run(folder, "--help", code=0).stdout
    for command in ("watch", "run", "check", "replay", "capture", "demo", "rules"):
        assert command in text
        assert "Example: asyncwatch" in run(folder, command, "--help", code=0).stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ["check"], ["frobnicate"], ["check", "orders.yaml", "--frobnicate"], ["check", "missing.yaml"],
        ["check", "orders.yaml", "--since", "yesterday"], ["check", "orders.yaml", "--for", "soon"],
        ["check", "orders.yaml", "--fail-on", "payloads"], ["check", "orders.yaml", "--server", "staging"],
        ["check", "orders.yaml", "--messages", "0"], ["check", "orders.yaml", "--broker", "user:pw@host:1"],
        ["check", "orders.yaml", "--findings", "-"], ["check", "orders.yaml", "-o", "nowhere/report.json"],
        ["replay", "orders.yaml", "missing.jsonl"], ["capture", "orders.yaml", "-o", "x"], ["lint", "missing.yaml"], ["infer", "orders.yaml"],
        ["watch", "orders.yaml"], ["orders.yaml"], ["rules", "payload.shema"],
        ["run", "orders.yaml", "--listen", "0.0.0.0:0"], ["run", "orders.yaml", "--listen", "here"],
        ["check", "orders.jsonl"],
    ],
)  # fmt: skip
def test_wrong_usage_is_2_with_one_clear_message(run, folder, arguments):
    done = run(folder, *arguments, code=2)
    assert done.stderr.strip()
    assert len(done.stderr.splitlines()) < 12
    assert "pw" not in done.stderr.replace("password", "").replace("PASSWORD", "")


def test_all_faults_at_start_are_told_at_once(run, folder):
    done = run(folder, "check", "missing.yaml", "orders.jsonl", code=2)
    assert "missing.yaml" in done.stderr
    assert "orders.jsonl" in done.stderr


def test_a_near_miss_of_a_rule_is_suggested(run, folder):
    assert "did you mean 'payload.schema'?" in run(folder, "rules", "payload.shema", code=2).stderr


def test_rules_as_json(run, folder):
    found = json.loads(run(folder, "rules", "--format", "json", code=0).stdout)
    assert {"id", "family", "severity", "meaning", "action", "source"} == set(found[0])
    assert json.loads(run(folder, "rules", "sequence.gap", "--format", "json", code=0).stdout)["family"] == "sequence"


def test_a_replay_with_an_error_is_1_and_shows_no_value(run, folder):
    done = run(folder, "replay", "orders.yaml", "orders.jsonl", code=1)
    assert "/id is a string, integer expected" in done.stdout
    assert "secret-value" not in done.stdout + done.stderr


def test_a_replay_that_only_fails_on_warnings_is_0(run, folder):
    run(folder, "replay", "orders.yaml", "orders.jsonl", "--fail-on", "none", code=0)


def test_standard_input_is_a_capture(run, folder):
    report = json.loads(run(folder, "replay", "orders.yaml", "-", "--format", "json", stdin=LINES, code=1).stdout)
    assert report["messages"]["total"] == 2
    assert report == json.loads(run(folder, "replay", "orders.yaml", "orders.jsonl", "--format", "json", code=1).stdout)


def test_a_file_and_standard_output_hold_the_same_report(run, folder):
    printed = run(folder, "replay", "orders.yaml", "orders.jsonl", "--format", "sarif", code=1).stdout
    assert run(folder, "replay", "orders.yaml", "orders.jsonl", "--format", "sarif", "-o", "r", code=1).stdout == ""
    assert (folder / "r").read_text() == printed


def test_findings_are_lines_with_exact_places(run, folder):
    done = run(folder, "replay", "orders.yaml", "orders.jsonl", "--findings", "-", "-o", "r", code=1)
    (line,) = [json.loads(one) for one in done.stdout.splitlines()]
    assert (line["rule"], line["path"], line["partition"], line["offset"]) == ("payload.schema", "/id", 0, 42)
    assert not {"count", "first", "last"} & set(line)


def test_nothing_in_a_capture_with_required_traffic_is_3(run, folder):
    (folder / "empty.jsonl").write_text("")
    run(folder, "replay", "orders.yaml", "empty.jsonl", "--require-traffic", code=3)
    done = run(folder, "replay", "orders.yaml", "empty.jsonl", code=0)
    assert "no statement about the contract can be made" in done.stdout


def test_no_broker_is_3_in_time_and_says_where(run, folder):
    began = time.monotonic()
    done = run(folder, "check", "orders.yaml", "--connect-timeout", "1s", "--for", "1s", code=3)
    assert time.monotonic() - began < 10
    assert "127.0.0.1:9" in done.stderr


def test_a_document_that_is_not_asyncapi_says_so(run, folder):
    (folder / "openapi.yaml").write_text("openapi: 3.1.0\ninfo: {title: T}\n")
    assert "not an AsyncAPI document" in run(folder, "check", "openapi.yaml", code=2).stderr


def test_escape_sequences_in_names_do_not_reach_the_terminal(run, folder):
    hostile = '{"address":"a\\u001b[2Jb","payload":"x"}\n'
    done = run(folder, "replay", "orders.yaml", "-", stdin=hostile, code=0)
    assert "\x1b" not in done.stdout
    assert "a�[2Jb" in done.stdout


def test_colour_is_for_terminals_or_on_request(run, folder):
    assert "\x1b[" not in run(folder, "replay", "orders.yaml", "orders.jsonl", code=1).stdout
    assert "\x1b[31m" in run(folder, "replay", "orders.yaml", "orders.jsonl", "--color", "always", code=1).stdout
