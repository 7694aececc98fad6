"""Documents read again in the middle of a run."""

import asyncio

import pytest

from asyncwatch.model.batch import Batch
from asyncwatch.model.errors import MisconfiguredAll
from asyncwatch.telemetry.happenings import COUNTS
from engine import BASE_NS, kafka_document
from unit.pipeline.live_run import running

ORDERS = "  orders: {address: orders, messages: {Order: {payload: {type: object, required: [id]}}}}"
STRICTER = "  orders: {address: orders, messages: {Order: {payload: {type: object, required: [id, total]}}}}"
REMARKED = "  orders: {address: orders, description: again, messages: {Order: {payload: {title: Order, required: [id], type: object}}}}"
REFUNDS = "  refunds: {address: refunds, messages: {Refund: {payload: {type: object}}}}"


def order(n, address="orders"):
    return {"address": address, "partition": 0, "offset": n, "key": "k", "payload": '{"id": 1}', "headers": [["sequence_id", str(n)]]}  # fmt: skip


async def test_an_address_that_means_the_same_goes_on_with_all_its_state(tmp_path):
    async with running(tmp_path / "orders.yaml", kafka_document(f"{ORDERS}\n{REFUNDS}")) as run:
        await run.send(*(order(n) for n in range(1, 6)))
        before = run.plan.routes.documented()[0]
        outcome = await run.reload(kafka_document(f"{REMARKED}\n{REFUNDS}"))
        assert (outcome.kept, outcome.changed, outcome.added, outcome.removed) == (2, 0, 0, 0)
        assert run.plan.routes.documented()[0] is before
        await run.send(order(6))
        assert run.rows() == {"orders": 6, "refunds": 0}
        assert len(run.told) == 1


async def test_an_address_that_changed_judges_anew_and_goes_on_counting(tmp_path):
    async with running(tmp_path / "orders.yaml", kafka_document(f"{ORDERS}\n{REFUNDS}")) as run:
        await run.send(*(order(n) for n in range(1, 4)), order(1, "refunds"))
        outcome = await run.reload(kafka_document(f"{STRICTER}\n{REFUNDS}"))
        assert (outcome.kept, outcome.changed) == (1, 1)
        assert run.rows() == {"orders": 3, "refunds": 1}
        await run.send(order(4))
        snapshot = run.service.snapshot()
        assert run.rows() == {"orders": 4, "refunds": 1}
        assert snapshot.messages.total == 5
        assert (snapshot.messages.valid, snapshot.messages.invalid) == (4, 1)
        assert [one.rule for one in snapshot.findings] == ["payload.schema"]


async def test_fields_that_were_seen_before_are_seen(tmp_path):
    async with running(tmp_path / "orders.yaml", kafka_document(ORDERS)) as run:
        await run.send(order(1))
        await run.reload(kafka_document(STRICTER))
        coverage = run.service.snapshot().coverage
        assert (coverage.fields.documented, coverage.fields.seen, coverage.looked_at) == (2, 1, 1)
        assert coverage.by_message[0].unseen_fields == ["/total"]


async def test_findings_of_before_stay_and_rates_never_fall_below_zero(tmp_path):
    async with running(tmp_path / "orders.yaml", kafka_document(STRICTER)) as run:
        await run.send(order(1), order(2))
        run.ledger.tick()
        await run.reload(kafka_document(ORDERS))
        run.ledger.tick()
        snapshot = run.service.snapshot()
        assert [(one.rule, one.count) for one in snapshot.findings] == [("payload.schema", 2)]
        assert all(one is None or one >= 0 for one in snapshot.view.window)
        assert snapshot.messages.total == 2


async def test_a_new_address_is_read_and_one_that_is_gone_is_not_without_a_restart(tmp_path):
    async with running(tmp_path / "orders.yaml", kafka_document(ORDERS)) as run:
        await run.send(order(1))
        outcome = await run.reload(kafka_document(REFUNDS))
        assert (outcome.added, outcome.removed) == (1, 1)
        await asyncio.sleep(0)
        await run.send(order(1, "refunds"))
        assert run.rows() == {"refunds": 1}
        assert [one.id for one in run.runner.filters] == ["refunds"]
        assert run.service.snapshot().messages.total == 2
        assert not run.service.snapshot().findings


