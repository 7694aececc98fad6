"""The law of a check (docs/laws/check.md), run over every check of a route at once."""

import random
import string

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from asyncwatch.model.batch import Batch
from asyncwatch.model.observation import Observation
from engine import BASE_NS, kafka_document, plan_of

DOCUMENT = kafka_document("""
  orders:
    address: orders
    messages:
      Order:
        bindings: {kafka: {key: {type: string, maxLength: 12}}}
        headers: {type: object, required: [sequence_id], properties: {sequence_id: {type: integer}}}
        payload:
          type: object
          required: [id]
          properties: {id: {type: integer}, name: {type: string, maxLength: 3}, list: {type: array, items: {type: integer}}}
""")
TWO = kafka_document("""
  orders:
    address: orders
    messages:
      A: {payload: {type: object, required: [id], properties: {id: {type: integer}}}}
      B: {headers: {type: object, required: [b]}, payload: {type: object, additionalProperties: {type: integer}}}
""")
WILD = kafka_document("""
  orders:
    address: orders.{region}.{id}
    parameters: {region: {enum: [eu, us]}, id: {location: $message.payload#/id}}
    messages: {Order: {payload: {type: object, properties: {id: {type: integer}}}}}
""").replace("protocol: kafka", "protocol: nats")
ADDRESSES = ["orders.eu.1", "orders.mars.2", "orders.us.3", "orders.eu.x-1_"]
"""Real ones behind the placeholders; those of a batch differ."""
ROW_COLUMNS = [name for name in Observation.__slots__ if name not in {"batch", "route", "reasons", "repeats"}]


def stream(seed, n=120):
    """Rows with faults of every kind, in one partition, over two minutes of observed time."""
    chance = random.Random(seed)
    rows = []
    now_ns = BASE_NS
    for number in range(n):
        now_ns += int(chance.choice([0, 0, 0.05, 1.5, 9]) * 1e9)
        sequence = number + chance.choice([1, 1, 1, 1, 0, 3, -4])
        payload = chance.choice(
            [b'{"id":%d}' % number] * 6 + [b'{"id":"x"}', b"{", None, b"[1]", b'{"id":1,"name":"long"}']
        )
        headers = [("sequence_id", b"%d" % sequence)] if chance.random() > 0.1 else []
        if chance.random() < 0.5:
            headers.append(("traceparent", chance.choice([b"00-" + b"a" * 32 + b"-" + b"b" * 16 + b"-01", b"00-zz"])))
        rows.append((payload, headers, chance.choice([b"k1", b"k2", None, b"\xff"]), now_ns))
    return rows


def batch(rows, start, *, wild=False):
    addresses = [ADDRESSES[number % len(ADDRESSES)] for number in range(start, start + len(rows))] if wild else None
    return Batch(
        server="production", filter="orders", partition=0, addresses=addresses, payloads=[one[0] for one in rows],
        headers=[one[1] for one in rows], keys=[one[2] for one in rows],
        positions=list(range(start, start + len(rows))), sent_ns=[one[3] - 10**6 for one in rows],
        time_source="producer", observed_ns=[one[3] for one in rows], properties=[{"stream": "S"}] * len(rows) if wild else None,
    )  # fmt: skip


def run(document, rows, cuts=(), ticks=()):
    """Judge rows; give every fault, finding and statistic."""
    (route,) = plan_of(document).routes.documented()
    edges = sorted({0, *cuts, len(rows)})
    faults, findings = [], []
    for start, end in zip(edges, edges[1:], strict=False):
        obs = Observation(batch(rows[start:end], start, wild=route.wildcard), route)
        for check in route.checks:
            check.observe(obs)
        faults += [(start + row, fault) for row, fault in obs.faults]
        if end in ticks:
            for check in route.checks:
                findings += check.advance(rows[end - 1][3])
    for check in route.checks:
        findings += check.advance(rows[-1][3] + 200 * 10**9)
    statistics = [msgspec.to_builtins(check.statistics(), enc_hook=histogram) for check in route.checks]
    ordered = sorted((one.rule, one.position or 0, one.time_ns, one.summary) for one in findings)
    return sorted(faults, key=lambda one: (one[0], one[1].rule, one[1].path or "")), ordered, statistics


