"""Routes, batches and observations for tests of tracing and outlets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from asyncwatch.checks.context import ContextCheck
from asyncwatch.checks.fields import FieldsCheck
from asyncwatch.model.batch import Batch, Headers
from asyncwatch.model.finding import Fault
from asyncwatch.model.observation import Observation
from asyncwatch.model.route import Candidate, Route
from asyncwatch.model.rules import RULES
from asyncwatch.model.state import VALID

NOW_NS = 1_800_000_000_123_456_789
TRACE = "0af7651916cd43dd8448eb211c80319c"
SPAN = "b7ad6b7169203331"
SAMPLED = f"00-{TRACE}-{SPAN}-01".encode()
UNSAMPLED = f"00-{TRACE}-{SPAN}-00".encode()

BREAKS_SCHEMA = Fault(
    rule="payload.schema", severity="error", summary="/amount is a string, number expected", path="/amount",
    group_path="/amount", schema_path="#/properties/amount/type", keyword="type", expected="number", actual="string",
)  # fmt: skip


def make_candidate(message: str = "OrderCreated", name: str | None = "order_created") -> Candidate:
    return Candidate(
        channels=(("orderCreated", message),), name=name, title=None, content_type="application/json", payload=None,
        unchecked=None, headers=None, key=None,
    )  # fmt: skip


def make_route(**changes) -> Route:
    route = Route(
        server="production", protocol="kafka", cluster="MkU3OEVBNTcwNTJENDM2Qg", host="kafka.example.com", port=9092,
        filter="orders.created", address="orders.created", document="orders.yaml", spec_id="urn:example:orders",
        channels=("orderCreated",), candidates=(make_candidate(),),
        severities={rule.id: rule.severity for rule in RULES.values()},
    )  # fmt: skip
    route = replace(route, **changes)
    route.slots = {name: slot for slot, name in enumerate(ContextCheck.wants(route))}
    return route


def make_batch(headers: Sequence[Headers], **changes) -> Batch:
    n = len(headers)
    batch = Batch(
        server="production", filter="orders.created", partition=3, addresses=None, payloads=[b'{"id":17}'] * n,
        headers=headers, keys=[b"k-%d" % row for row in range(n)], positions=list(range(41, 41 + n)),
        sent_ns=[NOW_NS - 3_000_000] * n, time_source="producer", observed_ns=[NOW_NS] * n,
    )  # fmt: skip
    return replace(batch, **changes)


def sampled_headers(n: int) -> list[Headers]:
    return [[("traceparent", f"00-{row + 1:032x}-{row + 1:016x}-01".encode())] for row in range(n)]


def observe(batch: Batch, route: Route, check: ContextCheck | None = None) -> Observation:
    """Run the checks that spans depend on; the message is taken to be the first candidate, and valid."""
    obs = Observation(batch, route)
    FieldsCheck(route).observe(obs)
    (check or ContextCheck(route)).observe(obs)
    if route.candidates:
        obs.message = [0] * len(batch)
        obs.state = bytearray([VALID]) * len(batch)
    return obs


def observe_headers(*headers: Headers, **route_changes) -> Observation:
    return observe(make_batch(headers), make_route(**route_changes))
