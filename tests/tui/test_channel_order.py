"""Worst first, and it stays put."""

from __future__ import annotations

import msgspec
import pytest

from asyncwatch_tui.channel_list import ChannelList
from asyncwatch_tui.filtering import parse_filter
from asyncwatch_tui.sorting import CALM_S, Sorting, first_direction


def names(channels):
    return [
        channels.rows[entry.row].address if entry.message is None else f"  {entry.message}"
        for entry in channels.entries
    ]


def copy(snapshot):
    return msgspec.convert(msgspec.to_builtins(snapshot), type(snapshot))


def take(channels, snapshot, now_s, **more):
    channels.take(snapshot, now_s, all_stale=False, sunk=more.get("sunk", frozenset()))


def test_trouble_stands_first(story):
    channels = ChannelList()
    take(channels, story.running(), 0.0)
    assert names(channels)[:6] == [
        "invoices.issued", "parcels.{depot}.sorted", "routes.planned", "customs.declared", "lockers.opened", "debug.probe",
    ]  # fmt: skip
    assert names(channels)[-1] == "parcels.lost-and-found-in-the-depot-of-another-country"


def test_rows_of_a_server_with_a_banner_sink_below_those_that_are_live(story):
    channels = ChannelList()
    take(channels, story.disconnected(), 0.0, sunk=frozenset({"hub"}))
    assert names(channels)[0] == "lockers.opened"


def broken(snapshot, address):
    changed = copy(snapshot)
    for row, view in zip(changed.channels, changed.view.channels, strict=True):
        if row.address == address:
            row.messages.invalid += 9_999
            view.violations += 9_999
    return changed


def test_rows_change_places_at_most_every_five_seconds(story):
    channels = ChannelList()
    first = story.running()
    take(channels, first, 100.0)
    worse = broken(first, "labels.printed")
    take(channels, worse, 100.0 + CALM_S - 0.1)
    assert names(channels)[0] == "invoices.issued"
    take(channels, worse, 100.0 + CALM_S)
    assert names(channels)[0] == "labels.printed"


def test_rows_stay_while_the_cursor_moves(story):
    channels = ChannelList()
    first = story.running()
    take(channels, first, 100.0)
    channels.choose(3, 108.0)
    worse = broken(first, "labels.printed")
    take(channels, worse, 109.0)
    assert names(channels)[0] == "invoices.issued"
    assert not channels.is_unsettled(112.9)
    assert channels.is_unsettled(113.0)
    take(channels, worse, 113.0)
    assert names(channels)[0] == "labels.printed"


def test_a_number_alone_moves_no_row_that_is_sorted_by_trouble(story):
    channels = ChannelList()
    first = story.running()
    take(channels, first, 0.0)
    before = names(channels)
    changed = copy(first)
    for row in changed.channels:
        row.rate = 1_000_000.0 - (row.rate or 0)
    take(channels, changed, 100.0)
    assert names(channels) == before


def test_the_selection_follows_the_thing(story):
    channels = ChannelList()
    first = story.running()
    take(channels, first, 0.0)
    channels.choose(names(channels).index("labels.printed"), 1.0)
    take(channels, broken(first, "labels.printed"), 50.0)
    assert channels.cursor == 0
    assert channels.rows[channels.chosen_entry().row].address == "labels.printed"


def test_until_something_is_chosen_the_selection_stays_on_the_first_line(story):
    channels = ChannelList()
    take(channels, story.waiting(), 0.0)
    assert channels.rows[channels.chosen_entry().row].address == names(channels)[0]
    first = story.running()
    take(channels, first, 10.0)
    assert channels.cursor == 0
    take(channels, broken(first, "labels.printed"), 20.0)
    assert channels.rows[channels.chosen_entry().row].address == names(channels)[0] == "labels.printed"
    channels.choose(0, 21.0)
    take(channels, first, 30.0)
    assert names(channels)[channels.cursor] == "labels.printed"
    assert channels.cursor > 0


def test_what_is_unfolded_is_chosen(story):
    channels = ChannelList()
    first = story.running()
    take(channels, first, 0.0)
    assert channels.unfold(True, 1.0)
    take(channels, broken(first, "labels.printed"), 20.0)
    assert names(channels)[channels.cursor] == "invoices.issued"


