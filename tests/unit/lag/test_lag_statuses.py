"""The table of statuses: one case a line, the first line of the table that fits decides."""

import pytest

from asyncwatch.lag.status import STATUSES, TABLE, worst
from unit.lag.polls import Cluster, row, times

MINUTES = 60

# name, until when (s), committed at a time, end at a time, members, status
CASES = [
    ("one poll only", 0, lambda at: 5, lambda at: 9, 1, "unknown"),
    ("never committed", 60, lambda at: None, lambda at: 9, 1, "unknown"),
    ("end not known", 60, lambda at: 5, lambda at: None, 1, "unknown"),
    ("no members, silent for ten minutes", 600, lambda at: 5, lambda at: 9 + at, 0, "abandoned"),
    ("no members, silent for less", 590, lambda at: 5, lambda at: 9, 0, "ok"),
    ("members not known, silent for ten minutes", 600, lambda at: 5, lambda at: 9, None, "stalled"),
    ("abandoned though everything is read", 600, lambda at: 9, lambda at: 9, 0, "abandoned"),
    ("read all, nothing moves", 300, lambda at: 9, lambda at: 9, 1, "idle"),
    ("read all, and more comes", 300, lambda at: at, lambda at: at, 1, "ok"),
    ("commits stopped, no members", 300, lambda at: min(at, 60), lambda at: 100 + at, 0, "stopped"),
    ("commits stopped, members alive", 300, lambda at: min(at, 60), lambda at: 100 + at, 2, "stalled"),
    ("commits stopped, members not known", 300, lambda at: min(at, 60), lambda at: 100 + at, None, "stalled"),
    ("commits stopped not long ago", 110, lambda at: min(at, 60), lambda at: 500 - at // 2, 0, "unknown"),
    ("commits stopped, less than its rhythm", 110, lambda at: min(at, 60), lambda at: 300, 0, "ok"),
    ("commits stopped at the end of that time", 160, lambda at: min(at, 60), lambda at: max(at, 60) + (at > 70), 0, "ok"),
    ("one change, then none", 500, lambda at: 5 if at < 3 else 6, lambda at: 50, 0, "ok"),
    ("went back", 60, lambda at: 100 - at, lambda at: 500, 1, "rewound"),
    ("went back and regained", 60, lambda at: 10 if at == 6 else 20 + at, lambda at: 500, 1, "ok"),
    ("was at the end lately", 60, lambda at: 20 if at < 20 else 21, lambda at: 20 if at < 20 else 30 + 9 * at, 1, "ok"),
    ("never moved for ten minutes", 600, lambda at: 5, lambda at: 50, 1, "stalled"),
    ("never moved for less", 590, lambda at: 5, lambda at: 50, 1, "ok"),
    ("grows", 60, lambda at: at, lambda at: 9 + 20 * at, 1, "warning"),
    ("grows inside the dead-band", 60, lambda at: 1000 * at, lambda at: 9 + 1020 * at, 1, "ok"),
    ("grows, and shrank once", 60, lambda at: at + (400 if at >= 30 else 0), lambda at: 500 + 9 * at, 1, "ok"),
    ("grows, looked at five times", 10, lambda at: at, lambda at: 9 + 20 * at, 1, "ok"),
    ("shrinks", 60, lambda at: 30 * at, lambda at: 5000 + 10 * at, 1, "ok"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("until", "committed", "end", "members", "status"), [one[1:] for one in CASES], ids=[one[0] for one in CASES]
)
def test_status_of(until, committed, end, members, status):
    cluster = Cluster()
    for at in times(until):
        found = cluster.poll(at, row(_whole(committed(at)), _whole(end(at)), members=members))
    assert found["billing", 0].status == status


def _whole(value):
    return None if value is None else int(value)


def test_every_status_has_a_line_and_the_worst_one_counts():
    assert {status for _, status in TABLE} == set(STATUSES)
    assert worst(["ok", "stopped", "idle"]) == "stopped"
    assert worst(["ok", "unknown", "abandoned"]) == "unknown"
    assert worst(["idle"]) == "idle"


def test_a_change_of_status_is_told_after_two_evaluations_and_again_only_after_another():
    cluster = Cluster()
    for at in times(60):
        cluster.poll(at, row(int(at), 9 + 20 * int(at)))
        assert len(cluster.findings) == (at >= 30)  # judged a warning at 20 s, and again
    for at in (70, 80, 90):
        cluster.poll(at, row(2000, 2000))
    assert cluster.rules() == ["lag.warning"]
    for number, at in enumerate(range(100, 400, 10)):
        cluster.poll(at, row(2000 + number, 2100 + 40 * number))
    assert cluster.rules() == ["lag.warning", "lag.warning"]
