"""The words of a plan and of its rights, byte for byte."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path

import pytest
import yaml

from asyncwatch.cli.configured import configuration
from asyncwatch.cli.observing import Observing
from asyncwatch.cli.planning.forms import FORMS
from asyncwatch.cli.planning.rights import RIGHTS, rights_text
from asyncwatch.cli.planning.run import make
from asyncwatch.pipeline.planned import Planned
from asyncwatch.taps.planned import Found, Survey

HERE = Path(__file__).parent
KEYS = {"server", "protocol", "address", "pattern", "channels", "messages", "tap", "creates", "needs"}


def golden(name: str, text: str) -> None:
    path = HERE / name
    if os.environ.get("ASYNCWATCH_GOLDEN") == "write":
        path.write_text(text, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == text


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    """The folder of the document, so that its path is the same everywhere."""
    monkeypatch.chdir(HERE)
    configuration.cache_clear()


def planned(rights: str | None = None, **options: object) -> Planned:
    observing = Observing(["plan.yaml"], None, None, None, None, "now", None, "1s", None, **options)
    return asyncio.run(make(observing, offline=True, rights=rights))


@pytest.mark.parametrize("form", FORMS)
def test_plan_without_a_broker(form: str):
    golden(f"plan.{form}", FORMS[form](planned(), False))


def test_the_json_of_a_plan_has_exactly_the_promised_keys():
    for row in json.loads(FORMS["json"](planned(), False)):
        assert row.keys() == (KEYS if row["tap"] is not None else KEYS | {"reason"})


def test_plan_with_a_look_at_a_broker():
    found = planned()
    production = found.servers[0]
    assert production.outlook is not None
    seen = [Found(True, 3), Found(None, 0), Found(False, None)]
    production.survey = Survey(production.outlook, seen, "Y2x1c3Rlcg", ["topic orders.created: READ"], 2)
    for row, one in zip(production.channels, seen, strict=True):
        row.found = one
    golden("plan.online.text", FORMS["text"](found, False))
    golden("plan.online.json", FORMS["json"](found, False))


@pytest.mark.parametrize("form", RIGHTS)
def test_rights(form: str):
    text = rights_text(planned(form), form, None)
    golden(f"plan.rights.{form}", text)
    assert form != "strimzi" or yaml.safe_load(text)["spec"]["authorization"]["acls"]
