"""The law and the suite name the same ids."""

from __future__ import annotations

import re
from pathlib import Path

from asyncwatch.taps.registry import TAPS
from conformance import conftest as conformance

ROOT = Path(__file__).resolve().parent.parent.parent


def test_every_law_of_a_tap_has_a_test_and_every_test_a_law():
    laws = re.findall(r"^- `(\w+)`", (ROOT / "docs" / "laws" / "tap.md").read_text(encoding="utf-8"), re.MULTILINE)
    source = Path(__file__).with_name("test_tap_laws.py").read_text(encoding="utf-8")
    tests = re.findall(r"^async def test_(\w+)\(", source, re.MULTILINE)
    assert sorted(laws) == sorted(tests)
    assert len(set(laws)) == len(laws)


def test_every_registered_tap_is_under_the_laws():
    assert {spec.name for spec in TAPS} <= conformance.HARNESSES.keys()
