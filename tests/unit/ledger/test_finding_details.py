"""What a finding group knows: its line, its trend, a sample without values, who sends it, its share."""

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from asyncwatch.ledger.evidence import Witness
from asyncwatch.ledger.groups import MOST_GROUPS
from asyncwatch.ledger.senders import MOST_SENDERS
from asyncwatch.ledger.trend import Watched, grow
from asyncwatch.model.batch import Batch
from asyncwatch.model.finding import Finding
from asyncwatch.pipeline.build import make_ledger, make_pump
from asyncwatch.pipeline.cost import sidecar_row
from engine import BASE_NS, KEY_HASH, kafka_document, plan_of

DOCUMENT = kafka_document("""
  payments:
    address: payments.settled
    messages:
      Settled:
        headers: {type: object, required: [tenant], properties: {tenant: {type: string}}}
        payload:
          type: object
          required: [paymentId, settlementDate]
          properties:
            paymentId: {type: string}
            amount: {type: number}
            parts: {type: array, items: {type: object, properties: {sku: {type: string}}}}
            settlementDate: {type: string, format: date}
""")
OPERATIONS = "operations: {settle: {action: send, channel: {$ref: '#/channels/payments'}}}\n"
SECRET = "hunter2-is-the-value"


class Run:
    """A ledger and a pump over batches that a test makes."""

    def __init__(self, document=DOCUMENT):
        self.plan = plan_of(document)
        self.ledger = make_ledger(self.plan, KEY_HASH, BASE_NS)
        for record in self.ledger.servers.values():
            record.change("connected", BASE_NS)
        self.pump = make_pump(self.plan, self.ledger, [])
        self.offset = 0

    def take(self, payloads, headers=((("tenant", b"a"),),), at_s=0, key=None, properties=None):
        n = len(payloads)
        batch = Batch(
            server="production", filter="payments.settled", partition=0, addresses=None, payloads=payloads,
            headers=[list(headers[i % len(headers)]) for i in range(n)], keys=[key] * n,
            positions=list(range(self.offset, self.offset + n)), sent_ns=[None] * n, time_source="none",
            observed_ns=[BASE_NS + at_s * 10**9] * n, properties=properties,
        )  # fmt: skip
        self.offset += n
        self.pump.take(batch)

    def tick(self, times=1):
        for _ in range(times):
            self.ledger.tick()

    def snapshot(self):
        row = sidecar_row([], None, measured=True)
        return self.ledger.snapshot(BASE_NS, row, [], since="now", command="asyncwatch x.yaml")

    def detail(self, **wanted):
        found = [
            one
            for one in self.ledger.groups.rows()
            if all(getattr(one, name) == value for name, value in wanted.items())
        ]
        (row,) = found
        return self.ledger.finding_detail(row.fingerprint)


BAD = json.dumps({"paymentId": SECRET, "amount": 12.5, "parts": [{"sku": SECRET}, {}], SECRET: 1}).encode()
GOOD = b'{"paymentId":"p","settlementDate":"2026-01-01"}'


def test_a_detail_holds_the_line_the_share_and_the_lines_around():
    run = Run()
    run.take([BAD, GOOD, GOOD, GOOD])
    detail = run.detail(path="/settlementDate")
    line = DOCUMENT.splitlines().index("          required: [paymentId, settlementDate]") + 1
    assert (detail.view.file, detail.view.line) == ("document.yaml", line)
    assert detail.excerpt.failing == line
    assert detail.excerpt.lines[line - detail.excerpt.first_line].strip() == "required: [paymentId, settlementDate]"
    assert detail.share == 0.25
    assert detail.protocol == "kafka"
    assert detail.finding.count == 1
    assert run.ledger.finding_detail("0" * 16) is None


