"""What a real server delivers for a subscription, against the pattern of the address it was made for."""

from __future__ import annotations

import asyncio
import itertools

import nats as client_library
import pytest

from asyncwatch.contract.addresses.families import RULES
from servers.nats import NatsServer

pytestmark = pytest.mark.nats

WORDS = ("a", "bb", "eu-a")
SUBJECTS = [".".join(("addresses", *one)) for n in (1, 2, 3) for one in itertools.product(WORDS, repeat=n)]
ADDRESSES = {
    ".".join(("addresses", *one)): one
    for n in (1, 2, 3)
    for one in itertools.product(("a", "*", "{p}", "eu-{q}"), repeat=n)
} | {f"addresses.{word}.>": (word, ">") for word in ("a", "*", "{p}")}


async def delivered(server: NatsServer) -> dict[str, list[str]]:
    """Give the subjects that came for each address."""
    found: dict[str, list[str]] = {address: [] for address in ADDRESSES}
    client = await client_library.connect(f"nats://{server.bootstrap}")
    try:
        for address, subjects in found.items():

            async def note(message, subjects=subjects):
                subjects.append(message.subject)

            await client.subscribe(RULES["nats"].subscription(address, wildcards=True), cb=note)
        for subject in SUBJECTS:
            await client.publish(subject, b"")
        await client.drain()  # everything sent before was handed to its callback by then
    finally:
        await client.close()
    return found


def test_a_server_delivers_all_that_a_pattern_matches_and_no_more_without_placeholders(nats: NatsServer):
    for address, came in asyncio.run(delivered(nats)).items():
        assert came, address
        pattern = RULES["nats"].pattern(address, wildcards=True)
        own = [one for one in SUBJECTS if (one == address if pattern is None else pattern.fullmatch(one))]
        if any("-{" in word for word in ADDRESSES[address]):
            assert set(own) <= set(came), address
        else:
            assert sorted(own) == sorted(came), address
