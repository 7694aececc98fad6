"""Servers and our connection to them: what state, since when, how often it broke."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from asyncwatch.model.clock import format_time
from asyncwatch.model.report import Blind, ServerRow
from asyncwatch.model.view import ServerView

ConnectionState = Literal["connecting", "connected", "reconnecting", "refused", "misconfigured"]
_BLIND_SPANS = 100


@dataclass(slots=True)
class ServerRecord:
    """One server. Units: nanoseconds since the epoch."""

    server: str
    title: str
    protocol: str
    address: str
    creates: list[str]
    since_ns: int
    state: ConnectionState = "connecting"
    breaks: int = 0
    missed: int | None = None
    blind: list[Blind] = field(default_factory=list)
    rights_missing: list[str] = field(default_factory=list)
    error: str | None = None
    hint: str | None = None
    attempt: int = 0
    next_try_ns: int | None = None
    last_connected_ns: int | None = None
    lag_rights_missing: list[str] = field(default_factory=list)
    """Rights that asking for consumers' progress needs, beside those that reading needs."""
    _blind_since_ns: int | None = None

    def change(self, state: ConnectionState, now_ns: int, *, error: str | None = None, hint: str | None = None) -> None:
        """Move to another state; `since` is when the present state began."""
        if state != self.state:
            if self.state == "connected":
                self.breaks += 1
                self.last_connected_ns = now_ns
            self.state = state
            self.since_ns = now_ns
        self.error = error
        self.hint = hint
        if state == "connected":
            self.attempt = 0
            self.next_try_ns = None

    def move(self, address: str, now_ns: int) -> None:
        """Go on as a server that is reached another way, and not reached yet."""
        self.address = address
        self.state, self.since_ns = "connecting", now_ns
        self.error = self.hint = self.next_try_ns = None
        self.attempt = 0

    def rests(self, until_ns: int) -> bool:
        """Tell whether nothing will be tried before a moment."""
        later = self.next_try_ns is not None and self.next_try_ns > until_ns
        return self.state == "misconfigured" or (self.state == "refused" and later)

    def was_blind(self, start_ns: int, end_ns: int, reason: str) -> None:
        """Note a span of time in which messages may have gone by unseen; the latest spans are kept.

        A span that begins at the same moment for the same reason is the same one, told by another partition.
        """
        span = Blind(start=format_time(start_ns), end=format_time(end_ns), reason=reason)
        if self.blind and (self._blind_since_ns, self.blind[-1].reason) == (start_ns, reason):
            self.blind.pop()
        self._blind_since_ns = start_ns
        self.blind.append(span)
        del self.blind[:-_BLIND_SPANS]

    def end(self, now_ns: int) -> None:
        """Note, at the end of a run, the time in which a lost connection was not back: nobody looked then."""
        if self.breaks and self.state != "connected":
            self.was_blind(self.since_ns, now_ns, "the connection was lost and not back at the end")

    def row(self) -> ServerRow:
        return ServerRow(
            server=self.server, protocol=self.protocol, state=self.state, since=format_time(self.since_ns),
            breaks=self.breaks, missed=self.missed, blind=list(self.blind), creates=list(self.creates),
            rights_missing=[*self.rights_missing, *self.lag_rights_missing], error=self.error,
        )  # fmt: skip

    def view(self) -> ServerView:
        return ServerView(
            server=self.server, title=self.title, protocol=self.protocol, address=self.address, state=self.state,
            since=format_time(self.since_ns), attempt=self.attempt,
            next_try=None if self.next_try_ns is None else format_time(self.next_try_ns),
            last_connected=None if self.last_connected_ns is None else format_time(self.last_connected_ns),
            error=self.error, hint=self.hint,
        )  # fmt: skip