async def test_batches_that_were_on_their_way_are_no_undocumented_traffic(tmp_path):
    async with running(tmp_path / "orders.yaml", kafka_document(ORDERS)) as run:
        await run.send(order(1))
        await run.reload(kafka_document(REFUNDS))
        run.service.take(
            Batch(
                server="production", filter="orders", partition=0, addresses=None, payloads=[b'{"id": 1}'],
                headers=[[]], keys=[b"k"], positions=[2], sent_ns=[None], time_source="none", observed_ns=[BASE_NS],
            )
        )  # fmt: skip
        snapshot = run.service.snapshot()
        assert snapshot.messages.total == 2
        assert run.rows() == {"refunds": 0}
        assert not snapshot.findings


async def test_an_undocumented_address_that_is_documented_now_has_one_row(tmp_path):
    async with running(tmp_path / "orders.yaml", kafka_document(ORDERS)) as run:
        await run.send(order(1, "refunds"))
        assert run.rows() == {"orders": 0, "(refunds)": 1}
        await run.reload(kafka_document(f"{ORDERS}\n{REFUNDS}"))
        await run.send(order(2, "refunds"))
        assert run.rows() == {"orders": 0, "refunds": 1}
        assert run.service.snapshot().messages.total == 2


@pytest.mark.parametrize(
    ("document", "told"),
    [
        ("asyncapi: [", "orders.yaml"),
        ("asyncapi: 9.0.0", "is not read"),
        (
            "asyncapi: 3.0.0\ninfo: {title: Test, version: 1.0.0}\nservers:\n  production: {host: 'h:1', protocol: kafka}",
            "no channel any more",
        ),
    ],
)
async def test_documents_that_cannot_be_used_change_nothing_and_are_told(tmp_path, document, told):
    async with running(tmp_path / "orders.yaml", kafka_document(ORDERS)) as run:
        await run.send(order(1))
        before, refused = run.plan.routes.documented(), COUNTS["ReloadRefused"]
        with pytest.raises(MisconfiguredAll, match=told):
            await run.reload(document)
        assert COUNTS["ReloadRefused"] == refused + 1
        assert run.plan.routes.documented() == before
        told_view = run.service.snapshot().view.reload
        assert told_view.refused is not None
        assert told in told_view.reasons[0]
        await run.send(order(2))
        assert run.rows() == {"orders": 2}


async def test_a_sequence_goes_on_over_a_reload_that_leaves_its_address_alone(tmp_path):
    declared = ORDERS.replace(
        "address: orders,", "address: orders, x-asyncwatch: {sequence: {location: '$message.header#/sequence_id'}},"
    )
    async with running(tmp_path / "orders.yaml", kafka_document(declared)) as run:
        await run.send(order(1), order(2))
        keys = run.service.snapshot().channels[0].ordering
        await run.reload(kafka_document(f"{declared}\n{REFUNDS}"))
        await run.send(order(5))
        assert run.service.snapshot().channels[0].ordering.source == keys.source
        assert run.rows()["orders"] == 3


async def test_reloads_wait_for_each_other_and_messages_go_on_meanwhile(tmp_path):
    async with running(tmp_path / "orders.yaml", kafka_document(ORDERS)) as run:
        run.path.write_text(kafka_document(f"{ORDERS}\n{REFUNDS}"))
        reloads = [asyncio.create_task(run.reloader.reload()) for _ in range(5)]
        for n in range(1, 30):
            await run.send(order(n))
        outcomes = await asyncio.gather(*reloads)
        assert sorted(one.added for one in outcomes) == [0, 0, 0, 0, 1]
        assert run.rows() == {"orders": 29, "refunds": 0}
