"""A host's addresses, looked up within a deadline, and only those that may be connected to.

Rule: the address that was judged is the one that is connected to; a name is not looked up twice.
"""

from __future__ import annotations

import ipaddress
import queue
import socket
import threading
from typing import Final, Literal

from asyncwatch.reading.web_prefix import Trust
from asyncwatch.remote.deadline import Deadline, Silent, Unavailable

Zone = Literal["public", "private", "loopback", "reserved"]
_Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_METADATA: Final = frozenset(
    map(ipaddress.ip_address, ("169.254.169.254", "fd00:ec2::254", "100.100.100.200", "192.0.0.192", "168.63.129.16"))
)
"""Where clouds answer with credentials; some of these are outside the link-local range."""
_NAT64: Final = ipaddress.ip_network("64:ff9b::/96")


class Forbidden(Unavailable):
    """A host whose address may not be asked."""


def zone_of(address: str) -> Zone:
    """Tell what kind of network an address belongs to."""
    found: _Address = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour
        if found in _NAT64:
            inner = ipaddress.IPv4Address(int(found) & 0xFFFF_FFFF)
        if inner is not None:
            found = inner
    if found in _METADATA or found.is_link_local or found.is_multicast or found.is_unspecified:
        return "reserved"
    if found.is_loopback:
        return "loopback"
    return "public" if found.is_global else "private"


def addresses_of(host: str, port: int, trust: Trust, deadline: Deadline) -> list[str]:
    """Give the addresses of a host that may be connected to.

    Raises: Forbidden if one of them may not; Silent.
    """
    try:
        ipaddress.ip_address(host)
    except ValueError:
        found = _look_up(host, port, deadline)
        is_literal = False
    else:
        found, is_literal = [host], True
    for address in found:
        zone = zone_of(address)
        if not _may(zone, host, trust, is_literal=is_literal):
            where = {"private": "in a private network", "loopback": "this machine"}.get(zone, "no address of a server")
            raise Forbidden(f"the address of the host is {where}")
    return found


def _may(zone: Zone, host: str, trust: Trust, *, is_literal: bool) -> bool:
    if zone == "public":
        return True
    if trust != "named":
        return False
    if is_literal:
        return True
    if zone == "loopback":
        return host == "localhost" or host.endswith(".localhost")
    return zone == "private"


def _look_up(host: str, port: int, deadline: Deadline) -> list[str]:
    """Ask the system's resolver; it knows no deadline, so a thread waits for it that nobody waits for."""
    answers: queue.SimpleQueue[list[str] | OSError] = queue.SimpleQueue()

    def ask() -> None:
        try:
            rows = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            answers.put(list(dict.fromkeys(str(row[4][0]) for row in rows)))
        except (OSError, UnicodeError) as error:
            answers.put(error if isinstance(error, OSError) else OSError(str(error)))

    threading.Thread(target=ask, name="look-up", daemon=True).start()
    try:
        found = answers.get(timeout=deadline.left_s())
    except queue.Empty:
        raise Silent("the name of the host is not found in time") from None
    if isinstance(found, OSError) or not found:
        raise Silent("the name of the host is not found")
    return found
