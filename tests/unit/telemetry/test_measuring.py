"""Metrics are the report's numbers."""

import json
import random

import pytest

from asyncwatch.model.batch import Batch
from asyncwatch.model.report import ContextRow
from asyncwatch.model.state import STATES
from asyncwatch.ordering.missing import DISTANCE_BOUNDS
from asyncwatch.pipeline.build import make_ledger, make_pump
from asyncwatch.pipeline.cost import sidecar_row
from asyncwatch.telemetry.catalogue import CATALOGUE
from asyncwatch.telemetry.happenings import Warned, emit
from asyncwatch.telemetry.points import UNDOCUMENTED, HistogramPoint, NumberPoint
from engine import BASE_NS, KEY_HASH, kafka_document, plan_of
from unit.telemetry.measured import DOCUMENT, SECRET, histogram, lines, measuring_of, numbers, observe, points_of

DESTINATION = ("messaging.destination.name", "messaging.destination.template")


@pytest.fixture(scope="module")
def run():
    report, ledger = observe(lines())
    emit(Warned(what="a happening of the tests"))
    return report, ledger, points_of(measuring_of(ledger))


def test_every_metric_of_the_catalogue_comes_out_of_a_run_that_has_everything(run):
    assert {point.metric.name for point in run[2]} == set(CATALOGUE)


def test_every_point_has_attributes_of_its_metric_only_and_comes_once(run):
    seen = set()
    for point in run[2]:
        keys = [key for key, _ in point.attributes]
        assert set(keys) <= set(point.metric.attributes), point
        assert len(set(keys)) == len(keys)
        assert all(isinstance(value, str) for _, value in point.attributes)
        place = point.metric.name, frozenset(point.attributes)
        assert place not in seen
        seen.add(place)
        assert isinstance(point, HistogramPoint) == (point.metric.kind == "histogram")


def test_messages_are_those_of_the_report(run):
    report, _, points = run
    by_state = numbers(points, "asyncwatch.messages", "asyncwatch.validation.result")
    assert {state: by_state.get(state, 0) for state in STATES} == {
        state: getattr(report.messages, state) for state in STATES
    }
    named = numbers(points, "asyncwatch.messages", "asyncwatch.message.name", "asyncwatch.validation.result")
    for row in report.channels:
        for name, counts in row.per_message.items():
            for state in STATES:
                assert named.get((name, state), 0) == getattr(counts, state)
    by_place = numbers(points, "asyncwatch.messages", *DESTINATION)
    assert by_place["orders", ""] == 401
    assert by_place["", "events.{region}"] == 100
    assert by_place[UNDOCUMENTED, ""] == 8
    assert len(by_place) == 3
    assert sum(row.channel is None for row in report.channels) == 8


def test_a_documented_message_has_its_valid_and_invalid_from_the_start():
    _, ledger = observe([{"end": "2026-11-23T14:02:11Z"}])
    found = numbers(
        points_of(measuring_of(ledger)),
        "asyncwatch.messages",
        "asyncwatch.message.name",
        "asyncwatch.validation.result",
    )
    assert found == {(name, state): 0 for name in ("Order", "Created", "Gone") for state in ("valid", "invalid")}


def test_violations_are_the_occurrences_of_the_findings(run):
    report, _, points = run
    by_rule = numbers(points, "asyncwatch.violations", "error.type", "asyncwatch.violation.severity")
    expected = {}
    for row in report.findings:
        expected[row.rule, row.severity] = expected.get((row.rule, row.severity), 0) + row.count
    assert by_rule == expected
    assert by_rule["payload.schema", "error"] == 2  # two paths, one rule
    places = numbers(points, "asyncwatch.violations", "error.type", *DESTINATION)
    assert places["channel.undocumented", UNDOCUMENTED, ""] == 8


def test_a_violation_points_at_a_message_whose_trace_is_recorded(run):
    examples = {
        dict(point.attributes)["error.type"]: point.exemplar
        for point in run[2]
        if isinstance(point, NumberPoint) and point.metric.name == "asyncwatch.violations"
    }
    schema = examples["payload.schema"]
    assert schema is not None  # number 23: 23 % 3 and 23 % 2
    assert (schema.trace_id, schema.span_id, schema.sampled) == (f"{24:032x}", f"{30:016x}", True)


def test_contexts_are_those_of_the_report_and_flagged(run):
    report, _, points = run
    found = numbers(points, "asyncwatch.context.messages", "asyncwatch.context.format")
    expected = dict.fromkeys(ContextRow.__struct_fields__, 0)
    for row in report.channels:
        for name in expected:
            expected[name] += getattr(row.context, name) or 0
    assert found == {name: count for name, count in expected.items() if count}
    flagged = numbers(points, "asyncwatch.context.messages", "asyncwatch.context.format", "asyncwatch.context.sampled")
    recorded = sum(1 for number in range(400) if number % 3 and number % 2)
    assert flagged["w3c", "true"] == recorded
    assert flagged["w3c", "false"] == expected["w3c"] - recorded
    assert flagged["none", ""] == expected["none"]


