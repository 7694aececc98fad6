"""A command in a terminal of a given size, and what stands on its screen."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Iterator, Sequence

from acceptance.commands import environment
from servers.process import process_start

_PIECE = re.compile(
    r"\x1b\[([0-9;?<>=]*)[ -/]*([@-~])|\x1b[\]P_^].*?(?:\x07|\x1b\\)|\x1b[ -/]*[0-~]|[\r\n\b]|[^\x1b\r\n\b]+", re.DOTALL
)


class Terminal:
    """A screen that knows what the dashboard uses: writing, moving the cursor, clearing."""

    def __init__(self, arguments: Sequence[str], columns: int, rows: int) -> None:
        self.columns, self.rows = columns, rows
        self._cells = [[" "] * columns for _ in range(rows)]
        self._row = self._column = 0
        self.raw = b""
        self._lock = threading.Lock()
        self._hung_up = threading.Event()
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.began_s = time.monotonic()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "asyncwatch", *arguments], stdin=slave, stdout=slave, stderr=slave,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509 # our other threads hold no lock it takes
            env=environment({"TERM": "xterm-256color", "COLORTERM": "truecolor", "LC_ALL": "C.UTF-8"}) | {"COLUMNS": "", "LINES": ""},
        )  # fmt: skip
        os.close(slave)
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        waiting = b""
        while not self._hung_up.is_set():
            if not select.select([self._master], [], [], 0.05)[0]:
                continue
            try:
                got = os.read(self._master, 65_536)
            except OSError:  # the other end is closed
                return
            if not got:
                return
            with self._lock:
                self.raw += got
                # An escape sequence, or a letter of several bytes, that is not whole yet waits for the rest.
                waiting += got
                whole = len(waiting)
                escape = waiting.rfind(b"\x1b", max(whole - 64, 0))
                if escape >= 0 and not re.match(rb"\x1b(\[[0-9;?<>=]*[ -/]*[@-~]|[^\[])", waiting[escape:]):
                    whole = escape
                text, waiting = waiting[:whole], waiting[whole:]
                try:
                    shown = text.decode()
                except UnicodeDecodeError as error:
                    shown, waiting = text[: error.start].decode(), text[error.start :] + waiting
                self._show(shown)

    def _show(self, text: str) -> None:
        for piece in _PIECE.finditer(text):
            letter, whole = piece[2], piece[0]
            if letter == "H":
                row, _, column = piece[1].partition(";")
                self._row, self._column = int(row or 1) - 1, int(column or 1) - 1
            elif letter == "J":
                self._cells = [[" "] * self.columns for _ in range(self.rows)]
            elif whole == "\r":
                self._column = 0
            elif whole == "\n":
                self._row += 1
            elif not whole.startswith("\x1b"):
                self._put(whole)

    def _put(self, text: str) -> None:
        for sign in text:
            if self._row < self.rows and self._column < self.columns:
                self._cells[self._row][self._column] = sign
            self._column += 1

    def screen(self) -> str:
        """Give what stands on the screen now."""
        with self._lock:
            return "\n".join("".join(row).rstrip() for row in self._cells)

    def type(self, keys: str) -> None:
        os.write(self._master, keys.encode())

    def wait_for(self, *patterns: str, within_s: float) -> float:
        """Wait until every pattern stands on the screen at once; give the time since the start in seconds."""
        while True:
            screen, passed_s = self.screen(), time.monotonic() - self.began_s
            if all(re.search(pattern, screen) for pattern in patterns):
                return passed_s
            assert passed_s < within_s, f"no {patterns} after {passed_s:.1f} s on\n{screen}"
            assert self.process.poll() is None, f"ended with {self.process.returncode}:\n{screen}"
            time.sleep(0.05)

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.hang_up()

    def hang_up(self) -> None:
        """Close the terminal, as a window is closed; idempotent."""
        if not self._hung_up.is_set():
            self._hung_up.set()
            self._reader.join()
            os.close(self._master)


@contextlib.contextmanager
def terminal(*arguments: str, columns: int = 80, rows: int = 24) -> Iterator[Terminal]:
    """Run a command in a terminal; it and its children are ended in any case."""
    opened = Terminal(arguments, columns, rows)
    try:
        yield opened
    finally:
        opened.close()


def children(pid: int) -> dict[int, str]:
    """Give the processes that a process has started and that live, with their start times."""
    found: dict[int, str] = {}
    for name in os.listdir("/proc"):
        if name.isdecimal():
            with contextlib.suppress(OSError), open(f"/proc/{name}/stat") as stat:
                fields = stat.read().rpartition(") ")[2].split()
                started = process_start(int(name))
                if int(fields[1]) == pid and started is not None:
                    found[int(name)] = started
    return found