def histogram(value):
    if isinstance(value, set):
        return sorted(value)
    return [sorted(value.counts.items()), value.zero, value.total]


@pytest.mark.parametrize("document", [DOCUMENT, TWO, WILD], ids=["one message", "two messages", "placeholders"])
@pytest.mark.parametrize("seed", range(6))
def test_check_cut_anywhere_gives_the_same(document, seed):
    rows = stream(seed)
    chance = random.Random(seed + 100)
    whole = run(document, rows)
    assert run(document, rows, cuts=range(len(rows))) == whole
    assert run(document, rows, cuts=chance.sample(range(len(rows)), 9)) == whole


@pytest.mark.parametrize("seed", range(6))
def test_check_ticks_do_not_matter(seed):
    rows = stream(seed)
    cuts = list(range(0, len(rows), 5))
    for document in (DOCUMENT, WILD):
        silent = run(document, rows, cuts)
        assert run(document, rows, cuts, ticks=cuts) == silent
        assert run(document, rows, cuts, ticks=cuts[::7]) == silent


@pytest.mark.parametrize("document", [DOCUMENT, TWO, WILD], ids=["one message", "two messages", "placeholders"])
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    rows=st.lists(
        st.tuples(
            st.none() | st.binary(max_size=60) | st.sampled_from([b"[" * 2000, b'{"id":1e999}', b'{"id":' + b"9" * 400 + b"}"]),
            st.lists(
                st.tuples(
                    st.sampled_from(["sequence_id", "traceparent", "tracestate", "timestamp", "Content-Type", "seq", "ce_time", ""])
                    | st.text(max_size=6),
                    st.none() | st.binary(max_size=60),
                ),
                max_size=4,
            ),
            st.none() | st.binary(max_size=20),
        ),
        min_size=1, max_size=6,
    )
)  # fmt: skip
def test_check_never_raises_on_hostile_bytes(document, rows):
    faults, _, _ = run(document, [(payload, headers, key, BASE_NS) for payload, headers, key in rows])
    assert all(fault.summary for _, fault in faults)


@pytest.mark.parametrize("document", [DOCUMENT, WILD], ids=["one message", "placeholders"])
def test_check_writes_only_its_columns(document):
    (route,) = plan_of(document).routes.documented()
    obs = Observation(batch(stream(3), 0, wild=route.wildcard), route)
    for check in route.checks:
        before = {name: repr(getattr(obs, name)) for name in ROW_COLUMNS}
        check.observe(obs)
        changed = {name for name in ROW_COLUMNS if repr(getattr(obs, name)) != before[name]}
        assert changed <= check.writes, f"{type(check).__name__} wrote {changed - check.writes}"


def test_check_shows_no_value():
    marks = ["".join(random.Random(n).choices(string.ascii_lowercase, k=14)) for n in range(6)]
    rows = []
    for n in range(60):
        payload = [
            b'{"id":"%s"}' % marks[0].encode(), b'{"name":"%s"}' % marks[1].encode(),
            b'{"id":1,"%s":{"%s":1}}' % (marks[2].encode(), marks[2].encode()), marks[3].encode(), b'{"list":["%s"]}' % marks[0].encode(),
        ][n % 5]  # fmt: skip
        headers = [("sequence_id", marks[4].encode()), (marks[5], b"x"), ("traceparent", marks[4].encode())]
        rows.append((payload, headers, marks[1].encode() + b"-longer", BASE_NS + n * 10**9))
    for document in (DOCUMENT, TWO, WILD):
        everything = repr(run(document, rows))
        shown = [mark for mark in marks if mark in everything]
        assert not shown
