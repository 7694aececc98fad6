"""Clusters: what servers of documents are one and the same broker, whatever the documents call it.

A server is the same where the cluster is: equal protocol, vhost and one address in common.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from asyncwatch.contract.entities import Server

_PORTS: Final[Mapping[str, tuple[int, int]]] = {
    "kafka": (9092, 9092), "nats": (4222, 4222), "amqp": (5672, 5671), "mqtt": (1883, 8883), "redis": (6379, 6379),
    "ws": (80, 443),
}  # fmt: skip
"""Without and with TLS, where the address names none."""
_SPACED: Final = frozenset({"amqp", "redis"})
"""Families in which the path names a space of its own: a vhost, a data base."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """What tells clusters apart; `login` is whose view of it is meant, None = nothing is said."""

    family: str
    addresses: frozenset[str]
    space: str
    login: object = None

    def is_same(self, other: Cluster) -> bool:
        """Tell whether both are one cluster: one broker belongs to one cluster only."""
        return (
            self.family == other.family
            and self.space == other.space
            and (self.login is None or other.login is None or self.login == other.login)
            and not self.addresses.isdisjoint(other.addresses)
        )


def cluster_of(server: Server, host: str | None = None, login: object = None) -> Cluster:
    """Give a server's cluster; `host` replaces the documented one."""
    given = (server.host if host is None else host).rpartition("://")[2].rpartition("@")[2].rstrip("/")
    port = _PORTS.get(server.family, (0, 0))[server.tls]
    addresses = (one.strip().lower() for one in given.split(","))
    space = (server.path or "").strip("/") if server.family in _SPACED else ""
    return Cluster(server.family, frozenset(_with_port(one, port) for one in addresses if one), space, login)


def _with_port(address: str, port: int) -> str:
    name = address.rpartition("]")[2] if address.startswith("[") else address
    return address if ":" in name else f"{address}:{port}"
