"""Six headline numbers; they count all, whatever the filter hides."""

from __future__ import annotations

from collections.abc import Sequence

from asyncwatch.model.view import Snapshot
from asyncwatch_tui.columns import WIDE_FROM
from asyncwatch_tui.durations import clock_of, format_duration
from asyncwatch_tui.fitting import neutralise
from asyncwatch_tui.ink import Ink, Line, fill, fit_first
from asyncwatch_tui.numbers import UNKNOWN, format_count, format_rate, format_share
from asyncwatch_tui.present import spark_inks
from asyncwatch_tui.signs import SIGNS
from asyncwatch_tui.situation import Situation
from asyncwatch_tui.sorting import tracked
from asyncwatch_tui.sparkline import condense, share_sparkline, sparkline
from asyncwatch_tui.states import Reader, slowest_readers

_SPARK = 8
_JUDGED_FAMILIES = ("payload", "headers", "key", "message")


def tile_lines(situation: Situation, width: int) -> list[Line]:
    """Draw the tiles: a line of labels and a line of values.

    Source: looks/guide.md §2 and §8 (six of 20 cells, five of 16 without notes below 110 columns).
    """
    wide = width >= WIDE_FROM
    shown = situation.shown
    if shown is None:
        choices: list[list[Line]] = [[[Ink(UNKNOWN, "faint")]] for _ in range(6)]
    else:
        readers = slowest_readers(shown)
        choices = [
            _messages(situation, shown, wide=wide), _valid(situation, shown, wide=wide), _violations(shown),
            _gaps(shown, wide=wide), _lag(shown, readers, wide=wide), _coverage(shown),
        ]  # fmt: skip
    labels = [
        "messages" if wide else "msg/s",
        "valid" if wide else "valid %",
        "violations",
        "gaps",
        "worst lag",
        "coverage",
    ]
    return lay_tiles(labels, choices, width)


def lay_tiles(labels: Sequence[str], choices: Sequence[list[Line]], width: int) -> list[Line]:
    """Lay out labels above values, each the longest choice that fits; narrow screens have the first five."""
    count = 6 if width >= WIDE_FROM else 5
    size = width // count
    upper: Line = []
    lower: Line = []
    for index in range(count):
        last = index == count - 1
        inner = (width - index * size if last else size - 1) - 1
        gap = [] if last else [Ink(" ")]
        value = fill(fit_first(choices[index], inner), inner)
        upper += [
            Ink(" ", on="raised"),
            *[ink._replace(on="raised") for ink in fill([Ink(labels[index], "dim")], inner)],
            *gap,
        ]
        lower += [Ink(" ", on="raised"), *[ink._replace(on="raised") for ink in value], *gap]
    return [upper, lower]


def _messages(situation: Situation, shown: Snapshot, *, wide: bool) -> list[Line]:
    view = shown.view
    unit = "/s" if wide else ""
    if situation.loss is not None:
        return [[Ink(UNKNOWN, "faint"), Ink(" sidecar is away", "dim")], [Ink(UNKNOWN, "faint")]]
    if situation.waiting:
        return [[Ink("0", "fg"), Ink(" waiting", "faint")]]
    away = situation.away
    if away and not situation.paused:
        name = neutralise(away[0].protocol or away[0].server) if len(away) == 1 else f"{len(away)} servers"
        value = Ink(f"{format_rate(view.rate)}{unit}", "warn", bold=True)
        return [[value, Ink(f" {name} away", "dim")], [value]]
    value = Ink(f"{format_rate(view.rate)}{unit}", "bright", bold=True)
    spark = Ink(" " + sparkline(view.window, _SPARK if wide else 6), "spark")
    return [[value, spark], [value]]


