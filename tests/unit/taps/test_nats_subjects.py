"""Subjects: which are legal, what covers what, and which are left alone."""

import re

import pytest

from asyncwatch.contract.addresses.families import address_pattern
from asyncwatch.pipeline.build import undocumented_filter
from asyncwatch.taps.base import Filter
from asyncwatch.taps.nats.jetstream import Stream
from asyncwatch.taps.nats.selection import Selection
from asyncwatch.taps.nats.subjects import apart, covers, is_subject, join, may_subscribe, meet, subject_of, widest


@pytest.mark.parametrize("text", ["a", "a.b", "*", "a.*.c", "a.>", ">", "größe.x", "$KV.bucket.key", "a-b_c/d"])
def test_a_subject(text):
    assert is_subject(text)


@pytest.mark.parametrize(
    "text", ["", ".", "a.", ".a", "a..b", "a b", "a\tb", "a\r\nSUB > 1", "a.>.b", "a*", "a.b>", "\x1b[2J", "x" * 2_000, "\ud800"]
)  # fmt: skip
def test_no_subject(text):
    assert not is_subject(text)


@pytest.mark.parametrize(
    ("address", "subject"),
    [
        ("orders.created", "orders.created"), ("orders.{region}.created", "orders.*.created"), ("{tenant}.x", "*.x"),
        ("orders.eu-{city}.x", "orders.*.x"), ("orders.{a}-{b}", "orders.*"), ("orders.*.x", "orders.*.x"),
        ("orders.>", "orders.>"),
    ],
)  # fmt: skip
def test_an_address_becomes_a_subject(address, subject):
    pattern = address_pattern(address, "nats")
    assert (
        subject_of(Filter(address, None if pattern else address, pattern, template=address if pattern else None))
        == subject
    )


def test_what_the_document_says_to_ask_for_is_asked_for():
    wanted = Filter("a.{b.c}", None, address_pattern("a.{b.c}", "nats"), template="a.{b.c}", subscription="a.*")
    assert subject_of(wanted) == "a.*"


def test_wildcards_of_a_documented_address_are_matched():
    pattern = address_pattern("a.*.{x}.>", "nats")
    assert [bool(pattern.fullmatch(text)) for text in ("a.1.2.3", "a.1.2.3.4", "a.1.2", "b.1.2.3")] == [
        True,
        True,
        False,
        False,
    ]
    assert pattern.fullmatch("a.1.two.3")["p0"] == "two"
    assert address_pattern("a*b.c>", "nats") is None
    assert address_pattern("a.*", "kafka") is None


@pytest.mark.parametrize(
    ("glob", "subject"),
    [("orders.*", "orders.>"), ("*", ">"), ("orders", "orders"), ("ord*", ">"), ("a.b.c?", "a.b.>"), ("a.[xy]", "a.>")],
)
def test_a_glob_becomes_the_narrowest_subject(glob, subject):
    assert subject_of(undocumented_filter(glob)) == subject


def test_a_pattern_with_alternatives_begins_with_nothing():
    assert subject_of(Filter("x", None, re.compile(r"a\.b|c\.d"))) == ">"
    assert subject_of(Filter("x", None, re.compile(r"a\.bc*"))) == "a.>"


@pytest.mark.parametrize(
    ("wide", "narrow", "does"),
    [
        ("a.>", "a.b.c", True), ("a.>", "a", False), ("a.*", "a.b", True), ("a.*", "a.*", True), ("a.*", "a.>", False),
        ("a.b", "a.*", False), (">", "*", True), ("*", ">", False), ("a.*.c", "a.b.c", True), ("a.*.c", "a.b.d", False),
    ],
)  # fmt: skip
def test_what_covers_what(wide, narrow, does):
    assert covers(wide, narrow) is does


@pytest.mark.parametrize(
    ("one", "other", "both"),
    [
        ("a.*.c", "a.b.*", "a.b.c"), ("a.>", "*.b.c", "a.b.c"), ("a.>", "a", None), ("a.b", "a.c", None),
        ("*.*", "a.>", "a.*"), ("a.b.c", "a.b", None), (">", ">", ">"),
    ],
)  # fmt: skip
def test_where_two_meet(one, other, both):
    assert meet(one, other) == meet(other, one) == both


