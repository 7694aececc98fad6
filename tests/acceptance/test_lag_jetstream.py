"""How far JetStream's consumers are behind, as a sidecar tells it of one that stopped at a known moment."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from acceptance.commands import document, sidecar
from acceptance.lag_rows import assert_right, wait_for
from servers.nats import NatsServer
from servers.nats_services import Sent, inventory, make_stream, publish, service
from servers.process import free_ports

pytestmark = [pytest.mark.nats, pytest.mark.slow]

ORDER = Sent(b'{"id":1}')


async def test_seconds_of_a_consumer_that_stopped_at_a_known_moment(nats: NatsServer, tmp_path: Path):
    busy, quiet, other = "lagging.busy", "lagging.quiet", "lagging.other"
    described = document(nats.bootstrap, busy, quiet).replace("protocol: kafka", "protocol: nats")
    health = f"127.0.0.1:{free_ports(1)[0]}"
    async with service(nats.bootstrap) as client:
        await make_stream(client, "LAGBUSY", [busy, other])
        await make_stream(client, "LAGQUIET", [quiet])
        stream = client.jetstream()
        consumers = {name: await stream.pull_subscribe(name, durable=name.replace(".", "-")) for name in (busy, quiet)}
        began_s = time.time()
        await publish(client, busy, [ORDER])
        early = await stream.pull_subscribe(busy, durable="lagging-early")
        await publish(client, busy, [ORDER] * 4)
        await publish(client, quiet, [ORDER] * 3)
        for message in await consumers[quiet].fetch(3, timeout=5):
            await message.ack_sync()
        before = await inventory(nats)
        with sidecar(tmp_path, described, "--health", health) as command:
            await publish(client, busy, [ORDER])
            for message in await consumers[busy].fetch(6, timeout=5):
                await message.ack_sync()
            stopped_s = time.time()
            # Messages of another subject lie between what is read and what is not.
            await publish(client, other, [ORDER] * 3)
            await publish(client, busy, [ORDER] * 10)
            rows = await wait_for(
                command,
                lambda rows: (
                    (rows.get(("lagging-busy", busy), {}).get("seconds") or 0) > 3
                    and (rows.get(("lagging-early", busy), {}).get("seconds") or 0) > 3
                    and rows.get(("lagging-quiet", quiet), {}).get("status") == "idle"
                ),
                "rows of all consumers",
            )
            row = rows["lagging-busy", busy]
            assert (row["messages"], row["partition"], row["view"]["source"]) == (10, None, "read")
            assert_right(row, stopped_s, "JetStream, stopped")
            row = rows["lagging-early", busy]
            assert (row["messages"], row["view"]["source"]) == (16, "probe")
            assert_right(row, began_s, "JetStream, before our start")
            assert rows["lagging-quiet", quiet]["seconds"] == 0.0
            assert (await early.consumer_info()).num_pending == 16  # nothing of it was taken
        after = await inventory(nats)
        assert set(after["consumers"]) == set(before["consumers"])
