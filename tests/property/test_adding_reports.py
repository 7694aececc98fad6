"""Reports add up: halves of the data give the whole, the order of the parts does not matter."""

from __future__ import annotations

import json
from collections.abc import Sequence

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asyncwatch.model import report as report_module
from asyncwatch.model import view as view_module
from asyncwatch.model.adding import add_reports, add_servers
from asyncwatch.model.adding_channels import add_buckets, quantile, unite
from asyncwatch.model.adding_views import add_snapshots, settle
from asyncwatch.model.clock import format_time
from asyncwatch.model.histogram import SCALE, Histogram
from asyncwatch.model.report import Blind, Buckets, Report, ServerRow
from asyncwatch.model.view import ServerView, Snapshot
from engine import BASE_NS, judge, kafka_document

DOCUMENT = kafka_document(
    "  orders:\n    address: orders\n"
    "    x-asyncwatch: {sequence: {location: '$message.header#/seq', scope: key}}\n"
    "    messages:\n      Order: {payload: {type: object, required: [id], properties: {id: {type: integer}}}}\n"
    "  parcels:\n    address: parcels\n    messages:\n"
    "      Sent: {payload: {type: object, required: [kind], properties: {kind: {const: sent}}}}\n"
    "      Lost: {payload: {type: object, required: [kind], properties: {kind: {const: lost}}}}\n"
    "  quiet:\n    address: quiet\n    messages:\n      Never: {payload: {type: object}}\n"
)
PARTITIONS = 4
END_S = 300

Event = tuple[str, int, int, int, bool]
"""(address, key, step of the key's sequence, milliseconds since the one before (never 0: equal times have no order), is it right)"""

EVENTS = st.lists(
    st.tuples(
        st.sampled_from(["orders", "orders", "parcels"]), st.integers(0, 5), st.sampled_from([1, 1, 1, 1, 0, 2, 4]),
        st.integers(1, 3_000), st.booleans(),
    ),
    max_size=60,
)  # fmt: skip


def lines(events: Sequence[Event]) -> list[dict[str, object]]:
    """Give capture lines; a key lies on one partition, offsets count from 0."""
    numbers: dict[tuple[str, int], int] = {}
    offsets: dict[tuple[str, int], int] = {}
    at_ms = 0
    found: list[dict[str, object]] = []
    for address, key, step, pause_ms, right in events:
        at_ms += pause_ms
        partition = key % PARTITIONS
        numbers[address, key] = numbers.get((address, key), 0) + step
        offset = offsets[address, partition] = offsets.get((address, partition), -1) + 1
        payload: dict[str, object] = {"id": 1 if right else "one"}
        if address != "orders":
            payload = {"kind": "sent" if right else "lost"}
        if step == 4:
            payload["undocumented"] = key
        found.append(
            {
                "address": address, "partition": partition, "offset": offset, "key": f"k{key}",
                "timestamp": format_time(BASE_NS + at_ms * 1_000_000 - 250_000_000),
                "observed": format_time(BASE_NS + at_ms * 1_000_000), "payload": json.dumps(payload),
                "headers": [["seq", str(numbers[address, key])]] if address == "orders" else [],
            }
        )  # fmt: skip
    return found


def replayed(messages: Sequence[dict[str, object]]) -> Report:
    return judge(DOCUMENT, [*messages, {"end": format_time(BASE_NS + END_S * 10**9)}])


def neutral(report: Report) -> object:
    """Give a report without the order of rows, and with figures as far as floating point carries them."""
    found = msgspec.to_builtins(report)
    for name in ("channels", "findings", "documents"):
        found[name] = sorted(found[name], key=json.dumps)
    for row in found["channels"]:
        row["rate"] = None if row["rate"] is None else round(row["rate"], 6)
    found["coverage"]["messages"]["unseen"].sort()
    return found


@settings(max_examples=40, deadline=None)
@given(EVENTS)
def test_two_halves_by_partition_give_the_whole(events: list[Event]):
    messages = lines(events)
    whole = replayed(messages)
    halves = [replayed([one for one in messages if one["partition"] % 2 == half]) for half in (0, 1)]
    added, expected = neutral(add_reports(halves)), neutral(whole)
    for report in (added, expected):
        for server in report["servers"]:
            del server["since"]
        if not all(half.messages.total for half in halves):
            del report["started"]  # a replay of nothing has no beginning of its own
            for row in report["channels"]:
                del row["rate"]
    assert added == expected


