"""The filter's grammar."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asyncwatch_tui.filtering import LONGEST, Subject, parse_filter

PARCEL = Subject(
    ("parcels.sorted", "parcelsSorted"), ("hub", "kafka"), "invalid", ("payload.schema",), 12.0, 99.2, 64.0
)
QUIET = Subject(("invoices.issued",), ("yard", "nats"), "waiting", ())


@pytest.mark.parametrize(
    ("text", "parcel", "quiet"),
    [
        ("", True, True),
        ("parcel", True, False),
        ("PARCEL", True, False),
        ("sorted parcel", True, False),
        ("parcel invoice", False, False),
        ("parcels.*", True, False),
        ("*.issued", False, True),
        ("cels*", False, False),
        ("*", True, True),
        ("-parcel", False, True),
        ("-*.issued", True, False),
        ("server:hub", True, False),
        ("server:nats", False, True),
        ("-server:hub", False, True),
        ("state:invalid", True, False),
        ("state:w*", False, True),
        ("rule:schema", True, False),
        ("-rule:payload.*", False, True),
        ("lag>10s", True, False),
        ("lag>10000ms", True, False),
        ("lag>1m", False, False),
        ("-lag>1m", True, False),
        ("valid<100", True, False),
        ("valid<99%", False, False),
        ("rate>1", True, False),
        ("rate>=64", True, False),
        ("rate<=63.9", False, False),
        ("rate=64", True, False),
        ("rate>1k", False, False),
        ("sorted rate>1 state:inv", True, False),
    ],
)
def test_terms_fit_or_do_not(text, parcel, quiet):
    parsed = parse_filter(text)
    assert parsed.fault is None
    assert (parsed.passes(PARCEL), parsed.passes(QUIET)) == (parcel, quiet)


@pytest.mark.parametrize("text", ["lag>", "rate>fast", "valid<9x", "rate>1s", "server:", "lag>1e5"])
def test_a_term_that_cannot_be_read_is_left_out_and_told(text):
    parsed = parse_filter(f"parcel {text}")
    assert parsed.fault is not None
    assert parsed.passes(PARCEL)


@pytest.mark.parametrize("text", ["group:x", "a:b", "http://x", "-", "<>", "["])
def test_other_words_are_looked_for_in_names(text):
    parsed = parse_filter(text)
    assert parsed.fault is None
    assert not parsed.passes(PARCEL)


def test_the_found_part_of_a_name_can_be_marked():
    assert parse_filter("sort parc").spans("parcels.sorted") == [(0, 4), (8, 12)]
    assert parse_filter("parcels els.").spans("parcels.sorted") == [(0, 7)]
    assert parse_filter("-sort s*").spans("parcels.sorted") == []


def test_a_finding_passes_by_its_own_rule():
    assert parse_filter("rule:schema parcel").rules_pass("payload.schema")
    assert not parse_filter("rule:schema").rules_pass("event.late")
    assert parse_filter("parcel").rules_pass("event.late")


@given(st.text())
def test_whatever_is_typed_is_a_filter(text):
    parse_filter(text).passes(PARCEL)


def test_many_stars_cost_nothing_special():
    pattern = parse_filter("*a" * (LONGEST // 2))
    subject = Subject(("a" * 2_000 + "b",), (), "", ())
    before = time.process_time()
    for _ in range(100):
        assert not pattern.passes(subject)
    assert time.process_time() - before < 0.5
