"""Public documents, planned without connecting to anything: what is read has a tap, and all the rest a reason."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from asyncwatch.contract.load import load_contract
from asyncwatch.model.errors import Misconfigured
from asyncwatch.pipeline.planned import PlannedChannel
from asyncwatch.pipeline.planning import plan_run
from asyncwatch.pipeline.servers import BuildOptions
from asyncwatch.taps.planned import Wish

TAPPED = {"kafka": "kafka", "kafka-secure": "kafka", "nats": "nats"}


def read(path: str) -> bytes:
    return Path(path).read_bytes()


def plan(path: Path) -> list[PlannedChannel]:
    contract = load_contract(str(path), read, folder=str(path.parent.parent))
    return list(plan_run(BuildOptions(specs=[str(path)]), [contract], Wish()).channels())


@pytest.fixture(scope="module")
def documents(shared: Path) -> dict[str, dict]:
    folder = shared / "corpus" / "asyncapi"
    listed = json.loads((folder / "expected.json").read_bytes())["documents"]
    return {str(folder / one["file"]): one for one in listed}


def test_every_document_of_a_protocol_that_is_tapped_has_a_plan_and_the_others_say_why_not(documents: dict[str, dict]):
    planned = dict.fromkeys(("kafka", "nats"), 0)
    left: dict[str, int] = {}
    for path, expected in documents.items():
        try:
            rows = plan(Path(path))
        except Misconfigured:
            assert expected["official"]["verdict"] == "invalid", path
            continue
        taps = {row.tap for row in rows if row.tap is not None}
        for row in rows:
            assert (row.tap is None) == (row.reason is not None), (path, row)
            if row.tap is not None:
                assert row.needs, (path, row)
                assert row.address, (path, row)
        if expected["official"]["verdict"] != "valid" or expected["facts"] is None:
            continue
        facts = expected["facts"]
        named = {TAPPED[one["protocol"]] for one in facts["servers"] if one["protocol"] in TAPPED}
        assert taps <= named, path
        addressed = [row for row in rows if row.protocol in TAPPED and row.address is not None]
        assert taps == ({TAPPED[row.protocol or ""] for row in addressed} if addressed else set()), path
        if named and any(one["address"] is not None for one in facts["channels"]):
            assert taps == named, path
        for tap in taps:
            planned[tap] += 1
        told = {name for row in rows for name in row.channels}
        assert told == {one["id"] for one in facts["channels"]}, path
        if not taps:
            assert all(row.reason for row in rows), path
            for row in rows:
                left[row.reason or ""] = left.get(row.reason or "", 0) + 1
    print(planned, left)
