"""Servers that a reload begins to read, leaves, or reaches another way."""

import asyncio

from engine import kafka_document
from unit.pipeline.live_run import running

ORDERS = "  orders: {address: orders, messages: {Order: {payload: {type: object, required: [id]}}}}"


def order(n, server="production"):
    return {
        "server": server, "address": "orders", "partition": 0, "offset": n, "key": "k", "payload": '{"id": 1}',
        "headers": [["sequence_id", str(n)]],
    }  # fmt: skip


def on_servers(**hosts):
    lines = "".join(f"  {name}: {{host: '{host}', protocol: kafka}}\n" for name, host in hosts.items())
    return kafka_document(ORDERS).replace("  production: {host: '127.0.0.1:9092', protocol: kafka}\n", lines)


def test_the_document_of_these_tests_names_its_servers():
    assert "staging: {host: 'b:1'" in on_servers(production="a:1", staging="b:1")


async def test_a_new_server_is_read_and_the_others_keep_their_connection(tmp_path):
    async with running(tmp_path / "orders.yaml", on_servers(production="a:1")) as run:
        await run.send(order(1))
        before = run.runner
        outcome = await run.reload(on_servers(production="a:1", staging="b:1"))
        assert outcome.servers.added == ["staging"]
        assert (outcome.kept, outcome.added) == (1, 1)
        assert run.service.runners[0] is before
        await run.send(order(1, "staging"), server="staging")
        await run.send(order(2))
        rows = run.service.snapshot().channels
        assert [(row.server, row.messages.total) for row in rows] == [("production", 2), ("staging", 1)]
        assert [row.server for row in run.service.snapshot().servers] == ["production", "staging"]


async def test_a_server_that_is_left_is_closed_and_its_messages_stay_in_the_sums(tmp_path):
    async with running(tmp_path / "orders.yaml", on_servers(production="a:1", staging="b:1")) as run:
        await run.send(order(1))
        await run.send(order(1, "staging"), server="staging")
        left = run.service.runners[1]
        closed = []
        left.tap.close, close = (lambda: closed.append(True) or close()), left.tap.close
        outcome = await run.reload(on_servers(production="a:1"))
        assert outcome.servers.removed == ["staging"]
        assert closed == [True]
        snapshot = run.service.snapshot()
        assert [row.server for row in snapshot.servers] == ["production"]
        assert snapshot.messages.total == 2
        assert [row.messages.total for row in snapshot.channels] == [1]
        again = await run.reload(on_servers(production="a:1", staging="b:1"))
        assert again.servers.added == ["staging"]
        assert [row.messages.total for row in run.service.snapshot().channels] == [1, 1]
        assert run.service.snapshot().messages.total == 2


async def test_a_server_that_moved_is_opened_again_and_goes_on_counting(tmp_path):
    async with running(tmp_path / "orders.yaml", on_servers(production="a:1")) as run:
        await run.send(order(1))
        outcome = await run.reload(on_servers(production="c:1"))
        assert outcome.servers.moved == ["production"]
        assert run.opened == [("production", None), ("production", "production")]
        await run.send(order(7))
        snapshot = run.service.snapshot()
        assert [(row.server, row.messages.total) for row in snapshot.channels] == [("production", 2)]
        assert snapshot.channels[0].positions == {"0": [(7, 7)]}
        assert snapshot.view.servers[0].address == "c:1"
        assert snapshot.messages.total == 2
        assert len(run.service.runners) == 1


async def test_a_run_that_stops_in_the_middle_of_a_move_leaves_nothing_running(tmp_path):
    async with running(tmp_path / "orders.yaml", on_servers(production="a:1")) as run:
        await run.send(order(1))
        run.path.write_text(on_servers(production="c:1"))
        moving = asyncio.create_task(run.reloader.reload())
        while not run.told:
            await asyncio.sleep(0.001)
        await run.service.stop()
        await moving
        assert not [task for task in asyncio.all_tasks() if task.get_name() == "tap" and not task.done()]
