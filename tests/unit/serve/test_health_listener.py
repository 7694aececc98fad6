"""Probes and scrapes over a real socket."""

import asyncio
import contextlib
import gzip
import time

import httpx
import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_text

from asyncwatch.config.health_environment import read_health
from asyncwatch.config.otel_metrics import MetricSettings, read_metrics
from asyncwatch.config.otel_reading import OtelReading
from asyncwatch.model.batch import Batch
from asyncwatch.model.errors import Misconfigured
from asyncwatch.pipeline.build import make_ledger, make_pump
from asyncwatch.pipeline.garbage import settle_garbage
from asyncwatch.serve.health import Health, Scrapes, build_health
from asyncwatch.serve.listener import Listener, open_socket
from asyncwatch.telemetry.measuring.readings import Readings
from asyncwatch.telemetry.measuring.walk import Measuring
from engine import BASE_NS, KEY_HASH, kafka_document, plan_of
from unit.telemetry.measured import SECRET, lines, measuring_of, observe

OPENMETRICS = {"Accept": "application/openmetrics-text"}


@contextlib.asynccontextmanager
async def answering(ledger, measuring):
    """Serve a ledger's health; give client and Health."""
    health = Health(lambda: [record.row() for record in ledger.servers.values()])
    scrapes = Scrapes(measuring.pieces, {"service.name": "asyncwatch"}, "trace_based")
    with open_socket("127.0.0.1", 0, option="--health") as listener:
        served = Listener(build_health(health, scrapes), listener)
        task = asyncio.create_task(served.run())
        try:
            async with httpx.AsyncClient(base_url=served.url) as client:
                yield client, health
        finally:
            served.stop()
            await task


@pytest.fixture(scope="module")
def ledger():
    return observe(lines())[1]


async def test_a_live_process_is_live_in_every_phase(ledger):
    async with answering(ledger, measuring_of(ledger)) as (client, health):
        for phase in ("starting", "running", "stopping"):
            health.phase = phase
            assert (await client.get("/healthz")).status_code == 200


@pytest.mark.parametrize(("phase", "status"), [("starting", 503), ("running", 200), ("stopping", 503)])
async def test_ready_means_running(ledger, phase, status):
    async with answering(ledger, measuring_of(ledger)) as (client, health):
        health.phase = phase
        answer = await client.get("/readyz")
    assert (answer.status_code, answer.json()) == (status, {"status": phase})


async def test_a_brokers_trouble_takes_no_pod_out_unless_the_prober_asks_for_taps(ledger):
    record = ledger.servers["production"]
    async with answering(ledger, measuring_of(ledger)) as (client, health):
        health.phase = "running"
        assert (await client.get("/readyz?taps")).json() == {"status": "running", "missing": []}
        record.change("reconnecting", BASE_NS, error=SECRET)
        try:
            assert (await client.get("/readyz")).status_code == 200
            assert (await client.get("/readyz?taps=false")).status_code == 200
            answer = await client.get("/readyz?taps")
        finally:
            record.change("connected", BASE_NS)
    assert answer.status_code == 503
    assert answer.json()["missing"] == [{"server": "production", "state": "reconnecting"}]
    assert SECRET not in answer.text


async def test_a_scrape_is_negotiated_and_packed(ledger):
    async with answering(ledger, measuring_of(ledger)) as (client, _):
        text = await client.get("/metrics", headers={"Accept-Encoding": "identity"})
        openmetrics = await client.get("/metrics", headers=OPENMETRICS)
        async with client.stream("GET", "/metrics", headers={"Accept-Encoding": "gzip"}) as packed:
            raw = b"".join([part async for part in packed.aiter_raw()])
    assert text.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert openmetrics.headers["content-type"] == "application/openmetrics-text; version=1.0.0; charset=utf-8"
    assert packed.headers["content-encoding"] == "gzip"
    assert int(packed.headers["content-length"]) == len(raw) < len(text.content) / 3
    assert list(parse_text(text.text))
    assert list(parse_openmetrics(openmetrics.text))
    assert list(parse_text(gzip.decompress(raw).decode()))
    assert SECRET[:10] not in text.text + openmetrics.text


async def test_heads_wrong_verbs_and_unknown_addresses(ledger):
    async with answering(ledger, measuring_of(ledger)) as (client, _):
        assert (await client.head("/healthz")).status_code == 200
        assert (await client.post("/healthz")).status_code == 405
        assert (await client.get("/api/v1/snapshot")).status_code == 404
        assert (await client.get("/healthz", headers={"Host": "pod.example"})).status_code == 200


class Counted(Measuring):
    """Counts how often it is read."""

    looks = 0

    def pieces(self):
        self.looks += 1
        return super().pieces()


