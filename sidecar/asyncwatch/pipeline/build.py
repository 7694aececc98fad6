"""Documents, settings and options to a run that is ready to start; every fault found on the way is told at once."""

from __future__ import annotations

import fnmatch
import hashlib
import hmac
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from asyncwatch.config.environment import ServerEnvironment
from asyncwatch.config.settings import CredentialSettings, ServerSettings, TlsSettings
from asyncwatch.contract.entities import Contract, Server
from asyncwatch.contract.load import load_contract
from asyncwatch.ledger.ledger import Ledger
from asyncwatch.ledger.servers import ServerRecord
from asyncwatch.model.errors import Misconfigured, MisconfiguredAll
from asyncwatch.model.report import DocumentRow
from asyncwatch.outlets.base import Outlet
from asyncwatch.pipeline.pump import Pump
from asyncwatch.route import Routes, RouteSettings, compile_routes, split_host
from asyncwatch.taps.base import Filter
from asyncwatch.taps.registry import tap_for
from asyncwatch.telemetry.happenings import CheckBroke, Warned, emit

DEFAULT_SERVER = "default"
_FAMILY_OF_SCHEME = {"kafka": ("kafka", False), "kafka-secure": ("kafka", True), "kafka+ssl": ("kafka", True)}
_MECHANISM_OF_SCHEME = {"plain": "PLAIN", "scramSha256": "SCRAM-SHA-256", "scramSha512": "SCRAM-SHA-512"}
_NEEDS_LOGIN = frozenset({*_MECHANISM_OF_SCHEME, "userPassword"})


@dataclass(frozen=True, slots=True)
class BuildOptions:
    """What the command line says about documents, servers and routes.

    `brokers`: `NAME=URL`, or `URL` where the documents have one server or none.
    """

    specs: Sequence[str]
    servers: Sequence[str] = ()
    brokers: Sequence[str] = ()
    undocumented: Sequence[str] = ()
    routes: RouteSettings = field(default_factory=RouteSettings)
    connect_timeout_s: float = 10.0


@dataclass(slots=True)
class Plan:
    """Documents, the servers to be read with their settings, and the routes on them."""

    contracts: list[Contract]
    servers: dict[str, Server]
    settings: dict[str, ServerSettings]
    routes: Routes
    filters: dict[str, list[Filter]]


def load_contracts(specs: Sequence[str]) -> list[Contract]:
    """Read all documents.

    Raises: MisconfiguredAll with every document that cannot be used.
    """
    contracts: list[Contract] = []
    faults: list[Misconfigured] = []
    for spec in specs:
        try:
            contracts.append(load_contract(spec, _read))
        except MisconfiguredAll as error:
            faults.extend(error.faults)
        except Misconfigured as error:
            faults.append(error)
    if faults:
        raise MisconfiguredAll(faults)
    return contracts


