"""`asyncwatch lint` as a program: exit codes, what counts, and how long it takes to start."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys

import pytest

FINE = "asyncapi: 3.0.0\ninfo: {title: T, version: '1'}\nchannels: {c: {address: a, messages: {M: {payload: {type: string}}}}}\n"
DOUBTFUL = FINE.replace("address: a,", "address: 'a.{b}',")
BROKEN = FINE.replace("title: T, ", "")


@pytest.fixture
def lint(tmp_path):
    for name, text in {
        "fine.yaml": FINE,
        "doubtful.yaml": DOUBTFUL,
        "broken.yaml": BROKEN,
        "notes.yaml": "a: 1\n",
    }.items():
        (tmp_path / name).write_text(text)
    left = {"PYTHONDONTWRITEBYTECODE"}  # whoever installs it has compiled modules
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("ASYNCWATCH_") and name not in left
    }

    def run(*arguments, **variables):
        return subprocess.run(
            [sys.executable, "-m", "asyncwatch", "lint", *arguments], cwd=tmp_path, env=environment | variables,
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip

    return run


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["fine.yaml"], 0), (["doubtful.yaml"], 0), (["doubtful.yaml", "--fail-on", "warning"], 1),
        (["doubtful.yaml", "--fail-on", "document.parameter"], 1), (["broken.yaml"], 1),
        (["broken.yaml", "--fail-on", "none"], 0), (["notes.yaml"], 1), (["missing.yaml"], 2), (["."], 1),
        (["fine.yaml", "--fail-on", "nothing"], 2), (["fine.yaml", "--format", "pdf"], 2), ([], 2),
        (["fine.yaml", "-o", "nowhere/x"], 2),
    ],
)  # fmt: skip
def test_the_exit_code_says_what_was_found(lint, arguments, code):
    done = lint(*arguments)
    assert done.returncode == code, done.stderr
    assert bool(done.stderr) == (code == 2)


def test_a_file_that_is_no_document_is_a_finding_and_one_that_cannot_be_read_is_told_with_all_others(lint):
    assert "document.unrecognised" in lint("notes.yaml").stdout
    done = lint("missing.yaml", "fine.yaml", "gone.yaml")
    assert done.returncode == 2
    assert "missing.yaml" in done.stderr
    assert "gone.yaml" in done.stderr
    assert not done.stdout


def test_severities_are_those_that_were_configured_and_the_verdict_stays(lint):
    told = lint("broken.yaml", "--format", "json", ASYNCWATCH_CHECKS__RULES='{"document.required": "warning"}')
    (document,) = json.loads(told.stdout)["documents"]
    assert told.returncode == 0, told.stderr
    assert document["verdict"] == "invalid"
    assert [one["severity"] for one in document["findings"]] == ["warning"]


def test_nothing_is_coloured_in_a_pipe_and_everything_is_where_it_is_asked_for(lint):
    assert "\x1b" not in lint("broken.yaml").stdout
    assert "\x1b[31m" in lint("broken.yaml", "--color", "always").stdout


def test_it_starts_in_less_than_four_tenths_of_a_second(lint):
    """Units: processor time, the best of five: other tests run beside this one."""
    spent_s = []
    for _ in range(5):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        assert lint("fine.yaml").returncode == 0
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent_s.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    print(f"lint starts and ends in {min(spent_s) * 1e3:.0f} ms of processor time")
    assert min(spent_s) < 0.4
