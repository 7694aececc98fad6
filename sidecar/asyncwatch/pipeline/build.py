"""Documents, settings and options to a run that is ready to start; every fault found on the way is told at once."""

from __future__ import annotations

import fnmatch
import hashlib
import hmac
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from asyncwatch.config.settings import ReferenceSettings, ServerSettings
from asyncwatch.contract.clusters import cluster_of
from asyncwatch.contract.conflicts import with_conflicts
from asyncwatch.contract.entities import Contract, Server
from asyncwatch.contract.load import load_contract
from asyncwatch.ledger.ledger import Ledger
from asyncwatch.ledger.servers import ServerRecord
from asyncwatch.model.errors import Misconfigured, MisconfiguredAll
from asyncwatch.model.report import DocumentRow
from asyncwatch.outlets.base import Outlet
from asyncwatch.pipeline.pump import Pump
from asyncwatch.pipeline.recording import Recording
from asyncwatch.pipeline.server_names import aliases_of, on_servers, renamed, with_distinct_names
from asyncwatch.pipeline.servers import BuildOptions, choose_servers, read_brokers, settle
from asyncwatch.reading.files import read_file
from asyncwatch.remote.fetching import open_fetching
from asyncwatch.route import Routes, RouteSettings, compile_routes
from asyncwatch.taps.base import Filter
from asyncwatch.taps.registry import tap_for
from asyncwatch.telemetry.happenings import CheckBroke, ServersMerged, Warned, emit


@dataclass(slots=True)
class Plan:
    """Documents, the servers to be read with their settings, and the routes on them."""

    contracts: list[Contract]
    servers: dict[str, Server]
    settings: dict[str, ServerSettings]
    routes: Routes
    filters: dict[str, list[Filter]]
    aliases: dict[str, str] = field(default_factory=dict)
    """Other names of servers, for clusters that documents call by several → the one they are read under."""

    def take(self, fresh: Plan) -> None:
        """Become another plan, but for the routes: those are adopted."""
        self.contracts, self.servers = fresh.contracts, fresh.servers
        self.settings, self.filters, self.aliases = fresh.settings, fresh.filters, fresh.aliases

    def titles(self) -> dict[str, str]:
        """Give the titles of servers that have one."""
        return {server.id: server.title for server in self.servers.values() if server.title}


def load_contracts(
    specs: Sequence[str],
    read: Callable[[str], bytes] = read_file,
    references: ReferenceSettings = ReferenceSettings(),  # noqa: B008 # it is frozen
) -> list[Contract]:
    """Read all documents; `references` says where theirs may lead.

    Raises: MisconfiguredAll with every document that cannot be used.
    """
    fetching = open_fetching(references)
    contracts: list[Contract] = []
    faults: list[Misconfigured] = []
    for spec in specs:
        try:
            fetch = read.fetching(fetching()) if isinstance(read, Recording) else fetching()
            contracts.append(load_contract(spec, read, folder=references.folder, fetch=fetch))
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
    contracts = _with_distinct_names(contracts)
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
    aliases = aliases_of({name: cluster_of(one, login=settings[name].credentials) for name, one in served.items()})
    contracts = _as_read(contracts, served, aliases)
    settings = _merged(settings, aliases)
    routes = compile_routes(contracts, served, _divided(options, settings), key_hash)
    _see_some_left(routes, options)
    return Plan(contracts, served, settings, routes, _filters(contracts, routes, served, options), aliases)


def _merged(settings: Mapping[str, ServerSettings], aliases: Mapping[str, str]) -> dict[str, ServerSettings]:
    """Give the settings of each cluster; login and TLS may be said under any of its names."""
    found = {name: one for name, one in settings.items() if name not in aliases}
    for name, kept in aliases.items():
        own, other = found[kept], settings[name]
        found[kept] = replace(own, credentials=own.credentials or other.credentials, tls=own.tls or other.tls)
    return found


def _with_distinct_names(contracts: Sequence[Contract]) -> list[Contract]:
    found, told = with_distinct_names(contracts)
    for sentence in told:
        emit(Warned(what=sentence))
    return found


def _as_read(contracts: Sequence[Contract], servers: dict[str, Server], aliases: Mapping[str, str]) -> list[Contract]:
    """Give the documents with the names that servers are read under; further names leave `servers`."""
    for name, kept in aliases.items():
        emit(ServersMerged(name=name, kept=kept, address=servers.pop(name).host))
    found, told = on_servers([renamed(contract, aliases) for contract in contracts], servers)
    for sentence in told:
        emit(Warned(what=sentence))
    return with_conflicts(found, lambda server: server.id)


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
    contracts = _with_distinct_names(contracts)
    servers = choose_servers(options, contracts, faults, any_protocol=True)
    if faults:
        raise MisconfiguredAll(faults)
    urls = read_brokers(options, list(servers), [])
    places = {
        name: cluster_of(server, urls.get(name) or options.configured.url(name))
        for name, server in servers.items()
        if name in urls or options.configured.url(name) is not None or not server.missing_variables
    }
    aliases = aliases_of(places) if any(contract.servers for contract in contracts) else {}
    contracts = _as_read(contracts, servers, aliases)
    routes = compile_routes(contracts, servers, options.routes, key_hash)
    _see_some_left(routes, options)
    return Plan(contracts, servers, {}, routes, _filters(contracts, routes, servers, options), aliases)


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
                subscription=route.subscription,
                whole=options.divided == "workers" and not route.split,
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