def test_sizes_add_up_to_the_bytes(run):
    report, _, points = run
    sizes = histogram(points, "asyncwatch.message.body.size", messaging_destination_name="orders")
    assert sizes.distribution.total == next(row.bytes for row in report.channels if row.channel == "orders")
    assert sizes.distribution.count == 400  # one payload is null
    undocumented = histogram(points, "asyncwatch.message.body.size", messaging_destination_name=UNDOCUMENTED)
    assert undocumented.distribution.counts[0] == 8


def test_transit_times_are_those_of_live_messages(run):
    report, _, points = run
    orders = histogram(points, "asyncwatch.transit.duration", messaging_destination_name="orders")
    assert dict(orders.attributes)["asyncwatch.timestamp.source"] == "producer"
    latency = next(row.latency for row in report.channels if row.channel == "orders")
    assert orders.distribution.count == latency.buckets.zero + sum(latency.buckets.counts) == 401
    events = histogram(points, "asyncwatch.transit.duration", messaging_destination_template="events.{region}")
    assert events.distribution.count == 75  # a quarter was not live
    assert events.distribution.total == 75 * 30 * 10**9
    skew = histogram(points, "asyncwatch.clock_skew", messaging_destination_name="orders")
    assert skew.distribution.count == 1
    bounds = (0, *orders.distribution.bounds)
    examples = [(bucket, one) for bucket, one in enumerate(orders.exemplars) if one is not None]
    assert any(one.sampled for _, one in examples)
    for bucket, one in examples:
        assert one.value <= orders.distribution.bounds[bucket]
        assert one.value > bounds[bucket] or bucket == 0


def test_sequences_are_those_of_the_report(run):
    report, _, points = run
    row = next(row.ordering for row in report.channels if row.channel == "orders")
    classes = numbers(points, "asyncwatch.sequence.messages", "messaging.destination.name", "asyncwatch.sequence.class")
    for word, name in (
        ("in_order", "in_order"),
        ("out_of_order", "out_of_order"),
        ("duplicate", "duplicates"),
        ("conflict", "conflicts"),
        ("unsequenced", "unsequenced"),
    ):
        assert classes.get(("orders", word), 0) == getattr(row, name), word
    assert row.gaps
    assert row.out_of_order
    for name in ("gaps", "filled", "missing", "restarts"):
        assert numbers(points, f"asyncwatch.sequence.{name}", "messaging.destination.name")["orders"] == getattr(
            row, name
        )
    lost, recovered = (
        numbers(points, f"asyncwatch.sequence.{name}", "messaging.destination.name")["orders"]
        for name in ("lost", "recovered")
    )
    assert lost - recovered == row.lost
    assert lost
    assert numbers(points, "asyncwatch.sequence.late", "messaging.destination.name")["orders"] == row.late
    late = histogram(points, "asyncwatch.sequence.lateness", messaging_destination_name="orders")
    assert late.distribution.count == row.late
    distance = histogram(points, "asyncwatch.sequence.reorder.distance", messaging_destination_name="orders")
    assert (distance.distribution.bounds, distance.distribution.count) == (DISTANCE_BOUNDS, row.out_of_order)


@pytest.mark.parametrize("seed", range(8))
def test_a_counter_never_falls_while_messages_come(seed):
    """Held and probed messages change their class in a report; a counter tells them once that is decided."""
    chance = random.Random(seed)
    plan = plan_of(DOCUMENT)
    ledger = make_ledger(plan, KEY_HASH, BASE_NS)
    pump, measuring = make_pump(plan, ledger, []), measuring_of(ledger)
    before: dict[object, float] = {}
    number, now_ns, offset = 0, BASE_NS, 0
    for part in range(60):
        rows = []
        for _ in range(chance.randint(1, 40)):
            number = chance.choice(
                [number + 1] * 80 + [number, number + 2, number - 2, 1 if part % 9 == 8 else number + 1]
            )
            rows.append((number, chance.choice([b'{"id":1}'] * 5 + [b'{"id":2}', b"{", None])))
        now_ns += int(chance.choice([0.01, 0.5, 1.5, 40 if part > 25 else 0.1]) * 1e9)
        pump.take(
            Batch(
                server="production", filter="orders", partition=0, addresses=None, payloads=[one[1] for one in rows],
                headers=[[("sequence_id", b"%d" % one[0])] for one in rows], keys=[b"k"] * len(rows),
                positions=list(range(offset, offset + len(rows))), sent_ns=[now_ns - 10**7] * len(rows),
                time_source="producer", observed_ns=[now_ns] * len(rows),
            )
        )  # fmt: skip
        offset += len(rows)
        if part == 59:
            pump.finish(now_ns)
        else:
            pump.advance(now_ns)
        now = {
            (point.metric.name, point.attributes): point.value
            if isinstance(point, NumberPoint)
            else point.distribution.count
            for point in points_of(measuring)
            if point.metric.kind in {"counter", "histogram"}
        }
        assert before.keys() <= now.keys()
        assert not {place: (before[place], now[place]) for place in before if now[place] < before[place]}
        before = now
    row = ledger.report(now_ns, sidecar_row([], None, measured=False), whole_run=True).channels[0].ordering
    totals = numbers(points_of(measuring), "asyncwatch.sequence.messages", "asyncwatch.sequence.class")
    assert row is not None
    assert row.restarts + row.duplicates > 0
    assert totals["in_order"] == row.in_order
    assert sum(totals.values()) == offset


