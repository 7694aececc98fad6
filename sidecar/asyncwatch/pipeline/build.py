"""Documents, settings and options to a run that is ready to start; every fault found on the way is told at once."""

from __future__ import annotations

import fnmatch
import hashlib
import hmac
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from asyncwatch.config.settings import ServerSettings
from asyncwatch.contract.entities import Contract, Server
from asyncwatch.contract.load import load_contract
from asyncwatch.ledger.ledger import Ledger
from asyncwatch.ledger.servers import ServerRecord
from asyncwatch.model.errors import Misconfigured, MisconfiguredAll
from asyncwatch.model.report import DocumentRow
from asyncwatch.outlets.base import Outlet
from asyncwatch.pipeline.pump import Pump
from asyncwatch.pipeline.servers import DEFAULT_SERVER, BuildOptions, choose_servers, read_brokers, settle
from asyncwatch.route import Routes, RouteSettings, compile_routes
from asyncwatch.taps.base import Filter
from asyncwatch.taps.registry import tap_for
from asyncwatch.telemetry.happenings import CheckBroke, Warned, emit

_DOCUMENT_BYTES = 20 << 20


@dataclass(slots=True)
class Plan:
    """Documents, the servers to be read with their settings, and the routes on them."""

    contracts: list[Contract]
    servers: dict[str, Server]
    settings: dict[str, ServerSettings]
    routes: Routes
    filters: dict[str, list[Filter]]

    def titles(self) -> dict[str, str]:
        """Give the titles of servers that have one."""
        return {server.id: server.title for server in self.servers.values() if server.title}


def read_file(path: str) -> bytes:
    """Read a file, as much of it as is looked at. Raises: OSError."""
    with open(path, "rb") as file:
        return file.read(_DOCUMENT_BYTES + 1)


def load_contracts(specs: Sequence[str], read: Callable[[str], bytes] = read_file) -> list[Contract]:
    """Read all documents.

    Raises: MisconfiguredAll with every document that cannot be used.
    """
    contracts: list[Contract] = []
    faults: list[Misconfigured] = []
    for spec in specs:
        try:
            contracts.append(load_contract(spec, read))
        except MisconfiguredAll as error:
            faults.extend(error.faults)
        except Misconfigured as error:
            faults.append(error)
    if faults:
        raise MisconfiguredAll(faults)
    return contracts


def make_plan(options: BuildOptions, contracts: list[Contract], key_hash: Callable[[bytes], str]) -> Plan:
    """Choose servers, settle how each is reached, and compile the routes.

    Raises: MisconfiguredAll.
    """
    faults: list[Misconfigured] = []
    servers = choose_servers(options, contracts, faults)
    brokers = read_brokers(options, list(servers), faults)
    settings: dict[str, ServerSettings] = {}
    for server in servers.values():
        try:
            settings[server.id] = settle(server, brokers.get(server.id), options)
        except Misconfigured as error:
            faults.append(error)
    for place in options.configured.unused(
        [name for contract in contracts for name in contract.servers] or list(servers)
    ):
        emit(Warned(what=f"{place} names no server of the documents; ignored"))
    if faults:
        raise MisconfiguredAll(faults)
    served = {name: replace(server, host=settings[name].url) for name, server in servers.items()}
    contracts = [_on_default_server(contract, served) for contract in contracts]
    routes = compile_routes(contracts, served, _divided(options, settings), key_hash)
    _see_some_left(routes, options)
    return Plan(contracts, served, settings, routes, _filters(contracts, routes, served, options))


def _divided(options: BuildOptions, settings: Mapping[str, ServerSettings]) -> RouteSettings:
    """Say in the routes' settings which servers' partitions are divided among several readers."""
    if options.divided is None:
        return options.routes
    shared = [name for name, one in settings.items() if (spec := tap_for(one.protocol)) is not None and spec.shares]
    return replace(options.routes, divided=dict.fromkeys(shared, options.divided))


