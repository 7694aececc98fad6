"""The laws of a probe (docs/laws/probe.md), run for every tap that has one."""

from __future__ import annotations

import asyncio
import gc
import logging
import time

import pytest

from asyncwatch.model.errors import AsyncwatchError, Disconnected, Unreachable
from asyncwatch.model.progress import Position
from asyncwatch.taps.base import Probe
from conformance.harness import SECRET, SERVER, Harness, Message, belongings, exactly


def open_probe(harness: Harness, *, absent: bool = False) -> Probe:
    if harness.spec.probe is None:
        pytest.skip(f"the tap '{harness.spec.name}' has no probe")
    return harness.spec.probe(SERVER, harness.absent() if absent else harness.settings())


async def answers(probe: Probe, address: str) -> None:
    """Poll until the server answers: it may just have been started."""
    end_s = time.monotonic() + 20
    while True:
        try:
            progress = await probe.poll([exactly(address)])
        except (Disconnected, Unreachable):
            assert time.monotonic() < end_s
            await asyncio.sleep(0.1)
        else:
            assert progress.server == SERVER
            return


async def test_a_probe_leaves_the_server_as_it_was(harness: Harness):
    probe = open_probe(harness)
    address = await harness.make_address(2)
    await harness.send(address, [Message(b"1")] * 5)
    before = await harness.inventory()
    for wanted in ([exactly(address)], [exactly(address), exactly("law.absent")]):
        await probe.poll(wanted)
        await probe.times([Position(address, 0, 1), Position("law.absent", 0, 1)])
        assert await harness.inventory_during() == before
    await probe.close()
    assert await harness.inventory() == before


async def test_a_probe_told_of_nobody_says_so_in_time(harness: Harness):
    probe = open_probe(harness, absent=True)
    began_s = time.monotonic()
    with pytest.raises(Unreachable, match=SERVER):
        await probe.poll([exactly("x")])
    assert time.monotonic() - began_s < 5
    await probe.close()


async def test_nothing_of_a_probe_is_left_running(harness: Harness):
    probe = open_probe(harness)
    await probe.close()
    address = await harness.make_address(1)
    await probe.poll([exactly(address)])
    await probe.close()
    gc.collect()
    await asyncio.sleep(0)
    before = belongings()
    for _ in range(2):
        await probe.poll([exactly(address)])
        await probe.close()
        await probe.close()
        lost = open_probe(harness, absent=True)
        with pytest.raises(AsyncwatchError):
            await lost.poll([exactly(address)])
    await asyncio.sleep(0)
    assert belongings() == before


async def test_a_probe_never_shows_a_secret(harness: Harness, caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.DEBUG)
    probe = open_probe(harness, absent=True)
    with pytest.raises(AsyncwatchError) as raised:
        await probe.poll([exactly("x")])
    assert SECRET not in f"{probe!r} {raised.value} {raised.value.__dict__!r} {caplog.text}"
    await probe.close()


async def test_a_probe_survives_its_server(harness: Harness):
    probe = open_probe(harness)
    address = await harness.make_address(1)
    await answers(probe, address)
    await harness.kill()
    try:
        with pytest.raises((Disconnected, Unreachable)):
            await asyncio.wait_for(probe.poll([exactly(address)]), 20)
    finally:
        await harness.restart()
    await answers(probe, address)
    await probe.close()


async def test_a_probe_can_be_cancelled(harness: Harness):
    probe = open_probe(harness)
    address = await harness.make_address(1)
    for pause_s in (0.0, 0.001, 0.003, 0.01, 0.02):
        task = asyncio.create_task(probe.poll([exactly(address)]))
        await asyncio.sleep(pause_s)
        task.cancel()
        await asyncio.wait([task])
        await answers(probe, address)
    await probe.close()
