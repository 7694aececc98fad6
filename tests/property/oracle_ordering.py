"""The slow, obvious twin of the tracker: sets of numbers, message after message, everything looked at every time."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

SECOND = 1_000_000_000
OPEN, LOST, UNOBSERVED = "open", "lost", "unobserved"


@dataclass
class Seen:
    key: bytes
    number: int
    payload: bytes
    at: int
    position: int


@dataclass(eq=False)
class OracleGap:
    numbers: set[int]
    high: int
    opened: int
    position: int
    status: str
    later: int
    told: bool = False


@dataclass(eq=False)
class OracleRun:
    """A key's sequence as it stands."""

    first: int
    highest: int
    seen: set[int]
    blind: bool = False
    gaps: list[OracleGap] = field(default_factory=list)
    candidate: list[Seen] | None = None
    candidate_at: int = 0
    candidate_turn: int = 0
    """Which candidate of all keys it was: of two that end at one time, the older one ends first."""
    continued_new: int = 0
    continued_old: int = 0
    candidate_highest: int = 0


class Oracle:
    """Counts and (rule, position) of findings for a stream under scope `key`."""

    def __init__(
        self,
        *,
        step: int = 1,
        window: int = 1000,
        lost_after: int = 60,
        start: int | None = None,
        remembered: int = 65_536,
    ) -> None:
        self.step, self.window, self.lost_after, self.remembered = step, window, lost_after * SECOND, remembered
        self.beginnings = {0, 1} | ({start} if start is not None else set())
        self.runs: dict[bytes, OracleRun] = {}
        self.ring: list[tuple[bytes, int, bytes]] = []
        self.counts: Counter[str] = Counter()
        self.findings: list[tuple[str, int]] = []
        self.clock = 0
        self.candidates = 0
        self.interleaved_at: int | None = None

    # time

    def advance(self, now: int) -> None:
        while (due := self._first_due(now)) is not None:
            at, _, _, run, gap = due
            if gap is None:
                self._end_candidate(run, at)
            elif not gap.told and gap.opened + SECOND == at:
                gap.told = True
                self.findings.append(("gap", gap.position))
            else:
                self._lose(gap)

    def _first_due(self, now: int) -> tuple[int, int, int, OracleRun, OracleGap | None] | None:
        due: list[tuple[int, int, int, OracleRun, OracleGap | None]] = []
        for run in self.runs.values():
            for gap in run.gaps:
                if gap.status == OPEN:
                    if not gap.told:
                        due.append((gap.opened + SECOND, 0, gap.opened, run, gap))
                    due.append((gap.opened + self.lost_after, 1, gap.opened, run, gap))
            if run.candidate is not None:
                due.append((run.candidate_at + 30 * SECOND, 2, run.candidate_turn, run, None))
        due = [one for one in due if one[0] <= now]
        return min(due, key=lambda one: one[:3]) if due else None

    # messages

    def observe_gap(self) -> None:
        for run in self.runs.values():
            run.blind = True

    def take(self, message: Seen) -> None:
        self.clock = max(self.clock, message.at)
        self.advance(self.clock)
        run = self.runs.get(message.key)
        if run is None:
            self.runs[message.key] = OracleRun(message.number, message.number, {message.number})
            self.counts["in_order"] += 1
            self._remember(message)
            return
        if (message.number - run.highest) % self.step:
            self.counts["unsequenced"] += 1
            return
        if run.candidate is None:
            self._judge(run, message, may_restart=True)
        else:
            self._judge_candidate(run, message)
        run.blind = False

    def _known(self, message: Seen) -> bytes | None:
        for key, number, payload in reversed(self.ring[-self.remembered :]):
            if (key, number) == (message.key, message.number):
                return payload
        return None

    def _remember(self, message: Seen) -> None:
        self.ring.append((message.key, message.number, message.payload))

    def _gap_of(self, run: OracleRun, number: int) -> OracleGap | None:
        return next((gap for gap in run.gaps if number in gap.numbers), None)

    def _count_later(self, run: OracleRun, number: int) -> None:
        for gap in run.gaps:
            if gap.status == OPEN and number > gap.high:
                gap.later += 1

    def _lose_by_count(self, run: OracleRun) -> None:
        for gap in run.gaps:
            if gap.status == OPEN and gap.later >= self.window:
                self._lose(gap)

    def _judge(self, run: OracleRun, message: Seen, *, may_restart: bool) -> None:
        number = message.number
        gap = self._gap_of(run, number)
        if number > run.highest:
            self.counts["in_order"] += 1
            skipped = set(range(run.highest + self.step, number, self.step))
            if skipped:
                self._open(run, skipped, message, blind=run.blind)
            run.highest = number
            run.seen.add(number)
            self._count_later(run, number)
            self._remember(message)
        elif gap is not None:
            self._count_later(run, number)
            self.counts["out_of_order"] += 1
            gap.numbers.remove(number)
            run.seen.add(number)
            if gap.status == UNOBSERVED:
                self.counts["unobserved"] -= 1
            else:
                self.counts["filled"] += 1
                self.counts["missing" if gap.status == OPEN else "lost"] -= 1
                if self.clock_of(message) - gap.opened >= SECOND:
                    self.findings.append(("out-of-order", message.position))
            if not gap.numbers:
                run.gaps.remove(gap)
            self._remember(message)
        elif self._known(message) == message.payload:
            self._count_later(run, number)
            self.counts["duplicates"] += 1
            self.findings.append(("duplicate", message.position))
        elif may_restart and (
            number < run.highest - self.window * self.step or (number in self.beginnings and number < run.highest)
        ):
            run.candidate, run.candidate_at = [message], self.clock
            self.candidates += 1
            run.candidate_turn = self.candidates
            run.candidate_highest, run.continued_new, run.continued_old = number, 1, 0
            return
        else:
            self._judge_seen(run, message)
        self._lose_by_count(run)

    def clock_of(self, message: Seen) -> int:
        return self.judged_at if self.judged_at is not None else self.clock

    judged_at: int | None = None

    def _judge_seen(self, run: OracleRun, message: Seen) -> None:
        number = message.number
        self._count_later(run, number)
        if self._known(message) is not None:
            self.counts["conflicts"] += 1
            self.findings.append(("conflict", message.position))
        elif number >= run.first:
            self.counts["duplicates"] += 1
            self.findings.append(("duplicate", message.position))
        else:
            self.counts["out_of_order"] += 1
            skipped = set(range(number + self.step, run.first, self.step))
            run.first = number
            run.seen.add(number)
            if skipped:
                self._open(run, skipped, message, blind=False)
            self._remember(message)

    def _judge_candidate(self, run: OracleRun, message: Seen) -> None:
        number = message.number
        assert run.candidate is not None
        if number != run.candidate_highest + self.step:
            if number > run.highest:
                run.continued_old += 1
                return self._judge(run, message, may_restart=False)
            known = self._known(message)
            if self._gap_of(run, number) is not None or known == message.payload:
                return self._judge(run, message, may_restart=False)
            distance = self.window * self.step
            if not run.candidate_highest < number <= run.candidate_highest + distance:
                near = run.candidate[0].number - distance <= number <= run.candidate_highest
                if near and len(run.candidate) < 16:
                    run.candidate.append(message)
                else:
                    self._judge_seen(run, message)
                return None
        run.candidate.append(message)
        run.candidate_highest = number
        run.continued_new += 1
        if run.continued_new < 3:
            return None
        held, run.candidate = run.candidate, None
        if run.continued_old:
            for one in held:
                known = self._known(one)
                same = known == one.payload or (known is None and run.first <= one.number <= run.highest)
                self.counts["duplicates" if same else "conflicts"] += 1
            if self.interleaved_at is None or self.clock - self.interleaved_at >= 3600 * SECOND:
                self.interleaved_at = self.clock
                self.findings.append(("conflict", message.position))
        else:
            self._restart(run, held)
        return None

    def _restart(self, run: OracleRun, held: list[Seen]) -> None:
        for gap in run.gaps:
            if gap.status == OPEN:
                self._lose(gap)
        run.gaps.clear()
        begin = held[0]
        self.counts["restarts"] += 1
        self.counts["in_order"] += 1
        self.findings.append(("restart", begin.position))
        run.first = run.highest = begin.number
        run.seen = {begin.number}
        self._remember(begin)
        run.blind = False
        for one in held[1:]:
            self._judge(run, one, may_restart=False)

    def _end_candidate(self, run: OracleRun, at: int) -> None:
        assert run.candidate is not None
        held, run.candidate = run.candidate, None
        blind, run.blind = run.blind, False
        self.judged_at = at
        for one in held:
            self._judge(run, one, may_restart=False)
        self.judged_at = None
        run.blind = blind

    def _open(self, run: OracleRun, numbers: set[int], message: Seen, *, blind: bool) -> None:
        at = self.clock_of(message)
        gap = OracleGap(numbers, max(numbers), at, message.position, UNOBSERVED if blind else OPEN, 0)
        run.gaps.append(gap)
        if blind:
            self.counts["unobserved"] += len(numbers)
        else:
            self.counts["gaps"] += 1
            self.counts["missing"] += len(numbers)

    def _lose(self, gap: OracleGap) -> None:
        gap.status = LOST
        self.counts["missing"] -= len(gap.numbers)
        self.counts["lost"] += len(gap.numbers)
        self.findings.append(("lost", gap.position))

    # invariant

    def assert_whole(self) -> None:
        for run in self.runs.values():
            missing = sum(len(gap.numbers) for gap in run.gaps)
            assert (run.highest - run.first) // self.step + 1 == len(run.seen) + missing

    def total(self) -> dict[str, int]:
        """Counts as they would be if nothing more came."""
        words = (
            "in_order", "out_of_order", "duplicates", "conflicts", "unsequenced", "restarts", "gaps", "missing",
            "filled", "lost", "unobserved",
        )  # fmt: skip
        return {word: self.counts[word] for word in words}
