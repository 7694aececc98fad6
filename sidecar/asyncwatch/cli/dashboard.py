"""`watch` and `demo`: a sidecar in a process of its own, and the dashboard as its client.

Rule 1: the sidecar tells that it is ready, or why it cannot be, before the dashboard takes the terminal.
Rule 2: it ends when we do, however that happens: it holds one end of a pipe whose other end is ours.
Rule 3: it gets its listening socket and its token from here, so nothing else on the machine can be mistaken for it.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from importlib.metadata import entry_points
from typing import IO, Final, Protocol

from asyncwatch.cli.exits import NOT_OBSERVED
from asyncwatch.model.errors import Misconfigured
from asyncwatch.serve.listener import open_socket

LISTEN_FD: Final = "ASYNCWATCH_LISTEN_FD"
READY_FD: Final = "ASYNCWATCH_READY_FD"
LIFE_FD: Final = "ASYNCWATCH_LIFE_FD"
TOKEN: Final = "ASYNCWATCH_TOKEN"  # noqa: S105 # the variable's name
_STOP_S: Final = 6.0
_TAIL: Final = 4_000


def watch(arguments: Sequence[str], *, theme: str, ascii_signs: bool, reduced_motion: bool) -> int:
    """Start `asyncwatch ARGUMENTS` beside us and show it; give the exit code.

    Raises: Misconfigured where there is no terminal or no dashboard.
    """
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise Misconfigured(
            "the dashboard needs a terminal", hint="use 'asyncwatch check' or 'asyncwatch run' in a pipe"
        )
    start = load_dashboard()
    token = secrets.token_urlsafe(24)
    with open_socket("127.0.0.1", 0) as listener, tempfile.TemporaryFile() as log:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        ready, ready_end = os.pipe()
        life_end, life = os.pipe()
        environ = os.environ | {
            LISTEN_FD: str(listener.fileno()), READY_FD: str(ready_end), LIFE_FD: str(life_end), TOKEN: token,
        }  # fmt: skip
        sidecar = subprocess.Popen(  # noqa: S603 # our own program
            [sys.executable, "-m", "asyncwatch", *arguments],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=log, env=environ,
            pass_fds=(listener.fileno(), ready_end, life_end), start_new_session=True,
        )  # fmt: skip
        os.close(ready_end)
        os.close(life_end)
        try:
            with os.fdopen(ready, "rb") as told:
                is_ready = told.read(1) == b"1"
            if not is_ready:
                code = sidecar.wait()
                _show_log(log)
                return _own_code(code)
            code = start(url, token, theme=theme, ascii_signs=ascii_signs, reduced_motion=reduced_motion)
        finally:
            early = sidecar.poll()
            _stop(sidecar)
            os.close(life)
        if early not in {None, 0}:
            sys.stderr.write("the sidecar ended while the dashboard was open; its last lines:\n")
            _show_log(log)
            return _own_code(early)
        return code


def _own_code(ended: int | None) -> int:
    """Give the exit code for a sidecar that ended by itself; one that was killed has none of ours."""
    return ended if ended is not None and ended > 0 else NOT_OBSERVED


class Dashboard(Protocol):
    """What an entry point of the group `asyncwatch.dashboard` offers."""

    def __call__(
        self,
        url: str,
        token: str | None,
        *,
        theme: str,
        ascii_signs: bool,
        reduced_motion: bool,
        more: Sequence[tuple[str, str | None]] = (),
        ca_file: str | None = None,
        plain: bool = False,
    ) -> int: ...


def load_dashboard() -> Dashboard:
    """Find the dashboard that is installed. Raises: Misconfigured."""
    for found in entry_points(group="asyncwatch.dashboard"):
        start: Dashboard = found.load()
        return start
    raise Misconfigured("no dashboard is installed", hint="pip install asyncwatch-sidecar")


def _stop(sidecar: subprocess.Popen[bytes]) -> None:
    if sidecar.poll() is None:
        sidecar.send_signal(signal.SIGTERM)
        try:
            sidecar.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            sidecar.kill()
            sidecar.wait()


def _show_log(log: IO[bytes]) -> None:
    log.seek(0, os.SEEK_END)
    log.seek(max(log.tell() - _TAIL, 0))
    sys.stderr.write(log.read().decode("utf-8", "replace"))


def tell_ready() -> None:
    """In the sidecar: tell the dashboard's process that everything is built and served."""
    descriptor = os.environ.pop(READY_FD, None)
    if descriptor is not None:
        with contextlib.suppress(OSError):
            os.write(int(descriptor), b"1")
            os.close(int(descriptor))


def lifeline() -> int | None:
    """In the sidecar: the descriptor that reads an end when the dashboard's process is gone; None without one."""
    descriptor = os.environ.pop(LIFE_FD, None)
    return None if descriptor is None else int(descriptor)
