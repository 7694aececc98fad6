"""Patterns of addresses against a slow twin, and what fills the placeholders comes back."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from asyncwatch.contract.addresses.families import RULES
from asyncwatch.contract.addresses.placeholders import PLACEHOLDER, Unmatchable
from property import oracle_addresses as oracle

MANY = settings(max_examples=200, deadline=None)
HOLE = st.sampled_from(["{p}", "{q}", "{r.s}", "{t/u}"])


def address(signs, wildcards=(), separators="."):
    """Addresses of few signs, so that they often fit real ones of the same signs; some word stands for others."""
    literal = st.text(signs, max_size=2)
    holes = st.tuples(literal, HOLE, literal) | st.tuples(literal, HOLE, st.sampled_from(signs), HOLE, literal)
    open_word = holes.map("".join)
    if wildcards:
        open_word |= st.sampled_from(list(wildcards))
    words = st.lists(literal | open_word, max_size=2)
    between = st.lists(st.sampled_from(separators), min_size=4, max_size=4)
    return st.tuples(words, open_word, words, between).map(lambda one: joined([*one[0], one[1], *one[2]], one[3]))


def joined(words, separators):
    found = words[0]
    for word, separator in zip(words[1:], separators, strict=False):
        found += separator + word
    return found


class Family(NamedTuple):
    """Addresses with the family's wildcards and without, the signs of real ones, and the slow twin."""

    addresses: st.SearchStrategy[str]
    plain: st.SearchStrategy[str]
    signs: str
    twin: Callable[[str, str], bool]


def with_tail(addresses, tail):
    return st.tuples(addresses, st.sampled_from(["", "", tail])).map("".join)


FAMILIES = {
    "kafka": Family(address("ab", (), "._-"), address("ab", (), "._-"), "ab._-", oracle.kafka),
    "nats": Family(with_tail(address("ab", ["*"]), ".>"), address("ab"), "ab.", oracle.nats),
    "mqtt": Family(with_tail(address("ab$", ["+"], "/"), "/#"), address("ab", (), "/"), "ab$/", oracle.mqtt),
    "amqp": Family(address("ab", ["*", "#", "#"]), address("ab"), "ab.", oracle.amqp),
    "ws": Family(
        address("ab", (), "/"), address("ab", (), "/"), "ab/", lambda one, real: oracle.segments(one, real, "/?#")
    ),
    "redis": Family(address("ab", (), ":."), address("ab", (), ":."), "ab:.", oracle.glob),
    "other": Family(address("ab", (), ":|"), address("ab", (), ":|"), "ab:|", oracle.glob),
}


def pattern_of(family, text):
    try:
        return RULES[family].pattern(text, wildcards=True)
    except Unmatchable:
        assume(False)


@pytest.mark.parametrize("family", FAMILIES)
@MANY
@given(data=st.data())
def test_a_pattern_matches_what_its_slow_twin_matches(family, data):
    addresses, _, signs, twin = FAMILIES[family]
    text = data.draw(addresses)
    pattern = pattern_of(family, text)
    for real in data.draw(st.lists(st.text(signs, max_size=12), min_size=5, max_size=12)):
        assert (pattern.fullmatch(real) is not None) == twin(text, real), (text, real, pattern.pattern)


@MANY
@given(
    units=st.lists(st.sampled_from(["a", "b", "?", "*", "*", ":", ":{p}:"]), min_size=1, max_size=8),
    reals=st.lists(st.text("ab:", max_size=12), min_size=5, max_size=12),
)
def test_globs_match_what_their_slow_twin_matches(units, reals):
    text = "".join(units)
    assume("*" in text or "?" in text)
    pattern = pattern_of("redis", text)
    for real in reals:
        assert (pattern.fullmatch(real) is not None) == oracle.glob(text, real), (text, real, pattern.pattern)


@pytest.mark.parametrize("family", FAMILIES)
@MANY
@given(data=st.data())
def test_values_that_fill_placeholders_come_back(family, data):
    text = data.draw(FAMILIES[family].plain)
    pattern = pattern_of(family, text)
    values = [data.draw(st.text("0123456789", min_size=1, max_size=4)) for _ in PLACEHOLDER.findall(text)]
    rest = iter(values)
    real = PLACEHOLDER.sub(lambda _: next(rest), text)
    found = pattern.fullmatch(real)
    assert found is not None, (text, real, pattern.pattern)
    assert list(found.groups()) == values
    assert set(found.groupdict()) == {f"p{number}" for number in range(len(values))}


@pytest.mark.parametrize("family", ["nats", "mqtt", "amqp", "redis"])
@MANY
@given(data=st.data())
def test_the_broker_is_asked_for_everything_that_a_pattern_matches(family, data):
    addresses, _, signs, twin = FAMILIES[family]
    text = data.draw(addresses)
    pattern = pattern_of(family, text)
    asked = RULES[family].subscription(text, wildcards=True)
    assert PLACEHOLDER.search(asked) is None
    for real in data.draw(st.lists(st.text(signs, max_size=12), min_size=5, max_size=12)):
        if pattern.fullmatch(real) is not None:
            assert twin(asked, real), (text, asked, real)


@pytest.mark.parametrize("family", FAMILIES)
@MANY
@given(text=st.text("ab{p}*+#>?[^-]\\$./:&~|\n\ud800é", max_size=24), real=st.text(max_size=12))
def test_any_address_is_read_or_refused(family, text, real):
    try:
        pattern = RULES[family].pattern(text, wildcards=True)
        asked = RULES[family].subscription(text, wildcards=True)
    except Unmatchable:
        return
    RULES[family].fault(text)
    if pattern is None:
        assert asked == text
    else:
        pattern.fullmatch(real)
        assert set(pattern.groupindex) == {f"p{number}" for number in range(len(PLACEHOLDER.findall(text)))}


@pytest.mark.parametrize("family", FAMILIES)
@settings(max_examples=40, deadline=500)
@given(data=st.data())
def test_long_hostile_addresses_take_no_longer_than_their_length(family, data):
    addresses, _, signs, _ = FAMILIES[family]
    pattern = pattern_of(family, data.draw(addresses))
    unit = data.draw(st.text(signs, min_size=1, max_size=4))
    pattern.fullmatch(unit * 5_000 + "!")
