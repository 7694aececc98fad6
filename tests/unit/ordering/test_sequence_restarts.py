"""Restarts, held messages, interleaved producers, identities and CloudEvents."""

from __future__ import annotations

from asyncwatch.model.route import Candidate, OrderingRule
from unit.ordering.streams import Row, Stream, make_route, numbered

KEY = OrderingRule(scope="key")


def test_a_changed_epoch_is_a_restart_at_once() -> None:
    rows = [Row(n, headers=[("producer_epoch", b"1")]) for n in (10, 11, 13)]
    rows += [Row(n, headers=[("producer_epoch", b"2")], payload=b"new") for n in (5, 6)]
    for cuts in (frozenset[int](), frozenset(range(5))):
        stream = Stream(make_route(KEY)).feed(rows, cuts).tick(0.5)
        assert (stream.row.restarts, stream.row.in_order, stream.row.lost, stream.row.missing) == (1, 5, 1, 0)
        assert sorted(stream.rules()) == ["lost", "restart"]


def test_a_changed_epoch_that_simply_goes_on_is_no_restart() -> None:
    rows = [Row(n, headers=[("epoch", b"%d" % n)]) for n in range(10)]
    assert Stream(make_route(KEY)).feed(rows).row.restarts == 0


def test_held_messages_count_as_what_they_would_become() -> None:
    stream = Stream(make_route(KEY)).feed([*numbered(range(5000, 5010)), Row(3)])
    assert (stream.row.in_order, stream.row.out_of_order) == (10, 1)
    assert stream.findings == []


def test_held_messages_are_judged_at_the_end() -> None:
    stream = Stream(make_route(KEY)).feed([*numbered(range(1, 30)), Row(1, payload=b"other")]).finish(2)
    assert stream.rules() == ["conflict"]
    assert (stream.row.in_order, stream.row.conflicts) == (29, 1)
    assert stream.findings[0].position == 29


def test_a_probation_ends_after_thirty_seconds() -> None:
    stream = Stream(make_route(KEY)).feed([*numbered(range(1, 30)), Row(1, payload=b"other", at=1)])
    assert stream.tick(30.9).rules() == []
    assert stream.tick(31).rules() == ["conflict"]


def test_a_restarted_run_may_begin_in_disorder() -> None:
    rows = [*numbered(range(5000, 5010)), *numbered([1, 0, 2, 3, 4], payload=b"new")]
    stream = Stream(make_route(KEY)).feed(rows).tick(200)
    assert (stream.row.restarts, stream.row.in_order, stream.row.out_of_order) == (1, 14, 1)


def interleaved(base: int, count: int, at: float) -> list[Row]:
    return [
        Row(number, at=at, payload=payload)
        for n in range(base, base + count)
        for number, payload in ((90_000 + n, b"old"), (7 + n, b"new"))
    ]


def test_interleaved_producers_are_told_once_an_hour() -> None:
    rows = [*interleaved(0, 30, 0), *interleaved(30, 30, 10), *interleaved(60, 30, 3700)]
    stream = Stream(make_route(KEY)).feed(rows).tick(3701)
    told = [finding for finding in stream.findings if finding.group == "interleaved producers"]
    assert [finding.rule for finding in told] == ["sequence.conflict"] * 2
    assert stream.rules() == ["conflict"] * 2
    assert (stream.row.in_order, stream.row.conflicts, stream.row.gaps, stream.row.restarts) == (90, 90, 0, 0)


def test_a_repeated_identity_is_a_duplicate_with_or_without_a_number() -> None:
    rows = [
        Row(1, headers=[("message_id", b"m1")]), Row(2, headers=[("message_id", b"m1")]),
        Row(headers=[("message_id", b"m1")]), Row(2, headers=[("message_id", b"m2")]),
    ]  # fmt: skip
    stream = Stream(make_route(KEY)).feed(rows).tick(100)
    assert (stream.row.in_order, stream.row.duplicates, stream.row.unsequenced) == (2, 2, 0)
    assert stream.rules() == ["duplicate", "duplicate"]


def test_a_declared_identity_is_used() -> None:
    rows = [Row(value={"id": "x"}), Row(value={"id": "y"}), Row(value={"id": "x"})]
    stream = Stream(make_route(OrderingRule(identity="$message.payload#/id"))).feed(rows)
    assert (stream.row.duplicates, stream.row.unsequenced) == (1, 2)


def cloudevent(sequence: bytes, source: bytes = b"/a", prefix: str = "ce_", payload: bytes | None = None) -> Row:
    headers: list[tuple[str, bytes]] = [(f"{prefix}sequence", sequence), (f"{prefix}source", source)]
    return Row(headers=list(headers), payload=payload or sequence)


def test_cloudevents_numbers_count_by_source() -> None:
    rows = [cloudevent(b"0009"), cloudevent(b"0010"), cloudevent(b"1", b"/b"), cloudevent(b"0012")]
    stream = Stream(make_route()).feed(rows).tick(100)
    assert (stream.row.scope, stream.row.source) == ("source", "CloudEvents sequence")
    assert (stream.row.in_order, stream.row.keys, stream.row.lost) == (4, 2, 1)
    assert stream.observations[0].sequence == [9, 10, 1, 12]


