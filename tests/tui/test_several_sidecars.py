"""Several sidecars as one picture, and as lines."""

from __future__ import annotations

import asyncio

import pytest

from asyncwatch_tui.detail_source import DetailFault
from asyncwatch_tui.feed import SidecarLost, SnapshotArrived
from asyncwatch_tui.plain import Lines
from asyncwatch_tui.sources import Source, Sources, details_of

URLS = ("http://127.0.0.1:7464", "http://user:secret@127.0.0.1:7465/")


@pytest.fixture
def sources(clock):
    posted = []
    made = Sources([Source(url) for url in URLS], posted.append, clock, lambda: 1_790_000_000_000_000_000)
    made.posted = posted
    return made


def tell(sources, at, message):
    sources._hear(sources._states[at], message)


def test_before_any_answer_there_is_nothing_to_show(sources):
    assert sources.merged() is None


def test_two_sidecars_are_added_up(sources, story, clock):
    snapshot = story.busy()
    for at in (0, 1):
        tell(sources, at, SnapshotArrived(snapshot, clock()))
    merged = sources.merged()
    assert merged.messages.total == 2 * snapshot.messages.total
    assert len(merged.channels) == len(snapshot.channels) == len(merged.view.channels)
    assert {one.server for one in merged.view.servers} == {one.server for one in snapshot.view.servers}


def test_one_that_is_lost_stays_with_its_last_values_and_is_named(sources, story, clock):
    snapshot = story.busy()
    tell(sources, 0, SnapshotArrived(snapshot, clock()))
    tell(sources, 1, SnapshotArrived(snapshot, clock()))
    tell(sources, 1, SidecarLost("nobody answers there", 2.0, "is it running?"))
    merged = sources.merged()
    lost = merged.view.servers[0]
    assert (lost.server, lost.protocol, lost.state) == ("127.0.0.1:7465", "sidecar", "reconnecting")
    assert (lost.error, lost.hint, lost.attempt) == ("nobody answers there", "is it running?", 1)
    assert "secret" not in lost.address
    assert all(view.stale for view in merged.view.channels)
    assert merged.view.rate == snapshot.view.rate
    assert not sources.posted


def test_when_none_answers_that_is_told_once_with_every_reason(sources):
    tell(sources, 0, SidecarLost("nobody answers there", 1.0))
    assert not sources.posted
    tell(sources, 1, SidecarLost("the sidecar refuses the token (401)", 1.0, "check the token"))
    [lost] = sources.posted
    assert lost.error == (
        "none of 127.0.0.1:7464, 127.0.0.1:7465 answers: nobody answers there; the sidecar refuses the token (401)"
    )
    assert lost.hint == "check the token"


def test_details_come_from_whichever_sidecar_knows_them(told, story):
    snapshot = story.busy()
    detail = story.detail(snapshot)
    found = details_of([Source(url) for url in URLS])
    found._sources = [told(), told(detail)]
    assert asyncio.run(found.get(detail.finding.fingerprint)) is detail
    with pytest.raises(DetailFault):
        asyncio.run(found.get("0" * 16))


@pytest.fixture
def lines(clock):
    written = []
    made = Lines(written.append, clock, lambda: 1_790_000_000_000_000_000)
    made.written = written
    return made


def test_lines_say_news_once_and_a_sum_now_and_then(lines, story, clock):
    snapshot = story.busy()
    lines.take(SnapshotArrived(snapshot, clock()))
    first = len(lines.written)
    assert "watching" in lines.written[0]
    assert sum(" on " in line for line in lines.written) >= min(len(snapshot.findings), 1)
    assert "messages" in lines.written[-1]
    lines.take(SnapshotArrived(snapshot, clock()))
    assert len(lines.written) == first
    clock.s += 11
    lines.take(SnapshotArrived(snapshot, clock()))
    assert len(lines.written) == first + 1


def test_lines_tell_a_loss_once_and_its_end(lines, story, clock):
    lines.take(SnapshotArrived(story.busy(), clock()))
    before = len(lines.written)
    for _ in range(3):
        lines.take(SidecarLost("the connection broke", 1.0))
    assert len(lines.written) == before + 1
    assert "lost: the connection broke" in lines.written[-1]
    lines.take(SnapshotArrived(story.busy(), clock()))
    assert "answers again" in lines.written[-1]


def test_lines_hold_no_escape_sequences(lines, story, clock):
    snapshot = story.busy()
    snapshot.findings[0].summary = "\x1b]0;title\x07 and \x1b[31mred"
    snapshot.documents[0].title = "\x1b[2J"
    lines.take(SnapshotArrived(snapshot, clock()))
    assert not any("\x1b" in line or "\x07" in line for line in lines.written)
