"""What a visit found: sections of remarks, as text and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import orjson

from asyncwatch import __version__
from asyncwatch.taps.base import Remark
from asyncwatch.telemetry.log import printable

_SIGNS: Final = {"ok": "✓", "warning": "▲", "problem": "✗", "unknown": "–"}
_ASCII: Final = {"ok": "+", "warning": "!", "problem": "X", "unknown": "-"}
_SGR: Final = {"ok": "32", "warning": "33", "problem": "31", "unknown": "2"}


@dataclass(frozen=True, slots=True)
class Section:
    """One thing that was looked at, with what was found."""

    title: str
    remarks: Sequence[Remark]


def problems(sections: Sequence[Section]) -> int:
    """Count what keeps asyncwatch from observing."""
    return sum(one.state == "problem" for section in sections for one in section.remarks)


def as_text(sections: Sequence[Section], *, color: bool, ascii_signs: bool) -> str:
    """Write one line for each remark, and below it what to do."""
    signs = _ASCII if ascii_signs else _SIGNS
    lines: list[str] = []
    for section in sections:
        lines.append(printable(section.title))
        for one in section.remarks:
            sign = signs[one.state]
            shown = f"\x1b[{_SGR[one.state]}m{sign}\x1b[0m" if color else sign
            detail = "" if one.detail is None else f": {one.detail}"
            lines.append(f"  {shown} {printable(one.what + detail)}")
            if one.hint is not None and one.state != "ok":
                lines.append(f"      {printable(one.hint)}")
        lines.append("")
    found = problems(sections)
    warnings = sum(one.state == "warning" for section in sections for one in section.remarks)
    end = "no problem was found" if not found else f"{found} problem{'s' if found > 1 else ''}"
    if warnings:
        end += f", {warnings} thing{'s' if warnings > 1 else ''} missing"
    return "\n".join([*lines, end]) + "\n"


def as_json(sections: Sequence[Section]) -> str:
    """Write the same for programs; what is not known is null."""
    found = {
        "asyncwatch": __version__,
        "problems": problems(sections),
        "sections": [
            {
                "title": section.title,
                "checks": [
                    {"what": one.what, "state": one.state, "detail": one.detail, "hint": one.hint}
                    for one in section.remarks
                ],
            }
            for section in sections
        ],
    }
    return orjson.dumps(found, option=orjson.OPT_INDENT_2).decode() + "\n"