def test_a_set_of_subjects_is_reduced():
    assert widest(["a.b", "a.>", "a.c", "x", "x"]) == ["a.>", "x"]
    assert apart(["a.*.c", "a.b.*", "x"]) == ["a.*.*", "x"]
    assert join("a.b", "a.b.c") == "a.>"


@pytest.mark.parametrize(
    ("subject", "may"),
    [
        ("orders.>", True), ("*.orders", True), ("*.orders.*", True), (">", False), ("*", False), ("*.*", False),
        ("*.>", False), ("_INBOX.>", False), ("$JS.API.>", False), ("$SYS.>", False), ("$SRV.PING", False),
        ("*.API.>", False), ("$KV.bucket.>", True),
    ],
)  # fmt: skip
def test_what_may_be_subscribed(subject, may):
    assert may_subscribe(subject) is may


def stream(name, *subjects, work_queue=False):
    return Stream(name, subjects, work_queue, "2026-11-23T00:00:00Z", 1, 0, None, None)


def divide(*filters, streams=(), mode="auto", requests=False):
    return Selection(filters).divide(streams, mode, requests=requests, setting="servers.x.requests")


def test_an_address_in_a_stream_is_read_from_it_and_others_by_subscription():
    found = divide(Filter("a.b", "a.b"), Filter("c", "c"), streams=[stream("A", "a.>")])
    assert (found.core, found.core_ids, found.stream_ids) == (["c"], {"c"}, {"a.b"})
    assert found.shares["A"].subjects == ["a.b"]


def test_a_stream_that_is_wanted_whole_needs_no_filter():
    assert divide(Filter("a", None, re.compile(r"a\..*")), streams=[stream("A", "a.>")]).shares["A"].subjects == []


def test_an_address_in_part_in_a_stream_is_read_both_ways():
    wide = Filter("w", None, re.compile(r"[^.]+\.x"), template="{t}.x")
    found = divide(wide, streams=[stream("A", "a.*"), stream("B", "b.x")])
    assert (found.core, set(found.shares)) == (["*.x"], {"A", "B"})
    assert divide(wide, streams=[stream("A", "a.*")], mode="core").shares == {}
    assert divide(wide, streams=[stream("A", "a.*")], mode="jetstream").core == []


def test_requests_are_left_alone_but_in_streams():
    asked = Filter("price", "price", request=True)
    assert divide(asked).core == []
    assert len(divide(asked).left) == 1
    assert divide(asked, requests=True).core == ["price"]
    assert divide(asked, streams=[stream("P", "price")]).stream_ids == {"price"}


def test_many_filters_of_one_stream_are_picked_from_here():
    filters = [Filter(f"a.{number}", f"a.{number}") for number in range(1_000)]
    assert divide(*filters, streams=[stream("A", "a.>")]).shares["A"].subjects == []


def test_a_subject_is_read_under_one_filter_and_reserved_ones_under_none():
    selection = Selection(
        [
            Filter("w", None, re.compile(r".+")),
            Filter("a.b", "a.b"),
            Filter("$KV.x.>", None, re.compile(r"\$KV\.x\..+")),
        ]
    )
    known = selection.look_up({b"a.b", b"a.c", b"_INBOX.q", b"$JS.API.INFO", b"$KV.x.y", b"\xff.x"})
    assert {subject: one.id if one else None for subject, one in known.items()} == {
        b"a.b": "a.b", b"a.c": "w", b"_INBOX.q": None, b"$JS.API.INFO": None, b"$KV.x.y": "$KV.x.>", b"\xff.x": "w",
    }  # fmt: skip


def test_the_memory_of_subjects_is_bounded():
    selection = Selection([Filter("w", None, re.compile(r".+"))])
    for first in range(0, 200_000, 1_000):
        selection.look_up({b"a.%d" % number for number in range(first, first + 1_000)})
    assert len(selection.known) <= 65_536
