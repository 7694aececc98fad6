"""Whatever a schema says and a message holds: no part of the message stands in a fault, a report or a line of findings."""

from __future__ import annotations

import base64
import json
from collections import Counter
from collections.abc import Sequence
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from acceptance.canaries import MARK, NUMBER, marks_in
from asyncwatch.model.finding import Finding
from asyncwatch.model.observation import Observation
from asyncwatch.model.occurrence import occurrence
from asyncwatch.outlets.base import OutletStatistics
from asyncwatch.outlets.findings.lines import encode_finding
from engine import KEY_HASH, judge, kafka_document

DECLARED = st.sampled_from(["a", "b", "c"])
SCALARS = st.sampled_from([MARK, MARK + "/~" + MARK, NUMBER, NUMBER / 1000, True, None, 1, "", "a"])
NAMES = st.one_of(DECLARED, st.sampled_from([MARK, "x-" + MARK]))
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(NAMES, inner, max_size=3)), max_leaves=8
)  # fmt: skip


def _schemas(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.fixed_dictionaries(
        {},
        optional={
            "type": st.sampled_from(["object", "array", "string", "integer", "null"]),
            "properties": st.dictionaries(DECLARED, inner, max_size=3), "required": st.lists(DECLARED, max_size=2, unique=True),
            "additionalProperties": st.one_of(st.booleans(), inner), "patternProperties": st.just({"^x-": {"type": "null"}}),
            "propertyNames": st.just({"maxLength": 3}), "maxProperties": st.just(1), "items": inner,
            "uniqueItems": st.just(True), "enum": st.just(["a", 1]), "const": st.just("a"), "maxLength": st.just(2),
            "pattern": st.just("^a"), "format": st.sampled_from(["email", "uuid", "date-time"]), "maximum": st.just(3),
            "not": inner, "anyOf": st.lists(inner, min_size=1, max_size=2), "oneOf": st.lists(inner, min_size=1, max_size=2),
            "dependencies": st.just({"a": ["b"]}), "if": inner, "then": inner, "contains": inner,
        },
    )  # fmt: skip


SCHEMAS = st.recursive(st.just({}), _schemas, max_leaves=6)


class Kept:
    """An outlet that writes every occurrence."""

    def __init__(self) -> None:
        self.lines: list[bytes] = []

    def offer(self, obs: Observation, /) -> None:
        self.lines += [encode_finding(occurrence(obs, row, fault, KEY_HASH)) for row, fault in obs.faults]

    def announce(self, findings: Sequence[Finding], /) -> None:
        self.lines += map(encode_finding, findings)

    async def run(self) -> None: ...

    async def drain(self, deadline_s: float) -> int:
        return 0

    def statistics(self) -> OutletStatistics:
        return OutletStatistics("kept", "finding", "ok", len(self.lines), len(self.lines), 0, 0, None)


@st.composite
def broken(draw: st.DrawFn, value: object) -> bytes:
    """Write a value as JSON and damage it, or not."""
    text = json.dumps(value).encode()
    match draw(st.integers(0, 5)):
        case 0:
            return text[: draw(st.integers(0, len(text)))]
        case 1:
            at = draw(st.integers(0, len(text)))
            return text[:at] + draw(st.binary(min_size=1, max_size=2)) + text[at:]
        case _:
            return text


TYPES = (
    "application/json",
    "application/avro",
    "application/msgpack",
    "application/cbor",
    "application/xml",
    "text/plain",
)


@settings(max_examples=250, deadline=None)
@given(st.data(), SCHEMAS, st.lists(VALUES, min_size=1, max_size=3), st.sampled_from(TYPES))
def test_no_part_of_a_message_stands_in_what_is_said_of_it(data: st.DataObject, schema: Any, values: Any, kind: str):
    message = {"contentType": kind, "payload": schema, "headers": {"type": "object", "properties": {"h": schema}}}
    message["bindings"] = {"kafka": {"key": schema}}
    channel = {
        "orders": {"address": "orders", "messages": {"One": message, "Two": message | {"payload": {"type": "null"}}}}
    }
    document = kafka_document("  {}").replace("channels:\n  {}", "channels: " + json.dumps(channel))
    messages = []
    for number, value in enumerate(values):
        payload, key, header = (base64.b64encode(data.draw(broken(value))).decode() for _ in range(3))
        messages.append(
            {
                "address": "orders", "offset": number, "payload_base64": payload, "key_base64": key,
                "headers": [["h", {"base64": header}], [MARK, MARK], ["traceparent", MARK]],
            }
        )  # fmt: skip
    kept = Kept()
    report = judge(document, messages, outlets=[kept])
    assert report.messages.total == len(messages)
    assert not marks_in(msgspec.json.encode(report)), report
    for line in kept.lines:
        assert not marks_in(line), line
    written = Counter(json.loads(line)["fingerprint"] for line in kept.lines)
    assert written == {one.fingerprint: one.count for one in report.findings}
