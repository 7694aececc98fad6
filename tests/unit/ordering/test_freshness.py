"""Late events, clocks that are ahead, and where event times come from."""

from __future__ import annotations

from asyncwatch.model.route import OrderingRule
from unit.ordering.streams import BEGIN, SECOND, Row, Stream, make_route


def sent(*times: float, key: bytes = b"k", at: float = 100.0, partition: int = 0) -> list[Row]:
    return [Row(key=key, sent=time, at=at, partition=partition) for time in times]


def late(stream: Stream) -> int:
    return stream.freshness.statistics().late


def test_an_event_older_than_the_watermark_is_late() -> None:
    stream = Stream(make_route()).feed(sent(0, 20, 10, 9.9, 21, 5))
    assert late(stream) == 2
    assert [finding.position for finding in stream.findings if finding.rule == "event.late"] == [3, 5]
    assert stream.observations[0].event_ns == [BEGIN + round(t * SECOND) for t in (0, 20, 10, 9.9, 21, 5)]


def test_a_late_event_does_not_move_the_watermark_back() -> None:
    assert late(Stream(make_route()).feed(sent(50, 10, 35, 45))) == 2


def test_each_key_and_partition_has_its_own_watermark() -> None:
    rows = [*sent(50), *sent(10, key=b"other"), *sent(10, partition=1), *sent(10)]
    assert late(Stream(make_route()).feed(rows)) == 1


def test_a_clock_one_day_ahead_for_one_message_does_not_make_the_rest_late() -> None:
    rows = [Row(sent=1, at=1), Row(sent=86_400, at=2), Row(sent=3, at=3), Row(sent=4, at=4)]
    stream = Stream(make_route()).feed(rows)
    assert (late(stream), stream.freshness.statistics().skewed) == (0, 1)
    assert [finding.rule for finding in stream.findings] == ["clock.skew"]


def test_five_seconds_ahead_are_no_skew() -> None:
    assert Stream(make_route()).feed([Row(sent=6, at=1), Row(sent=6.1, at=1)]).freshness.statistics().skewed == 1


def test_declared_event_times_and_lateness() -> None:
    rule = OrderingRule(event_time="$message.payload#/at", event_time_unit="s", allowed_lateness_s=1)
    begin = BEGIN // SECOND
    rows = [Row(value={"at": begin + time}, at=100, sent=0) for time in (10, 9, 8)] + [Row(value={}, at=100, sent=0)]
    stream = Stream(make_route(rule)).feed(rows)
    assert (late(stream), stream.freshness.statistics().untimed) == (1, 1)
    assert stream.freshness.statistics().source == "payload /at"


def test_the_timestamp_header_comes_before_the_records_timestamp_and_cloudevents_before_both() -> None:
    begin = BEGIN // SECOND
    rows = [
        Row(sent=1, at=100), Row(sent=1, at=100, headers=[("Timestamp", b"%d" % (begin + 7))]),
        Row(sent=1, at=100, headers=[("timestamp", b"%d" % (begin + 7)), ("ce_time", b"2025-11-24T16:00:08Z")]),
        Row(sent=1, at=100, headers=[("timestamp", b"long ago")]), Row(at=100),
    ]  # fmt: skip
    stream = Stream(make_route()).feed(rows)
    times = [None if time is None else (time - BEGIN) // SECOND for time in stream.observations[0].event_ns or []]
    assert times == [1, 7, 8, 1, None]


def test_lateness_is_the_same_wherever_batches_are_cut() -> None:
    rows = [row for n in range(30) for row in sent(n * 7 % 50, key=b"%d" % (n % 3), at=float(n))]
    whole = Stream(make_route()).feed(rows)
    single = Stream(make_route()).feed(rows, frozenset(range(30)))
    assert late(whole) == late(single) > 0
    assert sorted(map(repr, whole.findings)) == sorted(map(repr, single.findings))


def test_late_messages_need_no_sequence_and_tell_no_values() -> None:
    stream = Stream(make_route()).feed(sent(50, 10, key=b"secret"))
    assert stream.row.unsequenced == 2
    finding = stream.findings[0]
    assert finding.summary == "an event is 40.0 s older than the newest of its key"
    assert "secret" not in repr(finding)


def test_addresses_of_a_wildcard_have_their_own_watermarks() -> None:
    rows = [Row(sent=time, at=100, address=address) for time, address in ((50, "eu"), (10, "us"), (10, "eu"))]
    assert late(Stream(make_route(wildcard=True)).feed(rows)) == 1
