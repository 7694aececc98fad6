"""What users of lag tools complained about: each of them here, with what is said instead."""

import pytest

from asyncwatch.checks.progress import FAMILIES, ProgressCheck
from asyncwatch.lag.position_times import EntryBudget, PositionTimes
from asyncwatch.lag.status import SILENT_NS
from asyncwatch.model.batch import Batch
from asyncwatch.model.observation import Observation
from asyncwatch.taps.registry import TAPS
from unit.lag.polls import T0, Cluster, S, row, times

WHOLE = ("billing", None)


def test_quiet_topic_with_a_consumer_caught_up_for_hours_is_idle():
    cluster = Cluster()
    cluster.produce(*range(100), at=-7200)
    for at in times(3600):
        found = cluster.poll(at, row(100, 100))
    assert found[WHOLE].status == "idle"
    assert (found[WHOLE].messages, found[WHOLE].seconds, found[WHOLE].catch_up_s) == (0, 0.0, 0.0)
    assert cluster.findings == []


def test_quiet_topic_with_one_unread_record_grows_in_seconds_and_is_stalled_only_by_rhythm():
    cluster = Cluster()
    committed, statuses = 10, []
    cluster.produce(*range(10), at=-60)
    for at in times(3700):
        if at <= 60:  # commits every ten seconds, at the end each time
            cluster.produce(committed, at=at)
            committed += 1
        if at == 70:
            cluster.produce(committed, at=70)
        found = cluster.poll(at, row(committed, committed + (at >= 70)))[WHOLE]
        statuses.append((at, found.status))
        if at >= 70:
            assert found.seconds == pytest.approx(at - 70, abs=0.5)
    first_stalled = next(at for at, status in statuses if status == "stalled")
    # The changes span sixty seconds, and the end was met within the ring until 210 s.
    assert 130 < first_stalled < 300
    assert "stopped" not in {status for _, status in statuses}
    assert cluster.rules() == ["lag.stalled"]


def test_slow_committer_is_judged_by_its_own_rhythm():
    cluster = Cluster()
    end, committed = 0, 0
    for at in times(3000):
        cluster.produce(*range(end, int(at) + 1), at=at)
        end = int(at) + 1
        if at % 300 == 0:
            committed = end - 1
        found = cluster.poll(at, row(committed, end, members=0 if at > 2500 else 1))[WHOLE]
        assert found.status not in {"stopped", "stalled"}, at
        assert found.seconds == pytest.approx(at - next(n for n in range(end) if n >= committed), abs=10.5)
    assert "lag.stopped" not in cluster.rules()


def test_first_commit_of_a_new_group_with_lag_is_unknown_then_judged_by_its_trend():
    cluster = Cluster()
    assert cluster.poll(0, row(None, 1000))[WHOLE].status == "unknown"
    assert cluster.poll(1, row(0, 1000))[WHOLE].status == "ok"
    for at in (3, 6, 10, 20, 30):
        found = cluster.poll(at, row(0, 1000 + 50 * at))
    assert found[WHOLE].status == "warning"
    assert cluster.poll(40, row(2000, 3000))[WHOLE].status == "ok"


def test_single_poll_is_unknown_and_one_commit_alone_never_stops():
    cluster = Cluster()
    found = cluster.poll(0, row(5, 10, members=0))[WHOLE]
    assert (found.status, found.messages) == ("unknown", 5)
    for at in times(500)[1:]:
        found = cluster.poll(at, row(6, 10, members=0))[WHOLE]
        assert found.status == "ok"


def test_group_deleted_by_its_owners_is_abandoned_and_its_numbers_are_unknown():
    cluster = Cluster()
    for at in (0, 1, 3):
        cluster.poll(at, row(5, 10), row(9, 10, group="other"))
    for at in (6, 10):
        found = cluster.poll(at, row(9, 10, group="other"))
    gone = found[WHOLE]
    assert (gone.status, gone.messages, gone.seconds, gone.members) == ("abandoned", None, None, 0)
    assert gone.reading == "the group does not exist any more."
    assert found["other", None].messages == 1
    assert cluster.rules() == ["lag.abandoned"]
    assert ("billing", None) not in cluster.poll(4000, row(9, 10, group="other"))


def test_group_without_members_and_commits_for_ten_minutes_is_abandoned():
    cluster = Cluster()
    for at in times(590):
        assert cluster.poll(at, row(5, 10, members=0))[WHOLE].status in {"unknown", "ok"}
    assert cluster.poll(SILENT_NS / S, row(5, 10, members=0))[WHOLE].status == "abandoned"


