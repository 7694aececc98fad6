"""What a picture for the API costs a channel, and what keeping recent spans costs a message."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from asyncwatch.ledger.recent_spans import RecentSpans
from asyncwatch.model.batch import Batch
from asyncwatch.model.observation import Observation
from asyncwatch.pipeline.build import key_hasher, load_contracts, make_ledger, make_pump, make_replay_plan
from asyncwatch.pipeline.cost import sidecar_row
from asyncwatch.pipeline.garbage import settle_garbage
from asyncwatch.pipeline.servers import BuildOptions
from asyncwatch.serve.picture import Picture
from bench.loops import batches
from bench.traffic import DOCUMENT

_CHANNELS = 1000
_LOOKS = 10
_BASE_NS = 1_790_000_000_000_000_000
_HEAD = """\
asyncapi: 3.0.0
info: {title: Bench, version: 1.0.0}
defaultContentType: application/json
servers:
  bench: {host: '127.0.0.1:9092', protocol: kafka}
channels:
"""


def _small_batch(channel: int, second: int) -> Batch:
    now_ns = _BASE_NS + second * 1_000_000_000
    parents = [b"00-%032x-%016x-01" % (second * _CHANNELS + channel + 1, row + 1) for row in range(2)]
    return Batch(
        server="bench", filter=f"orders.{channel}", partition=0, addresses=None, payloads=[b'{"id":1}', b"{}"],
        headers=[[("traceparent", one)] for one in parents], keys=[None, b"k"],
        positions=[second * 2, second * 2 + 1], sent_ns=[now_ns - 1_000_000] * 2, time_source="producer",
        observed_ns=[now_ns] * 2,
    )  # fmt: skip


def picture_costs() -> tuple[float, float]:
    """Give the CPU time of a picture and its patch in µs a channel: all of them busy, and all of them still."""
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "bench.yaml"
        channels = (
            f"  orders{n}: {{address: orders.{n}, messages: {{Order: {{payload: {{type: object, required: [id]}}}}}}}}\n"
            for n in range(_CHANNELS)
        )
        path.write_text(_HEAD + "".join(channels))
        contracts = load_contracts([str(path)])
    key_hash = key_hasher(b"bench")
    plan = make_replay_plan(BuildOptions(specs=["bench.yaml"]), contracts, key_hash)
    ledger = make_ledger(plan, key_hash, _BASE_NS)
    pump = make_pump(plan, ledger, [])
    now_ns = _BASE_NS

    def snapshot():
        return ledger.snapshot(now_ns, sidecar_row([], None, measured=True), [], since="now", command="bench")

    picture = Picture(snapshot)
    picture.look()
    settle_garbage()
    spent = {"busy": 0.0, "still": 0.0}
    for second in range(_LOOKS):
        now_ns = _BASE_NS + second * 1_000_000_000
        for channel in range(_CHANNELS):
            pump.take(_small_batch(channel, second))
        ledger.tick()
        began_s = time.process_time()
        picture.look()
        spent["busy"] += time.process_time() - began_s
    for _ in range(400):
        ledger.tick()
    picture.look()
    for second in range(_LOOKS):
        now_ns = _BASE_NS + (1000 + second) * 1_000_000_000
        began_s = time.process_time()
        ledger.tick()
        picture.look()
        spent["still"] += time.process_time() - began_s
    return spent["busy"] / _LOOKS / _CHANNELS * 1e6, spent["still"] / _LOOKS / _CHANNELS * 1e6


def span_cost() -> float:
    """Give the CPU time of keeping recent spans in µs a message."""
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "bench.yaml"
        path.write_text(DOCUMENT.replace("BOOTSTRAP", "127.0.0.1:9092").replace("TOPIC", "orders"))
        contracts = load_contracts([str(path)])
    plan = make_replay_plan(BuildOptions(specs=["bench.yaml"]), contracts, key_hasher(b"bench"))
    (route,) = plan.routes.documented()
    spans, made = RecentSpans(), batches()
    observed = []
    for batch in made:
        obs = Observation(batch, route)
        for check in route.checks:
            check.observe(obs)
        observed.append(obs)
    began_s = time.process_time()
    for obs in observed:
        spans.take(obs)
    return (time.process_time() - began_s) / sum(map(len, made)) * 1e6
