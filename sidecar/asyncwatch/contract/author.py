"""Who is documented to send on an address."""

from __future__ import annotations

from collections.abc import Sequence

from asyncwatch.contract.entities import Contract
from asyncwatch.contract.merging import lies_at


def documented_sender(contracts: Sequence[Contract], server: str, address: str) -> str | None:
    """Give the title of the only described application that sends there; None if there is none, or several."""
    titles = {
        contract.title
        for contract in contracts
        for channel in contract.channels.values()
        if lies_at(channel, address)
        and "send" in channel.directions
        and (not contract.servers or server in contract.servers)
        and (not channel.servers or server in channel.servers)
    }
    return titles.pop() if len(titles) == 1 else None
