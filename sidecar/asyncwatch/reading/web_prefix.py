"""The beginning of http(s) addresses that may be asked, and nothing that only looks like it.

Rule 1: addresses are compared in their normal form, paths by whole segments: `/schemas` allows `/schemas/a.json`,
not `/schemas-of-others`.
Rule 2: `https://` means every public host, `https://*.example.com` every public host below that name; only a host that
is named in full may be in a private network.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

from asyncwatch.reading.web_address import NoWebAddress, WebAddress, read_web_address

Trust = Literal["public", "named"]
"""How far a place is trusted: on public hosts only, or as a host that the user named in full."""

_PREFIX: Final = re.compile(r"(https?)://(\*\.)?(.*)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class WebPrefix:
    """One place with all below it. `address` None = every host; `is_below`: the hosts below the name, not itself."""

    text: str
    scheme: str
    address: WebAddress | None
    is_below: bool = False

    def trust(self, asked: WebAddress) -> Trust | None:
        """Tell how far an address is trusted by this prefix; None = not at all."""
        if asked.scheme != self.scheme:
            return None
        if self.address is None:
            return "public"
        place = self.address.path
        is_inside = asked.path == place or asked.path.startswith(place if place.endswith("/") else place + "/")
        if asked.port != self.address.port or not is_inside:
            return None
        if self.is_below:
            return "public" if asked.host.endswith("." + self.address.host) else None
        return "named" if asked.host == self.address.host else None


def read_web_prefix(text: str) -> WebPrefix:
    """Read a prefix as a user wrote it.

    Raises: NoWebAddress.
    """
    text = text.strip()
    found = _PREFIX.fullmatch(text)
    if found is None:
        raise NoWebAddress("it is neither http nor https")
    scheme, below, rest = found[1].lower(), found[2], found[3]
    if not rest and not below:
        return WebPrefix(text, scheme, None)
    address = read_web_address(f"{scheme}://{rest}")
    if address.query or "#" in rest or "?" in rest:
        raise NoWebAddress("it has a query or a fragment")
    return WebPrefix(text, scheme, address, below is not None)
