"""Recent messages with a context: which are kept, how they are stitched, what is never kept."""

from asyncwatch.ledger.recent_spans import RecentSpans
from asyncwatch.model.batch import Batch
from asyncwatch.model.finding import Fault
from asyncwatch.model.observation import Observation
from engine import BASE_NS, kafka_document, plan_of

DOCUMENT = kafka_document(
    "  orders: {address: orders, messages: {Order: {}}}\n  payments: {address: payments, messages: {Payment: {}}}"
)
PLAN = plan_of(DOCUMENT)
ORDERS, PAYMENTS = PLAN.routes.documented()


def observed(route, traces, *, second=0, faults=(), live=True):
    n = len(traces)
    batch = Batch(
        server="production", filter=route.filter, partition=1, addresses=None, payloads=[b"secret payload"] * n,
        headers=[[("name", b"secret header")]] * n, keys=[b"secret key"] * n, positions=list(range(n)),
        sent_ns=[None] * n, time_source="none", observed_ns=[BASE_NS + second * 1_000_000_000 + row for row in range(n)],
        live=live,
    )  # fmt: skip
    obs = Observation(batch, route)
    obs.context = [None if one is None else b"00-%032x-%016x-01" % (one, row + 1) for row, one in enumerate(traces)]
    obs.faults = [(row, Fault("payload.schema", severity, "s")) for row, severity in faults]
    return obs


def test_a_trace_over_several_channels_is_one():
    spans = RecentSpans()
    spans.take(observed(ORDERS, [1, 2]))
    spans.take(observed(PAYMENTS, [1], second=1, live=False))
    first, second = spans.traces()
    assert [one.channel for one in first.spans] == ["orders", "payments"]
    assert [one.live for one in first.spans] == [True, False]
    assert [one.trace_id for one in (first, second)] == [f"{1:032x}", f"{2:032x}"]
    assert [one.trace_id for one in spans.traces(channel="payments")] == [f"{1:032x}"]
    assert len(spans.traces(channel="payments")[0].spans) == 2
    assert spans.traces(trace_id=f"{9:032x}") == []


def test_of_large_batches_the_same_traces_are_kept_on_every_channel():
    spans = RecentSpans()
    traces = [n * 7919 % 100 + 1 for n in range(100)]
    spans.take(observed(ORDERS, traces))
    spans.take(observed(PAYMENTS, traces[::-1]))
    (trace,) = spans.traces()
    assert trace.trace_id == f"{100:032x}"
    assert [one.channel for one in trace.spans] == ["orders", "payments"]


def test_messages_that_broke_a_rule_are_kept_with_the_rule():
    spans = RecentSpans()
    spans.take(observed(ORDERS, [5, 4, 3, 2, 1, None], faults=[(1, "error"), (2, "info"), (5, "error")]))
    found = {trace.trace_id[-1]: trace.spans[0].violations for trace in spans.traces()}
    assert found == {"5": [], "4": ["payload.schema"], "3": []}


def test_a_flood_is_looked_at_twenty_times_a_second():
    spans = RecentSpans()
    for _ in range(1_000):
        spans.take(observed(ORDERS, list(range(1, 11))))
    assert len(spans) == 1


def test_the_ring_is_bounded_and_holds_no_value():
    spans = RecentSpans(kept=10)
    for second in range(100):
        spans.take(observed(ORDERS, [second + 1], second=second))
    assert len(spans) == 10
    assert "secret" not in repr(spans.traces())
    assert "secret" not in repr(spans._spans)


def test_messages_without_a_context_are_not_kept():
    spans = RecentSpans()
    spans.take(observed(ORDERS, [None, None]))
    assert spans.traces() == []