def test_lag_is_told_by_group_and_status(run):
    points = run[2]
    status = numbers(points, "asyncwatch.lag.status", "messaging.consumer.group.name", "asyncwatch.lag.status")
    assert len(status) == 16
    assert {place for place, value in status.items() if value} == {("billing", "warning"), ("quiet", "unknown")}
    assert numbers(points, "asyncwatch.lag.duration", "messaging.consumer.group.name", "asyncwatch.lag.source") == {
        ("billing", "read"): 1.5
    }
    assert numbers(points, "asyncwatch.lag.messages", "messaging.consumer.group.name") == {"billing": 12}
    assert numbers(points, "kafka.consumer_group.lag_sum", "group", "topic") == {("billing", "orders"): 12}
    assert numbers(points, "kafka.consumer_group.lag", "group", "partition") == {("billing", "0"): 12}
    assert numbers(points, "kafka.consumer_group.offset", "group", "partition") == {("billing", "0"): 388}
    assert numbers(points, "kafka.consumer_group.members", "group") == {"billing": 2}


def test_export_is_told_in_the_words_of_the_sdks(run):
    points = run[2]
    assert numbers(points, "otel.sdk.processor.span.processed", "error.type") == {"": 92, "queue_full": 5}
    assert numbers(points, "otel.sdk.exporter.span.exported", "error.type") == {"": 90, "timeout": 2}
    assert numbers(points, "otel.sdk.exporter.log.exported", "error.type", "otel.component.type") == {
        ("", "otlp_grpc_log_exporter"): 9, ("rejected", "otlp_grpc_log_exporter"): 1,
    }  # fmt: skip
    assert numbers(points, "asyncwatch.outlet.items", "asyncwatch.outlet.name", "error.type") == {
        ("findings", ""): 8, ("findings", "_OTHER"): 4,
    }  # fmt: skip


def test_no_value_of_a_message_stands_in_a_point(run):
    assert SECRET[:10] not in repr(run[2])


def test_what_is_not_known_has_no_point():
    _, ledger = observe([])
    ledger.servers["production"].missed = None
    told = {point.metric.name for point in points_of(measuring_of(ledger))}
    assert "asyncwatch.server.missed" not in told
    assert "asyncwatch.transit.duration" not in told
    assert "asyncwatch.sequence.messages" not in told


HOSTILE = ('say "hi"', "back\\slash", "line\nbreak", "bell\x07", "esc\x1b[31m", "ü" * 500, "{a}", "x" * 500, "x" * 501)


def test_hostile_addresses_stay_apart_and_bounded():
    channels = "\n".join(
        f"  c{number}: {{address: {json.dumps(name)}, messages: {{M: {{payload: {{type: object}}}}}}}}"
        for number, name in enumerate(HOSTILE)
        if "{" not in name
    )
    _, ledger = observe(
        [{"server": "production", "address": name, "payload": "{}"} for name in HOSTILE], kafka_document(channels)
    )
    found = numbers(points_of(measuring_of(ledger)), "asyncwatch.messages", "messaging.destination.name")
    assert len(found) == len(HOSTILE)
    assert all(len(name) < 220 and name.isprintable() for name in found)
    assert set(found.values()) == {1}


def test_undocumented_addresses_make_one_series_whatever_their_number():
    messages = [
        {"server": "production", "address": f"stray.{number}", "payload": "{}", "observed": "2026-11-23T14:02:11Z"}
        for number in range(1500)
    ]
    report, ledger = observe(messages, DOCUMENT, 2000)
    points = points_of(measuring_of(ledger))
    strays = [one for one in points if ("messaging.destination.name", UNDOCUMENTED) in one.attributes]
    assert len(strays) < 12
    assert numbers(points, "asyncwatch.messages", *DESTINATION)[UNDOCUMENTED, ""] == report.messages.total == 1500