def test_cloudevents_text_is_compared_as_text_and_has_no_gaps() -> None:
    texts = [b"a", b"c", b"b", b"c", b"d"]
    stream = Stream(make_route()).feed([cloudevent(text) for text in texts]).tick(100)
    assert (stream.row.in_order, stream.row.out_of_order, stream.row.duplicates) == (3, 1, 1)
    assert (stream.row.gaps, stream.rules()) == (0, ["duplicate"])


def test_a_source_that_mixes_numbers_and_text_is_text_from_then_on() -> None:
    stream = Stream(make_route()).feed([cloudevent(text) for text in (b"1", b"2", b"x", b"9")]).tick(100)
    assert (stream.row.in_order, stream.row.out_of_order) == (3, 1)


def test_a_structured_cloudevent_is_read_from_the_payload() -> None:
    envelope = Candidate(
        channels=(("orders", "m"),), name=None, title=None, content_type="application/cloudevents+json", payload=None,
        unchecked=None, headers=None, key=None,
    )  # fmt: skip
    rows = [
        Row(value={"specversion": "1.0", "id": f"{n}", "source": "/s", "sequence": str(n)}, message=0)
        for n in (1, 2, 4, 4)
    ]
    stream = Stream(make_route(candidates=[envelope])).feed(rows).tick(100)
    assert (stream.row.in_order, stream.row.duplicates, stream.row.lost) == (3, 1, 1)


def test_cloudevents_and_other_messages_of_one_channel_do_not_mix() -> None:
    rows = [Row(1), cloudevent(b"50"), Row(2), cloudevent(b"51", prefix="ce-"), Row(3)]
    stream = Stream(make_route(KEY)).feed(rows).tick(100)
    assert (stream.row.in_order, stream.row.unsequenced, stream.row.gaps) == (5, 0, 0)
    assert stream.observations[0].sequence == [1, 50, 2, 51, 3]


def test_a_rule_that_is_off_is_counted_and_not_told() -> None:
    route = make_route(KEY, severities={"sequence.gap": "off", "sequence.lost": "info"})
    stream = Stream(route).feed(numbered([1, 3])).tick(100)
    assert [(finding.rule, finding.severity) for finding in stream.findings] == [("sequence.lost", "info")]


def test_summaries_say_it_in_one_sentence_without_the_key() -> None:
    rows = [*numbered([1, 2, 4, 4]), Row(4, payload=b"?"), *numbered([8]), Row(3, at=3)]
    stream = Stream(make_route(KEY)).feed(rows).tick(100)
    assert stream.summaries() == [
        "key #8254c3: number 4 came again",
        "key #8254c3: number 4 came again with other content",
        "key #8254c3: number 3 came after 8",
        "key #8254c3: number 3 is missing",
        "key #8254c3: numbers 5 to 7 are missing",
        "key #8254c3: numbers 5 to 7 never came (waited 60 s)",
    ]
    assert {finding.key_hash for finding in stream.findings} == {"8254c329a92850f6"}
    assert all(finding.path is None and finding.schema_path is None for finding in stream.findings)


def test_a_scope_that_is_no_key_is_told_without_one() -> None:
    stream = Stream(make_route(OrderingRule(scope="channel"))).feed(numbered([1, 3, 4, 7], partition=2)).tick(100)
    assert stream.summaries()[-2:] == [
        "number 2 never came (waited 60 s)", "numbers 5 to 6 never came (waited 60 s)",
    ]  # fmt: skip
    assert {finding.key_hash for finding in stream.findings} == {None}
    assert [(finding.partition, finding.position) for finding in stream.findings[:2]] == [(2, 1), (2, 3)]


def test_open_gaps_are_told_for_the_dashboard() -> None:
    stream = Stream(make_route(KEY)).feed(numbered([1, 3, 5]))
    assert stream.check.open_gaps() == 2
    stream.feed(numbered([2]))
    assert stream.check.open_gaps() == 1
    stream.tick(100)
    assert stream.check.open_gaps() == 0


def test_history_of_a_compacted_topic_blames_nobody() -> None:
    rows = [Row(1, live=False), Row(5, live=False), Row(6), Row(9)]
    stream = Stream(make_route(KEY, compacted=True)).feed(rows).tick(100)
    assert (stream.row.unobserved, stream.row.lost) == (3, 2)


def test_a_second_partition_does_not_silence_what_was_already_due() -> None:
    rows = [*numbered([1, 3], partition=0), *numbered([4], partition=1, at=2)]
    rule = OrderingRule(scope="channel")
    untold = Stream(make_route(rule)).feed(rows).tick(3)
    told = Stream(make_route(rule)).feed(rows[:2]).tick(1.5).feed(rows[2:]).tick(3)
    assert untold.rules() == told.rules() == ["gap"]


def test_over_several_partitions_a_gap_stays_silent_for_five_seconds() -> None:
    rows = [*numbered([1], partition=0), *numbered([3], partition=1)]
    stream = Stream(make_route(OrderingRule(scope="channel"))).feed(rows)
    assert stream.tick(4.9).rules() == []
    assert stream.tick(5).rules() == ["gap"]


def test_a_gap_given_up_across_a_blind_window_leaves_later_jumps_unobserved() -> None:
    rows = [*numbered([1, 3]), Row(1, key=b"other", gap=True, at=5)]
    stream = Stream(make_route(KEY)).feed(rows).tick(100).feed(numbered([9], at=101)).tick(300)
    assert (stream.row.lost, stream.row.unobserved, stream.row.gaps) == (1, 5, 1)
