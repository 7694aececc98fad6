"""asyncwatch as its users start it: a process with a command line, an exit code, and an API."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from servers.process import free_ports

STOP_S = 5.0
"""How long any command may take to end once it is told to (interfaces.md §1, Ctrl-C and SIGTERM)."""

_PATIENCE_S = 20.0

ORDER = "{type: object, required: [id], properties: {id: {type: integer}}}"


@dataclass
class Ended:
    """What a command printed, how it ended, how long it took."""

    code: int
    stdout: str
    stderr: str
    took_s: float
    report: dict = field(default_factory=dict)

    @property
    def lines(self) -> list[str]:
        """What was told on standard error."""
        return [line for line in self.stderr.splitlines() if line.strip()]

    @property
    def messages(self) -> dict[str, int]:
        """Counts of the report that are not 0."""
        return {state: count for state, count in self.report["messages"].items() if count}

    def counts(self) -> dict[str, int]:
        """Findings of the report by rule."""
        return {one["rule"]: one["count"] for one in self.report["findings"]}


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """Give this process's environment without what would steer asyncwatch or a telemetry library."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(("ASYNCWATCH_", "OTEL_"))}
    return own | {"COLUMNS": "120", "PYTHONUNBUFFERED": "1"} | dict(extra or {})


def asyncwatch(*arguments: object, env: Mapping[str, str] | None = None, stdout: object = subprocess.PIPE) -> Ended:
    """Run a command to its end."""
    began_s = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "asyncwatch", *map(str, arguments)],
        stdin=subprocess.DEVNULL, stdout=stdout, stderr=subprocess.PIPE, text=True, timeout=60, env=environment(env),
    )  # fmt: skip
    return Ended(done.returncode, done.stdout or "", done.stderr, time.monotonic() - began_s)


def check(folder: Path, document: str, *arguments: object, env: Mapping[str, str] | None = None) -> Ended:
    """Run `check` over a document given as text, with its report beside what it printed."""
    (folder / "document.yaml").write_text(document)
    report = folder / "report.json"
    report.unlink(missing_ok=True)
    done = asyncwatch("check", folder / "document.yaml", "--format", "json", "-o", report, *arguments, env=env)
    if report.exists():
        done.report = json.loads(report.read_text())
    return done


def checks(folder: Path, document: str, variants: Mapping[str, Sequence[object]]) -> dict[str, Ended]:
    """Run `check` with several sets of arguments, some at the same time; give how each ended by its name."""

    def one(number: int, arguments: Sequence[object]) -> Ended:
        own = folder / str(number)
        own.mkdir()
        return check(own, document, *arguments)

    with ThreadPoolExecutor(3) as pool:
        begun = {
            name: pool.submit(one, *numbered)
            for name, numbered in zip(variants, enumerate(variants.values()), strict=True)
        }
        return {name: ended.result() for name, ended in begun.items()}


def document(bootstrap: str, *topics: str, payload: str = ORDER) -> str:
    """Describe topics of one Kafka; a channel is called as its topic."""
    channels = "".join(
        f"  {topic}:\n    address: {topic}\n    messages:\n      Order: {{payload: {payload}}}\n" for topic in topics
    )
    return (
        "asyncapi: 3.0.0\ninfo: {title: Orders, version: 1.0.0}\ndefaultContentType: application/json\n"
        f"servers:\n  production: {{host: '{bootstrap}', protocol: kafka}}\nchannels:\n{channels}"
    )


class Running:
    """A command in the background, its standard error in a file."""

    def __init__(self, folder: Path, *arguments: object, env: Mapping[str, str] | None = None) -> None:
        self._told = folder / "stderr.txt"
        self._printed = folder / "stdout.txt"
        with self._told.open("wb") as told, self._printed.open("wb") as printed:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "asyncwatch", *map(str, arguments)],
                stdin=subprocess.DEVNULL, stdout=printed, stderr=told, env=environment(env),
            )  # fmt: skip

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """It is ended in any case."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()

    @property
    def stderr(self) -> str:
        return self._told.read_text()

    @property
    def stdout(self) -> str:
        return self._printed.read_text()

    def wait_for_line(self, text: str) -> None:
        """Wait until something was told."""
        wait_until(lambda: text in self.stderr, lambda: f"'{text}' in: {self.stderr}", self.process)

    def signal(self, number: signal.Signals) -> float:
        """Send a signal and wait for the end; give how long that took in seconds."""
        began_s = time.monotonic()
        self.process.send_signal(number)
        self.process.wait(_PATIENCE_S)
        return time.monotonic() - began_s


class Sidecar(Running):
    """`asyncwatch run` with its API and its health listener on free ports."""

    def __init__(self, folder: Path, document: str, *arguments: object, env: Mapping[str, str] | None = None) -> None:
        self.port, self.health_port = free_ports(2)
        (folder / "document.yaml").write_text(document)
        super().__init__(
            folder, "run", folder / "document.yaml", "--listen", f"127.0.0.1:{self.port}",
            "--health", f"127.0.0.1:{self.health_port}", *arguments, env=env,
        )  # fmt: skip

    def scrape(self, accept: str = "") -> str:
        """Read the metrics."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.health_port}/metrics", headers={"Accept": accept} if accept else {}
        )
        with urllib.request.urlopen(request, timeout=5) as answer:
            return answer.read().decode()

    def snapshot(self) -> dict:
        """Ask the API; {} while nobody answers."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/api/v1/snapshot", timeout=5) as answer:
                return json.load(answer)
        except OSError:
            return {}

    def get(self, path: str) -> dict:
        """Ask any address of the API."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5) as answer:
            return json.load(answer)

    def total(self) -> int:
        return self.snapshot().get("messages", {}).get("total", 0)

    def server(self) -> dict:
        """Give the row of the one server; {} before the API answers."""
        return next(iter(self.snapshot().get("servers", [])), {})

    def wait_total(self, count: int) -> None:
        wait_until(lambda: self.total() >= count, lambda: f"{count} messages, not {self.total()}", self.process)

    def wait_state(self, state: str) -> None:
        wait_until(lambda: self.server().get("state") == state, lambda: f"state {state}: {self.stderr}", self.process)


@contextlib.contextmanager
def sidecar(folder: Path, document: str, *arguments: object) -> Iterator[Sidecar]:
    """Run a sidecar that is connected; it is ended in any case."""
    with Sidecar(folder, document, *arguments) as command:
        command.wait_state("connected")
        yield command


def wait_until(
    ready: Callable[[], bool], wanted: Callable[[], str], process: subprocess.Popen[bytes] | None = None
) -> None:
    """Look again and again until something is so; the end of a process it depends on ends the waiting."""
    end_s = time.monotonic() + _PATIENCE_S
    while not ready():
        assert process is None or process.poll() is None, f"ended with {process.returncode} before {wanted()}"
        assert time.monotonic() < end_s, f"not in {_PATIENCE_S:g} s: {wanted()}"
        time.sleep(0.05)
