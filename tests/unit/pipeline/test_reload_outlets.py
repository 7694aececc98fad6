"""What outlets and metrics make of a reload: series never fall, and routes of before are let go."""

from asyncwatch.config.settings import ExportSettings, LagSettings, OtlpSettings, ResourceSettings, TracingSettings
from asyncwatch.model.finding import Finding
from asyncwatch.outlets.base import Documented, Following
from asyncwatch.outlets.otlp.events import EventOutlet
from asyncwatch.outlets.otlp.spans import SpanOutlet
from asyncwatch.pipeline.build import load_contracts, make_plan
from asyncwatch.pipeline.metering import metering
from asyncwatch.pipeline.servers import BuildOptions
from asyncwatch.telemetry.catalogue import MESSAGES
from engine import KEY_HASH, kafka_document
from unit.pipeline.live_run import running

ORDERS = "  orders: {address: orders, messages: {Order: {payload: {type: object, required: [id]}}}}"
STRICTER = ORDERS.replace("[id]", "[id, total]")
RENAMED = STRICTER.replace("Order:", "OrderPlaced:")
REFUNDS = "  refunds: {address: refunds, messages: {Refund: {payload: {type: object}}}}"


def order(n, address="orders"):
    return {"address": address, "partition": 0, "offset": n, "payload": '{"id": 1}', "headers": [["sequence_id", str(n)]]}  # fmt: skip


def counters(run):
    """Give the value of every series that may only grow."""
    found = {}
    for piece in metering(run.service, ExportSettings(), LagSettings()).pieces():
        for point in piece:
            series = point.metric.name, point.attributes
            assert series not in found, series
            if point.metric.kind == "counter":
                found[series] = point.value
            elif point.metric.kind == "histogram":
                found[series] = point.distribution.count
    return {series: value for series, value in found.items() if "process" not in series[0]}


async def test_no_series_falls_or_goes_over_any_number_of_reloads(tmp_path):
    async with running(tmp_path / "orders.yaml", kafka_document(f"{ORDERS}\n{REFUNDS}")) as run:
        before = {}
        documents = [
            STRICTER,
            f"{RENAMED}\n{REFUNDS}",
            ORDERS,
            REFUNDS,
            f"{ORDERS}\n{REFUNDS}",
            f"{STRICTER}\n{REFUNDS}",
        ]
        for position, document in enumerate(documents, 1):
            read = [one.id for one in run.runner.filters]
            await run.send(*(order(position, address) for address in read))
            now = counters(run)
            assert {series: value for series, value in before.items() if now.get(series, -1) < value} == {}
            before = now
            run.configure(rules={"payload": ("error", "warning")[position % 2]})
            await run.reload(kafka_document(document))
            now = counters(run)
            assert {series: value for series, value in before.items() if now.get(series, -1) < value} == {}
            before = now
        snapshot = run.service.snapshot()
        assert sum(value for (name, _), value in before.items() if name == MESSAGES.name) == snapshot.messages.total


async def test_a_channel_that_comes_back_goes_on_from_its_counts(tmp_path):
    async with running(tmp_path / "orders.yaml", kafka_document(f"{ORDERS}\n{REFUNDS}")) as run:
        await run.send(order(1), order(1, "refunds"))
        await run.reload(kafka_document(ORDERS))
        assert run.rows() == {"orders": 1}
        await run.reload(kafka_document(f"{ORDERS}\n{REFUNDS}"))
        await run.send(order(2, "refunds"))
        assert run.rows() == {"orders": 1, "refunds": 2}
        snapshot = run.service.snapshot()
        assert snapshot.messages.total == 3
        row = next(row for row in snapshot.channels if row.channel == "refunds")
        assert row.positions == {"0": [(1, 2)]}
        assert snapshot.coverage.channels.seen == 2
        assert snapshot.coverage.messages.seen == 2


def routes(tmp_path, channels):
    path = tmp_path / "routes.yaml"
    path.write_text(kafka_document(channels))
    options = BuildOptions(specs=[str(path)])
    return make_plan(options, load_contracts(options.specs), KEY_HASH).routes.documented()


def test_outlets_let_the_routes_of_before_go(tmp_path):
    settings = OtlpSettings(endpoint="http://127.0.0.1:9/v1/x")
    before, after = routes(tmp_path, ORDERS), routes(tmp_path, f"{ORDERS}\n{REFUNDS}")
    events, spans = EventOutlet(settings, ResourceSettings(), before), SpanOutlet(settings, TracingSettings())
    events.announce([finding("orders")])
    for outlet in (events, spans):
        assert isinstance(outlet, Following)
        outlet.follow(Documented(after, {"production": "Orders"}, TracingSettings(service="hub")))
    events.announce([finding("refunds")])
    assert set(events._encoders) == {after[1]}
    assert spans._encoders == {}


def finding(address):
    return Finding(
        rule="sequence.lost", severity="error", server="production", channel=address, address=address, time_ns=1,
        summary="lost",
    )  # fmt: skip


async def test_severities_of_groups_follow_the_configuration(tmp_path):
    async with running(tmp_path / "orders.yaml", kafka_document(STRICTER)) as run:
        await run.send(order(1))
        assert [one.severity for one in run.service.snapshot().findings] == ["error"]
        run.configure(rules={"payload": "warning"})
        outcome = await run.reloader.reload()
        assert outcome.changed == 1
        await run.send(order(2))
        assert [(one.severity, one.count) for one in run.service.snapshot().findings] == [("warning", 2)]
        told = {
            dict(attributes)["asyncwatch.violation.severity"]: value
            for (name, attributes), value in counters(run).items()
            if name == "asyncwatch.violations"
        }
        assert told == {"error": 1, "warning": 1}
