"""What readers of the API's stream cost while 50,000 messages a second are judged: CPU time with and without them.

Readers live in a process of their own, so that only their cost to us counts; one of them never reads.
Segments with and without readers take turns in one process.
"""

from __future__ import annotations

import asyncio
import itertools
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from asyncwatch.model.batch import Batch
from asyncwatch.pipeline.answering import source_of
from asyncwatch.pipeline.build import key_hasher, load_contracts, make_ledger, make_pump, make_replay_plan
from asyncwatch.pipeline.garbage import settle_garbage
from asyncwatch.pipeline.servers import BuildOptions
from asyncwatch.pipeline.service import Service
from asyncwatch.serve.api import build_api
from asyncwatch.serve.broadcast import Broadcast
from asyncwatch.serve.listener import Listener, open_socket
from bench.traffic import DOCUMENT, traffic

RATE = 50_000
_N = 800
_CHANNELS = 20
_READERS = """
import select, socket, sys
port, count = int(sys.argv[1]), int(sys.argv[2])
request = b"GET /api/v1/stream HTTP/1.1\\r\\nHost: 127.0.0.1\\r\\n\\r\\n"
readers = []
for line in sys.stdin:
    for one in readers:
        one.close()
    readers = [socket.socket() for _ in range(count)] if line.strip() == "on" else []
    if readers:
        readers[0].setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    for one in readers:
        one.connect(("127.0.0.1", port))
        one.sendall(request)
    for one in readers:
        one.recv(65536)
        one.setblocking(False)
    print("done", flush=True)
    awake = readers[1:]
    while line.strip() == "on":
        ready, _, _ = select.select([sys.stdin, *awake], [], [])
        if sys.stdin in ready:
            break
        for one in ready:
            if not one.recv(1 << 20):
                sys.exit("a reader was cut")
"""


def document() -> str:
    """The bench document with twenty channels of the same messages."""
    head, rest = DOCUMENT.split("  orders:\n", 1)
    channel, tail = rest.split("operations:\n", 1)
    channels = "".join(
        f"  orders{n}:\n{channel.replace('TOPIC', f'orders.{n}')}" for n in range(_CHANNELS)
    )  # fmt: skip
    sends = "".join(
        f"  send{n}: {{action: send, channel: {{$ref: '#/channels/orders{n}'}}}}\n" for n in range(_CHANNELS)
    )  # fmt: skip
    del tail
    return f"{head}{channels}operations:\n{sends}".replace("BOOTSTRAP", "127.0.0.1:9092")


class Judging:
    """A run that is handed batches, with its API on a socket."""

    def __init__(self, folder: Path) -> None:
        path = folder / "bench.yaml"
        path.write_text(document())
        contracts = load_contracts([str(path)])
        key_hash = key_hasher(b"bench")
        plan = make_replay_plan(BuildOptions(specs=[str(path)]), contracts, key_hash)
        ledger = make_ledger(plan, key_hash, time.time_ns())
        for record in ledger.servers.values():
            record.change("connected", time.time_ns())
        self.pump = make_pump(plan, ledger, [])
        self.service = Service(plan.routes, ledger, self.pump, [], since="now", command="bench")
        self.broadcast = Broadcast(self.service.snapshot)
        self.api = build_api(source_of(self.service, lambda: contracts), self.broadcast, None)
        self._messages = traffic(1 << 40, 20_000)
        self._positions = itertools.count()

    def batches(self, seconds: int) -> list[Batch]:
        """Make the batches of some seconds."""
        found: list[Batch] = []
        waiting: dict[tuple[int, int], list[tuple]] = {}
        for one in itertools.islice(self._messages, RATE * seconds):
            place = (int(one[1][-6:]) % _CHANNELS, one[0])
            rows = waiting.setdefault(place, [])
            rows.append(one)
            if len(rows) == _N:
                found.append(self._batch(*place, waiting.pop(place)))
        return found + [self._batch(*place, rows) for place, rows in waiting.items()]

    def _batch(self, channel: int, partition: int, rows: list[tuple]) -> Batch:
        n, now_ns = len(rows), time.time_ns()
        return Batch(
            server="bench", filter=f"orders.{channel}", partition=partition, addresses=None,
            payloads=[one[2] for one in rows], headers=[one[3] for one in rows], keys=[one[1] for one in rows],
            positions=list(itertools.islice(self._positions, n)), sent_ns=[now_ns - 2_000_000] * n,
            time_source="producer", observed_ns=[now_ns] * n,
        )  # fmt: skip

    async def judge(self, batches: list[Batch], seconds: int) -> float:
        """Judge at pace and give the CPU time a message in µs."""
        taken, began_s, cpu_s, ticks = self.pump.taken, time.monotonic(), time.process_time(), 0
        for number, batch in enumerate(batches):
            due_s = number * seconds / len(batches)
            passed_s = time.monotonic() - began_s
            if passed_s >= ticks:
                ticks += 1
                self.service.tick(time.time_ns())
            await asyncio.sleep(max(due_s - passed_s, 0.0))
            self.service.take(batch)
        await asyncio.sleep(max(began_s + seconds - time.monotonic(), 0.0))
        return (time.process_time() - cpu_s) / (self.pump.taken - taken) * 1e6


async def measure(count: int, pairs: int, seconds: int) -> tuple[list[float], list[float]]:
    """Give the CPU time a message without and with readers, segment by segment."""
    with tempfile.TemporaryDirectory() as name, open_socket("127.0.0.1", 0) as listening:
        judging = Judging(Path(name))
        listener = Listener(judging.api, listening)
        tasks = [asyncio.create_task(listener.run()), asyncio.create_task(judging.broadcast.run())]
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-c", _READERS, str(listening.getsockname()[1]), str(count),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip
        assert child.stdin is not None
        assert child.stdout is not None
        await judging.judge(judging.batches(1), 1)
        settle_garbage()
        costs: dict[str, list[float]] = {"off": [], "on": []}
        for word in _turns(pairs):
            batches = judging.batches(seconds)
            child.stdin.write(f"{word}\n".encode())
            assert await child.stdout.readline() == b"done\n"
            costs[word].append(await judging.judge(batches, seconds))
            assert judging.broadcast.readers == (count if word == "on" else 0)
        child.stdin.close()
        await child.wait()
        listener.stop()
        tasks[1].cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    return costs["off"], costs["on"]


def _turns(pairs: int) -> Iterator[str]:
    """Off, on, on, off: what drifts with time falls on both alike."""
    for number in range(pairs):
        yield from ("off", "on") if number % 2 == 0 else ("on", "off")


def reader_rows() -> dict[str, float]:
    """Give what 50 readers, one of them stalled, add to the CPU time of a message, as a ratio."""
    without, beside = asyncio.run(measure(50, 6, 3))
    return {"judging with 50 readers ÷ without": statistics.median(beside) / statistics.median(without)}
