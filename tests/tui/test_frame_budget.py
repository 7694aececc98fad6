"""A frame of 5,000 channels, priced against a loop that only looks at them."""

from __future__ import annotations

import random
import time

from asyncwatch.model.report import Counts, OrderingRow
from asyncwatch_tui.channel_list import ChannelList
from asyncwatch_tui.present import entry_line, heading_line
from asyncwatch_tui.situation import Situation
from asyncwatch_tui.themes import Palette
from asyncwatch_tui.tiles import tile_lines
from asyncwatch_tui.widgets.lines import strip_of

CHANNELS = 5_000
LINES = 32
ROUNDS = 9
MOST_TIMES_A_LOOK = 150
"""A frame may cost so many passes that read one number of every channel; it was measured at 40 to 55 of them."""


class Plain:
    palette = Palette("night")
    ascii_signs = False


def many(story, seed):
    dice = random.Random(seed)
    channels = []
    for number in range(CHANNELS):
        bad = dice.random() < 0.05
        row = story.channel(
            f"region{number % 97}.topic{number}.happened", valid=1_000 + number, invalid=3 if bad else 0,
            rate=dice.random() * 100, per_message={"Happened": Counts(total=5, valid=5)},
            ordering=OrderingRow(source="n", keys=3, missing=1 if dice.random() < 0.02 else 0),
        )  # fmt: skip
        window = [dice.random() * 10 for _ in range(10)]
        channels.append((row, story.view(window=window, violations=3 if bad else 0, rates={"Happened": 1.0})))
    return story.snapshot(channels, rate=5.0)


def best_of(rounds, work):
    times = []
    for number in range(rounds):
        before = time.process_time()
        work(number)
        times.append(time.process_time() - before)
    return min(times)


def test_a_frame_costs_a_bounded_multiple_of_looking_at_its_channels(story):
    snapshots = [many(story, seed) for seed in (1, 2)]
    channels = ChannelList()

    def look(number):
        total = 0
        for row in snapshots[number % 2].channels:
            total += row.messages.total
        return total

    def frame(number):
        snapshot = snapshots[number % 2]
        channels.take(snapshot, 10.0 * number, all_stale=False, sunk=frozenset())
        situation = Situation(now_ns=story.now_ns, shown_ns=story.now_ns, shown=snapshot, latest=snapshot)
        lines = [*tile_lines(situation, 120), heading_line(120, channels.sorting, choosing=False)]
        lines += [
            entry_line(channels, entry, 120, story.now_ns, 0.0, chosen=False, focused=True)
            for entry in channels.entries[number : number + LINES]
        ]
        for line in lines:
            strip_of(line, Plain)

    look_s = best_of(ROUNDS, look)
    frame_s = best_of(ROUNDS, frame)
    print(f"frame of {CHANNELS} channels, every row sorted: {frame_s * 1e3:.1f} ms ({frame_s / look_s:.0f} looks)")
    assert frame_s / look_s < MOST_TIMES_A_LOOK
