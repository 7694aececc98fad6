"""Several sidecars as one: each has its feed, what they say is added up, and one that is lost is told as a server that is
away.

Rule 1: a sidecar that is lost stays with its last values, marked as old; it adds no movement.
Rule 2: only when none answers is there nothing to show but that.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final, NamedTuple, Protocol

from msgspec import structs
from textual.message import Message

from asyncwatch.model.adding_views import add_snapshots
from asyncwatch.model.clock import format_time
from asyncwatch.model.view import FindingDetail, ServerView, Snapshot
from asyncwatch_tui.address import without_secret
from asyncwatch_tui.detail_source import DetailFault, DetailSource, SidecarDetails
from asyncwatch_tui.feed import LEAST_BETWEEN_S, Feed, SidecarLost, SnapshotArrived

_SHARE_OF_TIME: Final = 10
"""Adding up takes at most a tenth of the time."""


class Source(NamedTuple):
    """A sidecar to follow. `ca_file`: the authority that signed its certificate, None = those of the system."""

    url: str
    token: str | None = None
    ca_file: str | None = None

    @property
    def place(self) -> str:
        """Name it: host and port."""
        return without_secret(self.url).partition("://")[2].partition("/")[0] or without_secret(self.url)


def places_of(sources: Sequence[Source]) -> str:
    """Name all addresses as they may be shown."""
    return ", ".join(without_secret(one.url) for one in sources)


class Following(Protocol):
    """What brings snapshots."""

    async def run(self) -> None:
        """Follow until cancelled."""


def follow(sources: Sequence[Source], post: Callable[[Message], object], steady: Callable[[], float]) -> Following:
    """Give what follows one sidecar or several."""
    if len(sources) == 1:
        return Feed(*sources[0][:2], post, steady=steady, ca_file=sources[0].ca_file)
    return Sources(sources, post, steady)


def details_of(sources: Sequence[Source]) -> DetailSource:
    """Give where details of findings come from."""
    found = [SidecarDetails(one.url, one.token, one.ca_file) for one in sources]
    return found[0] if len(found) == 1 else _AnyDetails(found)


class _AnyDetails:
    """Asks the sidecars in their order; the first that knows the finding answers."""

    def __init__(self, sources: Sequence[DetailSource]) -> None:
        self._sources = sources

    async def get(self, fingerprint: str) -> FindingDetail:
        fault = DetailFault("no sidecar was asked")
        for source in self._sources:
            try:
                return await source.get(fingerprint)
            except DetailFault as error:
                fault = error
        raise fault


@dataclass(slots=True)
class _State:
    """What is known of one sidecar. Units: `_ns` nanoseconds since the epoch."""

    snapshot: Snapshot | None = None
    error: str | None = None
    hint: str | None = None
    since_ns: int = 0
    seen_ns: int | None = None
    next_ns: int = 0
    tries: int = 0


class Sources:
    """Follows several sidecars and posts what they say together."""

    def __init__(
        self,
        sources: Sequence[Source],
        post: Callable[[Message], object],
        steady: Callable[[], float] = time.monotonic,
        wall_ns: Callable[[], int] = time.time_ns,
    ) -> None:
        self._sources = list(sources)
        self._post = post
        self._steady = steady
        self._wall_ns = wall_ns
        self._states = [_State(since_ns=wall_ns()) for _ in sources]
        self._fresh = asyncio.Event()

    async def run(self) -> None:
        """Follow all of them until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            for state, source in zip(self._states, self._sources, strict=True):
                feed = Feed(
                    source.url, source.token, partial(self._hear, state), steady=self._steady, ca_file=source.ca_file
                )
                tasks.create_task(feed.run())
            tasks.create_task(self._keep_posting())

    def _hear(self, state: _State, message: Message) -> None:
        now_ns = self._wall_ns()
        if isinstance(message, SnapshotArrived):
            state.snapshot, state.error, state.hint, state.tries = message.snapshot, None, None, 0
            state.since_ns = state.seen_ns = now_ns
        elif isinstance(message, SidecarLost):
            if state.error is None and state.seen_ns is not None:
                state.since_ns = now_ns
            state.error, state.hint = message.error, message.hint
            state.tries += 1
            state.next_ns = now_ns + int(message.wait_s * 1e9)
            if all(one.error is not None for one in self._states):
                self._post(self._all_lost(message.wait_s))
                return
        self._fresh.set()

    def _all_lost(self, wait_s: float) -> SidecarLost:
        reasons = {state.error or "" for state in self._states}
        places = ", ".join(source.place for source in self._sources)
        text = "; ".join(sorted(reasons))
        return SidecarLost(
            f"none of {places} answers: {text}", wait_s, next((s.hint for s in self._states if s.hint), None)
        )

    async def _keep_posting(self) -> None:
        while True:
            await self._fresh.wait()
            self._fresh.clear()
            began_s = self._steady()
            merged = self.merged()
            if merged is not None:
                self._post(SnapshotArrived(merged, self._steady()))
            await asyncio.sleep(max(LEAST_BETWEEN_S, (self._steady() - began_s) * _SHARE_OF_TIME))

    def merged(self) -> Snapshot | None:
        """Add up what is known by now; None before the first sidecar has answered."""
        parts: list[Snapshot] = []
        away: list[ServerView] = []
        for state, source in zip(self._states, self._sources, strict=True):
            lost = state.error is not None
            if state.snapshot is not None:
                parts.append(_old(state.snapshot, state.since_ns) if lost else state.snapshot)
            if lost:
                away.append(_as_server(state, source))
        if not parts:
            return None
        added = add_snapshots(parts)
        if away:
            return structs.replace(added, view=structs.replace(added.view, servers=[*away, *added.view.servers]))
        return added


def _as_server(state: _State, source: Source) -> ServerView:
    return ServerView(
        server=source.place, title=source.place, protocol="sidecar", address=without_secret(source.url),
        state="connecting" if state.seen_ns is None else "reconnecting", since=format_time(state.since_ns),
        attempt=state.tries, next_try=format_time(state.next_ns),
        last_connected=None if state.seen_ns is None else format_time(state.seen_ns), error=state.error, hint=state.hint,
    )  # fmt: skip


def _old(snapshot: Snapshot, since_ns: int) -> Snapshot:
    """Give the last picture of a sidecar that does not answer: nothing moves, everything is old."""
    view = snapshot.view
    still: list[float | None] = [0.0] * len(view.window)
    return structs.replace(
        snapshot,
        view=structs.replace(
            view, rate=0.0, window=still, checked_window=still, valid_window=[None] * len(view.valid_window),
            channels=[structs.replace(one, stale=True) for one in view.channels],
            servers=[
                structs.replace(
                    one, state="reconnecting", since=format_time(since_ns), error="its sidecar does not answer",
                    next_try=None,
                )
                for one in view.servers
            ],
        ),
    )  # fmt: skip
