"""The laws of an outlet (docs/laws/outlet.md), run for each of them."""

from __future__ import annotations

import asyncio
import gc
import os
import re
import time
import weakref
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from asyncwatch.config.secret import Secret
from asyncwatch.config.settings import OtlpSettings, ResourceSettings, TracingSettings
from asyncwatch.model.batch import Batch
from asyncwatch.outlets.findings import FindingsOutlet
from asyncwatch.outlets.findings import outlet as findings_outlet
from asyncwatch.outlets.otlp import EventOutlet, SpanOutlet
from asyncwatch.outlets.otlp.retry import BackOff
from unit.outlets.grpc_receiver import GrpcReceiver
from unit.outlets.receiver import Receiver
from unit.tracing.build import BREAKS_SCHEMA, SAMPLED, make_batch, make_route, observe

CANARY = b"canary"


class OtlpBench:
    """An OTLP outlet beside a receiver that can be away."""

    def __init__(self, folder: Path) -> None:
        self.receiver = Receiver()
        self.outlet: SpanOutlet

    async def make(self) -> SpanOutlet:
        async with self.receiver:
            pass  # to know a port on which nobody listens
        return self.fresh()

    def fresh(self) -> SpanOutlet:
        settings = OtlpSettings(
            self.receiver.endpoint, headers={"x-token": Secret(CANARY.decode())}, linger_s=0.005, queue_size=2000,
            batch_size=64,
        )  # fmt: skip
        self.outlet = SpanOutlet(settings, TracingSettings(), back_off=BackOff(0.01, 0.02))
        return self.outlet

    @asynccontextmanager
    async def peer(self):
        async with self.receiver:
            yield

    def delivered(self) -> list[bytes]:
        return [request.SerializeToString(deterministic=True) for request in self.receiver.requests]

    def count(self) -> int:
        return len(self.receiver.spans())

    def forget(self) -> None:
        self.receiver.requests.clear()


class EventsBench(OtlpBench):
    """The outlet of log events, beside the same receiver."""

    def __init__(self, folder: Path) -> None:
        self.receiver = Receiver(signal="logs")

    def fresh(self) -> EventOutlet:
        settings = OtlpSettings(
            self.receiver.endpoint, headers={"x-token": Secret(CANARY.decode())}, linger_s=0.005, queue_size=2000,
            batch_size=64,
        )  # fmt: skip
        self.outlet = EventOutlet(settings, ResourceSettings(instance_id="one"), back_off=BackOff(0.01, 0.02))
        return self.outlet

    def count(self) -> int:
        return len(self.receiver.records())


class GrpcBench(OtlpBench):
    """The outlet of spans, over gRPC."""

    def __init__(self, folder: Path) -> None:
        self.receiver = GrpcReceiver()

    def fresh(self) -> SpanOutlet:
        settings = OtlpSettings(
            self.receiver.endpoint, headers={"x-token": Secret(CANARY.decode())}, linger_s=0.005, queue_size=2000,
            batch_size=64, protocol="grpc",
        )  # fmt: skip
        self.outlet = SpanOutlet(settings, TracingSettings(), back_off=BackOff(0.01, 0.02))
        return self.outlet


