from __future__ import annotations

import pytest

from asyncwatch.reading.web_address import NoWebAddress, read_web_address
from asyncwatch.reading.web_prefix import read_web_prefix


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("HTTPS://Example.COM:443/a", "https://example.com/a"), ("http://example.com.:80", "http://example.com/"),
        ("https://example.com/a/./b/../c", "https://example.com/a/c"), ("https://e.com/../../x", "https://e.com/x"),
        ("https://e.com/a/..", "https://e.com/"), ("https://e.com/a/.", "https://e.com/a/"), ("https://e.com/a//b", "https://e.com/a//b"),
        ("https://e.com/%7Ea%2d", "https://e.com/~a-"), ("https://e.com/a%20b?x=1#frag", "https://e.com/a%20b?x=1"),
        ("https://e.com/ä", "https://e.com/%C3%A4"), ("https://bücher.example/x", "https://xn--bcher-kva.example/x"),
        ("http://[::1]:8080/x", "http://[::1]:8080/x"), ("https://e.com?q", "https://e.com/?q"),
    ],
)  # fmt: skip
def test_addresses_that_mean_the_same_have_one_form(text, normal):
    assert str(read_web_address(text)) == normal
    assert str(read_web_address(normal)) == normal


@pytest.mark.parametrize(
    "text",
    [
        "https://good.example@evil.example/", "https://user:secret@e.com/", "ftp://e.com/", "//e.com/", "e.com", "", "https://",
        "https:///x", "https://e.com:0/", "https://e.com:99999/", "https://e.com:x/", "https://e com/", "https://e.com/a b",
        "https://e.com\\@evil.example/", "https://e.com/%2e%2e/x", "https://e.com/a%2Fb", "https://e.com/a%5Cb", "https://e.com/%00",
        "https://e.com/%252e%252e/", "https://e.com/\n", "https://e..com/", "https://[::1", "https://[fe80::1%25eth0]/", "https://e.com/" + "a" * 9000,
        "https://-e.com/", "https://e.com\u2028/", "https://e\u00ad.com\t/", "file:///etc/passwd", "https://e.com:",
    ],
)  # fmt: skip
def test_what_could_be_read_in_two_ways_is_no_address(text):
    with pytest.raises(NoWebAddress) as caught:
        read_web_address(text)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("prefix", "address", "trust"),
    [
        ("https://e.com/s/", "https://e.com/s/a.json", "named"), ("https://e.com/s", "https://e.com/s/a.json", "named"),
        ("https://e.com/s", "https://e.com/s", "named"), ("https://e.com", "https://e.com/x", "named"),
        ("https://E.com:443/s", "https://e.com./s/a", "named"), ("https://e.com/s", "https://e.com/s-evil/a", None),
        ("https://e.com/s", "https://e.com/s/../t", None), ("https://e.com/s", "http://e.com/s/a", None),
        ("https://e.com/s", "https://e.com:8443/s/a", None), ("https://e.com", "https://e.com.evil.example/", None),
        ("https://e.com", "https://evil.example/e.com", None), ("https://e.com", "https://a.e.com/", None),
        ("https://", "https://e.com/x", "public"), ("https://", "http://e.com/x", None),
        ("https://*.e.com/s", "https://a.b.e.com/s/x", "public"), ("https://*.e.com", "https://e.com/", None),
        ("https://*.e.com", "https://evile.com/", None), ("http://127.0.0.1:80", "http://127.0.0.1/x", "named"),
    ],
)  # fmt: skip
def test_a_prefix_allows_what_lies_below_it_and_nothing_that_looks_like_it(prefix, address, trust):
    assert read_web_prefix(prefix).trust(read_web_address(address)) == trust


@pytest.mark.parametrize(
    "text",
    [
        "",
        "e.com",
        "*",
        "https://user@e.com",
        "https://e.com/?a",
        "https://e.com/#a",
        "ftp://e.com",
        "https://*.",
        "https://*.*.com",
    ],
)
def test_what_is_no_prefix_is_refused(text):
    with pytest.raises(NoWebAddress):
        read_web_prefix(text)