def test_group_that_the_document_names_is_told_as_a_warning_when_abandoned():
    severities = {}
    for named in (frozenset(), frozenset({"billing"})):
        cluster = Cluster(named=named)
        for at in (0, 1, 700, 710):
            cluster.poll(at, row(5, 10, members=0))
        (finding,) = cluster.findings
        severities[bool(named)] = (finding.rule, finding.severity)
    assert severities == {False: ("lag.abandoned", "info"), True: ("lag.abandoned", "warning")}


def test_retention_below_the_committed_position_is_floored_and_the_loss_told_once():
    cluster = Cluster()
    for at in times(60):
        found = cluster.poll(at, row(100, 1100, low=1000))
    assert found[WHOLE].messages == 100
    assert found[WHOLE].deleted_unread == 900
    lost = [one for one in cluster.findings if one.keyword == "lost"]
    assert [one.summary for one in lost] == ["a consumer group lost messages: 900 were deleted before it read them"]


def test_compacted_topic_counts_records_that_are_there():
    cluster = Cluster()
    cluster.produce(0, 7, 9, at=-5)
    cluster.produce(40, 41, at=-1)
    cluster.poll(0, row(10, 42))
    found = cluster.poll(1, row(10, 42))["billing", 0]
    assert (found.messages, found.records) == (32, 2)
    assert found.seconds == 2.0  # the first unread record is the one at 40
    assert cluster.poll(3, row(42, 42))["billing", 0].records == 0


def test_reset_to_the_oldest_of_back_filled_data_is_rewound_and_shows_no_years():
    cluster = Cluster()
    # Records of three years ago, written an hour ago while we were reading: they could be read since then.
    cluster.produce(*range(1000), at=-3600)
    cluster.poll(0, row(1000, 1000))
    cluster.poll(1, row(1000, 1000))
    for at in (3, 6, 10):
        found = cluster.poll(at, row(0, 1000))[WHOLE]
        assert found.status == "rewound"
        assert found.seconds == pytest.approx(3600 + at, abs=0.1)
    assert cluster.rules() == ["lag.rewound"]
    assert cluster.findings[0].severity == "info"
    assert cluster.poll(20, row(1000, 1000))[WHOLE].status == "ok"


def test_burst_then_idle_shows_no_saw_tooth():
    cluster = Cluster()
    cluster.produce(*range(10_000), at=0)
    seen = []
    for number, at in enumerate(times(60)):
        seen.append(cluster.poll(at, row(min(number * 2000, 10_000), 10_000))[WHOLE].seconds - at)
    assert all(one == pytest.approx(0, abs=0.1) for one in seen[:5])
    assert cluster.poll(70, row(10_000, 10_000))[WHOLE].seconds == 0.0


@pytest.mark.parametrize("wrong_s", [3600, -3600])
def test_producer_clock_that_is_wrong_does_not_reach_the_seconds(wrong_s):
    cluster = Cluster()
    check = next(check for check in cluster.route.checks if isinstance(check, ProgressCheck))
    check.observe(Observation(batch(sent_ns=T0 + wrong_s * S, observed_ns=T0), cluster.route))
    cluster.read[0] = check.times("orders", 0)
    cluster.poll(1, row(5, 10))
    assert cluster.poll(8, row(5, 10))[WHOLE].seconds == pytest.approx(8, abs=0.1)


@pytest.mark.parametrize(
    ("live", "source", "sent_s", "seconds"),
    [
        (True, "producer", -50, 8),  # seen live: the moment of seeing
        (False, "producer", -50, 58),  # there before we read: its own timestamp
        (False, "producer", 50, 8),  # which is never later than when we saw it
        (True, "broker", -5, 13),  # the broker's own time counts always
        (True, "none", 0, None),  # without a time the positions are our own count
    ],
)
def test_clock_of_the_seconds_is_when_a_record_could_be_read(live, source, sent_s, seconds):
    cluster = Cluster()
    check = next(check for check in cluster.route.checks if isinstance(check, ProgressCheck))
    sent_ns = T0 + sent_s * S
    check.observe(Observation(batch(sent_ns=sent_ns, observed_ns=T0, live=live, source=source), cluster.route))
    cluster.read[0] = check.times("orders", 0) or PositionTimes(EntryBudget())
    found = cluster.poll(8, row(5, 10))[WHOLE]
    assert found.seconds == (seconds if seconds is None else pytest.approx(seconds, abs=0.1))


def test_progress_is_noted_for_every_protocol_whose_consumers_can_be_asked():
    assert {protocol for spec in TAPS if spec.probe is not None for protocol in spec.protocols} & {
        "kafka",
        "nats",
    } <= FAMILIES


def batch(*, sent_ns, observed_ns, live=True, source="producer", n=10):
    return Batch(
        server="production", filter="orders", partition=0, addresses=None, payloads=[b"{}"] * n, headers=[()] * n,
        keys=[None] * n, positions=list(range(n)), sent_ns=[None if source == "none" else sent_ns] * n,
        time_source=source, observed_ns=[observed_ns] * n, live=live,
    )  # fmt: skip


