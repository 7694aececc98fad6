from __future__ import annotations

import pytest

from asyncwatch.tracing.tracestate import MAX_KEPT, parse_tracestate

KEY_256 = "k" * 256
PASSES = [
    ("one", ["foo=1"], "foo=1"),
    ("two headers in order", ["foo=1,bar=2", "rojo=1"], "foo=1,bar=2,rojo=1"),
    ("white space between", ["foo=1 , \tbar=2"], "foo=1,bar=2"),
    ("empty members", ["foo=1,,bar=2,", "", ","], "foo=1,bar=2"),
    ("duplicate keys stay", ["foo=1,foo=2"], "foo=1,foo=2"),
    ("all characters of a key", ["a-_*/@0=1"], "a-_*/@0=1"),
    ("key begins with a digit", ["0a=1"], "0a=1"),
    ("tenant at system", ["fw529a3039@dt=FfffffeE"], "fw529a3039@dt=FfffffeE"),
    ("ends with an at", ["foo@=1"], "foo@=1"),
    ("two ats", ["foo@@bar=1"], "foo@@bar=1"),
    ("key of 256", [f"{KEY_256}=1"], f"{KEY_256}=1"),
    ("value with a space inside", ["foo=a b"], "foo=a b"),
    ("all characters of a value", ["foo=!\"#$%&'()*+-./0:;<>?@[\\]^_`{|}~"], "foo=!\"#$%&'()*+-./0:;<>?@[\\]^_`{|}~"),
    ("32 members", [",".join(f"k{n}=1" for n in range(32))], ",".join(f"k{n}=1" for n in range(32))),
    ("nothing", [], ""),
    ("empty header", [""], ""),
]
FAILS = [
    ("33 members", [",".join(f"k{n}=1" for n in range(33))]),
    ("33 members in two headers", [",".join(f"k{n}=1" for n in range(20)), ",".join(f"j{n}=1" for n in range(13))]),
    ("key of 257", [f"{KEY_256}k=1"]),
    ("value of 257", [f"foo={'v' * 257}"]),
    ("key begins with an at", ["@foo=1"]),
    ("key in upper case", ["FOO=1"]),
    ("key with a dot", ["foo.bar=1"]),
    ("key with a space", ["foo =1"]),
    ("empty key", ["=1"]),
    ("empty value", ["foo="]),
    ("no equals sign", ["foo"]),
    ("equals sign in a value", ["foo=bar=baz"]),
    ("control character", ["foo=\x01"]),
    ("not ASCII", ["foo=ü"]),
    ("one bad member among good ones", ["foo=1,BAR=2"]),
    ("a megabyte", ["a=" + "b" * 1_000_000]),
    ("a million commas and a member", ["," * 1_000_000 + "a=1"]),
]


@pytest.mark.parametrize(("values", "kept"), [row[1:] for row in PASSES], ids=[row[0] for row in PASSES])
def test_members_pass_as_they_were_written(values, kept):
    assert parse_tracestate([value.encode() for value in values]) == kept.encode()
    assert parse_tracestate(values) == kept.encode()


@pytest.mark.parametrize("values", [row[1] for row in FAILS], ids=[row[0] for row in FAILS])
def test_a_bad_member_or_too_many_drop_the_whole(values):
    assert parse_tracestate([value.encode() for value in values]) == b""


def test_other_types_drop_the_whole():
    assert parse_tracestate([b"a=1", 1.5]) == b""
    assert parse_tracestate([None]) == b""


def test_512_characters_stay_whole():
    text = ",".join(f"k{n}=" + "v" * 123 for n in range(4))
    whole = text + "v" * (MAX_KEPT - len(text))
    assert parse_tracestate([whole.encode()]) == whole.encode()
    assert len(whole) == 512


def test_members_over_128_characters_go_first():
    long = "long=" + "v" * 200
    short = ",".join(f"k{n}=" + "v" * 90 for n in range(4))
    assert parse_tracestate([f"a=1,{long},{short}".encode()]) == f"a=1,{short}".encode()


def test_then_members_go_from_the_end():
    members = [f"k{n}=" + "v" * 100 for n in range(6)]
    assert parse_tracestate([",".join(members).encode()]) == ",".join(members[:4]).encode()
