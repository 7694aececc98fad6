"""The delimiters `?` and `#` do not stand in a channel's address.

The official parser looks at the channel's key, which is the address in 2.x only.
Source: AsyncAPI 2.6, "Channels Object"; 3.1, "Channel Object", address.
"""

from __future__ import annotations

from typing import Final

from asyncwatch.contract.findings import quote
from asyncwatch.contract.rules.survey import Survey

_RULE: Final = "document.address-delimiter"


def no_query_nor_fragment(survey: Survey) -> None:
    """Name each address that has a query or a fragment."""
    for channel in survey.channels:
        found = _found(channel.name)
        if found and survey.major == 2:
            survey.add(_RULE, "error", f"{channel.what}: an address has no {' and no '.join(found)}", channel.own)
        elif found:
            survey.add(
                _RULE, "warning",
                f"{channel.what} has a {' and a '.join(found)} in its key, which other readers of AsyncAPI refuse",
                channel.own,
            )  # fmt: skip
    for channel in [*survey.channels, *survey.component_channels] if survey.major > 2 else ():
        address = channel.site.child("address")
        found = _found(address.value) if address is not None else []
        if address is not None and found:
            survey.add(
                _RULE,
                "warning",
                f"address {quote(str(address.value))}: an address has no {' and no '.join(found)}",
                address,
            )


def _found(text: object) -> list[str]:
    if not isinstance(text, str):
        return []
    return [words for sign, words in (("?", "query ('?')"), ("#", "fragment ('#')")) if sign in text]
