"""Payloads above `limits.message_size`."""

from __future__ import annotations

import time

from asyncwatch.contract.load import load_contract
from asyncwatch.model.route import MOST_MESSAGE_BYTES
from asyncwatch.pipeline.build import make_replay_plan
from asyncwatch.pipeline.servers import BuildOptions
from asyncwatch.route import RouteSettings
from engine import KEY_HASH, judge, judge_by, kafka_document, plan_of

DOCUMENT = kafka_document("  orders: {address: orders, messages: {Order: {payload: {type: object}}}}")


def message(size: int) -> dict:
    return {"address": "orders", "payload": '{"a":"' + "x" * (size - 8) + '"}'}


def test_a_payload_of_the_limit_is_judged_and_one_byte_more_is_unchecked():
    report = judge(DOCUMENT, [message(MOST_MESSAGE_BYTES), message(MOST_MESSAGE_BYTES + 1)])
    assert (report.messages.valid, report.messages.unchecked) == (1, 1)
    assert report.channels[0].unchecked_reasons == {"larger than 1,500,000 bytes": 1}


def test_the_limit_is_that_of_the_settings():
    contract = load_contract("document.yaml", lambda _: DOCUMENT.encode())
    plan = make_replay_plan(
        BuildOptions(specs=["document.yaml"], routes=RouteSettings(message_bytes=100)), [contract], KEY_HASH
    )
    assert judge_by(plan, [message(100), message(101)]).channels[0].unchecked_reasons == {"larger than 100 bytes": 1}


def test_a_message_of_64_megabytes_costs_the_check_nothing():
    plan = plan_of(DOCUMENT)
    [route] = plan.routes.documented()
    from asyncwatch.model.batch import Batch
    from asyncwatch.model.observation import Observation

    payload = b'{"a":[' + b"[]," * 21_000_000 + b"1]}"
    batch = Batch(
        server=route.server, filter=route.filter, partition=0, addresses=None, payloads=[payload], headers=[()],
        keys=[None], positions=[0], sent_ns=[None], time_source="none", observed_ns=[1],
    )  # fmt: skip
    obs = Observation(batch, route)
    began_s = time.process_time()
    for check in route.checks:
        check.observe(obs)
    assert time.process_time() - began_s < 0.05
    assert obs.reasons == [(0, "larger than 1,500,000 bytes")]
