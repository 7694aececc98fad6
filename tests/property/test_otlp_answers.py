"""Whatever a receiver answers, reading it ends, and never raises."""

from __future__ import annotations

from google.protobuf.any_pb2 import Any
from google.rpc.error_details_pb2 import RetryInfo
from google.rpc.status_pb2 import Status
from hypothesis import given
from hypothesis import strategies as st

from asyncwatch.outlets.otlp.answer import printable
from asyncwatch.outlets.otlp.grpc_transport import parse_retry_info
from asyncwatch.outlets.otlp.partial_success import decode_json_partial_success, decode_partial_success
from asyncwatch.outlets.otlp.retry import parse_retry_after


@given(st.binary(max_size=200) | st.binary(max_size=40).map(lambda tail: b"\x0a" + bytes([len(tail)]) + tail))
def test_any_answer_is_survived(body):
    for found in (decode_partial_success(body), decode_json_partial_success(body)):
        assert 0 <= found.rejected < 1 << 63
    after_s = parse_retry_info(body)
    assert after_s is None or 0.0 <= after_s <= 86_400.0


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda one: st.lists(one) | st.dictionaries(
    st.sampled_from(["partialSuccess", "rejectedSpans", "errorMessage", "x"]), one), max_leaves=8))  # fmt: skip
def test_any_json_answer_is_survived(value):
    import json

    assert decode_json_partial_success(json.dumps(value).encode("utf-8", "replace")).rejected >= 0


@given(st.integers(0, 10**6), st.integers(0, 999_999_999), st.binary(max_size=20))
def test_a_retry_info_is_found_among_other_details(seconds, nanos, other):
    status = Status(code=8)
    status.details.append(Any(type_url="type.googleapis.com/x", value=other))
    info = RetryInfo()
    info.retry_delay.seconds, info.retry_delay.nanos = seconds, nanos
    packed = Any()
    packed.Pack(info)
    status.details.append(packed)
    found = parse_retry_info(status.SerializeToString())
    assert found == min(seconds + nanos / 1e9, 86_400.0)


@given(st.text(max_size=60))
def test_any_retry_after_is_survived_and_what_is_said_is_harmless(text):
    after_s = parse_retry_after(text, lambda: 1_000.0)
    assert after_s is None or after_s >= 0.0
    assert all(sign.isprintable() for sign in printable(text))
