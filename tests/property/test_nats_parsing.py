"""The NATS tap's own parsing against slow, obvious twins."""

import asyncio
import re

from hypothesis import given, settings
from hypothesis import strategies as st

from asyncwatch.pipeline.build import undocumented_filter
from asyncwatch.taps.nats.framing import Parser
from asyncwatch.taps.nats.headers import read_headers
from asyncwatch.taps.nats.subjects import apart, covers, join, meet, subject_of, widest

TOKENS = st.sampled_from(["a", "b", "c"])
SUBJECTS = st.lists(TOKENS, min_size=1, max_size=4).map(".".join)
PATTERNS = st.tuples(
    st.lists(st.sampled_from(["a", "b", "c", "*"]), min_size=0, max_size=3), st.sampled_from(["a", "*", ">"])
).map(lambda parts: ".".join([*parts[0], parts[1]]))


def stands_for(pattern, subject):
    """The slow twin: the pattern as a regular expression."""
    signs = {"*": r"[^.]+", ">": r".+"}
    return (
        re.fullmatch(r"\.".join(signs.get(token, re.escape(token)) for token in pattern.split(".")), subject)
        is not None
    )


@given(PATTERNS, SUBJECTS)
def test_covering_a_subject_is_matching_it(pattern, subject):
    assert covers(pattern, subject) == stands_for(pattern, subject)


@given(PATTERNS, PATTERNS, SUBJECTS)
def test_what_two_share_is_what_both_match(one, other, subject):
    both = meet(one, other)
    assert (both is not None and stands_for(both, subject)) == (stands_for(one, subject) and stands_for(other, subject))


@given(PATTERNS, PATTERNS, SUBJECTS)
def test_a_join_matches_what_either_matches(one, other, subject):
    if stands_for(one, subject) or stands_for(other, subject):
        assert stands_for(join(one, other), subject)
    if covers(one, other):
        assert not stands_for(other, subject) or stands_for(one, subject)


@given(st.lists(PATTERNS, max_size=6), SUBJECTS)
def test_a_reduced_set_takes_in_the_same(patterns, subject):
    wanted = any(stands_for(one, subject) for one in patterns)
    assert any(stands_for(one, subject) for one in widest(patterns)) == wanted
    found = [one for one in apart(patterns) if stands_for(one, subject)]
    assert len(found) <= 1
    assert found or not wanted


@given(st.text("ab.*?[]{}()|+^$\\", min_size=1, max_size=10), SUBJECTS)
def test_a_globs_subject_takes_in_all_that_the_glob_matches(glob, subject):
    filter_ = undocumented_filter(glob)
    if filter_.covers(subject):
        assert stands_for(subject_of(filter_), subject)


MESSAGES = st.lists(
    st.tuples(
        st.sampled_from([b"a", b"a.b"]),
        st.sampled_from([None, b"r"]),
        st.none() | st.lists(st.tuples(st.sampled_from([b"x", b"Y"]), st.binary(max_size=5)), max_size=3),
        st.binary(max_size=40),
    ),
    max_size=12,
)


@settings(max_examples=300)
@given(MESSAGES, st.lists(st.integers(0, 1_000), max_size=8))
def test_frames_are_the_same_however_they_are_cut(messages, cuts):
    data, expected = b"", []
    for subject, reply, headers, payload in messages:
        head = b" ".join([subject, b"1", *([reply] if reply else [])])
        if headers is None:
            data += b"MSG %b %d\r\n%b\r\n" % (head, len(payload), payload)
            expected.append((b"1", subject, reply, None, payload))
        else:
            clean = [(name, re.sub(rb"[\r\n]", b"", value)) for name, value in headers]
            block = b"NATS/1.0\r\n" + b"".join(b"%b: %b\r\n" % pair for pair in clean) + b"\r\n"
            data += b"HMSG %b %d %d\r\n%b%b\r\n" % (head, len(block), len(block) + len(payload), block, payload)
            expected.append((b"1", subject, reply, block, payload))
            assert [(name.encode(), value) for name, value in read_headers(block)] == [
                (name, value.strip(b" \t")) for name, value in clean
            ]
        data += b"PING\r\n"
    edges = sorted({0, *(cut % (len(data) + 1) for cut in cuts), len(data)})
    found, lines = [], []

    async def control(line):
        lines.append(line)

    async def run():
        parser = Parser({b"1": found.append}, control, lambda size: None)
        for start, end in zip(edges, edges[1:], strict=False):
            await parser.parse(data[start:end])

    asyncio.run(run())
    assert found == expected
    assert lines == [b"PING"] * len(messages)


@settings(max_examples=500)
@given(
    st.lists(
        st.sampled_from([b"MSG ", b"HMSG ", b"a ", b"1 ", b"5", b"\r\n", b"xxxxx", b"-ERR 'x'", b"\x00\xff", b"99"]),
        max_size=20,
    )
)
def test_any_bytes_are_taken_or_refused(pieces):
    async def control(line):
        pass

    async def run():
        parser = Parser({b"1": [].append}, control, lambda size: None)
        for piece in pieces:
            await parser.parse(piece)

    try:
        asyncio.run(run())
    except ValueError:
        pass
