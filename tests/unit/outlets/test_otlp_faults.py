"""Receivers that fail in every way, one after the other, and for minutes: the counters stay exact."""

from __future__ import annotations

import asyncio
import random
import selectors
import ssl
from collections.abc import Coroutine
from contextlib import suppress
from email.utils import formatdate

import pytest

from asyncwatch.config.settings import OtlpSettings, ResourceSettings, TracingSettings
from asyncwatch.outlets.base import OutletStatistics
from asyncwatch.outlets.otlp import EventOutlet, SpanOutlet
from asyncwatch.outlets.otlp.retry import BackOff
from asyncwatch.pipeline.draining import drain_outlets
from asyncwatch.pipeline.drops import DropWatch
from asyncwatch.telemetry.log import LOGGER
from servers.certificates import make_authority, make_certificate
from unit.outlets.receiver import Receiver, Reply, partial_success
from unit.tracing.build import BREAKS_SCHEMA, NOW_NS, make_batch, make_route, observe, sampled_headers

SPEED = 40
"""Seconds of the outlet's clock in one of ours."""


class FastSelector(selectors.DefaultSelector):
    def select(self, timeout=None):
        return super().select(timeout / SPEED if timeout and timeout > 0 else timeout)


class FastLoop(asyncio.SelectorEventLoop):
    """An event loop on which minutes pass in seconds; sockets are as fast as ever."""

    def __init__(self) -> None:
        super().__init__(FastSelector())

    def time(self) -> float:
        return super().time() * SPEED


def run_fast(work: Coroutine) -> None:
    with asyncio.Runner(loop_factory=FastLoop) as runner:
        runner.run(work)


def messages(n: int, first: int = 0, *, broken: int = 0):
    obs = observe(make_batch(sampled_headers(n), positions=list(range(first, first + n))), make_route())
    obs.faults = [(row, BREAKS_SCHEMA) for row in range(broken)]
    return obs


def lawful(outlet) -> OutletStatistics:
    counts = outlet.statistics()
    assert counts.offered == counts.delivered + counts.dropped + counts.queued
    assert counts.dropped == sum(counts.reasons.values())
    return counts


async def until(condition, most_s: float = 20.0) -> None:
    async with asyncio.timeout(most_s):
        while not condition():
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("seed", range(8))
async def test_counts_are_exact_whatever_a_receiver_answers(seed):
    chance = random.Random(seed)
    kinds = [
        Reply(), Reply(503), Reply(429, {"Retry-After": "0"}), Reply(413), Reply(reset=True), Reply(502),
        partial_success(0, "a warning"), partial_success(2, "two of them"),
    ]  # fmt: skip
    script = chance.choices(kinds, k=30)
    async with Receiver(*script) as receiver:
        settings = OtlpSettings(receiver.endpoint, linger_s=0.005, queue_size=300, batch_size=40)
        outlet = SpanOutlet(settings, TracingSettings(), back_off=BackOff(0.002, 0.01))
        task = asyncio.create_task(outlet.run())
        for part in range(40):
            outlet.offer(messages(50, part * 50, broken=chance.randrange(5)))
            lawful(outlet)
            await asyncio.sleep(0.004)
            lawful(outlet)
        await until(lambda: lawful(outlet).queued == 0)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        counts = lawful(outlet)
        given = script[: len(script) - len(receiver.replies)]
        rejected = 2 * sum(reply is kinds[7] for reply in given)
        assert counts.offered == 2000
        assert set(receiver.span_ids().values()) == {1}
        assert counts.delivered == len(receiver.spans()) - rejected
        refused = counts.offered - counts.reasons.get("queue_full", 0) - len(receiver.spans())
        assert counts.reasons.get("rejected", 0) == rejected + refused
        assert (refused > 0) == any(reply is kinds[3] for reply in given)


@pytest.mark.slow
def test_an_outage_of_four_minutes_loses_nothing():
    async def work():
        receiver = Receiver()
        async with receiver:
            pass
        outlet = SpanOutlet(OtlpSettings(receiver.endpoint), TracingSettings())
        task = asyncio.create_task(outlet.run())
        outlet.offer(messages(5000, broken=100))
        await until(lambda: outlet.statistics().state == "down", 600)
        await asyncio.sleep(240)
        assert lawful(outlet).queued == 5000
        async with receiver:
            await until(lambda: lawful(outlet).queued == 0, 600)
            assert (lawful(outlet).delivered, outlet.statistics().state) == (5000, "ok")
            assert len(receiver.span_ids()) == 5000
        task.cancel()

    run_fast(work())


