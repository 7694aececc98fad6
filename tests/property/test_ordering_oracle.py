"""The tracker and its slow twin agree on every stream, wherever batches are cut and whenever time is told."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from hypothesis import example, given, settings
from hypothesis import strategies as st

from asyncwatch.model.route import OrderingRule
from asyncwatch.ordering.keys import unpack
from property.oracle_ordering import SECOND, Oracle, Seen
from unit.ordering.streams import BEGIN, Row, Stream, make_route

WINDOW = 6

delays = st.sampled_from([0.0, 0.0, 0.0, 0.1, 0.5, 1.0, 2.0, 12.0, 31.0, 70.0])
motif = st.tuples(
    st.sampled_from(["run", "run", "skip", "back", "begin", "both", "again", "near", "wild"]),
    st.sampled_from([b"a", b"a", b"b"]), st.integers(1, 9), st.integers(0, 30), delays, st.booleans(),
)  # fmt: skip


def _numbers(kind: str, latest: int, length: int, distance: int) -> list[int]:
    """Numbers of one motif, given the key's number before."""
    if kind == "skip":
        return [latest + 1 + distance, *range(latest + 2 + distance, latest + 1 + distance + length)]
    if kind in {"back", "near"}:
        return list(range(latest - distance, latest - distance + length))
    begin = distance % 3 if distance % 2 else latest - 4 * WINDOW - distance
    if kind == "begin":
        return list(range(begin, begin + length))
    if kind == "both":
        return [number for at in range(length) for number in (begin + at, latest + 1 + at)]
    if kind == "wild":
        return [latest - (distance * at * 7) % 41 for at in range(length)]
    return list(range(latest + 1, latest + 1 + length))


@st.composite
def streams(draw: st.DrawFn, step: int = 1) -> list[Row]:
    rows: list[Row] = []
    latest: dict[bytes, int] = {}
    at = 0.0
    for kind, key, length, distance, delay, other in draw(st.lists(motif, max_size=12)):
        at += delay
        if kind == "again":
            for old in rows[-length:]:
                rows.append(replace(old, at=at, position=len(rows), gap=False))
            continue
        for index, number in enumerate(_numbers(kind, latest.get(key, 100), length, distance)):
            latest[key] = number
            odd = other and kind == "wild" and index % 3 == 1
            rows.append(
                Row(
                    number * step + odd, key=key, at=max(at - 0.3 * (other and index % 2), 0.0), position=len(rows),
                    payload=b"x" if other and kind == "near" else b"%d %s" % (number, kind[:2].encode()),
                    gap=other and kind in {"skip", "run"} and index == 0,
                )
            )  # fmt: skip
            at += delay / 4 if kind in {"both", "near"} else 0.0
    return rows


RULE = OrderingRule(scope="key", window=WINDOW, lost_after_s=20.0)


def run_tracker(
    rows: list[Row], cuts: frozenset[int], ticks: frozenset[int], digests: int, rule: OrderingRule
) -> Stream:
    stream = Stream(make_route(rule), digests=digests)
    begin, clock = 0, 0.0
    for at in sorted({*cuts, *ticks, len(rows)}):
        if begin < at <= len(rows):
            stream.feed(rows[begin:at], frozenset(cut - begin for cut in cuts))
            clock = max([clock, *(row.at for row in rows[begin:at])])
            begin = at
            if at in ticks:
                stream.tick(clock)
    return stream


def run_oracle(rows: list[Row], digests: int, rule: OrderingRule) -> Oracle:
    oracle = Oracle(
        step=rule.step, window=rule.window, lost_after=int(rule.lost_after_s), remembered=digests, start=rule.start
    )
    for row in rows:
        if row.gap:
            oracle.observe_gap()
        assert isinstance(row.number, int)
        assert row.key is not None
        oracle.take(
            Seen(row.key, row.number, row.payload or b"", BEGIN + round(row.at * SECOND), row.position or 0)
        )  # fmt: skip
        oracle.assert_whole()
    return oracle


def compare(rows: list[Row], cuts: frozenset[int], ticks: frozenset[int], digests: int, rule: OrderingRule) -> None:
    oracle = run_oracle(rows, digests, rule)
    stream = run_tracker(rows, cuts, ticks, digests, rule)
    end = max([row.at for row in rows], default=0.0) + 100.0
    oracle.advance(BEGIN + round(end * SECOND))
    oracle.assert_whole()
    stream.tick(end)
    row = stream.row
    assert {word: getattr(row, word) for word in oracle.total()} == oracle.total()
    assert row.keys == len(oracle.runs)
    found = Counter((finding.rule.removeprefix("sequence."), finding.position) for finding in stream.findings
                    if finding.rule.startswith("sequence."))  # fmt: skip
    assert found == Counter(oracle.findings)
    if not row.restarts:
        distinct = row.in_order + row.out_of_order
        assert spans(stream, rule.step) == distinct + row.missing + row.lost + row.unobserved
    assert row.in_order + row.out_of_order + row.duplicates + row.conflicts + row.unsequenced == len(rows)


def spans(stream: Stream, step: int) -> int:
    """All numbers between the first and the highest of every key, as the tracker holds them."""
    tracker = stream.check._tracker
    assert tracker is not None
    table = tracker._table
    total = 0
    for keys in (table.current, *(keys for _, keys in table._frozen)):
        for key, packed in keys.items():
            first, highest = unpack(packed, step)
            state = tracker._states.get(key)
            total += (highest - (first if state is None else state.first)) // step + 1
    for key, state in tracker._states.items():
        if state.open or state.probation is not None:
            assert key not in table.current
            total += (state.highest - state.first) // step + 1
    return total


def test_of_two_probations_that_end_at_one_time_the_older_one_is_judged_first() -> None:
    sent = [(108, b"a", 0), (100, b"b", 0), (72, b"b", 0), (70, b"b", 0), (72, b"b", 31), (84, b"a", 31)]
    rows = [
        Row(number, key=key, at=at, payload=b"%d %d" % (number, at), position=position)
        for position, (number, key, at) in enumerate(sent)
    ]
    for digests in range(1, 8):
        compare(rows, frozenset(), frozenset(), digests, RULE)


places = st.frozensets(st.integers(1, 60), max_size=20)


@settings(max_examples=500, deadline=None)
@given(streams(), places, places, st.sampled_from([3, 8, 65_536]))
@example([Row(1, position=0, payload=b""), Row(0, position=1, payload=b"")], frozenset(), frozenset(), 8)
def test_counts_and_findings_equal_the_oracles(
    rows: list[Row], cuts: frozenset[int], ticks: frozenset[int], digests: int
) -> None:
    compare(rows, cuts, ticks, digests, RULE)


@settings(max_examples=100, deadline=None)
@given(streams(step=2), places, places)
def test_steps_equal_the_oracles(rows: list[Row], cuts: frozenset[int], ticks: frozenset[int]) -> None:
    compare(rows, cuts, ticks, 65_536, OrderingRule(scope="key", window=WINDOW, lost_after_s=20.0, step=2))
