"""The state of each message, and the finding that goes with it."""

import base64

import pytest

from engine import found, judge, kafka_document, row

ORDERS = kafka_document("""
  orders:
    address: orders.created
    messages:
      OrderCreated:
        bindings: {kafka: {key: {type: string, minLength: 3}}}
        headers:
          type: object
          required: [tenant]
          properties: {tenant: {type: string}, retries: {type: integer}}
        payload:
          type: object
          required: [id, amount]
          properties: {id: {type: integer}, amount: {type: number}, tags: {type: array, items: {type: string}}}
""")

GOOD = {"address": "orders.created", "key": "o-17", "headers": [["tenant", "a"]], "payload": '{"id":1,"amount":2.5}'}


def states(report):
    counts = report.messages
    return {
        word: getattr(counts, word) for word in counts.__struct_fields__ if getattr(counts, word) and word != "total"
    }


@pytest.mark.parametrize(
    ("change", "state", "rule", "path"),
    [
        ({}, "valid", None, None),
        ({"payload": '{"id":1}'}, "invalid", "payload.schema", "/amount"),
        ({"payload": '{"id":"1","amount":2}'}, "invalid", "payload.schema", "/id"),
        ({"payload": '{"id":1,"amount":2,"tags":["a",7]}'}, "invalid", "payload.schema", "/tags/*"),
        ({"payload": "{"}, "undecodable", "payload.undecodable", None),
        ({"payload": ""}, "undecodable", "payload.undecodable", None),
        ({"payload_base64": base64.b64encode(b"\xff\xfe").decode()}, "undecodable", "payload.undecodable", None),
        ({"payload": "NaN"}, "undecodable", "payload.undecodable", None),
        ({"payload": "[" * 3000}, "unchecked", None, None),
        ({"payload": None}, "tombstone", None, None),
        ({"payload": '\ufeff{"id":1,"amount":2}'}, "valid", "payload.encoding", None),
        ({"payload": '{"id":1,"amount":2,"x":"\\ud800"}'}, "valid", None, None),
        ({"headers": []}, "invalid", "headers.schema", "/tenant"),
        ({"headers": [["TENANT", "a"]]}, "valid", "headers.case", "/tenant"),
        ({"headers": [["tenant", "a"], ["retries", "3"]]}, "valid", None, None),
        ({"headers": [["tenant", "a"], ["retries", "three"]]}, "invalid", "headers.schema", "/retries"),
        ({"headers": [["tenant", "x"], ["tenant", "a"]]}, "valid", None, None),
        ({"headers": [["tenant", {"base64": "//8="}]]}, "invalid", "headers.schema", "/tenant"),
        ({"key": "o"}, "invalid", "key.schema", ""),
        ({"key": None}, "valid", "key.missing", None),
        ({"headers": [["tenant", "a"], ["content-type", "application/avro"]]}, "unchecked", "payload.content-type", None),
        ({"headers": [["tenant", "a"], ["Content-Type", "Application/JSON; charset=utf-8"]]}, "valid", None, None),
        ({"headers": [["tenant", "a"], ["content-encoding", "gzip"]]}, "unchecked", None, None),
        ({"headers": [["tenant", "a"], ["content-encoding", "utf-8"]]}, "valid", None, None),
    ],
)  # fmt: skip
def test_state_and_finding_of_one_message(change, state, rule, path):
    message = dict(GOOD)
    if "payload_base64" in change:
        del message["payload"]
    report = judge(ORDERS, [message | change])
    assert states(report) == {state: 1}
    assert [one.rule for one in report.findings] == ([rule] if rule else [])
    if rule:
        assert report.findings[0].path == path
        assert report.findings[0].count == 1


def test_a_bad_header_beside_a_tombstone_is_found_and_the_state_stays():
    report = judge(ORDERS, [GOOD | {"payload": None, "headers": []}])
    assert states(report) == {"tombstone": 1}
    assert [one.rule for one in report.findings] == ["headers.schema"]


def test_several_faults_of_one_message_are_all_told():
    report = judge(ORDERS, [GOOD | {"payload": '{"id":"x"}', "headers": [], "key": "o"}])
    assert sorted((one.rule, one.path) for one in report.findings) == [
        ("headers.schema", "/tenant"), ("key.schema", ""), ("payload.schema", "/amount"), ("payload.schema", "/id"),
    ]  # fmt: skip


def test_findings_of_one_cause_are_one_group():
    messages = [GOOD | {"payload": '{"id":1,"amount":"%d"}' % n, "offset": n, "partition": 0} for n in range(500)]
    report = judge(ORDERS, messages)
    (group,) = report.findings
    assert (group.count, group.first.offset, group.last.offset) == (500, 0, 499)
    assert (group.expected, group.actual) == ("number", "string")


