"""What is said of failures when there are too many: the verdict of all, why of some, and how many have no reason."""

from asyncwatch.model.batch import Batch
from asyncwatch.pipeline.build import make_ledger, make_pump, make_replay_plan
from asyncwatch.pipeline.servers import BuildOptions
from asyncwatch.route import RouteSettings
from engine import BASE_NS, KEY_HASH, kafka_document, plan_of

DOCUMENT = kafka_document("  orders: {address: orders, messages: {Order: {payload: {type: object, required: [id]}}}}")
SECOND_NS = 1_000_000_000


def report(per_second, counts):
    """Take so many broken messages in each second."""
    options = BuildOptions(specs=["x"], routes=RouteSettings(explained_per_second=per_second))
    plan = make_replay_plan(options, plan_of(DOCUMENT).contracts, KEY_HASH)
    ledger = make_ledger(plan, KEY_HASH, BASE_NS)
    pump = make_pump(plan, ledger, [])
    for second, n in enumerate(counts):
        pump.take(
            Batch(
                server="production", filter="orders", partition=0, addresses=None, payloads=[b"{}"] * n,
                headers=[[]] * n, keys=[None] * n, positions=list(range(n)), sent_ns=[None] * n, time_source="none",
                observed_ns=[BASE_NS // SECOND_NS * SECOND_NS + second * SECOND_NS] * n,
            )
        )  # fmt: skip
    return ledger.report(BASE_NS, None, whole_run=True)


def test_a_thousand_a_second_are_explained_and_the_others_stand_in_a_group_of_their_own():
    found = report(1_000, [2_500, 400])
    assert found.messages.invalid == 2_900
    assert [(one.path, one.count, one.summary) for one in found.findings] == [
        ("/id", 1_400, "/id is missing, required"),
        (None, 1_500, "not explained: too many failures at once"),
    ]


def test_without_a_cap_each_is_explained():
    assert [one.count for one in report(None, [2_500, 400]).findings] == [2_900]
