"""A plan for people: server by server what is read and how, what that leaves and needs, and what is not read and why."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from asyncwatch.cli.ink import Ink
from asyncwatch.contract.entities import Contract
from asyncwatch.model.strength import Strength, added
from asyncwatch.pipeline.planned import Planned, PlannedChannel, PlannedServer
from asyncwatch.telemetry.log import printable

_LISTED: Final = 20
_NAMES: Final = 4
_WIDEST: Final = 60
_FORMS: Final = {"kafka": "kafka-acls or --rights strimzi", "nats": "nats"}


def as_text(planned: Planned, color: bool) -> str:
    """Write the plan."""
    ink = Ink(color=color)
    parts = ["".join(_document(one, ink) for one in planned.contracts)]
    parts += [_server(one, ink) for one in planned.servers if one.spec is not None]
    parts += [_untapped(planned, ink), _sum(planned, ink)]
    return "\n".join(part for part in parts if part)


def _document(contract: Contract, ink: Ink) -> str:
    named = f"{contract.title or 'untitled'} {contract.version or ''}".strip()
    lines = [
        f"{ink('bold', printable(contract.source))}: {printable(named)}, AsyncAPI {printable(contract.spec_version)}"
    ]
    told = [one for one in contract.findings if one.severity in {"error", "warning"}]
    lines += [
        f"  {ink(one.severity, one.severity)}  {one.rule}  {printable(one.summary)}  {printable(str(one.position))}"
        for one in told[:_LISTED]
    ]
    if len(told) > _LISTED:
        lines.append(f"  and {len(told) - _LISTED} more, see asyncwatch lint")
    return "".join(line + "\n" for line in lines)


def _server(one: PlannedServer, ink: Ink) -> str:
    lines = [
        ink("bold", f"server {printable(one.server.id)}") + f": {one.protocol} at {printable(one.url)}{_seen(one)}"
    ]
    if one.trouble is not None:
        lines.append("  " + ink("error", f"not looked at: {printable(str(one.trouble))}"))
        if one.trouble.hint:
            lines.append(f"    {printable(one.trouble.hint)}")
    tapped = [row for row in one.channels if row.tap is not None]
    if tapped:
        lines += _table(tapped, one, ink)
        lines += _facts("creates", [text for row in tapped for text in row.creates] or ["nothing on the broker"], None)
        rights = [] if one.outlook is None else [str(right) for right in one.outlook.rights]
        lines += _facts("note", [row.note for row in tapped if row.note is not None], None)
        lines += _facts("needs", rights, _FORMS.get(one.protocol))
    if one.survey is not None and one.survey.rights_missing:
        missing = _facts("missing", one.survey.rights_missing, None)
        lines += [ink("error", line) for line in missing]
    return "".join(line + "\n" for line in lines)


def _seen(one: PlannedServer) -> str:
    if one.survey is None:
        return ""
    seen = [f", cluster {printable(one.survey.cluster)}"] if one.survey.cluster else []
    if one.survey.groups is not None:
        seen.append(f", {one.survey.groups} consumer {'group' if one.survey.groups == 1 else 'groups'}")
    return "".join(seen)


def _table(rows: Sequence[PlannedChannel], one: PlannedServer, ink: Ink) -> list[str]:
    names = ["address", "pattern", "messages", "contract", "on the broker", "read"]
    cells = [_cells(row) for row in rows]
    shown = [
        column
        for column, name in enumerate(names)
        if not (name == "pattern" and all(row.pattern is None for row in rows))
        and not (name == "on the broker" and one.survey is None)
    ]
    widths = {column: max(len(line[column]) for line in [names, *cells]) for column in shown}
    lines = []
    for number, line in enumerate([names, *cells]):
        text = "  " + "  ".join(line[column].ljust(widths[column]) for column in shown).rstrip()
        lines.append(ink("dim", text) if number == 0 else text)
    return lines


def _cells(row: PlannedChannel) -> list[str]:
    found = row.found
    there = "-"
    if found is not None and found.exists is not None:
        there = "yes" if found.exists else "not there"
    if found is not None and found.partitions is not None:
        there = (
            "none visible"
            if not found.partitions
            else f"{found.partitions} partition{'' if found.partitions == 1 else 's'}"
        )
    strength = added([message.strength for message in row.messages])
    return [
        _clip(printable(row.address or "-")), _clip(printable(row.pattern or "-")), _clip(_names(row)),
        percent(strength), there, printable(row.how or "-"),
    ]  # fmt: skip


def _names(row: PlannedChannel) -> str:
    names = [printable(message.key) for message in row.messages]
    if not names:
        return "any" if row.channels else "not documented"
    shown = ", ".join(names[:_NAMES])
    return shown if len(names) <= _NAMES else f"{shown} and {len(names) - _NAMES} more"


def percent(strength: Strength) -> str:
    """Write a share as whole per cent, cut and not rounded: `100 %` only where every leaf is constrained."""
    return "-" if strength.share is None else f"{int(strength.share * 100)} %"


def _clip(text: str) -> str:
    return text if len(text) <= _WIDEST else text[: _WIDEST - 1] + "…"


def _facts(word: str, texts: Sequence[str], form: str | None) -> list[str]:
    """Write texts under one word, each once."""
    distinct = list(dict.fromkeys(texts))
    lines = [f"  {word if number == 0 else '':8}{printable(text)}" for number, text in enumerate(distinct[:_LISTED])]
    if len(distinct) > _LISTED:
        lines.append(f"  {'':8}and {len(distinct) - _LISTED} more")
    if form is not None:
        lines.append(f"  {'':8}(--rights {form} prints them ready to paste)")
    return lines


def _untapped(planned: Planned, ink: Ink) -> str:
    rows = [row for row in planned.channels() if row.tap is None]
    if not rows:
        return ""
    lines = [ink("bold", "not tapped")]
    cells = [
        (_clip(printable(row.address or ", ".join(row.channels))), _where(row), printable(row.reason or "-"))
        for row in rows
    ]
    widths = [max(len(line[column]) for line in cells) for column in range(2)]
    lines += [f"  {name.ljust(widths[0])}  {where.ljust(widths[1])}  {reason}" for name, where, reason in cells]
    return "".join(line + "\n" for line in lines)


def _where(row: PlannedChannel) -> str:
    return "-" if row.server is None else _clip(f"{printable(row.server)} ({printable(row.protocol or '-')})")


def _sum(planned: Planned, ink: Ink) -> str:
    rows = list(planned.channels())
    tapped = sum(row.tap is not None for row in rows)
    text = f"{tapped} of {len(rows)} addresses would be read"
    return ink("ok" if tapped == len(rows) and rows else "warning", text) + "\n"