def test_a_sample_names_what_is_declared_and_no_value_at_all():
    run = Run()
    run.take([BAD])
    detail = run.detail(path="/settlementDate")
    assert [(one.path, one.kind, one.failing) for one in detail.sample] == [
        ("/paymentId", f"string({len(SECRET)})", False),
        ("/amount", "number", False),
        ("/parts", "array(2)", False),
        ("/parts/0", "object", False),
        ("/parts/0/sku", f"string({len(SECRET)})", False),
        ("/settlementDate", "absent", True),
        ("/*", "1 undeclared", False),
    ]
    assert SECRET not in msgspec.json.encode(detail).decode()


def test_values_stand_in_a_sample_only_where_they_are_wanted():
    run = Run()
    run.ledger.groups.witness = Witness(lambda path: path != "/paymentId")
    run.take([BAD])
    values = {one.path: one.value for one in run.detail(path="/settlementDate").sample}
    assert values["/amount"] == "12.5"
    assert values["/paymentId"] is None
    assert values["/settlementDate"] is None


def test_a_sample_is_made_anew_at_most_every_thirty_seconds():
    run = Run()
    run.take([b'{"paymentId":"a"}'])
    run.take([b'{"paymentId":"abc"}'], at_s=29)
    assert run.detail(path="/settlementDate").sample[0].kind == "string(1)"
    run.take([b'{"paymentId":"abc"}'], at_s=30)
    assert run.detail(path="/settlementDate").sample[0].kind == "string(3)"


def test_headers_that_break_their_schema_are_sketched_and_not_shown():
    run = Run()
    run.take([GOOD], headers=[[("x-secret", SECRET.encode()), ("other", b"1")]])
    detail = run.detail(rule="headers.schema")
    assert [(one.path, one.kind, one.failing) for one in detail.sample] == [
        ("/tenant", "absent", True), ("/*", "2 undeclared", False),
    ]  # fmt: skip
    assert SECRET not in msgspec.json.encode(detail).decode()


@pytest.mark.parametrize(
    ("headers", "sender"),
    [
        ([("producer", b"payments-api"), ("service-version", b"2.9.1")], ("payments-api", "2.9.1", "producer")),
        ([("X-Service-Name", b"a"), ("producer_id", b"b")], ("b", None, "producer_id")),
        ([("service", b"a"), ("ce_source", b"/events/a")], ("/events/a", None, "cloudevents")),
        ([("service", b"\x1b[31mred\x00" + b"x" * 200)], ("[31mred" + "x" * 56 + "…", None, "service")),
        ([("service", b"  "), ("x-service-name", b"b")], ("b", None, "x-service-name")),
        ([("password", SECRET.encode())], ("unknown sender", None, "unknown")),
    ],
)
def test_a_sender_is_who_the_message_says_it_is(headers, sender):
    run = Run()
    run.take([BAD, BAD], headers=[[("tenant", b"a"), *headers]])
    (share,) = run.detail(path="/settlementDate").senders
    assert (share.sender, share.version, share.source) == sender
    assert (share.bad, share.messages) == (2, None)


def test_an_app_id_and_a_structured_event_name_their_sender():
    run = Run()
    run.take([BAD], properties=[{"app_id": "billing"}])
    run.take([b'{"specversion":"1.0","source":"/s","paymentId":"p"}'])
    senders = {one.sender: one.source for one in run.detail(path="/settlementDate").senders}
    assert senders == {"billing": "app_id", "/s": "cloudevents"}


def test_the_only_documented_sender_stands_in_where_a_message_does_not_tell():
    run = Run(DOCUMENT + OPERATIONS)
    run.take([BAD])
    (share,) = run.detail(path="/settlementDate").senders
    assert (share.sender, share.source) == ("Test", "document")


def test_many_senders_are_told_apart_within_bounds_and_none_is_lost():
    run = Run()
    run.take([BAD] * 100, headers=[[("tenant", b"a"), ("producer", b"p%d" % n)] for n in range(100)])
    senders = run.detail(path="/settlementDate").senders
    assert len(senders) == MOST_SENDERS + 1
    assert sum(one.bad for one in senders) == 100
    assert (senders[0].sender, senders[0].bad) == ("other senders", 80)


