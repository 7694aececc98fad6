"""Service graphs that back ends draw from spans: the edges between services are the same with and without ours.

The models follow how Tempo pairs client and server sides, and how Jaeger's memory store counts dependencies.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import permutations

import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from unit.tracing.build import BREAKS_SCHEMA, NOW_NS, make_batch, make_route, observe
from unit.tracing.read import decode, encode

TRACE = "0af7651916cd43dd8448eb211c80319c"
SENT, BILLED, AUDITED, PROCESSED = ("b7ad6b7169203331", "c" * 16, "d" * 16, "e" * 16)
BROKER = "kafka MkU3OEVBNTcwNTJENDM2Qg"
WAIT = 10


@dataclass(frozen=True)
class Seen:
    """A span as a back end keeps it."""

    service: str
    kind: int
    trace: str
    id: str
    parent: str
    links: tuple[tuple[str, str], ...] = ()


SHOP = Seen("shop", Span.SPAN_KIND_PRODUCER, TRACE, SENT, "")
BILLING = Seen("billing", Span.SPAN_KIND_CONSUMER, TRACE, BILLED, SENT)
AUDIT = Seen("audit", Span.SPAN_KIND_CONSUMER, TRACE, AUDITED, SENT)
WORK = Seen("billing", Span.SPAN_KIND_INTERNAL, TRACE, PROCESSED, BILLED)
LINKING = Seen("mailer", Span.SPAN_KIND_CONSUMER, "f" * 32, "f" * 16, "", ((TRACE, SENT),))


def our_span(*, sampled: bool = True, broken: bool = False, relation: str = "parent") -> Seen:
    flags = "01" if sampled else "00"
    headers = [[("traceparent", f"00-{TRACE}-{SENT}-{flags}".encode())]]
    obs = observe(make_batch(headers, observed_ns=[NOW_NS]), make_route())
    if broken:
        obs.faults = [(0, BREAKS_SCHEMA)]
    transits = encode(obs, relation=relation)
    (span,) = map(decode, transits.plain + transits.violating)
    links = tuple((one.trace_id.hex(), one.span_id.hex()) for one in span.links)
    return Seen(BROKER, span.kind, span.trace_id.hex(), span.span_id.hex(), span.parent_span_id.hex(), links)


def tempo(spans) -> Counter[tuple[str, str]]:
    """Pair each client side with the first server side; a pair is counted and forgotten, what waits too long as well."""
    edges: Counter[tuple[str, str]] = Counter()
    waiting: dict[tuple[str, str], tuple[str, str | None, str | None]] = {}
    for span in spans:
        if span.kind in {Span.SPAN_KIND_CLIENT, Span.SPAN_KIND_PRODUCER}:
            key, side = (span.trace, span.id), "client"
        elif span.kind in {Span.SPAN_KIND_SERVER, Span.SPAN_KIND_CONSUMER}:
            key, side = (span.trace, span.parent), "server"
        else:
            continue
        _, client, server = waiting.pop(key, (side, None, None))
        client, server = (span.service, server) if side == "client" else (client, span.service)
        if client is not None and server is not None:
            edges[client, server] += 1
        else:
            waiting[key] = (side, client, server)
            while len(waiting) > WAIT:
                waiting.pop(next(iter(waiting)))
    return edges


def jaeger(spans) -> Counter[tuple[str, str]]:
    """Count an edge for each span whose parent is in the trace, whatever their kinds."""
    known = {(span.trace, span.id): span.service for span in spans}
    return Counter(
        (known[span.trace, span.parent], span.service) for span in spans if (span.trace, span.parent) in known
    )


OURS = {
    "recorded": [our_span()],
    "broken": [our_span(broken=True)],
    "unrecorded and broken": [our_span(sampled=False, broken=True)],
    "linked": [our_span(relation="link")],
    "seen twice": [our_span(), our_span()],
}
SERVICES = {
    "one consumer": [SHOP, BILLING],
    "two consumers": [SHOP, BILLING, AUDIT],
    "a consumer that works on": [SHOP, BILLING, WORK],
    "a consumer that links": [SHOP, LINKING],
    "nobody consumes": [SHOP],
    "the producer is not instrumented": [BILLING],
}


@pytest.mark.parametrize("services", SERVICES.values(), ids=SERVICES)
@pytest.mark.parametrize("ours", OURS.values(), ids=OURS)
def test_tempo_draws_the_same_edges_with_and_without_us_in_every_order_of_arrival(services, ours):
    for order in permutations([*services, *ours]):
        without = [span for span in order if span.service != BROKER]
        assert tempo(order) == tempo(without)


@pytest.mark.parametrize("services", SERVICES.values(), ids=SERVICES)
@pytest.mark.parametrize("ours", OURS.values(), ids=OURS)
def test_jaeger_adds_the_producers_edge_to_the_broker_and_no_other(services, ours):
    added = Counter(jaeger({*services, *ours}))
    added.subtract(jaeger(services))
    has_parent = bool(ours[0].parent) and SHOP in services
    assert +added == (Counter({("shop", BROKER): 1}) if has_parent else Counter())
    assert -added == Counter()


def test_a_span_of_ours_that_claimed_to_consume_would_steal_the_edge():
    thief = Seen(BROKER, Span.SPAN_KIND_CONSUMER, TRACE, "9" * 16, SENT)
    assert tempo([SHOP, thief, BILLING]) != tempo([SHOP, BILLING]), "the model sees what it is there to see"