def test_a_record_of_the_future_that_was_never_seen_live_is_clamped_to_now():
    cluster = Cluster()
    cluster.poll(0, row(5, 10))
    wanted = cluster.consumers.wanted(10)
    cluster.consumers.learn(wanted, [T0 + 3600 * S])
    assert cluster.judge()[WHOLE].seconds == 0.0


def test_partition_added_leader_gone_and_broker_away_are_unknown_and_the_others_go_on():
    cluster = Cluster()
    for at in (0, 1, 3):
        cluster.poll(at, row(5, 10))
    found = cluster.poll(6, row(5, 10), row(None, 3, partition=1), row(4, None, partition=2))
    assert found["billing", 0].status == "ok"
    assert found["billing", 1].status == "unknown"
    assert (found["billing", 2].status, found["billing", 2].messages) == ("unknown", None)
    whole = found[WHOLE]
    assert (whole.status, whole.messages, whole.unknown) == ("unknown", 5, 2)
    cluster.consumers.lose_sight(T0 + 10 * S)
    assert {one.status for one in cluster.judge().values()} == {"unknown"}
    found = cluster.poll(20, row(5, 10), row(1, 3, partition=1), row(4, 4, partition=2))
    assert found["billing", 0].status == "ok"
    assert found[WHOLE].messages == 7
    assert cluster.findings == []


def test_small_rewind_by_a_rebalance_that_is_regained_raises_no_alarm():
    cluster = Cluster()
    committed = [100, 110, 120, 115, 130, 140, 150]
    statuses = [
        cluster.poll(at, row(position, 150 + number))[WHOLE].status
        for number, (at, position) in enumerate(zip(times(30), committed, strict=True))
    ]
    assert statuses == ["unknown", "ok", "ok", "rewound", "ok", "ok", "ok"]
    assert cluster.findings == []  # one evaluation alone is no event


def test_readers_of_committed_transactions_lag_to_the_last_stable_offset():
    for read_committed, behind in ((True, 0), (False, 7)):
        cluster = Cluster(read_committed=read_committed)
        cluster.produce(*range(107), at=0)
        for at in (0, 1, 3):
            found = cluster.poll(at, row(100, 107, last_stable=100))
        assert found[WHOLE].messages == behind
        assert found[WHOLE].seconds == pytest.approx(0 if read_committed else 3, abs=0.1)


def test_commit_beyond_the_end_that_was_seen_is_zero_and_not_negative():
    cluster = Cluster()
    cluster.poll(0, row(12, 10))
    found = cluster.poll(1, row(12, 10))[WHOLE]
    assert (found.messages, found.seconds, found.status) == (0, 0.0, "idle")


def test_topic_made_anew_drops_the_history():
    cluster = Cluster()
    for at in times(60):
        cluster.poll(at, row(int(at) * 10, 1000))
    found = cluster.poll(70, row(3, 10))["billing", 0]
    assert (found.status, found.commit_age_s, found.trend.velocity) == ("unknown", None, None)
    assert cluster.poll(80, row(4, 10))["billing", 0].status == "ok"
    cluster.consumers.lose_sight(T0 + 90 * S)
    assert cluster.poll(100, row(1, 2))["billing", 0].status == "unknown"  # made anew while nobody looked


def test_consumer_that_commits_every_record_has_a_history_of_a_minute_and_more():
    cluster = Cluster()
    for at in times(300):
        found = cluster.poll(at, row(int(at * 10_000), int(at * 10_000) + 50))
    (history,) = cluster.consumers._groups["billing"].histories.values()
    assert history.changes[-1].time_ns - history.changes[0].time_ns >= 60 * S
    assert found[WHOLE].status == "ok"


def test_thousands_of_groups_are_taken_step_by_step():
    cluster = Cluster()
    rows = [row(5, 10, group=f"group-{number}") for number in range(3000)]
    for at in (0, 1):
        found = cluster.poll(at, *rows)
    assert len(found) == 6000
    assert len(cluster.consumers.wanted(200)) == 1  # all of them wait for one record


@pytest.mark.parametrize("low", [0, 400])
def test_share_of_the_log_is_a_risk_only_where_the_broker_has_begun_to_delete(low):
    cluster = Cluster()
    for at in (0, 1, 3):
        found = cluster.poll(at, row(450, 1000, low=low, retention_s=604_800.0))
    assert found[WHOLE].share == pytest.approx(550 / (1000 - low))
    assert found[WHOLE].risk == ("high" if low else None)


