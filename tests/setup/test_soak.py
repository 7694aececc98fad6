"""The soak goes on until its time is over, and ends at the first failure."""

import subprocess
import sys
from pathlib import Path

import pytest

SOAK = Path(__file__).with_name("soak.py")


def soak(folder, body, monkeypatch, seconds="0.2"):
    """Run the soak over one test file in a folder of its own."""
    (folder / "test_one.py").write_text(f"from hypothesis import given, strategies\n\n{body}\n")
    monkeypatch.setenv("ASYNCWATCH_SOAK_S", seconds)
    command = [sys.executable, str(SOAK), "test_one.py"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.slow
def test_rounds_that_pass_are_a_line_each_and_end_in_time(tmp_path, monkeypatch):
    done = soak(tmp_path, "@given(strategies.integers())\ndef test_one(number):\n    int(number)", monkeypatch)
    first, last = done.stdout.splitlines()
    assert done.returncode == 0, done.stdout
    assert first.startswith("round 1: seed ")
    assert ", 1 passed, " in first
    assert last.startswith("nothing found in 1 round, ")


@pytest.mark.slow
def test_first_failure_is_shown_and_ends_the_run(tmp_path, monkeypatch):
    body = "@given(strategies.integers())\ndef test_one(number):\n    assert number < 10"
    done = soak(tmp_path, body, monkeypatch, seconds="600")
    assert done.returncode == 1
    assert done.stdout.count("round ") == 1
    assert "number=10" in done.stdout
    assert "again: " in done.stdout


@pytest.mark.slow
def test_a_round_without_tests_is_a_failure(tmp_path, monkeypatch):
    assert soak(tmp_path, "", monkeypatch).returncode == 1


@pytest.mark.parametrize("seconds", ["ten", "-1", "inf", "nan"])
def test_a_time_that_is_no_time_is_wrong_usage(tmp_path, monkeypatch, seconds):
    done = soak(tmp_path, "", monkeypatch, seconds)
    assert done.returncode == 2
    assert "ASYNCWATCH_SOAK_S" in done.stderr
