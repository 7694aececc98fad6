"""Which fields and values the traffic has shown, and what came beside the document."""

import json

import pytest

from asyncwatch.checks.coverage.sampling import FIRST, STRIDE, Sampling
from asyncwatch.contract.described import described
from asyncwatch.pipeline.build import make_ledger, make_pump
from engine import BASE_NS, KEY_HASH, judge, kafka_document, plan_of

DOCUMENT = kafka_document("""
  orders:
    address: orders
    messages:
      Order:
        headers: {type: object, properties: {Tenant: {type: string, enum: [red, blue]}, retries: {enum: [1, 2]}}}
        payload:
          type: object
          required: [id]
          properties:
            id: {type: integer}
            status: {enum: [new, paid, null]}
            lines: {type: array, items: {type: object, properties: {sku: {type: string}, gift: {type: boolean}}}}
            labels: {type: object, additionalProperties: {enum: [x, y]}}
            free: {type: object}
            next: {$ref: '#/components/schemas/Order'}
  quiet: {address: quiet, messages: {Never: {payload: {type: object, properties: {a: {const: 1}}}}}}
""", components="components: {schemas: {Order: {type: object, properties: {next: {$ref: '#/components/schemas/Order'}}}}}\n")  # fmt: skip
SECRET = "hunter2-is-a-name"


def coverage(*payloads, headers=(), document=DOCUMENT):
    messages = [
        {"address": "orders", "payload": json.dumps(one), "headers": list(headers), "offset": n}
        for n, one in enumerate(payloads)
    ]
    return judge(document, messages).coverage


def of(found, message="Order"):
    (row,) = [one for one in found.by_message if one.message == message]
    return row


def test_fields_and_values_are_documented_at_any_depth():
    found = of(coverage())
    assert (found.fields.documented, found.fields.seen) == (11, 0)
    assert found.unseen_fields == [
        "/id", "/status", "/lines", "/lines/*/sku", "/lines/*/gift", "/labels", "/free", "/next", "/next/next",
        "header Tenant", "header retries",
    ]  # fmt: skip
    assert found.unseen_values == [
        '/status = "new"', '/status = "paid"', "/status = null", '/labels/* = "x"', '/labels/* = "y"',
        'header Tenant = "red"', 'header Tenant = "blue"', "header retries = 1", "header retries = 2",
    ]  # fmt: skip


def test_what_messages_show_is_seen_once_and_for_all():
    found = of(
        coverage(
            {"id": 1, "status": "new", "lines": [{}, {"sku": "s"}], "labels": {"any": "y"}},
            {"id": "not valid, but there", "status": None, "next": {"next": {"next": {}}}},
            headers=[["tenant", "red"], ["retries", "2"]],
        )
    )
    assert found.unseen_fields == ["/lines/*/gift", "/free"]
    assert found.unseen_values == [
        '/status = "paid"', '/labels/* = "x"', 'header Tenant = "blue"', "header retries = 1",
    ]  # fmt: skip


def test_true_is_not_the_documented_one():
    document = kafka_document(
        "  orders: {address: orders, messages: {Order: {payload: {properties: {n: {enum: [1]}}}}}}"
    )
    assert of(coverage({"n": True}, document=document)).enum_values.seen == 0
    assert of(coverage({"n": 1.0}, document=document)).enum_values.seen == 1


def test_names_that_are_not_documented_are_counted_and_not_told():
    found = coverage(
        {"id": 1, SECRET: 1, "lines": [{SECRET: 2}, {SECRET: 3}], "labels": {SECRET: "x"}, "free": {SECRET: 1}},
        {"id": 1}, headers=[[SECRET, "v"], ["traceparent", "00"]],
    )  # fmt: skip
    assert [(one.part, one.path, one.messages, one.names) for one in found.undocumented] == [
        ("headers", "/*", 2, []), ("payload", "/*", 1, []), ("payload", "/lines/*/*", 1, []),
    ]  # fmt: skip
    assert SECRET not in repr(found)


def test_names_that_are_not_documented_are_told_where_values_are_asked_for():
    plan = plan_of(DOCUMENT)
    ledger = make_ledger(plan, KEY_HASH, BASE_NS)
    make_pump(plan, ledger, [])
    (route,) = [one for one in plan.routes.documented() if one.address == "orders"]
    marks = ledger._record(route).checks.coverage.marks[0].payload
    marks.look({"shown": 1, "masked": 1, "esc\x1b[31m": 1})
    ledger.show_values(lambda path: path != "/masked")
    told = ledger._report(BASE_NS, None, [], None).coverage.undocumented
    assert [one.names for one in told] == [["esc\ufffd[31m", "shown"]]