def test_messages_that_expire_within_ten_minutes_are_a_high_risk_told_once():
    cluster = Cluster()
    cluster.produce(*range(1000), at=0)
    for at in times(60):
        found = cluster.poll(at, row(900, 1000, retention_s=300.0))
    assert found[WHOLE].retention_s == pytest.approx(240, abs=0.5)
    assert found[WHOLE].risk == "high"
    assert [one.rule for one in cluster.findings] == ["lag.retention-risk"]


def test_stopped_group_is_told_once_whatever_the_number_of_its_partitions():
    cluster = Cluster()
    for at in times(400):
        committed = min(int(at), 60)
        members = 2 if at < 60 else 0
        rows = [row(committed, 1000 + int(at), partition=number, members=members) for number in range(6)]
        found = cluster.poll(at, *rows)
    assert {one.status for one in found.values()} == {"stopped"}
    assert found[WHOLE].messages == 6 * (1400 - 60)
    (finding,) = cluster.findings
    assert (finding.rule, finding.group, finding.address, finding.channel) == (
        "lag.stopped", "billing", "orders", "orders",
    )  # fmt: skip
    assert finding.partition is None


def test_members_that_are_not_known_are_not_none():
    cluster = Cluster()
    for at in times(900):
        found = cluster.poll(at, row(min(int(at), 60), 2000, members=None))[WHOLE]
        assert found.status not in {"stopped", "abandoned"}
    assert found.status == "stalled"
    assert found.members is None
    assert "whether members are alive is not known" in found.reading


def test_seconds_come_from_the_one_record_that_the_broker_was_asked_for():
    cluster = Cluster()
    cluster.produce(*range(500, 600), at=0)  # our reading began at 500
    cluster.poll(1, row(100, 600))
    (wanted,) = cluster.consumers.wanted(50)
    assert (wanted.address, wanted.partition, wanted.position) == ("orders", 0, 100)
    assert cluster.judge()[WHOLE].seconds is None
    cluster.consumers.learn([wanted], [T0 - 90 * S])
    found = cluster.judge()["billing", 0]
    assert (found.seconds, found.source) == (91.0, "probe")
    assert cluster.consumers.wanted(50) == []


def test_seconds_between_two_known_records_are_estimated_where_the_one_cannot_be_read():
    cluster = Cluster()
    cluster.produce(*range(500, 600), at=0)
    cluster.poll(0, row(0, 600))
    cluster.consumers.learn(cluster.consumers.wanted(50), [T0 - 100 * S])
    cluster.poll(1, row(250, 600))
    cluster.consumers.learn(cluster.consumers.wanted(50), [None])
    found = cluster.judge()["billing", 0]
    assert (found.seconds, found.source) == (51.0, "estimated")
    assert cluster.consumers.wanted(50) == []  # not asked again within a minute


def test_nothing_known_gives_no_seconds():
    cluster = Cluster()
    cluster.poll(0, row(250, 600))
    cluster.consumers.learn(cluster.consumers.wanted(50), [None])
    found = cluster.judge()[WHOLE]
    assert (found.messages, found.seconds, found.source) == (350, None, None)


def test_pending_of_the_broker_beats_the_difference_of_positions():
    cluster = Cluster()
    cluster.poll(0, row(10, 1000, pending=3))
    found = cluster.poll(1, row(10, 1000, pending=0))[WHOLE]
    assert (found.messages, found.seconds) == (0, 0.0)
    assert found.status == "ok"


@pytest.mark.parametrize(
    ("lags", "said"),
    [
        ([500, 520, 480, 510], "all partitions behind alike, members alive and committing: the group is too slow, not stuck and not skewed."),
        ([0, 4000, 0, 0], "partition 1 is behind and the others are not, members alive and committing: the load is skewed, the group is not stuck."),
        ([900], "members alive and committing: the group is too slow, not stuck."),
    ],
)  # fmt: skip
def test_reading_says_what_the_numbers_prove(lags, said):
    cluster = Cluster()
    for at in times(60):
        rows = [
            row(int(at * 50), int(at * 50) + 100 + int(lag * at / 60), partition=number) if lag else row(50 + int(at), 50 + int(at), partition=number)
            for number, lag in enumerate(lags)
        ]  # fmt: skip
        found = cluster.poll(at, *rows)
    assert found[WHOLE].status == "warning"
    assert found[WHOLE].reading == said


def test_a_broker_that_is_away_for_a_moment_does_not_wake_an_abandoned_group():
    cluster = Cluster()
    for at in times(700):
        cluster.poll(at, row(5, 10, members=0))
    assert cluster.poll(710, row(None, 10, members=None))[WHOLE].status == "unknown"
    assert cluster.poll(720, row(5, 10, members=0))[WHOLE].status == "abandoned"
    assert cluster.rules() == ["lag.abandoned"]
