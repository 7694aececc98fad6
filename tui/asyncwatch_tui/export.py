"""What shows on a screen as a file: CSV, JSON or Markdown, under a clear name, never over another file.

Rule 1: text from outside is neutralised; in CSV it is never a formula, in Markdown never markup.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, NamedTuple, TypeAlias

import msgspec

from asyncwatch_tui.fitting import neutralise

Value: TypeAlias = str | int | float | None

FORMS: Final[dict[str, str]] = {"csv": "CSV", "json": "JSON", "md": "Markdown"}
"""The forms of a file by its ending."""
_MOST_NAMES: Final = 1_000
_FORMULA: Final = ("=", "+", "-", "@")
_MARKUP: Final = re.compile(r"([\\`*_{}\[\]<>()#+!|~&$-])")


class Export(NamedTuple):
    """A table to be written. `rows` makes its cells, `json` its JSON; both only when they are asked for."""

    what: str
    """What the rows are: findings, groups, channels."""
    total: int
    columns: Sequence[str]
    rows: Callable[[], list[Sequence[Value]]]
    json: Callable[[], object]
    moment: str
    """When the numbers were true, RFC 3339."""


def text_of(export: Export, form: str) -> str:
    """Write a table in a form of FORMS."""
    if form == "json":
        return msgspec.json.format(msgspec.json.encode(export.json()), indent=2).decode() + "\n"
    return _csv(export) if form == "csv" else _markdown(export)


def write_new_file(folder: Path, export: Export, form: str) -> Path:
    """Write a table into a new file and give its path; a file that is there is left alone.

    Raises: OSError.
    """
    digits = "".join(char for char in export.moment[:19] if char.isdigit())
    stem = f"asyncwatch-{export.what}-{digits[:8]}-{digits[8:]}".rstrip("-")
    text = text_of(export, form)
    for number in range(1, _MOST_NAMES):
        path = folder / (f"{stem}.{form}" if number == 1 else f"{stem}-{number}.{form}")
        try:
            # Exclusive: neither a file nor a link that is there is ever written through.
            with path.open("x", encoding="utf-8", newline="") as file:
                file.write(text)
        except FileExistsError:
            continue
        return path
    raise FileExistsError(f"{stem}: too many files of this name")


def _csv(export: Export) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(export.columns)
    for row in export.rows():
        writer.writerow([_csv_cell(value) for value in row])
    return out.getvalue()


def _csv_cell(value: Value) -> str | int | float:
    if value is None:
        return ""
    if not isinstance(value, str):
        return value
    text = neutralise(value)
    return f"'{text}" if text.lstrip().startswith(_FORMULA) else text


def _markdown(export: Export) -> str:
    lines = [
        f"{export.total} {export.what} at {neutralise(export.moment)}",
        "",
        f"| {' | '.join(export.columns)} |",
        f"|{'|'.join(' --- ' for _ in export.columns)}|",
    ]
    lines += [f"| {' | '.join(_markdown_cell(value) for value in row)} |" for row in export.rows()]
    return "\n".join(lines) + "\n"


def _markdown_cell(value: Value) -> str:
    if value is None:
        return "–"
    return _MARKUP.sub(r"\\\1", neutralise(value)) if isinstance(value, str) else str(value)
