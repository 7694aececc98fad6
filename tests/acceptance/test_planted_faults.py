"""What was planted is what is reported, on a real Kafka and again from a capture."""

import asyncio
import json
import subprocess
import sys

import pytest

from acceptance.planted import DOCUMENT, PARTITIONS, Books, planted
from servers.flood import flood
from servers.kafka_admin import create_topic

MESSAGES = 200_000


def asyncwatch(*arguments, code=0):
    done = subprocess.run(
        [sys.executable, "-m", "asyncwatch", *map(str, arguments)], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == code, done.stderr[-2000:]
    return done


def comparable(report):
    """What a run and the replay of its capture have in common (interfaces of report and capture)."""
    channels = [
        {name: value for name, value in row.items() if name not in {"rate", "latency"}} for row in report["channels"]
    ]
    findings = sorted((one["rule"], one["fingerprint"], one["count"]) for one in report["findings"])
    return {"messages": report["messages"], "channels": channels, "findings": findings, "coverage": report["coverage"]}


@pytest.mark.kafka
@pytest.mark.slow
def test_planted_faults_are_counted_exactly_and_a_replay_says_the_same(kafka, tmp_path):
    books = Books()
    topic = "planted.orders"
    asyncio.run(create_topic(kafka.bootstrap, topic, PARTITIONS))
    sent = asyncio.run(flood(kafka.bootstrap, topic, planted(MESSAGES, books)))
    assert sent == books.sent >= MESSAGES
    document = tmp_path / "planted.yaml"
    document.write_text(DOCUMENT.replace("BOOTSTRAP", kafka.bootstrap).replace("TOPIC", topic))

    live, capture, again = tmp_path / "live.json", tmp_path / "capture.jsonl", tmp_path / "again.json"
    asyncwatch("check", document, "--since", "earliest", "--for", "9s", "--format", "json", "-o", live, code=1)
    asyncwatch("capture", document, "--values", "-o", capture, "--since", "earliest", "--for", "9s")
    asyncwatch("replay", document, capture, "--format", "json", "-o", again, code=1)

    report = json.loads(live.read_text())
    (row,) = report["channels"]
    ordering = row["ordering"]
    assert report["messages"] == {
        "total": books.sent, "valid": books.sent - books.broken, "invalid": books.broken, "ambiguous": 0,
        "undecodable": 0, "tombstone": 0, "unchecked": 0, "unknown": 0,
    }  # fmt: skip
    assert ordering | {"source": None} == {
        "source": None, "scope": "key", "keys": len(books.keys), "evicted": 0,
        "in_order": books.sent - books.out_of_order - books.duplicates - books.conflicts,
        "out_of_order": 30, "duplicates": 50, "conflicts": 20, "unsequenced": 0, "late": 0, "restarts": 0,
        "gaps": books.gaps, "missing": books.missing, "filled": 30, "lost": 0, "unobserved": 0,
    }  # fmt: skip
    assert (books.out_of_order, books.duplicates, books.conflicts, books.gaps) == (30, 50, 20, 80)
    counts = {one["rule"]: one["count"] for one in report["findings"]}
    assert counts == {
        "payload.schema": books.broken, "sequence.gap": 50, "sequence.duplicate": 50, "sequence.conflict": 20,
    }  # fmt: skip
    assert comparable(json.loads(again.read_text())) == comparable(report)
    assert capture.stat().st_mode & 0o777 == 0o600
