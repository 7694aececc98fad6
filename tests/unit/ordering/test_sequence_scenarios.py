"""Every labelled scenario of a sequence: what is sent, what is counted, what is told."""

from __future__ import annotations

import pytest

from asyncwatch.model.route import OrderingRule
from unit.ordering.streams import Row, Stream, make_route, numbered

KEY = OrderingRule(scope="key")


def counts(stream: Stream) -> dict[str, int]:
    row = stream.row
    words = (
        "in_order", "out_of_order", "duplicates", "conflicts", "unsequenced", "restarts", "gaps", "missing", "filled",
        "lost", "unobserved", "evicted",
    )  # fmt: skip
    return {word: getattr(row, word) for word in words if getattr(row, word)}


def late_fill(after: float) -> list[Row]:
    return [*numbered([1, 2, 4]), Row(3, at=after)]


SCENARIOS: list[tuple[str, OrderingRule, list[Row], float, dict[str, int], list[str]]] = [
    ("in order", KEY, numbered(range(1, 101)), 200, {"in_order": 100}, []),
    ("swap of neighbours", KEY, numbered([1, 2, 4, 3, 5]), 200,
     {"in_order": 4, "out_of_order": 1, "gaps": 1, "filled": 1}, []),
    ("one message 10 s late", KEY, [*numbered([1, 2, 4]), Row(3, at=10), Row(5, at=10)], 200,
     {"in_order": 4, "out_of_order": 1, "gaps": 1, "filled": 1}, ["gap", "out-of-order"]),
    ("burst in reverse", KEY, numbered([10, 16, 15, 14, 13, 12, 11]), 200,
     {"in_order": 2, "out_of_order": 5, "gaps": 1, "filled": 5}, []),
    ("gap filled after 59 s", KEY, late_fill(59), 200,
     {"in_order": 3, "out_of_order": 1, "gaps": 1, "filled": 1}, ["gap", "out-of-order"]),
    ("gap filled after 61 s", KEY, late_fill(61), 200,
     {"in_order": 3, "out_of_order": 1, "gaps": 1, "filled": 1}, ["gap", "lost", "out-of-order"]),
    ("gap never filled", KEY, numbered([1, 2, 4]), 200, {"in_order": 3, "gaps": 1, "lost": 1}, ["gap", "lost"]),
    ("gap still awaited at the end", KEY, numbered([1, 2, 4]), 30, {"in_order": 3, "gaps": 1, "missing": 1}, ["gap"]),
    ("gap at the very end", KEY, numbered([1, 2, 4]), 0.9, {"in_order": 3, "gaps": 1, "missing": 1}, []),
    ("gap by count", OrderingRule(scope="key", window=50), numbered([1, *range(3, 53)]), 0.5,
     {"in_order": 51, "gaps": 1, "lost": 1}, ["lost"]),
    ("one message less than the window", OrderingRule(scope="key", window=50), numbered([1, *range(3, 52)]), 0.5,
     {"in_order": 50, "gaps": 1, "missing": 1}, []),
    ("exact duplicate", KEY, numbered([5, 6, 7, 6, 8]), 200, {"in_order": 4, "duplicates": 1}, ["duplicate"]),
    ("duplicate after 5 000 messages", KEY, numbered([*range(100, 5100), 4101]), 200,
     {"in_order": 5000, "duplicates": 1}, ["duplicate"]),
    ("same number, other payload", KEY, [*numbered([5, 6, 7]), Row(6, payload=b"other")], 200,
     {"in_order": 3, "conflicts": 1}, ["conflict"]),
    ("restart at 0", KEY, [*numbered(range(500, 520)), *numbered(range(20), payload=b"new")], 200,
     {"in_order": 40, "restarts": 1}, ["restart"]),
    ("restart at 1", KEY, [*numbered(range(1, 20)), *numbered(range(1, 20), payload=b"new")], 200,
     {"in_order": 38, "restarts": 1}, ["restart"]),
    ("restart at a random base", KEY, [*numbered(range(90_000, 90_020)), *numbered(range(41_217, 41_230))], 200,
     {"in_order": 33, "restarts": 1}, ["restart"]),
    ("restart gives up what was missing", KEY, [*numbered([500, 502]), *numbered([0, 1, 2], at=0.5)], 0.5,
     {"in_order": 5, "restarts": 1, "gaps": 1, "lost": 1}, ["lost", "restart"]),
    ("restart with the old run still arriving", KEY,
     numbered([5000, 5001, 0, 5002, 1, 5003, 2, 5004], payload=b"p"), 200,
     {"in_order": 5, "conflicts": 3}, ["conflict"]),
    ("restart that nobody confirms", KEY, [*numbered(range(5000, 5010)), *numbered([3]), *numbered([5010], at=40)], 200,
     {"in_order": 11, "out_of_order": 1, "gaps": 1, "lost": 4996}, ["gap", "lost"]),
    ("jump by a thousand million and back", KEY, numbered([1, 2, 1_000_000_002, 3, 4, 1_000_000_003]), 200,
     {"in_order": 4, "out_of_order": 2, "gaps": 1, "filled": 2, "lost": 999_999_997}, ["gap", "lost"]),
    ("modulus wrap", OrderingRule(scope="key", modulus=256), numbered([*range(250, 256), *range(4), 5, 4]), 200,
     {"in_order": 11, "out_of_order": 1, "gaps": 1, "filled": 1}, []),
    ("modulus, many laps", OrderingRule(scope="key", modulus=16), numbered([n % 16 for n in range(100)]), 200,
     {"in_order": 100}, []),
    ("two producers on one key", KEY,
     [row for n in range(10, 20) for row in (Row(n, payload=b"one"), Row(n, payload=b"two"))], 200,
     {"in_order": 10, "conflicts": 10}, ["conflict"] * 10),
    ("four partitions, scope channel", OrderingRule(scope="channel"),
     [Row(n * 4 + p, partition=p, at=b * 4 + p * 0.9) for b in range(4) for p in range(4) for n in range(b * 10, b * 10 + 10)],
     200, {"in_order": 52, "out_of_order": 108, "gaps": 36, "filled": 108}, []),
    ("four partitions, scope partition", OrderingRule(scope="partition"),
     [Row(n, partition=p) for b in range(4) for p in range(4) for n in range(b * 10, b * 10 + 10)],
     200, {"in_order": 160}, []),
    ("step of ten", OrderingRule(scope="key", step=10), numbered([10, 20, 40, 30, 45]), 200,
     {"in_order": 3, "out_of_order": 1, "unsequenced": 1, "gaps": 1, "filled": 1}, []),
    ("start is declared and all was read", OrderingRule(scope="key", start=1), numbered([4, 5]), 200,
     {"in_order": 2, "gaps": 1, "lost": 3}, ["gap", "lost"]),
    ("start is declared and the beginning was not read", OrderingRule(scope="key", start=1),
     numbered([4], position=77) + numbered([5]), 200, {"in_order": 2}, []),
    ("first messages swapped", KEY, numbered([6, 5, 7]), 200, {"in_order": 2, "out_of_order": 1}, []),
    ("below the first, with numbers between", KEY, numbered([9, 5]), 200,
     {"in_order": 1, "out_of_order": 1, "gaps": 1, "lost": 3}, ["gap", "lost"]),
    ("observation gap by reconnect", KEY, [*numbered([1, 2]), Row(9, gap=True), *numbered([10, 12])], 0.5,
     {"in_order": 5, "unobserved": 6, "gaps": 1, "missing": 1}, []),
    ("an unobserved number comes after all", KEY, [*numbered([1, 2]), Row(9, gap=True), Row(5, at=20)], 200,
     {"in_order": 3, "out_of_order": 1, "unobserved": 5}, []),
    ("observation gap of another partition", KEY,
     [Row(1, key=b"a"), Row(1, key=b"b", partition=1), Row(2, key=b"a", gap=True), Row(3, key=b"b", partition=1)], 200,
     {"in_order": 4, "gaps": 1, "lost": 1}, ["gap", "lost"]),
    ("a perfect sequence on a compacted topic", KEY,
     [Row(n, position=n * n) for n in range(1, 20)], 200, {"in_order": 19}, []),
    ("an aborted transaction under read committed", KEY,
     [Row(n, position=n + (100 if n > 5 else 0)) for n in range(1, 10)], 200, {"in_order": 9}, []),
    ("whole topic again", KEY, [*numbered(range(1, 300)), *numbered(range(1, 300))], 200,
     {"in_order": 299, "duplicates": 299}, ["duplicate"] * 299),
    ("no number at all", KEY, [Row(), Row()], 200, {"unsequenced": 2}, []),
    ("a record without key", KEY, [Row(1, key=None), Row(2, key=None)], 200, {"unsequenced": 2}, []),
    ("a null payload is numbered too", KEY, numbered([1, 2, 3]), 200, {"in_order": 3}, []),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "rows", "end", "expected", "told"), [one[1:] for one in SCENARIOS],
                         ids=[one[0] for one in SCENARIOS])  # fmt: skip
@pytest.mark.parametrize("cut", ["whole", "single"])
def test_scenario(
    rule: OrderingRule, rows: list[Row], end: float, expected: dict[str, int], told: list[str], cut: str
) -> None:
    stream = Stream(make_route(rule)).feed(rows, frozenset(range(len(rows))) if cut == "single" else frozenset())
    stream.tick(end)
    assert counts(stream) == expected
    assert sorted(stream.rules()) == sorted(told)
    row = stream.row
    assert row.in_order + row.out_of_order + row.duplicates + row.conflicts + row.unsequenced == len(rows)