TWO = kafka_document("""
  events:
    address: events
    messages:
      A: {payload: {type: object, required: [kind, a], properties: {kind: {const: a}, a: {type: integer}}}}
      B: {payload: {type: object, required: [kind, b], properties: {kind: {const: b}, b: {type: integer}}}}
""")


@pytest.mark.parametrize(
    ("payload", "state", "message"),
    [
        ('{"kind":"a","a":1}', "valid", "A"),
        ('{"kind":"b","b":1}', "valid", "B"),
        ('{"kind":"b","b":"1"}', "invalid", "B"),
        ('{"kind":"a"}', "invalid", "A"),
    ],
)
def test_the_right_one_of_several_messages_is_found(payload, state, message):
    report = judge(TWO, [{"address": "events", "payload": payload}])
    assert getattr(row(report, "events").per_message[message], state) == 1
    assert states(report) == {state: 1}


def test_a_message_that_fits_none_of_the_fixed_values_is_said_to_be_unknown():
    report = judge(TWO, [{"address": "events", "payload": '{"kind":"c"}'}])
    assert states(report) == {"invalid": 1}
    assert found(report, "message.unknown")


def test_a_message_that_fits_two_different_documented_ones_is_ambiguous_and_counts_as_valid():
    document = kafka_document("""
  events:
    address: events
    messages:
      A: {payload: {type: object, properties: {a: {type: integer}}}}
      B: {payload: {type: object, properties: {b: {type: integer}}}}
""")
    report = judge(document, [{"address": "events", "payload": "{}"}])
    assert states(report) == {"ambiguous": 1}
    assert report.messages.valid_share == 1.0
    assert [one.rule for one in report.findings] == ["message.ambiguous"]


def test_equal_messages_of_two_channels_on_one_address_are_one_and_the_sending_side_counts():
    document = kafka_document("""
  reader:
    address: events
    messages: {Event: {payload: {type: object, required: [a]}}}
  writer:
    address: events
    messages: {Event: {payload: {type: object, required: [a]}}}
operations:
  read: {action: receive, channel: {$ref: '#/channels/reader'}}
  write: {action: send, channel: {$ref: '#/channels/writer'}}
""")
    report = judge(document, [{"address": "events", "payload": '{"a":1}'}])
    assert states(report) == {"valid": 1}
    assert row(report, "writer").messages.valid == 1
    assert row(report, "reader").messages.total == 0
    assert report.coverage.channels.seen == 2


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ("{}", "no schema"),
        (
            "{contentType: application/vnd.apache.avro, payload: {type: object}}",
            "format application/vnd.apache.avro is not read",
        ),
    ],
)
def test_what_no_rule_describes_is_unchecked_with_a_reason_and_never_valid(message, reason):
    document = kafka_document(f"  mails:\n    address: mails\n    messages: {{Mail: {message}}}")
    report = judge(document, [{"address": "mails", "payload": "{}"}])
    assert states(report) == {"unchecked": 1}
    assert row(report, "mails").unchecked_reasons == {reason: 1}
    assert report.messages.valid_share is None


def test_a_channel_without_messages_knows_none():
    report = judge(kafka_document("  raw: {address: raw}"), [{"address": "raw", "payload": "{}"}])
    assert states(report) == {"unknown": 1}
    assert [one.rule for one in report.findings] == ["message.unknown"]


def test_an_address_nobody_documented_has_a_row_of_its_own():
    report = judge(ORDERS, [{"address": "audit.raw", "payload": "x"}] * 3)
    assert row(report, None).address == "audit.raw"
    assert states(report) == {"unknown": 3}
    assert [(one.rule, one.count, one.channel) for one in report.findings] == [("channel.undocumented", 3, None)]


def test_undocumented_addresses_beyond_a_thousand_share_one_row():
    report = judge(ORDERS, [{"address": f"a{n}", "payload": "x"} for n in range(1005)])
    undocumented = [one for one in report.channels if one.channel is None]
    assert len(undocumented) == 1001
    assert undocumented[-1].address == "_other"
    assert undocumented[-1].messages.total == 5


def test_a_rule_that_is_off_says_nothing_and_the_state_stays():
    report = judge(ORDERS, [GOOD | {"payload": "{}"}], rules={"payload": "off"})
    assert states(report) == {"invalid": 1}
    assert not report.findings


def test_additional_headers_of_instrumentation_are_not_additional():
    document = kafka_document("""
  orders:
    address: orders
    messages:
      Order:
        headers: {type: object, additionalProperties: false, properties: {tenant: {type: string}}}
        payload: {type: object}
""")
    context = ["traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"]
    good = {"address": "orders", "payload": "{}", "headers": [["tenant", "a"], context, ["ce_id", "1"]]}
    assert states(judge(document, [good])) == {"valid": 1}
    other = judge(document, [good | {"headers": [["tenant", "a"], ["shoe-size", "43"]]}])
    assert states(other) == {"invalid": 1}
    assert "43" not in str(other.findings)
    assert "shoe-size" not in str(other.findings)
