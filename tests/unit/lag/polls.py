"""Groups driven by scripted polls: time passes where a script says so, and nowhere else."""

from __future__ import annotations

from array import array

from asyncwatch.lag.consumers import Consumers
from asyncwatch.lag.position_times import EntryBudget, PositionTimes
from asyncwatch.lag.standing import Standing
from asyncwatch.model.finding import Finding
from asyncwatch.model.progress import GroupProgress, Progress
from asyncwatch.model.route import Route
from engine import kafka_document, plan_of

S = 1_000_000_000
T0 = 1_800_000_000 * S
DOCUMENT = kafka_document("  orders: {address: orders, messages: {Order: {}}}")


def route() -> Route:
    (found,) = plan_of(DOCUMENT).routes.documented()
    return found


class Cluster:
    """One topic, its groups, and what we have read of it. `at` is the seconds since the beginning."""

    def __init__(self, *, read_committed: bool = False, named: frozenset[str] = frozenset()) -> None:
        self.at = 0.0
        self.read: dict[int, PositionTimes] = {}
        self.findings: list[Finding] = []
        self.route = route()
        self._budget = EntryBudget()
        self.consumers = Consumers(
            "production",
            lambda address: self.route if address == "orders" else None,
            lambda address, partition: self.read.get(partition or 0),
            read_committed=read_committed,
            named=named,
        )

    def produce(self, *offsets: int, at: float | None = None, partition: int = 0) -> None:
        """Let us read records live, at a time of their own."""
        known = self.read.setdefault(partition, PositionTimes(self._budget))
        when_ns = T0 + int((self.at if at is None else at) * S)
        known.note(array("q", offsets), [when_ns] * len(offsets))

    def poll(self, at: float, *rows: GroupProgress) -> dict[tuple[str, int | None], Standing]:
        """Poll; give the standings by group and partition."""
        self.at = at
        for _ in self.consumers.take(Progress("production", T0 + int(at * S), list(rows), [])):
            pass
        return self.judge()

    def judge(self) -> dict[tuple[str, int | None], Standing]:
        found: dict[tuple[str, int | None], Standing] = {}
        for whole, parts, told in self.consumers.judge():
            self.findings += told
            for one in (whole, *parts):
                found[one.group, one.partition] = one
        return found

    def rules(self) -> list[str]:
        return [one.rule for one in self.findings]


def row(
    committed: int | None,
    end: int | None,
    *,
    group: str = "billing",
    partition: int = 0,
    low: int | None = 0,
    members: int | None = 1,
    **more: object,
) -> GroupProgress:
    made = GroupProgress(group, "orders", partition, committed, low, end, members=members)
    for name, value in more.items():
        setattr(made, name, value)
    return made


def times(until: float, every: float = 10.0) -> list[float]:
    """When polls are made: 0, 1, 3, 6, 10 s, then every ten."""
    found = [0.0, 1.0, 3.0, 6.0, 10.0]
    while found[-1] + every <= until:
        found.append(found[-1] + every)
    return [one for one in found if one <= until]
