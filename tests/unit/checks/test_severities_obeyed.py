"""Severities as somebody wishes them: by rule, by family, by channel; what a finding has by itself gives way."""

import pytest

from asyncwatch.pipeline.build import make_replay_plan
from asyncwatch.pipeline.servers import BuildOptions
from asyncwatch.route import RouteSettings
from engine import KEY_HASH, judge, judge_by, kafka_document, plan_of

DOCUMENT = kafka_document("""
  orders:
    address: orders.created
    messages:
      Order:
        bindings: {kafka: {key: {type: string, minLength: 3}}}
        headers: {type: object, required: [tenant], properties: {tenant: {type: string}}}
        payload: {type: object, required: [id], properties: {id: {type: integer}, note: {type: string}}}
  notes: {address: notes, messages: {Note: {payload: {type: string}}}}
""")
GOOD = {"address": "orders.created", "key": "o-17", "headers": [["tenant", "a"]], "payload": '{"id":1}'}
FAULTS = {
    "payload.schema": GOOD | {"payload": "{}"},
    "payload.undecodable": GOOD | {"payload": "{"},
    "payload.encoding": GOOD | {"payload": '\ufeff{"id":1}'},
    "payload.content-type": GOOD | {"headers": [["tenant", "a"], ["content-type", "application/avro"]]},
    "headers.schema": GOOD | {"headers": []},
    "headers.case": GOOD | {"headers": [["TENANT", "a"]]},
    "key.schema": GOOD | {"key": "o"},
    "key.missing": GOOD | {"key": None},
    "channel.undocumented": {"address": "elsewhere", "payload": "1"},
    "context.invalid": GOOD | {"headers": [["tenant", "a"], ["traceparent", "00-zz"]]},
}


def severity(rule, message, rules):
    (found,) = [one for one in judge(DOCUMENT, [message], rules=rules).findings if one.rule == rule] or [None]
    return None if found is None else found.severity


@pytest.mark.parametrize("rule", FAULTS)
def test_each_finding_has_the_severity_that_its_rule_or_family_was_given(rule):
    message, family = FAULTS[rule], rule.partition(".")[0]
    for wanted in ("error", "warning", "info"):
        assert severity(rule, message, {rule: wanted}) == wanted
        assert severity(rule, message, {family: wanted}) == wanted
        assert severity(rule, message, {family: "off", rule: wanted}) == wanted
    assert severity(rule, message, {rule: "off"}) is None
    assert severity(rule, message, {family: "off"}) is None


def test_text_where_text_is_documented_is_milder_unless_somebody_says_otherwise():
    note = {"address": "notes", "payload": '"x"', "headers": [["content-type", "text/plain"]]}
    assert severity("payload.content-type", note, {}) == "info"
    assert severity("payload.content-type", note, {"payload.content-type": "warning"}) == "warning"


def test_what_is_said_of_a_channel_goes_before_what_is_said_of_all():
    def of(rules, channel_rules):
        routes = RouteSettings(rules=rules, channel_rules=channel_rules)
        plan = make_replay_plan(BuildOptions(specs=["x"], routes=routes), plan_of(DOCUMENT).contracts, KEY_HASH)
        return {one.rule: one.severity for one in judge_by(plan, [GOOD | {"payload": "{}"}]).findings}

    assert of({"payload.schema": "info"}, {"orders*": {"payload.schema": "warning"}}) == {"payload.schema": "warning"}
    assert of({"payload.schema": "info"}, {"orders*": {"payload": "warning"}}) == {"payload.schema": "warning"}
    assert of({"payload.schema": "info"}, {"notes": {"payload": "warning"}}) == {"payload.schema": "info"}
    two = {"orders.created": {"payload.schema": "off"}, "orders*": {"payload": "error"}}
    assert of({}, two) == {}
    assert of({}, dict(reversed(two.items()))) == {"payload.schema": "error"}