class FindingsBench:
    """A findings outlet whose folder can be away."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "there"
        self.path = self.folder / "findings.jsonl"
        self.outlet: FindingsOutlet

    async def make(self) -> FindingsOutlet:
        return self.fresh()

    def fresh(self) -> FindingsOutlet:
        self.outlet = FindingsOutlet(str(self.path), None, lambda key: f"{len(key):016x}", linger_s=0.005, retry_s=0.01)
        return self.outlet

    @asynccontextmanager
    async def peer(self):
        self.folder.mkdir(exist_ok=True)
        yield

    def delivered(self) -> list[bytes]:
        return self.path.read_bytes().splitlines() if self.path.exists() else []

    def count(self) -> int:
        return len(self.delivered())

    def forget(self) -> None:
        self.path.unlink()


@pytest.fixture(
    params=[OtlpBench, GrpcBench, EventsBench, FindingsBench], ids=["otlp", "grpc", "otlp logs", "findings"]
)
def bench(request, tmp_path):
    return request.param(tmp_path)


def messages(n: int = 50, first: int = 0):
    headers = [[("traceparent", SAMPLED), ("x-token", CANARY)]] * n
    batch = make_batch(headers, positions=list(range(first, first + n)), payloads=[CANARY] * n, keys=[CANARY] * n)
    obs = observe(batch, make_route())
    obs.faults = [(row, BREAKS_SCHEMA) for row in range(n)]
    return obs


def lawful(outlet) -> bool:
    counts = outlet.statistics()
    assert counts.offered == counts.delivered + counts.dropped + counts.queued
    assert min(counts.offered, counts.delivered, counts.dropped, counts.queued) >= 0
    return True


@asynccontextmanager
async def running(outlet):
    task = asyncio.create_task(outlet.run())
    try:
        yield task
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def until(condition, most_s: float = 5.0) -> None:
    async with asyncio.timeout(most_s):
        while not condition():
            await asyncio.sleep(0.002)


async def test_offered_is_delivered_dropped_or_queued(bench):
    outlet = await bench.make()
    async with running(outlet):
        for part in range(10):
            outlet.offer(messages(first=part * 50))
            assert lawful(outlet)
            await asyncio.sleep(0)
        async with bench.peer():
            await until(lambda: lawful(outlet) and outlet.statistics().queued == 0)
            assert outlet.statistics().offered == 500
            assert outlet.statistics().delivered == bench.count() == 500


async def test_offer_never_waits(bench):
    outlet = await bench.make()
    began = time.monotonic()
    for part in range(200):
        outlet.offer(messages(first=part * 50))
    outlet.announce([])
    assert time.monotonic() - began < 2.0
    assert outlet.statistics().offered == 10_000
    assert lawful(outlet)


async def test_full_is_said_before_anything_is_dropped(bench, monkeypatch):
    monkeypatch.setattr(findings_outlet, "MAX_LINES", 300)
    outlet = await bench.make()
    if outlet.statistics().full is None:
        pytest.skip("never says that it is full: it drops")
    async with bench.peer(), running(outlet):
        offered = 0
        while not outlet.statistics().full:
            outlet.offer(messages(first=offered))
            offered += 50
        outlet.offer(messages(800, first=offered))
        assert outlet.statistics().dropped == 0
        await until(lambda: outlet.statistics().full is False)
        await until(lambda: outlet.statistics().delivered == bench.count() == offered + 800)
    bench.path = bench.folder / "away" / "findings.jsonl"
    outlet = bench.fresh()
    async with running(outlet):
        while outlet.statistics().state != "down":
            outlet.offer(messages())
            await asyncio.sleep(0.002)
        for _ in range(10):
            outlet.offer(messages())
        assert outlet.statistics().full is False
        assert outlet.statistics().dropped > 0
        assert lawful(outlet)


async def test_offer_keeps_no_batch(bench):
    outlet = await bench.make()

    class Watched(Batch):
        pass

    obs = messages()
    obs.batch = watched = Watched(**{name: getattr(obs.batch, name) for name in Batch.__slots__})
    gone = weakref.ref(watched)
    outlet.offer(obs)
    del obs, watched
    gc.collect()
    assert gone() is None


async def test_a_dead_peer_stops_nothing(bench):
    outlet = await bench.make()
    async with running(outlet) as task:
        outlet.offer(messages())
        await until(lambda: outlet.statistics().state == "down")
        assert outlet.statistics().error
        outlet.offer(messages(first=50))
        await asyncio.sleep(0.05)
        assert not task.done()
        assert lawful(outlet)


async def test_a_peer_that_comes_back_gets_what_waited(bench):
    outlet = await bench.make()
    async with running(outlet):
        outlet.offer(messages())
        await until(lambda: outlet.statistics().state == "down")
        async with bench.peer():
            await until(lambda: outlet.statistics().delivered == 50)
            counts = outlet.statistics()
            assert (counts.state, counts.error, bench.count()) == ("ok", None, 50)


async def test_drain_keeps_its_deadline_and_counts_what_is_left(bench):
    outlet = await bench.make()
    outlet.offer(messages())
    began = time.monotonic()
    assert await outlet.drain(0.2) == 50
    assert time.monotonic() - began < 1.5
    assert lawful(outlet)


async def test_drain_is_legal_beside_run_and_without_it(bench):
    outlet = await bench.make()
    async with bench.peer():
        assert await outlet.drain(5) == 0
        outlet.offer(messages())
        async with running(outlet):
            assert await outlet.drain(5) == 0
            outlet.offer(messages(first=50))
            assert await outlet.drain(5) == 0
        outlet.offer(messages(first=100))
        assert await outlet.drain(5) == 0
        assert await outlet.drain(5) == 0
        assert outlet.statistics().delivered == bench.count() == 150


async def test_a_cancelled_run_loses_nothing_and_counts_nothing_twice(bench):
    outlet = await bench.make()
    async with bench.peer():
        for part in range(12):
            outlet.offer(messages(first=part * 50))
            async with running(outlet):
                for _ in range(part):
                    await asyncio.sleep(0)
            assert lawful(outlet)
        assert await outlet.drain(5) == 0
        assert outlet.statistics().delivered == 600
        assert bench.count() >= 600


async def test_nothing_is_left_running_after_an_outlet(bench):
    outlet = await bench.make()
    tasks, files = len(asyncio.all_tasks()), set(os.listdir("/proc/self/fd"))
    async with bench.peer():
        async with running(outlet):
            outlet.offer(messages())
            await until(lambda: outlet.statistics().delivered == 50)
        outlet.offer(messages(first=50))
        assert await outlet.drain(5) == 0
    await asyncio.sleep(0)
    assert len(asyncio.all_tasks()) == tasks
    assert set(os.listdir("/proc/self/fd")) <= files


async def test_the_same_messages_give_the_same_bytes(bench):
    await bench.make()
    found = []
    async with bench.peer():
        for _ in range(2):
            outlet = bench.fresh()
            outlet.offer(messages())
            assert await outlet.drain(5) == 0
            found.append(bench.delivered())
            bench.forget()
    assert found[0] == found[1]
    assert found[0]


async def test_no_value_leaves(bench):
    outlet = await bench.make()
    outlet.offer(messages())
    async with running(outlet):
        await until(lambda: outlet.statistics().state == "down")
        assert CANARY.decode() not in repr(outlet.statistics())
        async with bench.peer():
            await until(lambda: outlet.statistics().delivered == 50)
    assert CANARY not in b"".join(bench.delivered())
    assert CANARY.decode() not in repr(outlet.statistics())


def test_every_law_of_an_outlet_has_a_test_and_every_test_a_law():
    here = Path(__file__)
    laws = re.findall(r"^- `(\w+)`", (here.parents[3] / "docs/laws/outlet.md").read_text(), re.MULTILINE)
    tests = re.findall(r"^async def test_(\w+)\(bench\b", here.read_text(), re.MULTILINE)
    assert sorted(laws) == sorted(tests)