def large(channels):
    """A ledger of many channels with traffic on each."""
    document = kafka_document(
        "\n".join(
            f"  c{n}: {{address: orders.{n}, messages: {{Order: {{payload: {{type: object}}}}}}}}"
            for n in range(channels)
        )
    )
    plan = plan_of(document)
    ledger = make_ledger(plan, KEY_HASH, BASE_NS)
    pump = make_pump(plan, ledger, [])
    for number in range(channels):
        pump.take(batch(f"orders.{number}"))
    return ledger, pump


def batch(address, n=3, *, numbered=True):
    return Batch(
        server="production", filter=address, partition=0, addresses=None, payloads=[b'{"id":1}'] * n,
        headers=[[("sequence_id", b"%d" % number)] if numbered else [] for number in range(n)], keys=[b"k"] * n, positions=list(range(n)),
        sent_ns=[BASE_NS - 5_000_000 * number for number in range(n)], time_source="producer", observed_ns=[BASE_NS] * n,
    )  # fmt: skip


async def test_scrapers_that_come_together_share_one_look():
    ledger, _ = large(300)
    measuring = Counted(ledger, Readings, lambda: None)
    async with answering(ledger, measuring) as (client, _):
        answers = await asyncio.gather(*(client.get("/metrics") for _ in range(10)))
        assert len({one.text for one in answers}) == 1
        assert measuring.looks < 10
        before = measuring.looks
        await client.get("/metrics")
        assert measuring.looks == before + 1


async def test_a_scraper_that_goes_away_leaves_nothing_running(ledger):
    async with answering(ledger, measuring_of(ledger)) as (client, _):
        for _ in range(5):
            with contextlib.suppress(httpx.TimeoutException):
                await client.get("/metrics", timeout=0.001)
        assert (await client.get("/metrics")).status_code == 200


@pytest.mark.slow
async def test_a_scrape_of_many_channels_lets_batches_through():
    """The event loop is held for a few milliseconds at once; its CPU time is compared, so that a busy machine is fair."""
    ledger, pump = large(1500)
    settle_garbage()
    scrapes = Scrapes(Measuring(ledger, Readings, lambda: None).pieces, {}, "trace_based")
    task = asyncio.create_task(scrapes.scrape("openmetrics"))
    held_s, taken = [], 0
    while not task.done():
        began_s = time.thread_time()
        await asyncio.sleep(0)
        held_s.append(time.thread_time() - began_s)
        pump.take(batch("orders.0", 800, numbered=False))
        taken += 1
    parts = await task
    assert sum(part.count(b"\n") for part in parts) > 30_000
    assert taken > 5
    assert max(held_s) < 0.05


def test_a_taken_port_names_the_option():
    with open_socket("127.0.0.1", 0) as taken, pytest.raises(Misconfigured, match="--health HOST:PORT"):
        open_socket("127.0.0.1", taken.getsockname()[1], option="--health")


@pytest.mark.parametrize(
    ("flag", "environ", "given", "expected"),
    [
        (None, {}, None, ("127.0.0.1", 7465)),
        ("0.0.0.0:1", {"ASYNCWATCH_LISTEN__HEALTH": "127.0.0.1:2"}, "127.0.0.1:3", ("0.0.0.0", 1)),
        (None, {"ASYNCWATCH_LISTEN__HEALTH": "[::1]:2", "OTEL_EXPORTER_PROMETHEUS_PORT": "9"}, None, ("::1", 2)),
        (None, {"OTEL_EXPORTER_PROMETHEUS_PORT": "9464"}, "127.0.0.1:3", ("127.0.0.1", 9464)),
        (None, {"OTEL_EXPORTER_PROMETHEUS_HOST": "0.0.0.0"}, None, ("0.0.0.0", 7465)),
        (None, {}, "127.0.0.1:3", ("127.0.0.1", 3)),
    ],
)
def test_where_the_listener_is_is_chosen_by_precedence(flag, environ, given, expected):
    assert read_health(flag, environ, read_metrics(OtelReading(environ)), given) == expected


def test_a_bad_address_is_a_fault_with_its_source():
    with pytest.raises(Misconfigured, match="--health '7465' is no address"):
        read_health("7465", {}, MetricSettings())


def test_metric_variables_are_read_and_bad_ones_told():
    reading = OtelReading(
        {
            "OTEL_METRIC_EXPORT_INTERVAL": "5000", "OTEL_METRIC_EXPORT_TIMEOUT": "x",
            "OTEL_METRICS_EXEMPLAR_FILTER": "Always_On", "OTEL_EXPORTER_PROMETHEUS_PORT": "70000",
        }
    )  # fmt: skip
    assert read_metrics(reading) == MetricSettings(interval_s=5.0, timeout_s=30.0, exemplars="always_on")
    assert [one.partition(" ")[0] for one in reading.warnings] == [
        "OTEL_METRIC_EXPORT_TIMEOUT", "OTEL_EXPORTER_PROMETHEUS_PORT",
    ]  # fmt: skip
    bad = OtelReading({"OTEL_METRICS_EXEMPLAR_FILTER": "some"})
    assert read_metrics(bad).exemplars == "trace_based"
    assert bad.warnings
