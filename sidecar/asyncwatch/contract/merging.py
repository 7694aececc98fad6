"""Channels of one address: what makes them one, and what the placeholders of their addresses allow together."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from asyncwatch.contract.addresses.channel_address import ChannelAddress
from asyncwatch.contract.addresses.placeholders import names_of, without_names
from asyncwatch.contract.entities import Channel, Family, Parameter
from asyncwatch.model.route import AddressParameters, Placeholder

_GROUP: Final = re.compile(r"\(\?P<p\d+>")


def meaning_of(place: ChannelAddress) -> str | None:
    """Give what is equal for addresses that mean the same: names of placeholders do not count; None = unknown."""
    if place.pattern is None:
        return place.address
    return "\0" + _GROUP.sub("(?:", place.pattern.pattern)


def lies_at(channel: Channel, address: str) -> bool:
    """Tell whether a channel is documented at an address, whatever its placeholders are called."""
    wanted = without_names(address)
    return any(one.address is not None and without_names(one.address) == wanted for one in channel.addresses.values())


def address_parameters(channels: Sequence[Channel], family: Family) -> tuple[AddressParameters, ...]:
    """Give what each channel of an address allows in the place of its placeholders.

    Nothing, where one of them allows anything: an address is right that is right for one channel.
    """
    found: list[AddressParameters] = []
    for channel in channels:
        place = channel.addresses[family]
        if place.pattern is None or place.address is None:
            return ()
        known = {one.name: one for one in channel.parameters}
        placeholders = tuple(_placeholder(name, known.get(name)) for name in names_of(place.address))
        if not any(one.values is not None or one.schema is not None or one.location for one in placeholders):
            return ()
        found.append(AddressParameters(channel.id, place.pattern, placeholders))
    return tuple(dict.fromkeys(found))


def _placeholder(name: str, parameter: Parameter | None) -> Placeholder:
    if parameter is None:
        return Placeholder(name)
    schema = parameter.schema
    return Placeholder(
        name, parameter.values, schema.compiled if schema else None, schema.identity if schema else None,
        parameter.location,
    )  # fmt: skip
