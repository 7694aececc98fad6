"""The event outlet: what becomes an event, in which order, and what is only counted."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest
from msgspec.structs import replace

from asyncwatch.config.settings import Limits, OtlpSettings, ResourceSettings, TracingSettings
from asyncwatch.model.finding import Fault, Finding
from asyncwatch.outlets.otlp import EventOutlet, SpanOutlet
from asyncwatch.outlets.otlp.retry import BackOff
from unit.outlets.receiver import Receiver, Reply, partial_success
from unit.tracing.build import BREAKS_SCHEMA, NOW_NS, make_batch, make_route, observe, sampled_headers
from unit.tracing.read import attributes_of

SECOND_NS = 1_000_000_000
RESTART = Fault(rule="sequence.restart", severity="info", summary="began again")
UNDOCUMENTED = Fault(rule="channel.undocumented", severity="warning", summary="traffic on an address")
INVALID = Fault(rule="context.invalid", severity="warning", summary="does not parse", actual="too short")


def make_outlet(receiver: Receiver, *, per_second=None, messages=True, routes=(), resource=None, **settings):
    given = OtlpSettings(receiver.endpoint, **{"linger_s": 0.01, **settings})
    return EventOutlet(
        given, resource or ResourceSettings(), routes, per_second=per_second, messages=messages,
        back_off=BackOff(0.01, 0.05),
    )  # fmt: skip


def faulty(fault: Fault, n: int = 1, *, at_s: float = 0.0, route=None, **batch):
    observed = [NOW_NS + int(at_s * SECOND_NS)] * n
    obs = observe(make_batch(sampled_headers(n), observed_ns=observed, **batch), route or make_route())
    obs.faults = [(row, fault) for row in range(n)]
    return obs


def counts_of(outlet) -> tuple[int, int, int, int]:
    counts = outlet.statistics()
    assert counts.offered == counts.delivered + counts.dropped + counts.queued
    return counts.offered, counts.delivered, counts.dropped, counts.queued


async def sent(outlet: EventOutlet, receiver: Receiver) -> list:
    assert await outlet.drain(5) == 0
    return receiver.records()


async def test_events_arrive_under_our_own_name():
    resource = ResourceSettings("watch", {"deployment.environment.name": "test"}, "instance-1")
    async with Receiver(signal="logs") as receiver:
        outlet = make_outlet(receiver, resource=resource)
        outlet.offer(faulty(BREAKS_SCHEMA, 3))
        assert len(await sent(outlet, receiver)) == 3
        assert counts_of(outlet) == (3, 3, 0, 0)
        (group,) = receiver.requests[0].resource_logs
        assert attributes_of(group.resource.attributes) == {
            "service.name": "watch", "service.version": attributes_of(group.resource.attributes)["service.version"],
            "service.instance.id": "instance-1", "deployment.environment.name": "test",
        }  # fmt: skip
        assert group.scope_logs[0].scope.name == "asyncwatch"
        assert outlet.statistics().unit == "event"
        assert receiver.heads[0][0] == "POST /v1/logs HTTP/1.1"


async def test_a_cap_sends_so_many_a_second_and_one_event_for_the_others():
    async with Receiver(signal="logs") as receiver:
        outlet = make_outlet(receiver, per_second=100)
        for at_s in (0.0, 0.3, 1.5):
            outlet.offer(faulty(BREAKS_SCHEMA, 250, at_s=at_s))
        records = await sent(outlet, receiver)
        assert len(records) == 201
        assert attributes_of(records[-1].attributes)["asyncwatch.suppressed"] == 550
        assert outlet.left_out == {"capped": 550}
        assert counts_of(outlet) == (201, 201, 0, 0)


async def test_rules_and_channels_are_capped_each_for_itself():
    async with Receiver(signal="logs") as receiver:
        outlet = make_outlet(receiver, per_second=10)
        for route in (make_route(), make_route(server="other")):
            outlet.offer(faulty(BREAKS_SCHEMA, 10, route=route))
            outlet.offer(faulty(RESTART, 10, route=route))
        assert len(await sent(outlet, receiver)) == 40
        assert outlet.left_out == {}


async def test_what_is_held_back_is_told_while_the_run_goes_on(monkeypatch):
    monkeypatch.setattr("asyncwatch.outlets.otlp.events._TELL_S", 0.02)
    async with Receiver(signal="logs") as receiver:
        outlet = make_outlet(receiver, per_second=1)
        task = asyncio.create_task(outlet.run())
        outlet.offer(faulty(BREAKS_SCHEMA, 5))
        async with asyncio.timeout(5):
            while outlet.statistics().delivered < 2:
                await asyncio.sleep(0.005)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        assert counts_of(outlet) == (2, 2, 0, 0)
        assert attributes_of(receiver.records()[1].attributes)["asyncwatch.suppressed"] == 4


async def test_without_a_cap_every_finding_is_an_event():
    async with Receiver(signal="logs") as receiver:
        outlet = make_outlet(receiver)
        outlet.offer(faulty(BREAKS_SCHEMA, 700))
        assert len(await sent(outlet, receiver)) == 700


async def test_an_undocumented_channel_is_said_once_an_hour():
    route = make_route(channels=(), candidates=(), document=None, address="audit.raw")
    other = make_route(channels=(), candidates=(), document=None, address="_other")
    async with Receiver(signal="logs") as receiver:
        outlet = make_outlet(receiver)
        for at_s in (0, 10, 3599, 3600, 3700, 7201):
            outlet.offer(faulty(UNDOCUMENTED, 50, at_s=at_s, route=route, addresses=["audit.raw"] * 50))
        outlet.offer(faulty(UNDOCUMENTED, 2, route=other, addresses=["a", "a"]))
        outlet.offer(faulty(UNDOCUMENTED, 2, route=other, addresses=["b", "b"]))
        records = await sent(outlet, receiver)
        places = [attributes_of(one.attributes)["messaging.destination.name"] for one in records]
        assert places == ["audit.raw"] * 3 + ["a", "b"]
        assert outlet.left_out == {"already_said": 299}


async def test_invalid_contexts_are_sampled():
    async with Receiver(signal="logs") as receiver:
        outlet = make_outlet(receiver)
        for _ in range(10):
            outlet.offer(faulty(INVALID, 100))
        records = await sent(outlet, receiver)
        assert len(records) == 50
        assert {one.severity_number for one in records} == {9}
        assert outlet.left_out == {"sampled_out": 950}


async def test_findings_of_time_and_of_groups_are_sent_also_where_messages_have_their_events_on_spans():
    lag = Finding(
        rule="lag.stopped", severity="warning", summary="stands still", server="production", channel=None,
        address="orders.created", time_ns=NOW_NS, group="billing",
    )  # fmt: skip
    strange = Finding(
        rule="channel.missing", severity="error", summary="not there", server="elsewhere", channel="c", address="c",
        time_ns=NOW_NS,
    )  # fmt: skip
    async with Receiver(signal="logs") as receiver:
        outlet = make_outlet(receiver, messages=False, routes=[make_route()])
        outlet.offer(faulty(BREAKS_SCHEMA, 3))
        outlet.announce([lag, strange])
        outlet.announce([])
        first, second = await sent(outlet, receiver)
        assert (second.event_name, first.event_name) == ("asyncwatch.channel.missing", "asyncwatch.lag.stopped")
        assert attributes_of(first.attributes)["messaging.system"] == "kafka"
        assert "messaging.system" not in attributes_of(second.attributes)


async def test_violations_stand_in_log_events_only_where_that_is_wanted():
    async with Receiver() as receiver:
        for events in (True, False):
            outlet = SpanOutlet(OtlpSettings(receiver.endpoint), TracingSettings(), events=events)
            outlet.offer(faulty(BREAKS_SCHEMA))
            assert await outlet.drain(5) == 0
        with_events, without = receiver.spans()
        assert [event.name for event in with_events.events] == ["asyncwatch.violation"]
        assert list(without.events) == []
        assert attributes_of(without.attributes)["error.type"] == "payload.schema"
        assert with_events.status == without.status


async def test_the_span_outlet_says_which_span_an_event_belongs_to():
    async with Receiver() as traces, Receiver(signal="logs") as logs:
        spans, events = SpanOutlet(OtlpSettings(traces.endpoint), TracingSettings()), make_outlet(logs)
        obs = faulty(BREAKS_SCHEMA, 4)
        obs.faults = obs.faults[1:3]
        spans.offer(obs)
        events.offer(obs)
        await spans.drain(5)
        records = await sent(events, logs)
        own = {(span.trace_id, span.span_id) for span in traces.spans() if span.events}
        assert {(one.trace_id, one.span_id) for one in records} == own
        assert len(own) == 2


async def test_a_full_queue_keeps_errors_and_drops_what_is_only_information():
    async with Receiver(signal="logs") as receiver:
        outlet = make_outlet(receiver, queue_size=100, batch_size=100)
        outlet.offer(faulty(RESTART, 150))
        outlet.offer(faulty(BREAKS_SCHEMA, 60))
        outlet.offer(faulty(RESTART, 10))
        assert counts_of(outlet) == (220, 0, 120, 100)
        assert outlet.statistics().reasons == {"queue_full": 120}
        records = await sent(outlet, receiver)
        assert [one.severity_text for one in records] == ["ERROR"] * 60 + ["INFO"] * 40


async def test_rejected_log_records_are_counted():
    async with Receiver(partial_success(2, "no"), signal="logs") as receiver:
        outlet = make_outlet(receiver)
        outlet.offer(faulty(BREAKS_SCHEMA, 5))
        await sent(outlet, receiver)
        assert counts_of(outlet) == (5, 3, 2, 0)
        assert outlet.statistics().error == f"{receiver.endpoint}: 2 events rejected: no"


async def test_a_receiver_that_takes_no_logs_is_told_apart():
    async with Receiver(Reply(404), signal="logs") as receiver:
        outlet = make_outlet(receiver)
        outlet.offer(faulty(BREAKS_SCHEMA))
        assert await outlet.drain(5) == 0
        assert outlet.statistics().error == (
            f"{receiver.endpoint}: status 404; if no logs are taken there, set OTEL_LOGS_EXPORTER=none"
        )


async def test_the_standard_limits_cut_records_down():
    async with Receiver(signal="logs") as receiver:
        outlet = make_outlet(receiver, limits=Limits(value_chars=4, attributes=2))
        outlet.offer(faulty(BREAKS_SCHEMA))
        (record,) = await sent(outlet, receiver)
        assert len(record.attributes) == 2
        assert record.dropped_attributes_count > 10
        assert all(len(str(value)) <= 4 for value in attributes_of(record.attributes).values())


@pytest.mark.parametrize("n", [1, 10_001])
async def test_causes_without_end_stay_bounded(n):
    async with Receiver(signal="logs") as receiver:
        outlet = make_outlet(receiver, per_second=1)
        finding = Finding(
            rule="sequence.gap", severity="warning", summary="s", server="s", channel=None, address="a", time_ns=NOW_NS
        )
        for number in range(n):
            outlet.announce([replace(finding, address=str(number))] * 2)
        assert len(outlet._noise._causes) <= 10_000
        assert n - outlet.left_out["capped"] <= 1, "the table is told and emptied once"
