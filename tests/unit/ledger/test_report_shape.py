"""The report's keys are a promise; what is not known is null."""

import msgspec

from asyncwatch.ledger.groups import MOST_GROUPS, FindingGroups
from asyncwatch.ledger.series import RecentLatency, Series
from asyncwatch.ledger.servers import ServerRecord
from asyncwatch.model.finding import Finding
from asyncwatch.model.histogram import Histogram
from engine import BASE_NS, KEY_HASH, judge, kafka_document

COUNTS = "total valid invalid ambiguous undecodable tombstone unchecked unknown"
DOCUMENT = kafka_document("  orders: {address: orders, messages: {Order: {payload: {type: object, required: [id]}}}}")


def keys(value):
    return " ".join(value)


def report():
    found = judge(DOCUMENT, [{"address": "orders", "payload": "{}", "timestamp": "2026-11-23T14:02:11Z", "key": "k"}])
    return msgspec.json.decode(msgspec.json.encode(found))


def test_the_keys_of_a_report():
    found = report()
    assert keys(found) == ("asyncwatch documents started ended servers messages channels lag findings coverage sidecar")
    assert keys(found["documents"][0]) == "id title version source"
    assert keys(found["servers"][0]) == "server protocol state since breaks missed blind creates rights_missing error"
    assert keys(found["messages"]) == COUNTS
    (row,) = found["channels"]
    assert keys(row) == (
        "document server channel address protocol messages per_message unchecked_reasons bytes rate positions latency "
        "ordering context strength"
    )
    assert keys(row["per_message"]["Order"]) == COUNTS
    assert keys(row["latency"]) == "source p50 p95 p99 max buckets"
    assert keys(row["latency"]["buckets"]) == "scale zero offset counts"
    assert keys(row["ordering"]) == (
        "source scope keys evicted in_order out_of_order duplicates conflicts unsequenced late restarts gaps missing "
        "filled lost unobserved"
    )
    assert keys(row["context"]) == "w3c cloudevents b3 jaeger datadog xray none invalid duplicate"
    (finding,) = found["findings"]
    assert keys(finding) == (
        "rule severity server channel address message group path schema_path keyword expected actual count fingerprint "
        "summary first last"
    )
    assert keys(finding["first"]) == "time partition offset trace_id key_hash"
    assert keys(found["coverage"]) == (
        "channels messages fields enum_values strength looked_at by_message undocumented"
    )
    assert keys(found["coverage"]["fields"]) == "documented seen"
    assert keys(found["coverage"]["by_message"][0]) == (
        "document channel message fields enum_values unseen_fields unseen_values marks"
    )
    assert keys(found["coverage"]["channels"]) == "documented seen undocumented"
    assert keys(found["coverage"]["messages"]) == "documented seen unseen"
    assert keys(found["sidecar"]) == "cpu_seconds rss_bytes behind_seconds dropped exported"


def test_what_is_not_known_is_null_and_never_zero():
    found = report()
    assert found["lag"] is None
    assert found["sidecar"]["cpu_seconds"] is None
    assert found["sidecar"]["behind_seconds"] is None
    assert found["channels"][0]["positions"] is None
    assert judge(DOCUMENT, []).channels[0].latency is None


def test_a_valid_share_knows_its_base():
    found = judge(DOCUMENT, [{"address": "orders", "payload": one} for one in ('{"id":1}', "{}", "{", None)])
    assert found.messages.valid_share == 1 / 3


def finding(n, severity="error"):
    return Finding(
        rule="sequence.gap",
        severity=severity,
        summary="s",
        server="s",
        channel=f"c{n}",
        address=None,
        time_ns=BASE_NS + n,
    )


def test_groups_beyond_ten_thousand_are_counted_together():
    groups = FindingGroups(KEY_HASH)
    groups.announce([finding(n) for n in range(MOST_GROUPS + 500)])
    rows = groups.rows()
    assert len(rows) == MOST_GROUPS
    assert sum(row.count for row in rows) == MOST_GROUPS + 500
    assert rows[-1].count == 501


def test_the_group_of_the_rest_has_the_worst_severity_and_every_rule_its_own_count():
    groups = FindingGroups(KEY_HASH)
    groups.announce([finding(n) for n in range(MOST_GROUPS - 1)])
    late = [finding(MOST_GROUPS + n, "info") for n in range(3)]
    late += [msgspec.structs.replace(finding(-1, "error"), rule="payload.schema"), finding(-2, "warning")]
    groups.announce(late)
    rest = groups.rows()[-1]
    assert (rest.severity, rest.count) == ("error", 5)
    assert groups.counts == {"sequence.gap": MOST_GROUPS - 1 + 4, "payload.schema": 1}
    assert groups.all()[-1].by_severity() == {"info": 3, "error": 2}


def test_a_group_has_the_worst_severity_that_was_counted_in_it():
    groups = FindingGroups(KEY_HASH)
    mild = msgspec.structs.replace(finding(1, "info"), summary="mild")
    groups.announce([mild, mild, msgspec.structs.replace(finding(1, "warning"), summary="worse"), mild])
    (row,) = groups.rows()
    assert (row.severity, row.summary, row.count) == ("warning", "worse", 4)
    assert groups.all()[0].by_severity() == {"info": 2, "warning": 2}


def test_a_series_shows_what_was_looked_at_and_leaves_the_rest_open():
    series = Series()
    assert series.rate() is None
    for total in range(0, 120, 10):
        series.sample(total, looked=True)
    for _ in range(6):
        series.sample(110, looked=False)
    assert series.columns() == [None] * 7 + [50 / 6, 10.0, None]
    assert series.rate() == 110 / 12


def test_recent_latency_forgets_what_is_older_than_a_minute():
    histogram, recent = Histogram(), RecentLatency()
    histogram.record(10.0)
    for _ in range(10):
        recent.mark(histogram)
    assert recent.recent(histogram).quantile(0.5) is None
    histogram.record(0.001)
    assert recent.recent(histogram).quantile(0.99) < 0.01


def test_a_server_counts_its_breaks_and_says_since_when():
    record = ServerRecord("s", "s", "kafka", "h:1", [], 5)
    record.change("connected", 10)
    record.change("reconnecting", 20, error="gone")
    record.change("reconnecting", 30, error="still gone")
    assert (record.breaks, record.since_ns, record.error) == (1, 20, "still gone")
    record.change("connected", 40)
    assert (record.breaks, record.error, record.attempt) == (1, None, 0)
    record.end(50)
    assert record.row().blind == []
    record.change("reconnecting", 60)
    record.end(70)
    assert len(record.row().blind) == 1
    for n in range(200):
        record.was_blind(n, n + 1, "trimmed")
    assert len(record.row().blind) == 100
