"""Servers of several documents: one name for each cluster, and different names for different ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import count

from asyncwatch.contract.clusters import Cluster, cluster_of
from asyncwatch.contract.entities import Contract, Server
from asyncwatch.contract.findings import quote


def with_distinct_names(contracts: Sequence[Contract]) -> tuple[list[Contract], list[str]]:
    """Give servers of one name that are different clusters different names, and a sentence for each that changed.

    The first document keeps the name; `NAME-2` and so on are the others'.
    """
    taken = {name for contract in contracts for name in contract.servers}
    known: dict[str, tuple[Cluster, str, Server]] = {}
    told: list[str] = []
    found: list[Contract] = []
    for contract in contracts:
        names: dict[str, str] = {}
        for name, server in contract.servers.items():
            cluster = cluster_of(server)
            own = names[name] = _name_for(name, cluster, known, taken)
            if own != name:
                _, source, first = known[name]
                told.append(
                    f"server {quote(name)} is {_shown(first)} in {quote(source, 200)} and {_shown(server)} in "
                    f"{quote(contract.source, 200)}: the second is called {quote(own)} here, by --server and --broker too"
                )
            known.setdefault(own, (cluster, contract.source, server))
        found.append(renamed(contract, names))
    return found, told


def _name_for(name: str, cluster: Cluster, known: Mapping[str, tuple[Cluster, str, Server]], taken: set[str]) -> str:
    """Give the name that a cluster has or gets; none that a document uses for another one."""
    if name not in known or known[name][0].is_same(cluster):
        return name
    others = (f"{name}-{number}" for number in count(2))
    return next(one for one in others if (known[one][0].is_same(cluster) if one in known else one not in taken))


def _shown(server: Server) -> str:
    return quote(f"{server.protocol}://{server.host.rpartition('@')[2]}{server.path or ''}")


def aliases_of(clusters: Mapping[str, Cluster]) -> dict[str, str]:
    """Give the name that a cluster is read under for each other name of it: the first one."""
    found: dict[str, str] = {}
    kept: list[tuple[str, Cluster]] = []
    for name, cluster in clusters.items():
        known = next((other for other, one in kept if one.is_same(cluster)), None)
        if known is None:
            kept.append((name, cluster))
        else:
            found[name] = known
    return found


def renamed(contract: Contract, names: Mapping[str, str]) -> Contract:
    """Give a document with other names for its servers; several may become one."""
    if all(names.get(name, name) == name for name in contract.servers):
        return contract
    servers: dict[str, Server] = {}
    for name, server in contract.servers.items():
        own = names.get(name, name)
        servers.setdefault(own, replace(server, id=own))
    channels = {
        name: replace(channel, servers=tuple(dict.fromkeys(names.get(one, one) for one in channel.servers)))
        for name, channel in contract.channels.items()
    }
    return replace(contract, servers=servers, channels=channels)


def on_servers(contracts: Sequence[Contract], servers: Mapping[str, Server]) -> tuple[list[Contract], list[str]]:
    """Put documents without servers on the one server there is; a sentence for each that cannot be put anywhere."""
    told: list[str] = []
    found: list[Contract] = []
    for contract in contracts:
        if contract.servers:
            found.append(contract)
        elif len(servers) == 1:
            found.append(replace(contract, servers=dict(servers)))
        else:
            found.append(contract)
            told.append(
                f"{quote(contract.source, 200)} names no server, and there are {len(servers)}: its channels are not read"
            )
    return found, told
