"""Placeholders in braces: of a channel's address, and of a server's."""

from __future__ import annotations

import re
from typing import Final

from asyncwatch.contract.findings import quote

_PLACEHOLDER: Final = re.compile(r"\{([^{}\n]{1,1000})\}")
_MOST_SHOWN: Final = 5


def placeholders(text: object) -> list[str]:
    """Name the placeholders of a text, each once, in their order."""
    return list(dict.fromkeys(_PLACEHOLDER.findall(text))) if isinstance(text, str) else []


def naming(names: list[str]) -> str:
    """Write names as a list that stays readable: `'a', 'b' and 7 more`."""
    shown = ", ".join(quote(name) for name in names[:_MOST_SHOWN])
    return shown if len(names) <= _MOST_SHOWN else f"{shown} and {len(names) - _MOST_SHOWN} more"
