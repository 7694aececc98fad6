"""Where something was observed, as attributes: documented addresses by their template, all others as one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from asyncwatch.model.route import Route
from asyncwatch.telemetry.points import UNDOCUMENTED, Attributes, label
from asyncwatch.tracing import attributes as keys

NOWHERE: Final = "_other"
"""The destination of findings that stand for many causes together."""


def system(protocol: str) -> str:
    """Give `messaging.system` of a protocol family."""
    return keys.SYSTEMS.get(protocol, label(protocol))


def place_of(route: Route) -> Attributes:
    """Give the attributes of a route's messages."""
    if not route.documented:
        return undocumented(system(route.protocol), route.server)
    key = keys.DESTINATION_TEMPLATE if route.wildcard else keys.DESTINATION_NAME
    return (keys.SYSTEM, system(route.protocol)), (key, label(route.address)), (keys.SERVER, label(route.server))


def undocumented(system_name: str, server: str) -> Attributes:
    """Give the attributes of messages on addresses that nobody documented."""
    return (keys.SYSTEM, system_name), (keys.DESTINATION_NAME, UNDOCUMENTED), (keys.SERVER, label(server))


class Places:
    """The places of findings and groups, which know server and address only."""

    def __init__(self, protocols: Mapping[str, str]) -> None:
        self._known: dict[tuple[str, str], Attributes] = {}
        self._protocols = protocols

    def add(self, route: Route) -> Attributes:
        """Learn where a documented route is; give the attributes of any route."""
        place = place_of(route)
        if route.documented:
            self._known[route.server, route.address] = place
        return place

    def learn(self, places: Mapping[tuple[str, str], Attributes]) -> None:
        """Learn where routes were that are gone, by server and address."""
        self._known = {**places, **self._known}

    def find(self, server: str, address: str | None, *, is_undocumented: bool = False) -> Attributes:
        """Give the attributes of an address; None = it belongs to no address. `is_undocumented`: it was when this was seen."""
        known = None if address is None or is_undocumented else self._known.get((server, address))
        if known is not None:
            return known
        system_name = system(self._protocols.get(server, "other"))
        if address is None:
            return (keys.SYSTEM, system_name), (keys.DESTINATION_NAME, NOWHERE), (keys.SERVER, label(server))
        return undocumented(system_name, server)
