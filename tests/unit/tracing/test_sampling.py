from __future__ import annotations

import pytest

from asyncwatch.tracing.sampling import BURST, PER_SECOND, ViolationCap, rejection_threshold
from unit.tracing.build import BREAKS_SCHEMA, NOW_NS, make_batch, make_route, observe
from unit.tracing.read import decode, encode

FULL = 1 << 56


def headers_with(randoms):
    return [[("traceparent", f"00-{'f' * 18}{low:014x}-{1:016x}-01".encode())] for low in randoms]


@pytest.mark.parametrize(
    ("ratio", "lowest"), [(1.0, 0), (0.5, FULL // 2), (0.25, FULL * 3 // 4), (1 / 256, FULL * 255 // 256)]
)
def test_the_low_56_bits_of_the_trace_id_decide(ratio, lowest):
    randoms = sorted({0, max(lowest - 1, 0), lowest, lowest + 1, FULL - 1})
    transits = encode(observe(make_batch(headers_with(randoms)), make_route()), ratio=ratio)
    kept = [int(decode(one).trace_id[-7:].hex(), 16) for one in transits.plain]
    assert kept == [low for low in randoms if low >= lowest]


def test_the_threshold_of_nothing_is_none():
    assert rejection_threshold(0.0) is None
    assert rejection_threshold(1e-18) is None
    assert rejection_threshold(1.0) == b"0" * 14


def test_ratio_zero_gives_no_spans_not_even_for_violations():
    obs = observe(make_batch(headers_with([1, FULL - 1])), make_route())
    obs.faults = [(0, BREAKS_SCHEMA)]
    transits = encode(obs, ratio=0.0)
    assert (transits.plain, transits.violating) == ([], [])


def test_a_violation_gets_past_the_ratio_up_to_the_cap():
    n = BURST + 30
    obs = observe(make_batch(headers_with([1] * n)), make_route())
    obs.faults = [(row, BREAKS_SCHEMA) for row in range(n)]
    transits = encode(obs, ratio=0.5)
    assert len(transits.violating) == BURST
    assert transits.left_out == {"violation_cap": 30}


def test_the_cap_fills_up_with_time():
    cap = ViolationCap()
    assert sum(cap.admits("c", "payload.schema", NOW_NS) for _ in range(100)) == BURST
    assert sum(cap.admits("c", "payload.schema", NOW_NS + 1_000_000_000) for _ in range(100)) == PER_SECOND
    assert sum(cap.admits("c", "payload.schema", NOW_NS) for _ in range(100)) == 0, "time never runs backwards"
    assert sum(cap.admits("c", "headers.schema", NOW_NS) for _ in range(100)) == BURST


def test_the_cap_bounds_its_memory():
    cap = ViolationCap()
    for number in range(10_000):
        cap.admits(f"channel-{number}", "payload.schema", NOW_NS)
    assert len(cap._buckets) <= 4096
