"""`demo`: the lending platform with a broker of its own, and a sidecar beside it as beside any other services."""

from __future__ import annotations

import contextlib
import select
import socket
import subprocess
import sys
from collections.abc import Iterator
from importlib.resources import as_file, files
from typing import Final

from asyncwatch.cli.dashboard import tell_ready
from asyncwatch.cli.observe import run_service
from asyncwatch.cli.observing import Observing
from asyncwatch.cli.session import open_session
from asyncwatch.config.secret import Secret
from asyncwatch.model.errors import Misconfigured, Unreachable
from asyncwatch.taps.base import Start

_START_S: Final = 20.0
_STOP_S: Final = 4.0
_UNDOCUMENTED: Final = ["audit.*"]


@contextlib.contextmanager
def lending_platform() -> Iterator[str]:
    """Run broker and services as long as the context lasts; give the broker's address.

    They hold one end of a pipe whose other end is ours, so they end when we do, however that happens.
    Raises: Misconfigured, Unreachable.
    """
    process = subprocess.Popen(
        [sys.executable, "-m", "asyncwatch.demo.lending"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdin is not None  # all three are pipes
    assert process.stdout is not None
    assert process.stderr is not None
    try:
        ready, _, _ = select.select([process.stdout], [], [], _START_S)
        address = process.stdout.readline().decode().strip() if ready else ""
        if not address:
            _raise_reason(process)
        yield address
    finally:
        process.stdin.close()
        try:
            process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()
        process.stderr.close()


def _raise_reason(process: subprocess.Popen[bytes]) -> None:
    """Tell why the platform does not run."""
    if process.poll() is None:
        raise Unreachable("the demo's services did not start in time")
    assert process.stderr is not None  # a pipe
    said = process.stderr.read(65_536).decode("utf-8", "replace").strip().splitlines()
    reason = said[-1] if said else f"it ended with {process.returncode}"
    message, _, hint = reason.partition(" (hint: ")
    raise Misconfigured(message, hint=hint.removesuffix(")") or None)


async def demonstrate(address: str, listener: socket.socket, token: Secret | None) -> int:
    """Watch the platform until a signal."""
    with as_file(files("asyncwatch.demo") / "lending.yaml") as path:
        observing = Observing(
            [str(path)], None, [f"nats://{address}"], None, None, "now", _UNDOCUMENTED, "10s", 1000
        )  # fmt: skip
        session = open_session(
            observing, Start(), otlp=None, findings=None, findings_cap=None, command="asyncwatch demo"
        )
    return await run_service(session, listener, token, on_ready=tell_ready)
