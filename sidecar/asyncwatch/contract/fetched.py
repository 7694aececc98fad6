"""What a document's reader is handed to reach the web; it knows neither sockets nor time itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from asyncwatch.reading.web_address import WebAddress


@dataclass(frozen=True, slots=True)
class Fetched:
    """A file from the web: its bytes, the address it was found at in the end, and what is to be said about it."""

    data: bytes
    url: str
    remark: str | None = None
    """Why the bytes are not those of now, where they come from a cache because the host did not answer."""


Fetch: TypeAlias = Callable[[WebAddress], Fetched]
"""Gives a file from the web, within limits of its own, or raises Unresolvable."""