@settings(max_examples=6, deadline=None)
@given(EVENTS, st.permutations(range(PARTITIONS)))
def test_neither_order_nor_grouping_of_the_parts_matters(events: list[Event], order: list[int]):
    messages = lines(events)
    parts = [replayed([one for one in messages if one["partition"] == number]) for number in range(PARTITIONS)]
    a, b, c, d = parts
    whole = neutral(add_reports(parts))
    assert neutral(add_reports([parts[number] for number in order])) == whole
    assert neutral(add_reports([add_reports([a, b]), add_reports([c, d])])) == whole
    assert neutral(add_reports([a, add_reports([b, add_reports([c, d])])])) == whole


@settings(max_examples=3, deadline=None)
@given(EVENTS)
def test_one_part_is_the_whole(events: list[Event]):
    report = replayed(lines(events))
    assert add_reports([report]) == report


RANGES = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 20)).map(lambda one: (one[0], one[0] + one[1])))


@given(st.lists(st.dictionaries(st.sampled_from(["0", "1"]), RANGES), max_size=4))
def test_ranges_of_positions_unite_as_sets_do(parts: list[dict[str, list[tuple[int, int]]]]):
    united = unite(parts) or {}
    for partition in ("0", "1"):
        wanted = {n for part in parts for low, high in part.get(partition, []) for n in range(low, high + 1)}
        ranges = united.get(partition, [])
        assert {n for low, high in ranges for n in range(low, high + 1)} == wanted
        assert all(ranges[at][1] + 1 < ranges[at + 1][0] for at in range(len(ranges) - 1))


DURATIONS = st.lists(st.floats(0, 1e4, allow_nan=False), max_size=40)


@given(DURATIONS, DURATIONS)
def test_added_buckets_are_those_of_all_durations(one: list[float], other: list[float]):
    parts, whole = [Histogram(), Histogram()], Histogram()
    for histogram, durations in zip(parts, (one, other), strict=True):
        for seconds in durations:
            histogram.record(seconds)
            whole.record(seconds)
    written = [Buckets(SCALE, histogram.zero, *histogram.dense()) for histogram in parts]
    added = add_buckets(written)
    assert added == Buckets(SCALE, whole.zero, *whole.dense())
    for share in (0.5, 0.95, 0.99):
        assert quantile(added, share, whole.largest) == whole.quantile(share)


