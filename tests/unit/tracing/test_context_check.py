from __future__ import annotations

import pytest

from asyncwatch.checks.context import ContextCheck
from asyncwatch.model.report import ContextRow
from asyncwatch.model.rules import RULES
from unit.tracing.build import SAMPLED, make_batch, make_route, observe, observe_headers

MESSAGES = [
    [("traceparent", SAMPLED)],
    [("traceparent", b" " + SAMPLED)],
    [("ce_traceparent", SAMPLED)],
    [("ce-traceparent", SAMPLED), ("traceparent", b"bad")],
    [("traceparent", b"bad")],
    [("ce_traceparent", b"bad")],
    [("ce_traceparent", b"bad"), ("traceparent", b"bad")],
    [("b3", b"0")],
    [],
    [("traceparent", b"bad"), ("traceparent", SAMPLED), ("TRACEPARENT", SAMPLED)],
]


def test_counts_by_format_add_up_to_the_messages_without_duplicate():
    route = make_route()
    check = ContextCheck(route)
    obs = observe(make_batch(MESSAGES), route, check)
    counts = check.statistics()
    assert counts == ContextRow(w3c=3, cloudevents=2, none=2, invalid=3, duplicate=1)
    assert obs.context_format == {2: "cloudevents", 3: "cloudevents"}


@pytest.mark.parametrize("cut", range(1, len(MESSAGES)))
def test_cutting_a_batch_changes_nothing(cut):
    route = make_route()
    whole, parts = ContextCheck(route), ContextCheck(route)
    first = observe(make_batch(MESSAGES), route, whole)
    left = observe(make_batch(MESSAGES[:cut]), route, parts)
    right = observe(make_batch(MESSAGES[cut:]), route, parts)
    assert left.context + right.context == first.context
    assert whole.statistics() == parts.statistics()
    moved = left.faults + [(row + cut, fault) for row, fault in right.faults]
    assert sorted(moved, key=repr) == sorted(first.faults, key=repr)


def test_a_repeated_header_is_one_duplicate_a_message():
    obs = observe_headers([("traceparent", SAMPLED)] * 5)
    assert [fault.rule for _, fault in obs.faults] == ["context.duplicate"]


def test_a_repeated_other_header_is_no_duplicate():
    obs = observe_headers([("ce_traceparent", SAMPLED), ("ce_traceparent", SAMPLED)])
    assert obs.faults == []


def test_rules_that_are_off_give_no_faults_but_are_counted():
    route = make_route(severities=dict.fromkeys(RULES, "off"))
    check = ContextCheck(route)
    obs = observe(make_batch(MESSAGES), route, check)
    assert obs.faults == []
    assert (check.statistics().invalid, check.statistics().duplicate) == (3, 1)


def test_severity_follows_the_route():
    route = make_route(severities=dict.fromkeys(RULES, "info"))
    obs = observe(make_batch([[("traceparent", b"bad")]]), route)
    assert obs.faults[0][1].severity == "info"


def test_a_batch_without_any_context_has_a_column_of_none():
    route = make_route()
    check = ContextCheck(route)
    obs = observe(make_batch([[]] * 7), route, check)
    assert obs.context == [None] * 7
    assert check.statistics().none == 7
    assert check.advance(1) == ()
