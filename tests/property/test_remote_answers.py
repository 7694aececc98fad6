"""Answers of web servers of any kind: each is an answer or a reason, in time, and nothing of it stands in the reason."""

from __future__ import annotations

import socket
import threading
from unittest.mock import patch

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from asyncwatch.reading.web_address import NoWebAddress, read_web_address
from asyncwatch.remote.deadline import Deadline, Unavailable
from asyncwatch.remote.get import Answer, get
from asyncwatch.remote.wire import Wire

_PIECES = st.sampled_from(
    [b"HTTP/1.1 ", b"HTTP/1.0 ", b"HTTP/9.9 ", b"200", b"302", b"304", b"100", b"-1", b"99999999999999999999", b" OK", b"\r\n", b"\n", b"\r\n\r\n",
     b"Content-Length: ", b"5", b"-5", b"1e9", b"Transfer-Encoding: chunked\r\n", b"ffffffffffffffff\r\n", b"3;x=y\r\nabc\r\n0\r\n\r\n", b"Location: ", b"http://[",
     b"Content-Encoding: gzip\r\n", b": ", b"\x00", b"\xff\xfe", b"secret-of-the-host", b"X: " + b"a" * 70_000, b"Y: b\r\n" * 120, b" folded\r\n", b"hello"]
)  # fmt: skip


@settings(deadline=None, max_examples=300, suppress_health_check=list(HealthCheck))
@given(st.lists(_PIECES, max_size=25).map(b"".join) | st.binary(max_size=300), st.booleans())
def test_any_answer_is_an_answer_or_a_reason(answer, begins_well):
    answer = (b"HTTP/1.1 200 OK\r\n" if begins_well else b"") + answer
    ours, theirs = socket.socketpair()

    def tell() -> None:
        try:
            theirs.sendall(answer)
            theirs.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # nobody listens any more

    thread = threading.Thread(target=tell)
    thread.start()
    deadline = Deadline(2)
    with patch("asyncwatch.remote.get.connect", lambda *_: Wire(ours, deadline)):
        try:
            found = get(read_web_address("http://127.0.0.1/x"), "named", deadline, 1_000)
            assert isinstance(found, Answer)
            assert len(found.body) <= 1_000
        except Unavailable as error:
            assert "secret" not in str(error)
            assert len(str(error)) < 200
        finally:
            theirs.close()
            thread.join(5)
    assert not thread.is_alive()
    assert ours.fileno() == -1


@settings(deadline=None, max_examples=300)
@given(st.text(max_size=40) | st.lists(st.sampled_from(["http", "https", ":", "//", "/", "@", "[", "]", "%", "%2", "..", ".", "a", "é", "\\", "?", "#", ":80", " "]), max_size=14).map("".join))  # fmt: skip
def test_any_text_is_an_address_in_one_form_or_none(text):
    try:
        found = read_web_address(text)
    except NoWebAddress:
        return
    again = read_web_address(str(found))
    assert again == found
    assert "@" not in found.authority
    assert "/../" not in found.path + "/"
    assert str(found).isascii()
