"""The Lag screen: order, folding, partitions, and what is said where nothing is known."""

from __future__ import annotations

import json

import pytest

from asyncwatch_tui.feed import SidecarLost, SnapshotArrived
from asyncwatch_tui.screens.lag import LagScreen
from asyncwatch_tui.widgets.lines import Lines

BIG, SMALL = (120, 36), (80, 24)


def text_on(app):
    lines = [line for widget in app.screen.query(Lines) if widget.display for line in widget.lines]
    return "\n".join("".join(ink.text for ink in line) for line in lines)


def lag(app):
    screen = app.frames["4"]
    assert isinstance(screen, LagScreen)
    return screen


def names(app):
    groups = lag(app).groups
    return [groups.groups[at].row.group for at in groups.entries]


def chosen(app):
    groups = lag(app).groups
    return groups.groups[groups.chosen_group()].row.group


async def test_the_worst_stands_first_and_what_is_fine_is_folded(make_dashboard, story):
    app = make_dashboard(story.busy())
    async with app.run_test(size=BIG) as pilot:
        await pilot.press("4")
        assert names(app)[:6] == ["vault", "labeller", "route-optimiser", "reporting", "cache", "mailer"]
        text = text_on(app)
        assert "4 more, none over 0.3 s" in text
        assert "old-sorter" not in text
        await pilot.press("z", "a")
        assert names(app)[-2:] == ["billing", "old-sorter"]
        assert "gone" in text_on(app)


async def test_numbers_of_a_group_are_told_with_what_they_prove(make_dashboard, story):
    app = make_dashboard(story.busy())
    async with app.run_test(size=BIG) as pilot:
        await pilot.press("4", "n", "n")
        assert chosen(app) == "route-optimiser"
        text = text_on(app)
        for told in (
            "▲ 48.2 s growing", "□ 1 vault", "■ 1 labeller", "↺ 1 4 m 10 s left", "▲ 1 in 48 m", "17 on 7 channels",
            "6 partitions · 3 members · seconds from records read · at 15:47:19", "4 118 204", "optimiser-2",
            "too slow, not stuck and not skewed.", "In 412/s, out 263/s.", "+149/s", "never", "−40.8k/s", "▲ 48 m",
        ):  # fmt: skip
            assert told in text, told
        unknown = next(line for line in text.splitlines() if "cache" in line)
        assert "0" not in unknown


async def test_enter_goes_to_the_partitions_and_escape_back(make_dashboard, story):
    app = make_dashboard(story.busy())
    async with app.run_test(size=SMALL) as pilot:
        await pilot.press("4", "n", "n", "enter")
        assert lag(app).full
        assert "optimiser-0" in text_on(app)
        assert "labeller   " not in text_on(app).split("committed")[1]
        await pilot.press("escape")
        assert "Consumer groups" in text_on(app)
        await pilot.resize_terminal(*BIG)
        await pilot.press("right")
        assert lag(app).pane == "partitions"
        await pilot.press("down", "left", "up")
        assert chosen(app) == "labeller"


async def test_filters_and_orders(make_dashboard, story):
    app = make_dashboard(story.busy())
    async with app.run_test(size=BIG) as pilot:
        await pilot.press("4", "slash", *"lag", "greater_than_sign", *"30s", "enter")
        assert names(app) == ["vault", "route-optimiser", "reporting", "old-sorter"]
        await pilot.press("escape", "slash", *"group:mail", "enter")
        assert names(app) == ["mailer"]
        await pilot.press("escape", "slash", *"state:stalled", "enter")
        assert names(app) == ["labeller"]
        await pilot.press("escape", "s", "right", "right", "right")
        assert names(app)[0] == "reporting"
        assert names(app)[-1] == "cache"
        await pilot.press("s", "enter")
        assert names(app)[0] == "billing"


async def test_copying_gives_text_and_json(make_dashboard, story):
    app = make_dashboard(story.busy())
    async with app.run_test(size=BIG) as pilot:
        await pilot.press("4", "n", "n", "y")
        assert app.clipboard.startswith("route-optimiser on routes.planned (server hub)\nstatus      warning")
        assert "partition 5: 47.6 s behind, committed 4 123 089, end 4 126 561" in app.clipboard
        await pilot.press("Y")
        assert len(json.loads(app.clipboard)["partitions"]) == 6