@pytest.mark.slow
def test_what_is_older_than_five_minutes_is_dropped_and_counted_and_what_waited_behind_it_arrives():
    async def work():
        receiver = Receiver()
        async with receiver:
            pass
        outlet = SpanOutlet(OtlpSettings(receiver.endpoint), TracingSettings())
        task = asyncio.create_task(outlet.run())
        outlet.offer(messages(6000))
        await until(lambda: outlet.statistics().state == "down", 600)
        await asyncio.sleep(330)
        counts = lawful(outlet)
        assert counts.reasons == {"timeout": 4096}, "two requests of 2,048 were on their way"
        async with receiver:
            await until(lambda: lawful(outlet).queued == 0, 600)
            assert lawful(outlet).delivered == len(receiver.span_ids()) == 6000 - 4096
        task.cancel()

    run_fast(work())


@pytest.mark.slow
async def test_a_date_says_when_to_come_back():
    async with Receiver(Reply(429, {"Retry-After": "later"}), Reply(503)) as receiver:
        receiver.replies[0].headers = {}
        receiver.on_request = lambda: (
            receiver.replies
            and receiver.replies[0].headers.update(
                {"Retry-After": formatdate(__import__("time").time() + 2, usegmt=True)}
            )
        )
        outlet = SpanOutlet(OtlpSettings(receiver.endpoint, linger_s=0.0), TracingSettings(), back_off=BackOff(0.01))
        task = asyncio.create_task(outlet.run())
        outlet.offer(messages(3))
        await until(lambda: outlet.statistics().delivered == 3)
        task.cancel()
        assert receiver.times[1] - receiver.times[0] >= 0.5, "a date has whole seconds"


@pytest.mark.slow
async def test_tls_over_http_with_a_private_authority_and_a_client_certificate(tmp_path):
    authority = make_authority(tmp_path)
    make_certificate(tmp_path, "server")
    make_certificate(tmp_path, "client")
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=str(authority))
    tls.load_cert_chain(tmp_path / "server.pem", tmp_path / "server.key")
    tls.verify_mode = ssl.CERT_REQUIRED
    ours = {"cert_file": str(tmp_path / "client.pem"), "key_file": str(tmp_path / "client.key")}
    async with Receiver(tls=tls, signal="logs") as receiver:
        given = OtlpSettings(receiver.endpoint, ca_file=str(authority), **ours)
        outlet = EventOutlet(given, ResourceSettings())
        outlet.offer(messages(3, broken=2))
        assert await outlet.drain(5) == 0
        assert lawful(outlet).delivered == 2
        for settings in (
            OtlpSettings(receiver.endpoint, ca_file=str(authority)),
            OtlpSettings(receiver.endpoint, **ours),
        ):
            outlet = EventOutlet(settings, ResourceSettings())
            outlet.offer(messages(3, broken=2))
            assert await outlet.drain(0.5) == 2
            assert lawful(outlet).state == "down"


@pytest.fixture
def told(caplog, monkeypatch):
    """What was logged, also where another test has set our log up."""
    monkeypatch.setattr(LOGGER, "propagate", True)
    caplog.set_level("WARNING", "asyncwatch")
    return caplog


async def test_an_outlet_that_wanted_nothing_says_why_at_the_end(told):
    async with Receiver() as receiver:
        outlet = SpanOutlet(OtlpSettings(receiver.endpoint), TracingSettings())
        outlet.offer(observe(make_batch(sampled_headers(3), sent_ns=[NOW_NS - 7_200 * 10**9] * 3), make_route()))
        await drain_outlets([outlet])
        assert lawful(outlet).left_out == {"too_old": 3}
        [record] = told.records
        assert record.getMessage() == "outlet 'otlp': no span was sent, all were left out: too_old 3"
        outlet.offer(messages(1))
        await drain_outlets([outlet])
        assert len(told.records) == 1


def test_dropping_is_told_when_it_begins_and_when_it_is_over(told):
    watch = DropWatch()

    def look(dropped: int, **reasons: int) -> None:
        watch.look(
            OutletStatistics(
                name="otlp", unit="span", state="ok", offered=dropped, delivered=0, dropped=dropped, queued=0,
                capacity=9, reasons=reasons,
            )
        )  # fmt: skip

    look(0)
    look(5, queue_full=5)
    look(9, queue_full=9)
    for _ in range(100):
        look(9, queue_full=9)
    look(12, queue_full=9, rejected=3)
    assert [record.getMessage() for record in told.records] == [
        "outlet 'otlp': dropping, 5 spans (queue_full 5) so far; what is dropped is counted",
        "outlet 'otlp': nothing more was dropped for a while; 9 spans (queue_full 9) in all",
        "outlet 'otlp': dropping, 12 spans (queue_full 9, rejected 3) so far; what is dropped is counted",
    ]
