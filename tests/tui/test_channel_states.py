"""Which state a channel is in: what was not checked is never ok."""

from __future__ import annotations

import pytest

from asyncwatch.model.report import LagRow, OrderingRow
from asyncwatch_tui.signs import RANKS, SIGNS
from asyncwatch_tui.states import condition_of, judge_channels, servers_away, slowest_readers


def state_of(story, row, view, *, all_stale=False):
    snapshot = story.snapshot([(row, view)])
    return judge_channels(snapshot, slowest_readers(snapshot), all_stale=all_stale)[0]


def test_states_follow_from_what_was_seen(story):
    c, v = story.channel, story.view
    cases = {
        "ok": (c("a", valid=5), v()),
        "invalid": (c("a", valid=5, invalid=1), v(violations=1)),
        "waiting": (c("a"), v()),
        "undocumented": (c("a", channel=None, unchecked=4), v(checked=False)),
        "no-rule": (c("a", unchecked=4), v(checked=False)),
        "opaque": (c("a", unchecked=4), v()),
        "stale": (c("a", valid=5, invalid=1), v(stale=True)),
        "missing": (c("a"), v(missing=True)),
        "gap": (c("a", valid=5, ordering=OrderingRow(keys=1, missing=1)), v()),
        "lost": (c("a", valid=5, ordering=OrderingRow(keys=1, missing=1, lost=1)), v()),
        "warning": (c("a", valid=5), v(violations=2)),
    }
    assert {state: state_of(story, *case) for state, case in cases.items()} == {state: state for state in cases}


def test_undecodable_messages_make_a_channel_invalid(story):
    assert state_of(story, story.channel("a", valid=5, undecodable=1), story.view(violations=1)) == "invalid"


def test_tombstones_alone_are_not_ok(story):
    assert state_of(story, story.channel("a", tombstone=5), story.view()) == "opaque"


def test_without_the_sidecar_everything_is_stale(story):
    assert state_of(story, story.channel("a", valid=5), story.view(), all_stale=True) == "stale"


def lag(status, seconds, *, group="billing", partition=None):
    return LagRow("hub", group, "a", partition, "2026-03-09T15:47:20Z", 1, seconds, status, None, None, None, None)


@pytest.mark.parametrize(
    ("rows", "state", "seconds"),
    [
        ([lag("ok", 0.3)], "ok", 0.3),
        ([lag("ok", 0.3), lag("warning", 48.2, group="slow")], "lagging", 48.2),
        ([lag("stalled", 5.0), lag("ok", 9.0, group="b")], "stalled", 9.0),
        ([lag("stopped", None)], "stopped", None),
        ([lag("rewound", 900.0), lag("idle", 80.0, group="b"), lag("abandoned", 70.0, group="c")], "ok", None),
        ([lag("warning", 48.2, partition=3)], "ok", None),
    ],
)
def test_the_slowest_live_reader_counts(story, rows, state, seconds):
    snapshot = story.snapshot([(story.channel("a", valid=5), story.view())])
    snapshot.lag = rows
    readers = slowest_readers(snapshot)
    assert judge_channels(snapshot, readers, all_stale=False) == [state]
    assert (readers[("hub", "a")].seconds if readers else None) == seconds


def test_each_state_differs_from_every_other_by_its_word():
    assert len({sign.word for sign in SIGNS.values()}) == len(SIGNS)
    assert RANKS["missing"] < RANKS["invalid"] < RANKS["gap"] < RANKS["stale"] < RANKS["ok"] < RANKS["waiting"]


def test_a_short_break_needs_no_banner_and_a_long_one_does(story):
    short, long = story.server(state="reconnecting", since=9.0), story.server(state="reconnecting", since=11.0)
    assert condition_of(short, story.now_ns) == "reconnecting"
    assert condition_of(long, story.now_ns) == "down"
    snapshot = story.snapshot([], servers=[short, long, story.server("b", state="refused", since=60.0)])
    assert [server.state for server in servers_away(snapshot, story.now_ns)] == ["refused", "reconnecting"]
