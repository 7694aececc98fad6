"""Sequences where others read some of the partitions."""

from __future__ import annotations

from asyncwatch.checks.sequence import SequenceCheck
from asyncwatch.contract.load import load_contract
from asyncwatch.model.observation import Observation
from asyncwatch.pipeline.build import make_replay_plan
from asyncwatch.pipeline.servers import BuildOptions
from asyncwatch.route import RouteSettings
from engine import KEY_HASH, kafka_document


def route_of(divided: str | None, extra: str = ""):
    text = kafka_document(
        f"  orders:\n    address: orders\n{extra}    messages:\n      Order: {{payload: {{type: object}}}}\n"
    )
    contract = load_contract("document.yaml", lambda _: text.encode())
    settings = RouteSettings(divided={} if divided is None else {"production": divided})
    plan = make_replay_plan(BuildOptions(specs=["document.yaml"], routes=settings), [contract], KEY_HASH)
    return plan.routes.documented()[0]


CHANNEL = "    x-asyncwatch: {sequence: {location: '$message.header#/seq', scope: channel}}\n"


def observe(route, numbers, partition=0):
    from asyncwatch.model.batch import Batch

    n = len(numbers)
    at = [1_790_000_000_000_000_000 + number * 1_000_000 for number in range(n)]
    batch = Batch(
        server="production", filter="orders", partition=partition, addresses=None, payloads=[b"{}"] * n,
        headers=[[("seq", b"%d" % number)] for number in numbers], keys=[None] * n, positions=list(range(n)),
        sent_ns=at, time_source="broker", observed_ns=at,
    )  # fmt: skip
    obs = Observation(batch, route)
    for check in route.checks:
        check.observe(obs)
    (check,) = [one for one in route.checks if isinstance(one, SequenceCheck)]
    return check, at[-1]


def test_workers_leave_a_channel_wide_sequence_to_one_of_them():
    assert route_of("workers", CHANNEL).split is False
    assert route_of("workers").split is True
    assert route_of(None).split is False


def test_in_a_group_a_channel_wide_sequence_is_not_followed_and_said_once():
    route = route_of("group", CHANNEL)
    check, now_ns = observe(route, range(0, 300, 2))
    findings = check.finish(now_ns)
    assert [one.rule for one in findings] == ["document.sequence-scope"]
    assert "counts over all partitions" in findings[0].summary
    row = check.statistics()
    assert (row.unsequenced, row.gaps, row.lost) == (150, 0, 0)


def test_a_channel_wide_sequence_that_lies_mostly_on_one_partition_is_no_sequence_of_the_partition():
    skewed = [number for number in range(700) if number % 10 != 3]
    alone, _ = observe(route_of(None), skewed)
    assert alone.statistics().scope is not None
    parted, now_ns = observe(route_of("workers"), skewed)
    assert parted.statistics().scope is None
    assert [one.rule for one in parted.finish(now_ns)] == ["document.sequence-scope"]


def test_a_sequence_of_the_partition_is_followed_by_whoever_reads_the_partition():
    check, now_ns = observe(route_of("group"), range(700))
    check.finish(now_ns)
    row = check.statistics()
    assert (row.scope, row.in_order, row.gaps) == ("partition", 700, 0)
