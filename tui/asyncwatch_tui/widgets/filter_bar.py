"""The filter as it is typed, within the lower end of the channel panel."""

from __future__ import annotations

from asyncwatch_tui.columns import WIDE_FROM
from asyncwatch_tui.filtering import FIELDS, Filter
from asyncwatch_tui.fitting import cut_end
from asyncwatch_tui.ink import Ink, Line, fill, spread, width_of
from asyncwatch_tui.line_editor import LineEditor
from asyncwatch_tui.panel import bottom_border, inside, top_border
from asyncwatch_tui.widgets.lines import Lines

HEIGHT = 4
"""Lines of the bar with the panel's lower border."""


class FilterBar(Lines):
    """A separator, the line that is typed, the grammar, and the panel's lower border."""

    def draw(
        self,
        editor: LineEditor,
        parsed: Filter,
        shown: int,
        what: str,
        width: int,
        note: Line | None,
        *,
        numbers: str = "lag>10s  valid<100  rate>1",
        apart: bool = False,
    ) -> None:
        """Show the line, how many things pass it (`what` they are), and what can be typed.

        `numbers` are examples of comparisons.
        `apart`: the bar is a panel of its own, not the lower end of one.
        """
        inner = width - 2
        count = f"1 {what}" if shown == 1 else f"{shown} {what}s"
        right: Line = [Ink(count, "warn", bold=True), Ink("  esc clears  ", "dim")]
        if parsed.fault is not None:
            right = [Ink(cut_end(parsed.fault, 24), "error", bold=True), Ink("  esc clears  ", "dim")]
        left = [Ink(" / ", "accent", bold=True), *_typed(editor, inner - width_of(right) - 6)]
        bar = [ink if ink.on else ink._replace(on="raised") for ink in spread(left, right, inner)]
        self.show(
            [
                top_border("Filter", [], width, focused=True)
                if apart
                else inside([Ink(" "), Ink("─" * (inner - 2), "line")], width, focused=True),
                inside(bar, width, focused=True),
                inside(_grammar(width, numbers), width, focused=True),
                bottom_border(width, focused=True, note=note),
            ]
        )


def _typed(editor: LineEditor, room: int) -> Line:
    """Draw the text with its cursor; of a long one the part around the cursor."""
    start = max(editor.cursor - room + 1, 0)
    before, after = editor.text[start : editor.cursor], editor.text[editor.cursor : start + room]
    line: Line = [Ink(before, "bright", bold=True)]
    if after:
        line += [Ink(after[0], "bg", on="accent"), Ink(after[1:], "bright", bold=True)]
    else:
        line.append(Ink("▏", "accent"))
    return line


def _grammar(width: int, numbers: str) -> Line:
    fields = " ".join(f"{field}:" for field in FIELDS)
    line = [
        Ink(" name ", "faint"),
        Ink("text  glob* -not", "accent"),
        Ink("   fields ", "faint"),
        Ink(fields, "accent"),
    ]
    if width >= WIDE_FROM:
        line += [Ink("   numbers ", "faint"), Ink(numbers, "accent")]
    else:
        line += [Ink("  ", "faint"), Ink(" ".join(numbers.split()[-2:]), "accent")]
    return fill(line, width - 2)
