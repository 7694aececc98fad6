"""The law and the suite name the same ids."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from asyncwatch.taps.registry import TAPS
from conformance import conftest as conformance

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.mark.parametrize("what", ["tap", "probe"])
def test_every_law_has_a_test_and_every_test_a_law(what):
    laws = re.findall(r"^- `(\w+)`", (ROOT / "docs" / "laws" / f"{what}.md").read_text(encoding="utf-8"), re.MULTILINE)
    source = Path(__file__).with_name(f"test_{what}_laws.py").read_text(encoding="utf-8")
    tests = re.findall(r"^async def test_(\w+)\(", source, re.MULTILINE)
    assert sorted(laws) == sorted(tests)
    assert len(set(laws)) == len(laws)


def test_every_registered_tap_is_under_the_laws():
    assert {spec.name for spec in TAPS} <= conformance.HARNESSES.keys()