@given(st.lists(st.integers(-40, 40), min_size=1, max_size=30))
def test_a_finer_histogram_is_added_at_the_coarser_scale(indexes: list[int]):
    fine = Buckets(scale=4, zero=0, offset=-40, counts=[indexes.count(index) for index in range(-40, 41)])
    added = add_buckets([fine, Buckets(scale=3, zero=2, offset=0, counts=[1])])
    assert (added.scale, added.zero, sum(added.counts)) == (3, 2, len(indexes) + 1)
    low = min([*(index // 2 for index in indexes), 0])
    assert added.offset == low


def with_servers(report: Report, *rows: ServerRow) -> Report:
    return msgspec.structs.replace(report, servers=list(rows))


def test_the_worst_state_of_a_server_is_shown_with_the_name_of_its_part():
    report = replayed([])
    up = ServerRow(server="s", protocol="kafka", state="connected", since="2026-01-01T00:00:01Z")
    down = ServerRow(
        server="s", protocol="kafka", state="reconnecting", since="2026-01-01T00:00:05Z", breaks=1, missed=7,
        blind=[Blind("2026-01-01T00:00:05Z", None, "gone")], error="no broker answers",
    )  # fmt: skip
    parts = [with_servers(report, up), with_servers(report, down)]
    [row] = add_servers(parts, ["worker 0", "worker 1"])
    assert (row.state, row.since, row.breaks, row.missed) == ("reconnecting", "2026-01-01T00:00:05Z", 1, 7)
    assert row.error == "worker 1: no broker answers"
    assert row.blind == down.blind
    assert add_servers([parts[0], parts[0]], ["worker 0", "worker 1"]) == [up]


@pytest.mark.parametrize("name", ["cpu_seconds", "rss_bytes", "behind_seconds"])
def test_a_sum_with_an_unknown_part_is_unknown(name: str):
    report = replayed([])
    known = msgspec.structs.replace(report, sidecar=msgspec.structs.replace(report.sidecar, **{name: 3}))
    assert getattr(add_reports([known, known]).sidecar, name) in {3, 6}
    assert getattr(add_reports([known, report]).sidecar, name) is None


def snapshot(report: Report, address: str, **view: object) -> Snapshot:
    names = Report.__struct_fields__
    channels = [
        view_module.ChannelView(
            window=[1.0, None, 2.0], message_rates=dict.fromkeys(row.per_message, 1.0), last_seen=None, violations=1,
            checked=True, missing=False, stale=False, partitions=2, late=0, p50=0.1, p99=0.2, context_share=None,
        )
        for row in report.channels
    ]  # fmt: skip
    made = view_module.View(
        now=report.ended, since="now", command="asyncwatch", rate=3.0, window=[1.0, None, 2.0],
        valid_window=[1.0, None, 0.5], checked_window=[1.0, None, 2.0], channels=channels, outlets=[], groups=0,
        servers=[ServerView("production", "production", "kafka", address, "connected", report.started)],
    )  # fmt: skip
    return Snapshot(**{name: getattr(report, name) for name in names}, view=msgspec.structs.replace(made, **view))


def test_a_column_that_one_part_did_not_look_at_is_not_known():
    report = replayed(lines([("orders", 1, 1, 5, True)]))
    one = snapshot(report, "a:9092")
    other = snapshot(
        report, "a:9092", window=[None, None, 2.0], checked_window=[None, None, 2.0], valid_window=[None, None, 1.0]
    )
    added = add_snapshots([one, other])
    assert added.view.window == [None, None, 4.0]
    assert added.view.valid_window == [None, None, 0.75]
    assert added.messages.total == 2
    assert added.view.rate == 6.0
    assert len(added.view.channels) == len(added.channels)


def test_a_part_that_has_ended_keeps_its_counts_and_moves_no_more():
    report = replayed(lines([("orders", 1, 1, 5, True)]))
    outlets = [view_module.OutletView("otlp", "queueing", 5, 100, 1, 10, "refused")]
    ended = settle(snapshot(report, "a:9092", outlets=outlets))
    added = add_snapshots([ended, snapshot(report, "a:9092")])
    assert added.messages.total == 2
    assert added.view.window == [1.0, None, 2.0]
    assert [(one.queued, one.dropped, one.delivered) for one in added.view.outlets] == [(0, 6, 10)]
    assert added.view.outlets[0].reasons == {"ended": 5}
    assert [one.state for one in added.view.servers] == ["connected"]


def test_servers_that_share_only_their_name_stay_apart():
    report = replayed(lines([("orders", 1, 1, 5, False)]))
    added = add_snapshots([snapshot(report, "a:9092"), snapshot(report, "b:9092")])
    names = {"production (a:9092)", "production (b:9092)"}
    assert {one.server for one in added.view.servers} == {one.server for one in added.servers} == names
    assert {row.server for row in added.channels} == {row.server for row in added.findings} == names
    assert len(added.channels) == 2 * len(report.channels)


ADDED = {
    "Report": "asyncwatch documents started ended servers messages channels lag findings coverage sidecar",
    "ServerRow": "server protocol state since breaks missed blind creates rights_missing error",
    "ChannelRow": "document server channel address protocol messages per_message unchecked_reasons bytes rate positions"
    " latency ordering context strength",
    "SidecarRow": "cpu_seconds rss_bytes behind_seconds dropped exported",
    "Tally": "spans events",
    "Coverage": "channels messages fields enum_values strength looked_at by_message undocumented",
    "ShownMessage": "document channel message fields enum_values unseen_fields unseen_values marks",
    "UndocumentedRow": "document channel message part path messages names",
    "View": "now since command rate window valid_window servers channels outlets groups findings lag checked_window"
    " reload",
    "ServerView": "server title protocol address state since attempt next_try last_connected error hint",
    "ChannelView": "window message_rates last_seen violations checked missing stale partitions late p50 p99"
    " context_share last_on_broker recent",
    "OutletView": "name state queued capacity dropped delivered error reasons suppressed",
    "FindingView": "rate window file line",
}
"""What adding knows of: a field that is new in the model needs a word in asyncwatch.model.adding how it is added."""


@pytest.mark.parametrize("name", ADDED)
def test_every_field_of_the_model_is_added(name: str):
    struct = getattr(report_module, name, None) or getattr(view_module, name)
    assert set(struct.__struct_fields__) == set(ADDED[name].split())
