"""The hot path: find the route, run its checks, offer the observation to ledger and outlets."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from asyncwatch.ledger.ledger import Ledger
from asyncwatch.model.batch import Batch
from asyncwatch.model.check import Check
from asyncwatch.model.finding import Finding
from asyncwatch.model.observation import Observation
from asyncwatch.model.route import Route
from asyncwatch.model.state import UNCHECKED, VALID
from asyncwatch.outlets.base import Outlet
from asyncwatch.route import Routes

BrokenCheck = Callable[[Check, Route, Exception], None]


class Pump:
    """Takes batches from every tap, one after the other; never waits and never raises for bad data.

    `on_broken` is told once a check and route when a check raises: that is our own mistake, and the rest runs on.
    """

    def __init__(self, routes: Routes, ledger: Ledger, outlets: Sequence[Outlet], on_broken: BrokenCheck) -> None:
        self._routes = routes
        self._ledger = ledger
        self._outlets = list(outlets)
        self._on_broken = on_broken
        self._broken: set[int] = set()
        self.taken = 0
        """Messages judged so far."""

    def take(self, batch: Batch, /) -> None:
        """Judge a batch.

        Cost: bench road.
        """
        route = self._routes.find(batch)
        obs = Observation(batch, route)
        for check in route.checks:
            try:
                check.observe(obs)
            except Exception as error:  # noqa: BLE001 # a check's own mistake must not end the road
                self._note_broken(check, route, obs, error)
        self.taken += len(batch)
        self._ledger.take(obs)
        for outlet in self._outlets:
            outlet.offer(obs)

    def advance(self, now_ns: int, /) -> None:
        """Let time pass in every check, and tell what it brought to light."""
        for route in self._routes.all():
            for check in route.checks:
                self._let(check, route, check.advance, now_ns)

    def finish(self, now_ns: int, /) -> None:
        """Let every check judge what it holds back: nothing more will come."""
        self.advance(now_ns)
        for route in self._routes.all():
            for check in route.checks:
                if finish := _finish_of(check):
                    self._let(check, route, finish, now_ns)

    def retire(self, routes: Sequence[Route], now_ns: int, /) -> None:
        """Let the checks of routes judge what they hold: the routes are not asked again.

        What a whole run could not find out about a document is not said in the middle of one.
        """
        for route in routes:
            for check in route.checks:
                findings = [*self._ask(check, route, check.advance, now_ns)]
                if finish := _finish_of(check):
                    findings += self._ask(check, route, finish, now_ns)
                self.announce([one for one in findings if not one.rule.startswith("document.")])
                self._broken.discard(id(check))  # another check may come to lie where this one was

    def _let(self, check: Check, route: Route, verb: Callable[[int], Sequence[Finding]], now_ns: int) -> None:
        findings = self._ask(check, route, verb, now_ns)
        if findings:
            self.announce(findings)

    def _ask(
        self, check: Check, route: Route, verb: Callable[[int], Sequence[Finding]], now_ns: int
    ) -> Sequence[Finding]:
        """Call a verb of a sound check; a check that raises is broken from then on."""
        if id(check) in self._broken:
            return ()
        try:
            return verb(now_ns)
        except Exception as error:  # noqa: BLE001 # a check's own mistake must not stop the clock
            self._broken.add(id(check))
            self._on_broken(check, route, error)
            return ()

    def announce(self, findings: Sequence[Finding]) -> None:
        """Tell ledger and outlets findings that belong to no message of a batch."""
        self._ledger.announce(findings)
        for outlet in self._outlets:
            outlet.announce(findings)

    def _note_broken(self, check: Check, route: Route, obs: Observation, error: Exception) -> None:
        """Nothing that a broken check has judged counts as valid."""
        if "state" in check.writes:
            for row, state in enumerate(obs.state):
                if state == VALID:
                    obs.state[row] = UNCHECKED
                    obs.reasons.append((row, "a check is broken"))
        if id(check) not in self._broken:
            self._broken.add(id(check))
            self._on_broken(check, route, error)


_Verb = Callable[[int], Sequence[Finding]]


def _finish_of(check: Check) -> _Verb | None:
    """Give how a check judges what it holds back; None = it holds nothing (asking the protocol itself is slow)."""
    finish: _Verb | None = getattr(check, "finish", None)
    return finish
