"""The banner where changed documents could not be taken over."""

from __future__ import annotations

import pytest
from msgspec import structs

from asyncwatch.model.clock import parse_time
from asyncwatch.model.view import ReloadView
from asyncwatch_tui.outage import banner_lines
from asyncwatch_tui.situation import Situation


def drawn(story, reload, width=100):
    snapshot = story.snapshot([(story.channel("a", valid=5), story.view())])
    snapshot = structs.replace(snapshot, view=structs.replace(snapshot.view, reload=reload))
    now_ns = parse_time("2026-03-09T15:47:20Z")
    lines = banner_lines(Situation(now_ns, now_ns, snapshot, snapshot), width)
    return ["".join(ink.text for ink in line).rstrip() for line in lines]


def test_documents_that_run_need_no_banner(story):
    assert drawn(story, None) == []
    assert drawn(story, ReloadView("2026-03-09T15:47:00Z", None, [])) == []


@pytest.mark.parametrize("width", [80, 120])
def test_refused_documents_are_told_with_since_reason_and_what_comes_later(story, width):
    reload = ReloadView(None, "2026-03-09T15:46:50Z", ["orders.yaml:3:1: \x1b[31m [b]no[/b] mapping", "another"])
    what, reason, later = drawn(story, reload, width)
    assert "changed documents are not taken" in what
    assert "30 s" in what
    assert "orders.yaml:3:1" in reason
    assert "and 1 more" in reason
    assert "\x1b" not in reason
    assert "those of before count" in later
    assert max(map(len, (what, reason, later))) <= width
