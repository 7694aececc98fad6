"""Captures through the engine: clock, order, bad lines, the same report every time."""

import json

import msgspec
import pytest

from asyncwatch.model.clock import format_time
from engine import BASE_NS, judge, kafka_document, row

DOCUMENT = kafka_document("""
  orders:
    address: orders
    messages:
      Order: {payload: {type: object, required: [id], properties: {id: {type: integer}}}}
  shipments:
    address: shipments.{carrier}.moved
    parameters: {carrier: {}}
    messages:
      Moved: {payload: {type: object}}
""")


def message(n, seconds=0.0, **more):
    return {
        "address": "orders", "partition": n % 2, "offset": n, "key": f"k{n % 5}", "payload": json.dumps({"id": n}),
        "headers": [["sequence_id", str(n // 5 + 1)]], "observed": format_time(BASE_NS + int(seconds * 1e9)),
    } | more  # fmt: skip


def test_two_replays_give_the_same_report_to_the_letter():
    lines = [message(n, n * 0.01) for n in range(1000) if n not in {77, 300, 301}]
    lines += [message(5, 20.0), message(9, 20.0, payload='{"id":"x"}'), {"end": format_time(BASE_NS + 120 * 10**9)}]
    one, other = (msgspec.json.encode(judge(DOCUMENT, lines)) for _ in range(2))
    assert one == other
    assert b'"sequence.lost"' in one


@pytest.mark.parametrize("piece", [1, 7, 2_000])
def test_how_a_capture_arrives_in_pieces_changes_nothing(piece):
    lines = [message(n, n * 0.01) for n in range(400) if n % 50] + [{"end": format_time(BASE_NS + 70 * 10**9)}]
    assert msgspec.json.encode(judge(DOCUMENT, lines, piece=piece)) == msgspec.json.encode(judge(DOCUMENT, lines))


def test_a_bad_line_is_told_with_its_number_counted_as_missed_and_the_rest_goes_on():
    told = []
    report = judge(DOCUMENT, [message(0), b"garbage\n", message(1), b'{"address":"orders","payl'], broken=told)
    assert report.messages.total == 2
    assert report.servers[0].missed == 2
    assert [line.split(":")[0] for line in told] == ["2", "4"]
    assert "cut off in the middle" in told[1]


def test_a_server_that_is_left_out_is_the_only_one():
    assert judge(DOCUMENT, [message(0)]).channels[0].server == "production"


def test_the_clock_is_the_observed_time_and_never_runs_backwards():
    report = judge(DOCUMENT, [message(0, 5.0), message(1, 3.0), message(2, 8.0)])
    assert (report.started, report.ended) == (format_time(BASE_NS + 5 * 10**9), format_time(BASE_NS + 8 * 10**9))


def test_an_address_with_placeholders_is_one_row_under_its_template():
    lines = [{"address": f"shipments.{name}.moved", "payload": "{}"} for name in ("hare", "tortoise", "hare")]
    lines.append({"address": "shipments.moved", "payload": "{}"})
    report = judge(DOCUMENT, lines)
    assert row(report, "shipments").messages.valid == 3
    assert row(report, "shipments").address == "shipments.{carrier}.moved"
    assert row(report, None).address == "shipments.moved"


def test_positions_read_are_ranges_per_partition():
    report = judge(DOCUMENT, [message(n) for n in (0, 2, 4, 1, 3, 9)])
    assert row(report, "orders").positions == {"0": [(0, 4)], "1": [(1, 9)]}


def test_an_empty_capture_says_nothing_about_the_contract():
    report = judge(DOCUMENT, [])
    assert report.messages.total == 0
    assert report.messages.valid_share is None
    assert [one.rate for one in report.channels] == [None, None]


def test_a_document_without_servers_is_judged_as_one_server():
    document = "asyncapi: 3.0.0\ninfo: {title: T, version: '1'}\nchannels:\n  orders:\n    address: orders\n    messages: {Order: {payload: {type: object}}}\n"
    report = judge(document, [{"address": "orders", "payload": "{}"}])
    assert report.channels[0].server == "default"
    assert report.messages.valid == 1
