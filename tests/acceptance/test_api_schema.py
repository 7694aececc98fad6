"""The served OpenAPI document against the API that serves it: generated questions of every kind, over a real socket."""

import asyncio
import re
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from acceptance.commands import environment
from asyncwatch.config.secret import Secret
from asyncwatch.serve.api import build_api
from asyncwatch.serve.broadcast import Broadcast
from asyncwatch.serve.listener import Listener, open_socket
from unit.serve.test_api_questions import reloaded, run_source

pytestmark = pytest.mark.slow

TOKEN = "a-token-of-this-test"


class Served:
    """The API in a thread of its own, until the end of the test."""

    def __init__(self):
        self._socket = open_socket("127.0.0.1", 0)
        self.port = self._socket.getsockname()[1]
        self._stop = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()))

    async def _serve(self):
        source = run_source(reloaded)
        broadcast = Broadcast(source.snapshot)
        listener = Listener(build_api(source, broadcast, Secret(TOKEN)), self._socket)
        tasks = [asyncio.create_task(listener.run()), asyncio.create_task(broadcast.run())]
        while not self._stop.is_set():
            await asyncio.sleep(0.05)
        listener.stop()
        tasks[1].cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join(10)
        self._socket.close()


def test_no_generated_question_finds_an_answer_that_the_description_does_not_promise():
    program = Path(sys.executable).with_name("schemathesis")
    with Served() as api:
        done = subprocess.run(
            [
                program, "run", f"http://127.0.0.1:{api.port}/api/v1/openapi.json",
                "--header", f"Authorization: Bearer {TOKEN}", "--max-examples", "6", "--request-timeout", "5",
                "--seed", "7", "--no-color", "--generation-database", "none",
            ],
            capture_output=True, text=True, timeout=240, check=False, stdin=subprocess.DEVNULL,
            env=environment({"SCHEMATHESIS_HOOKS": "schemathesis_hooks", "PYTHONPATH": str(Path(__file__).parent)}),
        )  # fmt: skip
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    tested = re.search(r"Tested: (\d+)", done.stdout)
    assert tested is not None
    assert int(tested[1]) >= 7, done.stdout
    print(done.stdout.partition("Test cases:")[2].strip().partition("\n")[0])
