"""What a run would do, as it is told: servers with the addresses that are read there, and why others are not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from asyncwatch.config.settings import ServerSettings
from asyncwatch.contract.entities import Contract, Server
from asyncwatch.model.errors import AsyncwatchError
from asyncwatch.model.strength import Strength
from asyncwatch.pipeline.build import Plan
from asyncwatch.taps.base import Filter, TapSpec
from asyncwatch.taps.planned import Found, Outlook, Survey


@dataclass(frozen=True, slots=True)
class PlannedMessage:
    """A documented message, by its key, and how much its schemas say."""

    key: str
    strength: Strength


@dataclass(slots=True)
class PlannedChannel:
    """One address of one server, or a channel that has none. `tap` None = it is not tapped, and `reason` says why.

    `note`: why it is not read in every way. `found`: what the broker shows of it; None = it was not looked at.
    """

    server: str | None
    protocol: str | None
    address: str | None
    channels: tuple[str, ...]
    messages: tuple[PlannedMessage, ...]
    pattern: str | None = None
    tap: str | None = None
    how: str | None = None
    creates: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    reason: str | None = None
    note: str | None = None
    found: Found | None = None


@dataclass(slots=True)
class PlannedServer:
    """One server with the addresses that a tap reads there, and what it needs for all of them.

    `survey`: what a look at the broker showed; `trouble`: why there was none.
    """

    server: Server
    protocol: str
    url: str
    spec: TapSpec | None = None
    settings: ServerSettings = field(default_factory=lambda: ServerSettings(""))
    username: str | None = None
    filters: list[Filter] = field(default_factory=list)
    channels: list[PlannedChannel] = field(default_factory=list)
    """Those with a filter first, in the order of the filters."""
    outlook: Outlook | None = None
    survey: Survey | None = None
    trouble: AsyncwatchError | None = None


@dataclass(slots=True)
class Planned:
    """What a run over documents would do. `elsewhere`: channels that are on none of the chosen servers.

    `plan`: routes and settings as a run has them; None where no server is known.
    """

    contracts: list[Contract]
    servers: list[PlannedServer]
    plan: Plan | None = None
    elsewhere: list[PlannedChannel] = field(default_factory=list)

    def channels(self) -> Iterator[PlannedChannel]:
        """Give every channel, tapped or not, server by server."""
        for server in self.servers:
            yield from server.channels
        yield from self.elsewhere
