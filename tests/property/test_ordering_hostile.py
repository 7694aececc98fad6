"""No bytes and no values make a sequence check raise, and cuts and ticks change nothing."""

from __future__ import annotations

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from asyncwatch.model.route import OrderingRule
from unit.ordering.streams import Row, Stream, make_route

wire = st.one_of(
    st.none(), st.binary(max_size=24), st.sampled_from([b"1", b"2", b"3", b" 4 ", b"-1", b"1_0", b"9" * 25]),
    st.integers(0, 9).map(lambda n: b"%d" % n), st.floats(), st.booleans(),
)  # fmt: skip
json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["seq", "key", "at", "id"]), inner, max_size=4),
    max_leaves=6,
)  # fmt: skip
names = st.sampled_from(
    ["sequence_id", "SEQ", "ce_sequence", "ce_source", "ce_id", "ce_time", "timestamp", "producer_id", "epoch",
     "message_id", "content-type", "unknown"]
)  # fmt: skip
rows = st.lists(
    st.builds(
        Row, headers=st.lists(st.tuples(names, wire), max_size=4), key=st.none() | st.sampled_from([b"", b"a", b"b"]),
        value=json, payload=st.sampled_from([b"", b"x", b"y"]), at=st.integers(0, 100), sent=st.integers(0, 100),
        partition=st.sampled_from([None, 0, 1]), gap=st.booleans(), live=st.booleans(),
    ),
    max_size=30,
)  # fmt: skip
rules = st.builds(
    OrderingRule, location=st.sampled_from([None, None, "$message.payload#/seq", "$message.header#/seq", "nonsense"]),
    key=st.sampled_from([None, "$message.payload#/key"]), start=st.sampled_from([None, 0, 5]), step=st.sampled_from([1, 2]),
    modulus=st.sampled_from([None, 7]), scope=st.sampled_from([None, "channel", "partition", "key"]),
    window=st.sampled_from([2, 1000]), lost_after_s=st.sampled_from([0.0, 5.0, 60.0]),
    event_time=st.sampled_from([None, "$message.payload#/at"]), identity=st.sampled_from([None, "$message.payload#/id"]),
)  # fmt: skip


def outcome(stream: Stream) -> tuple[object, Counter[tuple[object, ...]]]:
    found = Counter((one.rule, one.partition, one.position, one.summary, one.time_ns) for one in stream.findings)
    return stream.row, found


@settings(max_examples=300, deadline=None)
@given(rows, rules, st.frozensets(st.integers(1, 30)))
def test_any_input_is_judged_and_cuts_change_nothing(sent: list[Row], rule: OrderingRule, cuts: frozenset[int]) -> None:
    whole = Stream(make_route(rule), keys=3).feed(sent).finish(300)
    cut = Stream(make_route(rule), keys=3).feed(sent, cuts).finish(300)
    ticked = Stream(make_route(rule), keys=3)
    clock = 0.0
    for at, row in enumerate(sent):
        ticked.feed([row])
        clock = max(clock, row.at)
        if at in cuts:
            ticked.tick(clock)
    ticked.finish(300)
    assert outcome(whole) == outcome(cut) == outcome(ticked)
    counts = whole.row
    classes = (counts.in_order, counts.out_of_order, counts.duplicates, counts.conflicts, counts.unsequenced)
    assert sum(classes) == len(sent)
    assert min(*classes, counts.missing, counts.lost, counts.unobserved, counts.gaps, counts.filled) >= 0
