"""A server as an operating system process: started, waited for, killed, and never taken for another one.

Rule 1: a process is known by its id and its start time, so an id used again is never signalled.
Rule 2: ports lie below 32768, the range of outgoing connections, so nothing takes them between two starts.
Rule 3: whatever outlives its test run is ended by the next run (`end_leftovers`).
"""

from __future__ import annotations

import contextlib
import os
import random
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path


class ServerFailed(Exception):
    """A server ended while it started, or was not ready in time."""


def process_start(pid: int) -> str | None:
    """Tell when a process started, in clock ticks; None once it is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    except OSError:
        return None
    return None if fields[0] in "ZX" else fields[19]


def listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def free_ports(count: int) -> list[int]:
    """Give ports in a row that nothing listens on."""
    for _ in range(200):
        first = random.randrange(20_000, 32_700 - count)
        ports = list(range(first, first + count))
        with contextlib.ExitStack() as held:
            try:
                for port in ports:
                    held.enter_context(socket.socket()).bind(("127.0.0.1", port))
            except OSError:
                continue
        return ports
    raise ServerFailed(f"no {count} free ports in a row")


class ServerProcess:
    """One process with a folder for its log and its note `NAME.pid`: id, start time, and the same of its test run."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name = name
        self.folder = folder
        self.log = folder / f"{name}.log"
        self._note = folder / f"{name}.pid"
        self._child: subprocess.Popen[bytes] | None = None
        folder.mkdir(parents=True, exist_ok=True)

    @property
    def pid(self) -> int:
        return int(self._note.read_text().split()[0])

    def alive(self) -> bool:
        if self._child is not None:
            self._child.poll()
        if not self._note.exists():
            return False
        pid, started = self._note.read_text().split()[:2]
        return process_start(int(pid)) == started

    def launch(self, command: Sequence[str], ready: Callable[[], bool], timeout_s: float = 60.0) -> None:
        """Start the program in a session of its own and wait until it can be used."""
        with self.log.open("wb") as log:
            self._child = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
            )
        owner = os.getpid()
        self._note.write_text(
            f"{self._child.pid} {process_start(self._child.pid)} {owner} {process_start(owner)}\n", encoding="ascii"
        )
        end = time.monotonic() + timeout_s
        while not ready():
            if not self.alive():
                raise ServerFailed(f"{self.name} ended while starting: {self._tail()}")
            if time.monotonic() > end:
                self.stop()
                raise ServerFailed(f"{self.name} was not ready after {timeout_s} s: {self._tail()}")
            time.sleep(0.05)

    def kill(self) -> None:
        """End it as a crash would: nothing is told, nothing is flushed."""
        self._end(signal.SIGKILL, 10.0)

    def stop(self, timeout_s: float = 30.0) -> None:
        """Ask it to end, then make it end; idempotent."""
        self._end(signal.SIGTERM, timeout_s)
        self._end(signal.SIGKILL, 10.0)

    def _end(self, number: signal.Signals, timeout_s: float) -> None:
        if self.alive():
            os.kill(self.pid, number)
            end = time.monotonic() + timeout_s
            while self.alive() and time.monotonic() < end:
                time.sleep(0.02)
        if not self.alive():
            if self._child is not None:
                self._child.wait()
                self._child = None
            self._note.unlink(missing_ok=True)

    def _tail(self) -> str:
        return self.log.read_text(errors="replace")[-2000:] if self.log.exists() else "no log"


def end_leftovers(folder: Path) -> None:
    """End servers under `folder` whose test run is gone."""
    for note in folder.rglob("*.pid"):
        words = note.read_text().split()
        if len(words) == 4 and process_start(int(words[2])) != words[3]:
            ServerProcess(note.stem, note.parent).stop()
