"""A frame of 5,000 channels, priced against a loop that only looks at them."""

from __future__ import annotations

import random
import time

from asyncwatch.model.report import Counts, OrderingRow
from asyncwatch_tui.actions import ACTIONS
from asyncwatch_tui.channel_list import ChannelList
from asyncwatch_tui.commands import find, gather
from asyncwatch_tui.finding_lines import chips_line, group_lines
from asyncwatch_tui.finding_list import FindingList
from asyncwatch_tui.group_lines import group_line, groups_heading
from asyncwatch_tui.group_list import GroupList
from asyncwatch_tui.group_tiles import group_tiles
from asyncwatch_tui.present import entry_line, heading_line
from asyncwatch_tui.screens.registry import tabs
from asyncwatch_tui.situation import Situation
from asyncwatch_tui.sorting import Sorting
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


def many_findings(story, count, seed):
    dice = random.Random(seed)
    snapshot = story.snapshot([])
    for number in range(count):
        severity = dice.choice(["error", "warning", "info"])
        row = story.finding(f"payload.rule{number % 9}", severity, f"topic{number}.happened", "it is so",
                            count=dice.randrange(9_999), fingerprint=f"{number:016x}")  # fmt: skip
        snapshot.findings.append(row)
        snapshot.view.findings.append(story.finding_view(rate=dice.random(), window=[dice.random() for _ in range(20)]))
    return snapshot


def many_groups(story, count, seed):
    dice = random.Random(seed)
    states = ["stopped", "stalled", "warning", "rewound", "unknown", "ok", "idle", "abandoned"]
    snapshot = story.snapshot([])
    snapshot.lag, snapshot.view.lag = [], []
    for number in range(count):
        for partition in (None, 0, 1, 2):
            status = dice.choice(states)
            snapshot.lag.append(
                story.lag(f"group{number}", f"topic{number}", status, dice.random() * 99, number, partition=partition)
            )
            snapshot.view.lag.append(
                story.lag_view([dice.random() for _ in range(20)], committed=number, end=number + 9)
            )
    return snapshot


MOST_LOOKS = {"findings": 300, "groups": 150, "palette": 100}
"""A frame's price in passes that read one number of every row; measured at 75, 45 and 50 of them."""


def looks(rows, frame):
    """Price a frame in looks: on a busy machine both get slower alike."""

    def look(number):
        total = 0
        for row in rows:
            total += row.partition or 0
        return total

    look_s, frame_s = best_of(ROUNDS, look), best_of(ROUNDS, frame)
    print(f"{frame_s * 1e3:.1f} ms, {frame_s / look_s:.0f} looks")
    return frame_s / look_s


def test_a_frame_of_a_thousand_finding_groups_stays_in_its_budget(story):
    snapshots = [many_findings(story, 1_000, seed) for seed in (1, 2)]
    findings = FindingList()
    findings.sorting = Sorting("count")

    def frame(number):
        findings.take(snapshots[number % 2], 10.0 * number, story.now_ns, frozenset())
        lines = [chips_line(findings, 120), *(
            line for entry in range(LINES // 2) for line in group_lines(findings, entry, 47, chosen=False, focused=True)
        )]  # fmt: skip
        for line in lines:
            strip_of(line, Plain)

    assert looks([row.first for row in snapshots[0].findings], frame) < MOST_LOOKS["findings"]


def test_a_frame_of_a_thousand_consumer_groups_stays_in_its_budget(story):
    snapshots = [many_groups(story, 1_000, seed) for seed in (1, 2)]
    groups = GroupList()

    def frame(number):
        groups.take(snapshots[number % 2], 10.0 * number, frozenset())
        lines = [*group_tiles(groups, 120, known=True), groups_heading(120, groups, choosing=False)]
        lines += [group_line(groups, entry, 120, chosen=False, focused=True) for entry in range(LINES)]
        for line in lines:
            strip_of(line, Plain)

    assert looks(snapshots[0].lag, frame) < MOST_LOOKS["groups"]


def test_a_palette_over_everything_answers_a_letter_in_its_budget(story):
    snapshot = many(story, 1)
    snapshot.findings = many_findings(story, 1_000, 1).findings
    snapshot.lag = many_groups(story, 1_000, 1).lag
    things = gather(snapshot, frozenset(), all_stale=False)
    rows = [row.first for row in snapshot.findings] * (len(things) // 1_000)
    assert looks(rows, lambda number: find(things, ACTIONS, tabs(), "1", "tpc4")) < MOST_LOOKS["palette"]


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