async def test_exporting_writes_what_shows(make_dashboard, story, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    app = make_dashboard(story.busy())
    async with app.run_test(size=BIG) as pilot:
        await pilot.press("4", "e", "c", "1", "e", "c")
        groups = (tmp_path / "asyncwatch-groups-20260309-154720.csv").read_text()
        assert "warning,hub,route-optimiser,routes.planned,48.2,19700,149.0,,604800.0,3," in groups
        channels = (tmp_path / "asyncwatch-channels-20260309-154720.csv").read_text()
        assert channels.count("\n") == 14


async def test_groups_of_a_lost_connection_are_stale(make_dashboard, story, clock):
    app = make_dashboard(story.busy())
    async with app.run_test(size=BIG) as pilot:
        await pilot.press("4")
        app.post_message(SidecarLost("nobody answers there", 2.0))
        await pilot.pause()
        clock.s += 6
        app.draw()
        assert set(lag(app).groups.states) == {"stale"}
        assert "◐ stale" in text_on(app)
        assert "never" not in text_on(app)


async def test_where_groups_could_not_be_asked_it_says_why(make_dashboard, story):
    app = make_dashboard(story.running(rights=["DescribeGroup on orders-billing"]))
    async with app.run_test(size=BIG) as pilot:
        await pilot.press("4", "enter", "tab", "n", "y", "e", "slash", "z", "a")
        text = text_on(app)
        assert "Consumer groups are not measured." in text
        assert "DescribeGroup on orders-billing" in text
        assert "which is not zero" in text


async def test_without_groups_it_is_calm(make_dashboard, story):
    snapshot = story.running()
    snapshot.lag, snapshot.view.lag = [], []
    app = make_dashboard(snapshot)
    async with app.run_test(size=BIG) as pilot:
        await pilot.press("4")
        assert "No consumer group reads these channels." in text_on(app)


async def test_a_row_without_its_view_is_shown_without_what_the_view_tells(make_dashboard, story):
    snapshot = story.busy()
    snapshot.view.lag = None
    app = make_dashboard(snapshot)
    async with app.run_test(size=BIG) as pilot:
        await pilot.press("4", "n", "n", "enter", "end", "y", "Y")
        assert "48.2 s" in text_on(app)


async def test_the_selection_follows_the_group_and_rows_stay_put_while_somebody_reads(make_dashboard, story, clock):
    app = make_dashboard(story.busy())
    async with app.run_test(size=BIG) as pilot:
        await pilot.press("4", "n", "n")
        before = names(app)
        newer = story.busy()
        newer.lag[0].status = "ok"
        app.post_message(SnapshotArrived(newer, clock()))
        await pilot.pause()
        assert names(app) == before
        clock.s += 6
        app.draw()
        assert names(app)[0] == "labeller"
        assert chosen(app) == "route-optimiser"


async def test_the_mouse_chooses_and_sorts(make_dashboard, story):
    app = make_dashboard(story.busy())
    async with app.run_test(size=BIG) as pilot:
        await pilot.press("4")
        await pilot.click(offset=(20, 9))
        assert chosen(app) == "labeller"
        heading = text_on(app).splitlines()[7]
        await pilot.click(offset=(heading.index("messages"), 7))
        assert lag(app).groups.sorting.column == "messages"
        await pilot.click(offset=(20, 30))
        assert lag(app).pane == "partitions"


@pytest.mark.parametrize("size", [BIG, SMALL])
async def test_the_overview_has_the_slowest_live_reader(make_dashboard, story, size):
    app = make_dashboard(story.busy())
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        text = text_on(app)
        assert "▲ 48.2 s" in text
        rows = {line.split()[2]: line for line in text.splitlines() if "registered" in line or "{depot}.sorted" in line}
        assert "1 h" not in "".join(rows.values())
        assert "11 d" not in "".join(rows.values())
        assert "▲3" in text


async def test_channels_are_found_by_the_groups_that_read_them(make_dashboard, story):
    app = make_dashboard(story.busy())
    async with app.run_test(size=BIG) as pilot:
        await pilot.pause()
        await pilot.press("slash", *"group:mailer", "enter")
        channels = app.frames["1"].channels
        assert [channels.rows[entry.row].address for entry in channels.entries] == ["invoices.issued"]


async def test_a_group_without_partitions_is_shown_as_one(make_dashboard, story):
    snapshot = story.busy()
    snapshot.view.lag[0].committed, snapshot.view.lag[0].unknown = 1_234_567, 2
    app = make_dashboard(snapshot)
    async with app.run_test(size=BIG) as pilot:
        await pilot.press("4")
        text = text_on(app)
        assert "  all    31.0 s" in text
        assert "1 234 567" in text
        assert "2 not known" in text