def _valid(situation: Situation, shown: Snapshot, *, wide: bool) -> list[Line]:
    share = shown.messages.valid_share
    if share is None:
        return [[Ink(UNKNOWN, "faint")]]
    text = format_share(share) + (" %" if wide else "")
    if situation.loss is not None:
        value = Ink(text, "dim")
        return [[value, Ink(f" {clock_of(situation.loss.since_ns)}", "faint")], [value]]
    value = Ink(text, "bright", bold=True)
    if not wide:
        return [[value]]
    return [[value, Ink(" " + share_sparkline(shown.view.valid_window, _SPARK), "spark")], [value]]


def _violations(shown: Snapshot) -> list[Line]:
    count = sum(view.violations for view in shown.view.channels)
    if shown.messages.valid_share is None and not count:
        return [[Ink(UNKNOWN, "faint")]]
    if not count:
        return [[Ink("0", "dim")]]
    groups = [
        row
        for row in shown.findings
        if row.severity in {"error", "warning"} and row.rule.partition(".")[0] in _JUDGED_FAMILIES
    ]
    broken = shown.messages.invalid + shown.messages.undecodable > 0
    sign = SIGNS["invalid" if broken else "warning"]
    value = Ink(f"{sign.glyph} {format_count(count)}", sign.role, bold=True)
    kinds = "1 kind" if len(groups) == 1 else f"{format_count(len(groups))} kinds"
    return [[value, Ink(f" in {kinds}", "dim")], [value]] if groups else [[value]]


def _gaps(shown: Snapshot, *, wide: bool) -> list[Line]:
    found = [ordering for row in shown.channels if (ordering := tracked(row)) is not None]
    if not found:
        return [[Ink(UNKNOWN, "faint")]]
    open_ = sum(ordering.missing for ordering in found)
    lost = sum(ordering.lost for ordering in found)
    if not open_ and not lost:
        return [[Ink("0", "dim")]]
    if not open_:
        return [[Ink(f"✗ {format_count(lost)} lost", "error", bold=True)]]
    value = Ink(f"▲ {format_count(open_)}{' open' if wide else ''}", "warn", bold=True)
    if not lost:
        return [[value]]
    if wide:
        return [
            [value, Ink(" · ", "faint"), Ink(f"{format_count(lost)} lost", "error")],
            [value, Ink(f" +{format_count(lost)}", "error")],
        ]
    return [[value, Ink(f" +{format_count(lost)} lost", "error")], [value, Ink(f" +{format_count(lost)}", "error")]]


def _lag(shown: Snapshot, readers: dict[tuple[str, str], Reader], *, wide: bool) -> list[Line]:
    if shown.lag is None:
        return [[Ink(UNKNOWN, "faint"), Ink(" not measured", "faint")], [Ink(UNKNOWN, "faint")]]
    known = [reader for reader in readers.values() if reader.seconds is not None]
    groups = len({(row.server, row.group) for row in shown.lag})
    note = Ink(f" {groups} group{'' if groups == 1 else 's'}", "dim")
    if not known:
        return [[Ink(UNKNOWN, "faint"), note], [Ink(UNKNOWN, "faint")]]
    worst = max(known, key=lambda reader: reader.seconds or 0.0)
    text = format_duration(worst.seconds)
    if worst.state == "ok":
        return [[Ink(text, "fg"), note], [Ink(text, "fg")]]
    sign = SIGNS[worst.state]
    value = Ink(f"{sign.glyph} {text}", sign.role, bold=True)
    views = shown.view.lag or []
    if not wide or not 0 <= worst.at < len(views):
        return [[value]]
    trend = sparkline(condense(views[worst.at].window, _SPARK), _SPARK)
    return [[value, Ink(" "), *spark_inks(trend, sign.role)], [value]]


def _coverage(shown: Snapshot) -> list[Line]:
    coverage = shown.coverage.messages
    role = "bright" if coverage.seen else "fg"
    value = Ink(f"{format_count(coverage.seen)}/{format_count(coverage.documented)}", role, bold=bool(coverage.seen))
    return [[value, Ink(" messages", "dim")], [value]]
