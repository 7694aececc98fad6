"""What a run would do: which channels are tapped how, what that leaves on each broker, and why others are not tapped."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from asyncwatch.config.settings import ServerSettings
from asyncwatch.contract.entities import Channel, Contract, Server
from asyncwatch.contract.message_strength import message_strength
from asyncwatch.model.errors import AsyncwatchError, Misconfigured, MisconfiguredAll
from asyncwatch.model.route import Route
from asyncwatch.pipeline.build import Plan, key_hasher, make_replay_plan
from asyncwatch.pipeline.planned import Planned, PlannedChannel, PlannedMessage, PlannedServer
from asyncwatch.pipeline.servers import BuildOptions, read_brokers, settle
from asyncwatch.taps.planned import Found, Outlook, PlannedReading, Wish
from asyncwatch.taps.registry import tap_for

_Place = tuple[str, str]
"""Source of a document, and id of a channel in it."""

_UNKNOWN_ADDRESS: Final = "its address is known at run time only"
_LEFT_OUT: Final = "left out by --channel or --exclude"
_OTHER_SERVER: Final = "left out by --server"
_NO_SERVER: Final = "no server is documented for it; name one with --broker kafka://HOST:PORT"
_QUEUE: Final = ", and a queue gives each message to one reader only: looking would take messages away"


def plan_run(options: BuildOptions, contracts: list[Contract], wish: Wish) -> Planned:
    """Say what a run would do, without connecting to anything; secrets are not read.

    Raises: MisconfiguredAll.
    """
    if not options.brokers and not any(contract.servers for contract in contracts):
        return Planned(contracts, [], None, [_untapped(None, channel, _NO_SERVER) for channel in _all(contracts)])
    plan = make_replay_plan(options, contracts, key_hasher(secrets.token_bytes(16)))
    faults: list[Misconfigured] = []
    brokers = _brokers(options, plan, faults)
    if faults:
        raise MisconfiguredAll(faults)
    found = Planned(plan.contracts, [])
    for server in plan.servers.values():
        found.servers.append(_plan_server(server, plan, options, wish, brokers.get(server.id)))
    _name_left_out(found, plan)
    plan.settings = {one.server.id: one.settings for one in found.servers if one.spec is not None}
    found.plan = plan
    return found


async def look(planned: Planned, options: BuildOptions, wish: Wish, looking: Callable[[PlannedServer], None]) -> None:
    """Look at every broker that a tap reads, leaving nothing there; `looking` is told each server before.

    Raises: MisconfiguredAll for settings that cannot be used.
    """
    faults: list[Misconfigured] = []
    tapped = [one for one in planned.servers if one.spec is not None and one.filters]
    if not tapped or planned.plan is None:
        return
    brokers = _brokers(options, planned.plan, faults)
    for one in tapped:
        try:
            one.settings = _settled(one.server, brokers, options, planned.plan)
        except Misconfigured as error:
            faults.append(error)
    if faults:
        raise MisconfiguredAll(faults)
    for one in tapped:
        looking(one)
    await asyncio.gather(*(_survey(one, wish) for one in tapped))


async def _survey(one: PlannedServer, wish: Wish) -> None:
    if one.spec is None or one.spec.survey is None:
        return
    try:
        one.survey = await one.spec.survey(one.server.id, one.settings, one.filters, wish)
    except AsyncwatchError as error:
        one.trouble = error
    else:
        _tell(one, one.survey.outlook, one.survey.found)


def _brokers(options: BuildOptions, plan: Plan, faults: list[Misconfigured]) -> dict[str, str]:
    """Give the addresses that replace documented ones, by the name that a server is read under."""
    tapped = {name for name, server in plan.servers.items() if tap_for(server.family) is not None}
    others = [name for name, kept in plan.aliases.items() if kept in tapped]
    found = read_brokers(options, [*(name for name in plan.servers if name in tapped), *others], faults)
    return {plan.aliases.get(name, name): url for name, url in found.items()}


def _settled(server: Server, brokers: Mapping[str, str], options: BuildOptions, plan: Plan) -> ServerSettings:
    """Give how a server is reached; login and TLS may be said under any of its names. Raises: Misconfigured."""
    found, configured = settle(server, brokers.get(server.id), options), options.configured
    for name in [name for name, kept in plan.aliases.items() if kept == server.id]:
        found = replace(
            found,
            credentials=found.credentials or configured.credentials(name),
            tls=found.tls or configured.tls(name),
        )
    return found


def _plan_server(server: Server, plan: Plan, options: BuildOptions, wish: Wish, override: str | None) -> PlannedServer:
    configured = options.configured
    url = (override or configured.url(server.id) or server.host).rpartition("://")[2].rstrip("/")
    protocol = server.protocol if server.family == "other" else server.family
    spec = tap_for(server.family)
    one = PlannedServer(
        server, protocol, url, spec, ServerSettings(
            url, protocol=server.family, nats=configured.nats(server.id), requests=configured.requests(server.id),
        ), configured.username(server.id),
    )  # fmt: skip
    routes = plan.routes.of_server(server.id)
    channels = {
        (contract.source, channel.id): channel for contract in plan.contracts for channel in contract.channels.values()
    }
    one.channels = [_routed(route, protocol, channels) for route in routes]
    if spec is None or spec.outlook is None:
        for row, route in zip(one.channels, routes, strict=True):
            row.reason = f"protocol {server.protocol} is not read by this version{_beside(route, channels)}"
        return one
    by_id = {filter_.id: filter_ for filter_ in plan.filters[server.id] if filter_.id}
    one.filters = [by_id[route.filter] for route in routes]
    globs = [filter_ for filter_ in plan.filters[server.id] if not filter_.id]
    one.filters += globs
    one.channels += [
        PlannedChannel(server.id, protocol, glob, (), ()) for glob, _ in zip(options.undocumented, globs, strict=True)
    ]
    one.outlook = spec.outlook(server.id, one.settings, one.filters, wish)
    _tell(one, one.outlook, None)
    return one


def _tell(one: PlannedServer, outlook: Outlook, found: Sequence[Found] | None) -> None:
    """Write what the tap says into the rows of a server."""
    assert one.spec is not None  # it is the tap that says it
    one.outlook = outlook
    for number, reading in enumerate(outlook.readings):
        row = one.channels[number]
        row.pattern, row.found = reading.pattern, None if found is None else found[number]
        _take(row, reading, one.spec.name)


def _take(row: PlannedChannel, reading: PlannedReading, tap: str) -> None:
    row.reason, row.note = reading.left, reading.note
    row.tap = None if reading.left is not None else tap
    row.how = reading.how or None
    row.creates = reading.creates
    row.needs = tuple(map(str, reading.needs))


def _routed(route: Route, protocol: str, channels: Mapping[_Place, Channel]) -> PlannedChannel:
    messages: dict[str, PlannedMessage] = {}
    for channel in _channels_of(route, channels):
        for message in _messages(channel):
            messages.setdefault(message.key, message)
    ids = tuple(dict.fromkeys(route.channels))
    return PlannedChannel(route.server, protocol, route.address, ids, tuple(messages.values()))


def _channels_of(route: Route, channels: Mapping[_Place, Channel]) -> list[Channel]:
    return [channels[place] for place in zip(route.sources, route.channels, strict=True) if place in channels]


def _messages(channel: Channel) -> list[PlannedMessage]:
    return [PlannedMessage(one.key, message_strength(one)) for one in channel.messages]


def _untapped(server: Server | None, channel: Channel, reason: str) -> PlannedChannel:
    protocol = None if server is None else server.protocol if server.family == "other" else server.family
    return PlannedChannel(
        None if server is None else server.id, protocol, channel.address, (channel.id,), tuple(_messages(channel)),
        reason=reason,
    )  # fmt: skip


def _beside(route: Route, channels: Mapping[_Place, Channel]) -> str:
    """Say what would keep a tap from reading an address anyway."""
    bindings = [channel.bindings.get("amqp") for channel in _channels_of(route, channels)]
    is_queue = route.protocol == "amqp" and any(
        isinstance(binding, dict) and binding.get("is") == "queue" for binding in bindings
    )
    return _QUEUE if is_queue else ""


def _all(contracts: Sequence[Contract]) -> Iterator[Channel]:
    for contract in contracts:
        yield from contract.channels.values()


def _name_left_out(found: Planned, plan: Plan) -> None:
    """Add the channels that have no route, each with the reason."""
    servers = {one.server.id: one for one in found.servers}
    routed = {
        (route.server, *place)
        for route in plan.routes.documented()
        for place in zip(route.sources, route.channels, strict=True)
    }
    for contract in plan.contracts:
        for channel in contract.channels.values():
            on = [name for name in contract.servers if not channel.servers or name in channel.servers]
            for name in on:
                if name not in servers:
                    found.elsewhere.append(_untapped(contract.servers[name], channel, _OTHER_SERVER))
                elif channel.address is None:
                    servers[name].channels.append(_untapped(contract.servers[name], channel, _UNKNOWN_ADDRESS))
                elif (name, contract.source, channel.id) not in routed:
                    servers[name].channels.append(_untapped(contract.servers[name], channel, _LEFT_OUT))
            if not on:
                found.elsewhere.append(_untapped(None, channel, _NO_SERVER))