def test_a_channel_without_traffic_shows_nothing_and_says_so():
    found = coverage({"id": 1})
    never = of(found, "Never")
    assert (never.fields.seen, never.unseen_fields, never.unseen_values) == (0, ["/a"], ["/a = 1"])
    assert (found.fields.documented, found.fields.seen) == (12, 1)
    assert found.looked_at == 1


def test_what_is_only_documented_in_formats_that_are_not_read_is_not_known():
    raml = "{schemaFormat: 'application/raml+yaml;version=1.0', schema: 'x'}"
    document = kafka_document(f"  orders: {{address: orders, messages: {{Order: {{payload: {raml}}}}}}}")
    assert coverage({"id": 1}, document=document).fields is None


@pytest.mark.parametrize("cuts", [1, 7, 250, 251, 800])
def test_which_messages_are_looked_at_does_not_depend_on_where_batches_are_cut(cuts):
    n = FIRST + 10 * STRIDE + 5
    wanted = [row for row in range(n) if row < FIRST or row % STRIDE == 0]
    sampling, picked = Sampling(), []
    for start in range(0, n, cuts):
        size = min(cuts, n - start)
        sampling.pick(1, 3)  # another partition
        picked += [start + row for row in sampling.pick(0, size)]
    assert picked == wanted


def test_schemas_of_any_size_are_described_within_bounds():
    wide = {"properties": {f"p{n}": {"enum": list(range(100))} for n in range(20_000)}}
    found = described(wide)
    assert (len(found.fields), len(found.values), found.root.is_open) == (5_000, 5_000, True)
    deep: dict = {}
    for _ in range(500):
        deep = {"properties": {"a": deep, "b": deep}}
    assert len(described(deep).fields) <= 5_000


def test_a_hostile_message_costs_a_bounded_number_of_steps():
    document = kafka_document(
        "  orders: {address: orders, messages: {Order: {payload: {properties: {m: {additionalProperties:"
        " {properties: {a: {type: integer}}}}, id: {}}}}}}"
    )
    found = coverage({"m": {f"k{n}": {"a": 1} for n in range(60_000)}, "id": 1}, document=document)
    assert of(found).fields.seen == 2


def test_what_a_schema_of_bytes_documents_is_counted():
    proto = 'syntax = "proto3"; enum S { NEW = 0; PAID = 1; } message P { string id = 1; S state = 2; P next = 3; }'
    payload = json.dumps({"schemaFormat": "application/vnd.google.protobuf;version=3", "schema": proto})
    avro = json.dumps(
        {
            "schemaFormat": "application/vnd.apache.avro;version=1.9.0",
            "schema": {"type": "record", "name": "R", "fields": [{"name": "a", "type": "string"}]},
        }
    )
    document = kafka_document(
        f"  orders: {{address: orders, messages: {{Order: {{payload: {payload}}}}}}}\n"
        f"  others: {{address: others, messages: {{Other: {{payload: {avro}}}}}}}"
    )
    found = coverage(document=document)
    assert of(found).unseen_fields == ["/id", "/state", "/next"]
    assert of(found).unseen_values == ['/state = "NEW"', '/state = "PAID"']
    assert of(found, "Other").unseen_fields == ["/a"]


def test_names_of_unbounded_variety_open_no_groups():
    document = kafka_document(
        "  orders: {address: orders, messages: {Order: {payload: {type: object, additionalProperties: {type: integer},"
        " patternProperties: {'^p': {type: boolean}}, properties: {list: {items: {type: integer}},"
        " closed: {additionalProperties: false}, named: {propertyNames: {maxLength: 1}}}}}}}"
    )
    messages = [
        {
            "address": "orders", "headers": [[f"h{n}", "x"]], "key": f"k{n}",
            "payload": json.dumps(
                {f"n{n}": "x", f"p{n}": n, "list": [0] * (n % 40) + ["x"], "closed": {f"c{n}": n}, "named": {f"m{n}": n}}
            ),
        }
        for n in range(3_000)
    ]  # fmt: skip
    report = judge(document, messages)
    assert len(report.findings) == 5
    assert {one.count for one in report.findings} == {3_000}
