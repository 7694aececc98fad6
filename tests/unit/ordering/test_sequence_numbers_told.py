"""A sequence finding says which number was expected and which came, beside its sentence."""

from __future__ import annotations

import pytest

from asyncwatch.checks.sequence_findings import _numbers
from asyncwatch.ordering.happening import INTERLEAVED, TEXT, Happening


@pytest.mark.parametrize(
    ("rule", "low", "high", "why", "numbers"),
    [
        ("sequence.gap", 4, 6, None, (4, None)),
        ("sequence.lost", 4, 6, "waited", (4, None)),
        ("sequence.duplicate", 4, 4, None, (None, 4)),
        ("sequence.conflict", 4, 4, None, (None, 4)),
        ("sequence.out-of-order", 7, 9, None, (11, 7)),
        ("sequence.restart", 1, 9, None, (11, 1)),
        ("sequence.restart", 1, 9, INTERLEAVED, None),
        ("sequence.duplicate", 0, 0, TEXT, None),
    ],
)
def test_what_was_expected_and_what_came(rule, low, high, why, numbers):
    assert _numbers(Happening(rule, "key", None, 0, low, high, why=why), 2) == numbers
