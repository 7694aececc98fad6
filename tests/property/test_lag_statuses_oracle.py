"""Statuses against a twin that keeps every poll and reads the rules word by word."""

from hypothesis import given, settings
from hypothesis import strategies as st

from unit.lag.polls import Cluster, row

POLL = st.tuples(
    st.sampled_from([1, 3, 10, 10, 10, 30, 120, 600]),  # seconds since the last poll
    st.sampled_from([0, 0, 1, 5, 50, 400, -3, -60]),  # how far the committed position moves
    st.sampled_from([0, 0, 1, 5, 50, 400]),  # how far the end moves
    st.sampled_from([0, 1, None]),
    st.sampled_from([False] * 9 + [True]),  # is the committed position not known
)


class Twin:
    """Everything that was seen; the rules of facts on lag, B4."""

    def __init__(self):
        self.polls = []
        self.changes = []
        self.moved_at = None
        self.known = None

    def poll(self, at, committed, end, members):
        lag = None if committed is None or end is None else max(end - committed, 0)
        self.polls.append((at, committed, end, lag))
        if committed is not None:
            if self.known is not None and committed != self.known:
                self.changes.append((at, self.known, committed))
            self.known = committed
        if self.moved_at is None or (self.known or 0) != self.sum:
            self.moved_at, self.sum = at, self.known or 0
        return self.status(at, members)

    def status(self, now, members):
        ring, changes = self.polls[-15:], self.changes[-10:]
        _, committed, end, lag = ring[-1]
        if committed is None or end is None or len(ring) < 2:
            return "unknown"
        if members == 0 and now - self.moved_at >= 600:
            return "abandoned"
        if lag == 0:
            still = len({one[1] for one in ring}) == 1 and len({one[2] for one in ring}) == 1
            return "idle" if still else "ok"
        if len(changes) >= 2:
            longest = max(b[0] - a[0] for a, b in zip(changes, changes[1:], strict=False))
            silent = now - changes[-1][0] > max(changes[-1][0] - changes[0][0], 2 * longest, 60)
            if silent and all(one[2] is None or one[2] > committed for one in ring):
                return "stopped" if members == 0 else "stalled"
        for at, (_, before, after) in enumerate(changes):
            if after < before:
                if all(later[2] < before for later in changes[at + 1 :]):
                    return "rewound"
                break
        if any(one[3] == 0 for one in ring):
            return "ok"
        since = changes[-1][0] if changes else self.polls[0][0]
        if len(changes) < 2 and members != 0 and now - since >= 600:
            return "stalled"
        lags = [one[3] for one in ring if one[3] is not None]
        if len(lags) >= 6 and all(a <= b for a, b in zip(lags, lags[1:], strict=False)) and self.grows(now, ring):
            return "warning"
        return "ok"

    def grows(self, now, ring):
        recent = [one for one in ring if one[0] >= now - 60]
        points = [(at, lag) for at, _, _, lag in recent if lag is not None]
        if len(points) < 3:
            return False
        n = len(points)
        mt, ml = sum(at for at, _ in points) / n, sum(lag for _, lag in points) / n
        slope = sum((at - mt) * (lag - ml) for at, lag in points) / sum((at - mt) ** 2 for at, _ in points)
        ends = [(at, end) for at, _, end, _ in recent]
        rate = (ends[-1][1] - ends[0][1]) / (ends[-1][0] - ends[0][0])
        return slope > max(1.0, 0.05 * rate) + 1e-9 and points[-1][1] > 0


@settings(max_examples=400, deadline=None)
@given(st.lists(POLL, min_size=1, max_size=40), st.integers(0, 500))
def test_statuses_are_those_of_the_rules(script, lead):
    cluster, twin = Cluster(), Twin()
    at, committed, end = 0, 1000, 1000 + lead
    for passed, moved, grown, members, hidden in script:
        at += passed
        committed, end = max(committed + moved, 0), end + grown
        seen = None if hidden else committed
        found = cluster.poll(at, row(seen, end, members=members))["billing", 0]
        assert found.status == twin.poll(at, seen, end, members)
        assert found.messages is None or found.messages >= 0
        assert found.seconds is None or found.seconds >= 0
        assert found.commit_age_s is None or found.commit_age_s >= 0