def _read(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read(_DOCUMENT_BYTES + 1)


_DOCUMENT_BYTES = 20 << 20


def make_plan(
    options: BuildOptions, contracts: list[Contract], environ: Mapping[str, str], key_hash: Callable[[bytes], str]
) -> Plan:
    """Choose servers, settle how each is reached, and compile the routes.

    Raises: MisconfiguredAll.
    """
    environment = ServerEnvironment(environ, _read_text)
    faults: list[Misconfigured] = []
    servers = _choose_servers(options, contracts, faults)
    brokers = _brokers(options, list(servers), faults)
    settings: dict[str, ServerSettings] = {}
    for server in servers.values():
        try:
            settings[server.id] = _settings(server, brokers.get(server.id), environment, options)
        except Misconfigured as error:
            faults.append(error)
    for variable in environment.unused(list(servers)):
        emit(Warned(what=f"{variable} names no server that is read; ignored"))
    if faults:
        raise MisconfiguredAll(faults)
    served = {id: _at(server, settings[id]) for id, server in servers.items()}
    contracts = [_on_default_server(contract, served) for contract in contracts]
    routes = compile_routes(contracts, served, options.routes, key_hash)
    return Plan(contracts, served, settings, routes, _filters(contracts, routes, served, options))


def _choose_servers(
    options: BuildOptions, contracts: Sequence[Contract], faults: list[Misconfigured]
) -> dict[str, Server]:
    """Give the servers that are named, or all that a tap reads."""
    known: dict[str, Server] = {}
    for contract in contracts:
        for server in contract.servers.values():
            before = known.setdefault(server.id, server)
            if before.host != server.host:
                faults.append(
                    Misconfigured(
                        f"server '{server.id}' has two addresses, {before.host} and {server.host} ({contract.source})",
                        hint="give the servers different names, or the documents separate runs",
                    )
                )
    for name in options.servers:
        if name not in known:
            faults.append(
                Misconfigured(
                    f"--server '{name}' is in no document", hint=f"one of {', '.join(known) or 'none is documented'}"
                )
            )
    chosen = {id: server for id, server in known.items() if not options.servers or id in options.servers}
    if not known and options.brokers:
        chosen[DEFAULT_SERVER] = _default_server(options.brokers[0].rpartition("=")[2])
    usable = {id: server for id, server in chosen.items() if tap_for(server.family) is not None}
    for server in chosen.values():
        if server.id not in usable:
            emit(
                Warned(what=f"server '{server.id}': protocol '{server.protocol}' is not read by this version; left out")
            )
    if not usable and not faults:
        faults.append(_no_server(contracts, chosen))
    return usable


def _no_server(contracts: Sequence[Contract], chosen: Mapping[str, Server]) -> Misconfigured:
    sources = ", ".join(contract.source for contract in contracts)
    if chosen:
        protocols = ", ".join(sorted({server.protocol for server in chosen.values()}))
        return Misconfigured(f"no server that can be read: protocol {protocols} ({sources})", hint="Kafka is read")
    return Misconfigured(f"no server is documented ({sources})", hint="name one with --broker kafka://HOST:PORT")


def _default_server(url: str) -> Server:
    scheme, _, host = url.rpartition("://")
    family, tls = _FAMILY_OF_SCHEME.get(scheme or "kafka", ("other", False))
    return Server(
        id=DEFAULT_SERVER, title=None, host=host, path=None, protocol=scheme or "kafka", family=family,  # type: ignore[arg-type] # the table holds family words
        tls=tls, security=(), bindings={},
    )  # fmt: skip


def _brokers(options: BuildOptions, servers: Sequence[str], faults: list[Misconfigured]) -> dict[str, str]:
    found: dict[str, str] = {}
    for broker in options.brokers:
        name, equals, url = broker.partition("=")
        if not equals:
            if len(servers) > 1:
                faults.append(
                    Misconfigured(
                        f"--broker {_without_login(broker)}: the documents have {len(servers)} servers",
                        hint=f"write --broker NAME=URL with one of {', '.join(servers)}",
                    )
                )
                continue
            name, url = (servers[0] if servers else DEFAULT_SERVER), broker
        if servers and name not in servers:
            faults.append(
                Misconfigured(f"--broker '{name}' is no server that is read", hint=f"one of {', '.join(servers)}")
            )
        elif "@" in url:
            variable = f"ASYNCWATCH_SERVERS__{name.upper()}__CREDENTIALS__PASSWORD"
            faults.append(
                Misconfigured(
                    f"--broker {name}={_without_login(url)}: credentials do not belong on a command line",
                    hint=f"set {variable}",
                )
            )
        else:
            found[name] = url
    return found


def _without_login(url: str) -> str:
    scheme, separator, rest = url.rpartition("://")
    return f"{scheme}{separator}{rest.rpartition('@')[2]}"


def _settings(
    server: Server, override: str | None, environment: ServerEnvironment, options: BuildOptions
) -> ServerSettings:
    """Put a server's settings together: flag, environment, document."""
    url = override or environment.url(server.id)
    uses_tls = server.tls
    if url is None:
        if server.missing_variables:
            raise Misconfigured(
                f"server '{server.id}': variable '{server.missing_variables[0]}' has no value and no default",
                hint=f"give the address: --broker {server.id}=HOST:PORT",
            )
        url = server.host
    scheme, _, host = url.rpartition("://")
    if scheme:
        if scheme not in _FAMILY_OF_SCHEME:
            raise Misconfigured(
                f"server '{server.id}': unknown scheme '{scheme}'", hint=f"one of {', '.join(_FAMILY_OF_SCHEME)}"
            )
        uses_tls = _FAMILY_OF_SCHEME[scheme][1]
    host = host.rstrip("/")
    if not split_host(host)[0]:
        raise Misconfigured(f"server '{server.id}': the address is empty", hint=f"--broker {server.id}=HOST:PORT")
    tls = environment.tls(server.id)
    if tls is None and uses_tls:
        tls = TlsSettings()
    return ServerSettings(
        url=host, protocol=server.family, tls=tls, credentials=_credentials(server, environment),
        read_committed=environment.read_committed(server.id), connect_timeout_s=options.connect_timeout_s,
    )  # fmt: skip


def _credentials(server: Server, environment: ServerEnvironment) -> CredentialSettings | None:
    """The document names the mechanism, never the secret."""
    types = [scheme.type for scheme in server.security]
    given = environment.credentials(server.id)
    documented = next((_MECHANISM_OF_SCHEME[type] for type in types if type in _MECHANISM_OF_SCHEME), None)
    if given is None:
        if types and all(type in _NEEDS_LOGIN for type in types):
            prefix = f"ASYNCWATCH_SERVERS__{server.id.upper()}__CREDENTIALS__"
            emit(
                Warned(
                    what=f"server '{server.id}': the document asks for {types[0]} and no credentials are given; "
                    f"set {prefix}USERNAME and {prefix}PASSWORD"
                )
            )
        return None
    if given.mechanism is None and (documented or given.username):
        return CredentialSettings(documented or "PLAIN", given.username, given.password, given.token)
    return given


def _at(server: Server, settings: ServerSettings) -> Server:
    return replace(server, host=settings.url)


def _on_default_server(contract: Contract, servers: Mapping[str, Server]) -> Contract:
    if not contract.servers and DEFAULT_SERVER in servers:
        return replace(contract, servers={DEFAULT_SERVER: servers[DEFAULT_SERVER]})
    return contract


def _filters(
    contracts: Sequence[Contract], routes: Routes, servers: Mapping[str, Server], options: BuildOptions
) -> dict[str, list[Filter]]:
    patterns = {
        channel.address: channel.pattern
        for contract in contracts
        for channel in contract.channels.values()
        if channel.address is not None and channel.pattern is not None
    }
    filters: dict[str, list[Filter]] = {server: [] for server in servers}
    for route in routes.documented():
        pattern = patterns.get(route.address)
        filters[route.server].append(Filter(route.filter, None if pattern else route.address, pattern))
    for glob in options.undocumented:
        for server in servers:
            filters[server].append(undocumented_filter(glob))
    return filters


def undocumented_filter(glob: str) -> Filter:
    """Make a filter for addresses that nobody documented; its messages come under no documented route."""
    return Filter("", None, re.compile(fnmatch.translate(glob)))


def make_ledger(plan: Plan, key_hash: Callable[[bytes], str], started_ns: int) -> Ledger:
    """Make the ledger with a record for every server."""
    documents = [
        DocumentRow(id=one.id, title=one.title, version=one.version, source=one.source) for one in plan.contracts
    ]
    ledger = Ledger(documents, plan.routes.documented, plan.routes.undocumented, key_hash, started_ns)
    for server in plan.servers.values():
        spec = tap_for(server.family)
        assert spec is not None  # only servers with a tap are in a plan
        ledger.servers[server.id] = ServerRecord(
            server=server.id, title=server.title or server.id, protocol=server.family, address=server.host,
            creates=[], since_ns=started_ns,
        )  # fmt: skip
    return ledger


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


def _read_text(path: str) -> str:
    with open(path, encoding="utf-8") as file:
        return file.read(1 << 20)
