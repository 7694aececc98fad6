"""Whatever stands in a header: a reader of a trace context answers, in the form that was promised."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from asyncwatch.tracing.formats.table import FORMATS

CONTEXT = re.compile(rb"00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")
ALPHABET = "0123456789abcdefABCDEFdg-:;=%3A_.ptidRootParentSampled,? \t\nxé"
values = st.one_of(
    st.none(), st.text(ALPHABET, max_size=120), st.text(ALPHABET, max_size=120).map(lambda text: text.encode()),
    st.binary(max_size=60), st.integers(), st.booleans(), st.just(b"1" * 100_000),
)  # fmt: skip


@given(st.sampled_from(sorted(FORMATS)), st.lists(values, min_size=5, max_size=5))
def test_a_reader_gives_a_context_a_reason_or_nothing(name, given_values):
    one = FORMATS[name]
    verdict = one.read(given_values[: len(one.headers)])
    if isinstance(verdict, bytes):
        assert CONTEXT.fullmatch(verdict)
        assert verdict[3:35].strip(b"0")
        assert verdict[36:52].strip(b"0")
    else:
        assert verdict is None or verdict.isascii()


@given(st.sampled_from(sorted(FORMATS)))
def test_without_any_header_nothing_is_said(name):
    one = FORMATS[name]
    assert one.read([None] * len(one.headers)) is None