def test_new_channels_come_last_until_rows_may_move(story):
    channels = ChannelList()
    first = story.running()
    take(channels, first, 0.0)
    more = copy(first)
    more.channels.insert(0, story.channel("zebra.seen", channel=None, unchecked=1))
    more.view.channels.insert(0, story.view(checked=False))
    take(channels, more, 1.0)
    assert names(channels)[-1] == "zebra.seen"
    assert len(channels.entries) == len(more.channels)
    take(channels, more, 6.0)
    assert names(channels)[-1] != "zebra.seen"


def test_channels_that_are_gone_leave_at_once(story):
    channels = ChannelList()
    take(channels, story.running(), 0.0)
    less = story.running()
    del less.channels[2], less.view.channels[2]
    take(channels, less, 1.0)
    assert "invoices.issued" not in names(channels)
    assert channels.cursor == 0


def test_messages_unfold_under_their_channel_and_fold_from_a_message(story):
    channels = ChannelList()
    take(channels, story.running(), 0.0)
    assert channels.unfold(True, 1.0)
    assert not channels.unfold(True, 1.0)
    assert names(channels)[:4] == ["invoices.issued", "  InvoiceIssued", "  InvoiceCancelled", "parcels.{depot}.sorted"]
    channels.choose(2, 1.0)
    assert channels.chosen[1] == "InvoiceCancelled"
    assert channels.unfold(False, 2.0)
    assert channels.cursor == 0
    assert len(channels.entries) == len(channels.rows)


def test_a_channel_without_messages_does_not_unfold(story):
    channels = ChannelList()
    take(channels, story.running(), 0.0)
    channels.choose(names(channels).index("labels.printed"), 0.0)
    assert not channels.unfold(None, 1.0)


@pytest.mark.parametrize(
    ("column", "first", "last"),
    [
        ("rate", "parcels.registered", "lockers.opened"),
        ("name", "customs.cleared", "trucks.positions"),
        ("violations", "invoices.issued", None),
        ("gaps", "parcels.{depot}.sorted", None),
        ("valid", "invoices.issued", None),
        ("p99", "invoices.issued", None),
        ("trace", "debug.probe", None),
        ("seen", None, "parcels.lost-and-found-in-the-depot-of-another-country"),
    ],
)
def test_every_column_orders_rows_with_the_unknown_last(story, column, first, last):
    channels = ChannelList()
    take(channels, story.running(), 0.0)
    channels.sort(first_direction(column), 1.0)
    found = names(channels)
    assert len(found) == len(channels.rows)
    assert first is None or found[0] == first
    assert last is None or found[-1] == last


def test_reversed_the_unknown_still_stands_last(story):
    channels = ChannelList()
    take(channels, story.running(), 0.0)
    channels.sort(Sorting("rate", descending=False), 1.0)
    assert names(channels)[-1] == "lockers.opened"


def test_the_next_trouble_goes_around(story):
    channels = ChannelList()
    take(channels, story.running(), 0.0)
    seen = []
    for _ in range(5):
        assert channels.next_trouble(1, 0.0)
        seen.append(names(channels)[channels.cursor])
    assert seen == [
        "parcels.{depot}.sorted",
        "routes.planned",
        "customs.declared",
        "invoices.issued",
        "parcels.{depot}.sorted",
    ]
    channels.next_trouble(-1, 0.0)
    assert names(channels)[channels.cursor] == "invoices.issued"


def test_a_filter_hides_rows_and_counts_them(story):
    channels = ChannelList()
    snapshot = story.running()
    take(channels, snapshot, 0.0)
    channels.narrow(parse_filter("rule:payload.schema"), snapshot)
    assert names(channels) == ["invoices.issued", "parcels.{depot}.sorted"]
    assert (channels.hidden, channels.hidden_undocumented) == (11, 1)
    channels.narrow(parse_filter("state:stale rate>1"), snapshot)
    assert names(channels) == []
    assert channels.chosen_entry() is None


def test_a_number_that_got_worse_is_marked_for_two_seconds(story):
    channels = ChannelList()
    first = story.running()
    take(channels, first, 0.0)
    assert not channels.just_got_worse(2, 0.0)
    take(channels, broken(first, "invoices.issued"), 10.0)
    assert channels.just_got_worse(2, 11.9)
    assert not channels.just_got_worse(2, 12.0)
    assert not channels.just_got_worse(0, 10.0)


def test_rows_without_a_view_are_not_drawn(story):
    channels = ChannelList()
    snapshot = story.running()
    del snapshot.view.channels[5:]
    take(channels, snapshot, 0.0)
    assert len(channels.entries) == 5