def make_replay_plan(options: BuildOptions, contracts: list[Contract], key_hash: Callable[[bytes], str]) -> Plan:
    """Compile the routes of every documented server, whatever its protocol; nothing is connected to.

    Raises: MisconfiguredAll.
    """
    faults: list[Misconfigured] = []
    servers = choose_servers(options, contracts, faults, any_protocol=True)
    if faults:
        raise MisconfiguredAll(faults)
    contracts = [_on_default_server(contract, servers) for contract in contracts]
    routes = compile_routes(contracts, servers, options.routes, key_hash)
    _see_some_left(routes, options)
    return Plan(contracts, servers, {}, routes, _filters(contracts, routes, servers, options))


def _see_some_left(routes: Routes, options: BuildOptions) -> None:
    """A filter that leaves no channel is a mistake, not a quiet run. Raises: Misconfigured."""
    chosen = [
        *(f"--channel '{one}'" for one in options.routes.include),
        *(f"--exclude '{one}'" for one in options.routes.exclude),
    ]
    if chosen and not options.undocumented and not routes.documented():
        raise Misconfigured(
            f"{', '.join(chosen)}: no channel is left to be read",
            hint="a pattern is compared with ids and addresses of channels",
        )


def _on_default_server(contract: Contract, servers: Mapping[str, Server]) -> Contract:
    if not contract.servers and DEFAULT_SERVER in servers:
        return replace(contract, servers={DEFAULT_SERVER: servers[DEFAULT_SERVER]})
    return contract


def _filters(
    contracts: Sequence[Contract], routes: Routes, servers: Mapping[str, Server], options: BuildOptions
) -> dict[str, list[Filter]]:
    asked = {
        (contract.source, operation.channel)
        for contract in contracts
        for operation in contract.operations.values()
        if operation.has_reply
    }
    filters: dict[str, list[Filter]] = {server: [] for server in servers}
    for route in routes.documented():
        pattern = route.pattern
        places = zip(route.sources, route.channels, strict=True)
        filters[route.server].append(
            Filter(
                route.filter, None if pattern else route.address, pattern,
                template=route.address if pattern else None, request=not asked.isdisjoint(places),
            )
        )  # fmt: skip
    for glob in options.undocumented:
        for server in servers:
            filters[server].append(undocumented_filter(glob))
    return filters


def undocumented_filter(glob: str) -> Filter:
    """Make a filter for addresses that nobody documented; its messages come under no documented route."""
    return Filter("", None, re.compile(fnmatch.translate(glob)))


def document_rows(contracts: Sequence[Contract]) -> list[DocumentRow]:
    """Name the documents as a report names them."""
    return [DocumentRow(id=one.id, title=one.title, version=one.version, source=one.source) for one in contracts]


def make_ledger(plan: Plan, key_hash: Callable[[bytes], str], started_ns: int) -> Ledger:
    """Make the ledger with a record for every server."""
    ledger = Ledger(
        document_rows(plan.contracts), plan.routes.documented, plan.routes.undocumented, key_hash, started_ns
    )
    ledger.describe(plan.contracts)
    for server in plan.servers.values():
        ledger.servers[server.id] = server_record(server, started_ns)
    return ledger


def server_record(server: Server, now_ns: int) -> ServerRecord:
    """Make the record of a server that is not connected yet."""
    return ServerRecord(
        server=server.id, title=server.title or server.id,
        protocol=server.protocol if server.family == "other" else server.family, address=server.host,
        creates=[], since_ns=now_ns,
    )  # fmt: skip


def make_pump(plan: Plan, ledger: Ledger, outlets: Sequence[Outlet]) -> Pump:
    """Make the pump; a check that breaks is told once."""
    return Pump(
        plan.routes, ledger, outlets,
        lambda check, route, error: emit(
            CheckBroke(check=type(check).__name__, address=route.address), exception=error
        ),
    )  # fmt: skip


def key_hasher(secret: bytes) -> Callable[[bytes], str]:
    """Give the function that names a key without telling it: 16 hex digits of HMAC-SHA-256 (interfaces.md §3)."""

    def key_hash(key: bytes) -> str:
        return hmac.new(secret, key, hashlib.sha256).hexdigest()[:16]

    return key_hash