def test_a_share_is_none_where_a_message_may_show_a_group_twice():
    run = Run()
    run.take([b'{"paymentId":"p","settlementDate":"2026-01-01","parts":[{"sku":1},{"sku":2}]}'])
    assert run.detail(path="/parts/*/sku").share is None


def test_trends_are_as_long_as_we_looked():
    run = Run()
    run.take([BAD] * 10)
    run.tick()
    (view,) = [one for one in run.snapshot().view.findings if one.rate]
    assert view.window == [None] * 19 + [10.0]
    assert view.rate == 10.0
    run.tick(29)
    view = run.snapshot().view.findings[0]
    assert view.window == [None] * 18 + [10 / 15, 0.0]
    assert view.rate == 10 / 30
    run.tick(300)
    views = run.snapshot().view.findings
    assert views[0].window == [0.0] * 20
    assert views[0].rate == 0.0


def test_a_server_that_was_away_leaves_a_hole_in_the_trend():
    run = Run()
    run.take([BAD])
    run.tick(15)
    run.ledger.servers["production"].change("reconnecting", BASE_NS)
    run.tick(15)
    run.ledger.servers["production"].change("connected", BASE_NS)
    run.tick(15)
    assert run.snapshot().view.findings[0].window == [None] * 17 + [1 / 15, None, 0.0]


def test_views_stand_at_the_index_of_their_rows_and_still_ones_are_the_same_objects():
    run = Run()
    run.take([BAD, b"{"])
    run.tick(400)
    first, second = run.snapshot(), run.snapshot()
    assert len(first.view.findings) == len(first.findings)
    assert all(one is other for one, other in zip(first.view.findings, second.view.findings, strict=True))


def test_ten_thousand_still_groups_cost_next_to_nothing_a_second():
    run = Run()
    run.ledger.announce(
        [
            Finding(rule="sequence.gap", severity="warning", summary="s", server="production", channel=f"c{n}",
                    address=None, time_ns=BASE_NS)
            for n in range(MOST_GROUPS + 10)
        ]
    )  # fmt: skip
    run.tick(400)
    before = run.snapshot().view.findings
    assert len(before) == MOST_GROUPS
    run.tick()
    after = run.snapshot().view.findings
    assert all(one is other for one, other in zip(before, after, strict=True))


@given(st.lists(st.tuples(st.integers(0, 40), st.booleans()), max_size=400))
def test_a_trend_equals_counting_by_hand(seconds):
    watched, steps, looked, counted = Watched(), {}, [], []
    for count, connected in seconds:
        watched.tick({"s": connected})
        if count:
            grow(steps, watched.step, count)
        looked.append(connected)
        counted.append(count)
    columns = watched.columns("s", steps)
    last = max(len(seconds) - 1, 0) // 15
    for number, column in enumerate(range(last - 19, last + 1)):
        span = slice(max(column * 15, 0), max((column + 1) * 15, 0))
        total, watching = sum(counted[span]), sum(looked[span])
        expected = total / max(watching, 1) if total or watching else None
        assert columns[number] == expected
    first = (max(len(seconds) - 1, 0) // 5 - 11) * 5
    span = slice(max(first, 0), None)
    assert watched.rate("s", steps) == sum(counted[span]) / max(sum(looked[span]), 1)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["paymentId", "parts", "sku", "x", "*"]) | st.text(max_size=4), inner, max_size=5
        )
    ),
    max_leaves=30,
)


@given(json_values, st.sampled_from([None, "/settlementDate", "/parts/3/sku", "/*", "", "/a~1b"]))
def test_a_sketch_of_anything_is_bounded_and_says_no_undeclared_name(value, failing):
    candidate = plan_of(DOCUMENT).routes.documented()[0].candidates[0]
    found = candidate.payload.sketch(value, failing)
    assert len(found) <= 50
    assert failing is None or sum(one.failing for one in found) == 1
    names = {part for one in found for part in one.path.split("/") if not part.isdecimal()}
    declared = {"", "paymentId", "amount", "parts", "sku", "settlementDate", "*"}
    assert names <= declared | set((failing or "").split("/"))
    assert all(one.value is None for one in found)
