"""What the switch to other documents costs a channel, and how long a reload holds the event loop at once."""

from __future__ import annotations

import asyncio
import tempfile
import time
from pathlib import Path

from asyncwatch.pipeline.garbage import settle_garbage
from engine import kafka_document
from unit.pipeline.live_run import running

_CHANNELS = 1000


def _document(required: str) -> str:
    return kafka_document(
        "\n".join(
            f"  c{n}: {{address: c{n}, messages: {{Order: {{payload: {{type: object, required: [{required}]}}}}}}}}"
            for n in range(_CHANNELS)
        )
    )


def reload_costs() -> tuple[float, float]:
    """Give the CPU time of the switch in µs a channel where all have changed, and the longest hold in ms."""
    return asyncio.run(_costs())


async def _costs() -> tuple[float, float]:
    with tempfile.TemporaryDirectory() as name:
        async with running(Path(name) / "bench.yaml", _document("id")) as run:
            await run.send(
                *({"address": f"c{n}", "partition": 0, "offset": 1, "payload": '{"id":1}', "headers": []} for n in range(_CHANNELS))
            )  # fmt: skip
            run.ledger.tick()
            run.service.snapshot()
            settle_garbage()
            switch, spent_s = run.reloader._take_routes, []  # noqa: SLF001 # the one step in which nothing else runs

            def timed(*given):
                began_s = time.process_time()
                adoption = switch(*given)
                spent_s.append(time.process_time() - began_s)
                return adoption

            run.reloader._take_routes = timed  # noqa: SLF001
            holds_s: list[float] = []
            watch = asyncio.create_task(_watch(holds_s))
            await asyncio.sleep(0.05)
            holds_s.clear()
            outcome = await run.reload(_document("id, total"))
            watch.cancel()
            assert outcome.changed == _CHANNELS
            return spent_s[0] / _CHANNELS * 1e6, max(holds_s) * 1e3


async def _watch(holds_s: list[float]) -> None:
    last_s = time.perf_counter()
    while True:
        await asyncio.sleep(0)
        now_s = time.perf_counter()
        holds_s.append(now_s - last_s)
        last_s = now_s
