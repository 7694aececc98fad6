"""Which servers of the documents are read, and how each of them is reached.

Precedence: flag, environment and file, document (interfaces.md §6).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from asyncwatch.config.configured_servers import ConfiguredServers
from asyncwatch.config.settings import CredentialSettings, ReferenceSettings, ServerSettings, TlsSettings
from asyncwatch.contract.entities import Contract, Server
from asyncwatch.model.errors import Misconfigured
from asyncwatch.route import RouteSettings, split_host
from asyncwatch.taps.registry import tap_for
from asyncwatch.telemetry.happenings import Warned, emit

DEFAULT_SERVER = "default"
_FAMILY_OF_SCHEME = {"kafka": ("kafka", False), "kafka-secure": ("kafka", True), "kafka+ssl": ("kafka", True),
                     "nats": ("nats", False), "nats+tls": ("nats", True), "tls": ("nats", True)}  # fmt: skip
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
    configured: ConfiguredServers = field(default_factory=ConfiguredServers)
    connect_timeout_s: float = 10.0
    references: ReferenceSettings = field(default_factory=ReferenceSettings)
    divided: Literal["workers", "group"] | None = None
    """Who divides the partitions of servers where that can be done; None = they are all read here."""


def choose_servers(
    options: BuildOptions, contracts: Sequence[Contract], faults: list[Misconfigured], *, any_protocol: bool = False
) -> dict[str, Server]:
    """Give the servers that are named, or all that a tap reads; `any_protocol` asks for no tap (a replay)."""
    known: dict[str, Server] = {}
    for contract in contracts:
        for server in contract.servers.values():
            first = known.setdefault(server.id, server)
            # One cluster by now: what one document says about its login and TLS holds for all.
            known[server.id] = replace(first, security=first.security or server.security, tls=first.tls or server.tls)
    faults.extend(
        Misconfigured(f"--server '{name}' is in no document", hint=f"one of {', '.join(known) or 'none is documented'}")
        for name in options.servers
        if name not in known
    )
    chosen = {name: server for name, server in known.items() if not options.servers or name in options.servers}
    if not known and options.brokers:
        chosen[DEFAULT_SERVER] = _default_server(options.brokers[0].rpartition("=")[2])
    if any_protocol:
        return chosen if known else {DEFAULT_SERVER: _default_server("")}
    usable = {name: server for name, server in chosen.items() if tap_for(server.family) is not None}
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
        return Misconfigured(
            f"no server that can be read: protocol {protocols} ({sources})", hint="Kafka and NATS are read"
        )
    return Misconfigured(f"no server is documented ({sources})", hint="name one with --broker kafka://HOST:PORT")


def _default_server(url: str) -> Server:
    scheme, _, host = url.rpartition("://")
    family, tls = _FAMILY_OF_SCHEME.get(scheme or "kafka", ("other", False))
    return Server(
        id=DEFAULT_SERVER, title=None, host=host, path=None, protocol=scheme or "kafka", family=family,  # type: ignore[arg-type] # the table holds family words
        tls=tls, security=(), bindings={},
    )  # fmt: skip


def read_brokers(options: BuildOptions, servers: Sequence[str], faults: list[Misconfigured]) -> dict[str, str]:
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


def settle(server: Server, override: str | None, options: BuildOptions) -> ServerSettings:
    """Put a server's settings together: flag, what was configured, document."""
    configured = options.configured
    url = override or configured.url(server.id)
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
    tls = configured.tls(server.id)
    if tls is None and uses_tls:
        tls = TlsSettings()
    return ServerSettings(
        url=host, protocol=server.family, tls=tls, credentials=_credentials(server, configured),
        read_committed=configured.read_committed(server.id), nats=configured.nats(server.id),
        requests=configured.requests(server.id), connect_timeout_s=options.connect_timeout_s,
    )  # fmt: skip


def _credentials(server: Server, configured: ConfiguredServers) -> CredentialSettings | None:
    """The document names the mechanism, never the secret."""
    types = [scheme.type for scheme in server.security]
    given = configured.credentials(server.id)
    documented = next((_MECHANISM_OF_SCHEME[kind] for kind in types if kind in _MECHANISM_OF_SCHEME), None)
    if given is None:
        if types and all(kind in _NEEDS_LOGIN for kind in types):
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
