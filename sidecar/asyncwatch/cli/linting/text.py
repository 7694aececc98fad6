"""What strict reading found, for people: a line a finding, then what each document is worth as a contract."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from asyncwatch.cli.ink import Ink
from asyncwatch.contract.entities import Contract, Message
from asyncwatch.contract.lint import Lint
from asyncwatch.contract.message_strength import message_strength
from asyncwatch.model.strength import Strength, added
from asyncwatch.telemetry.log import printable

_WEAK_SHOWN: Final = 8
_LOOSE_SHOWN: Final = 4


def as_text(found: Sequence[Lint], color: bool) -> str:
    """Write findings as `file:line:column: severity rule: summary`, and a verdict for each document."""
    ink = Ink(color=color)
    return "".join(_document(one, ink) for one in found) + _together(found, ink)


def _document(one: Lint, ink: Ink) -> str:
    lines = [
        f"{printable(str(finding.position))}: {ink(finding.severity, finding.severity)} "
        f"{ink('dim', finding.rule)}: {printable(finding.summary)}"
        for finding in one.findings
    ]
    verdict = ink("ok" if one.verdict == "valid" else "error", one.verdict)
    lines.append(ink("bold", printable(one.path)) + f": {verdict}, {counted(one)}")
    if one.contract is not None:
        lines.extend(_worth(one.contract, ink))
    return "".join(line + "\n" for line in lines)


def counted(one: Lint) -> str:
    """Say how many errors, warnings and infos there are."""
    numbers = [(sum(found.severity == severity for found in one.findings), severity) for severity in _NOUNS]
    return ", ".join(_number(number, _NOUNS[severity]) for number, severity in numbers if number) or "nothing found"


_NOUNS: Final = {"error": "error", "warning": "warning", "info": "note"}


def _number(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _worth(contract: Contract, ink: Ink) -> list[str]:
    """Say what the document describes, and name the messages about which it says little."""
    messages = [
        (f"{channel.id} {message.key}" if message.key != channel.id else message.key, message)
        for channel in contract.channels.values()
        for message in channel.messages
    ]
    described = [
        f"AsyncAPI {printable(contract.spec_version)}", _number(len(contract.channels), "channel"),
        _number(len(messages), "message"),
    ]  # fmt: skip
    strengths = [(name, message, message_strength(message)) for name, message in messages]
    read = added([one for _, _, one in strengths if not one.unread])
    lines = [ink("dim", "  " + ", ".join(described))]
    if read.leaves:
        weak = read.share is not None and read.share < 1.0
        text = f"  contract strength {percent(read)}: {read.constrained:,} of {read.leaves:,} documented leaves are constrained"
        lines.append(ink("warning" if weak else "dim", text))
    loose = sorted((one for one in strengths if one[2].share is not None and one[2].share < 1.0), key=_share)
    for name, _, strength in loose[:_WEAK_SHOWN]:
        lines.append(
            f"    {percent(strength):>5}  {printable(name)}  {ink('dim', 'says nothing about ' + _loose(strength))}"
        )
    if len(loose) > _WEAK_SHOWN:
        lines.append(f"    and {_number(len(loose) - _WEAK_SHOWN, 'message')} more")
    lines.extend(
        f"    {'-':>5}  {printable(name)}  {ink('dim', printable(_unread(message)))}"
        for name, message, strength in strengths
        if strength.unread
    )
    return lines


def percent(strength: Strength) -> str:
    """Write a share as whole per cent, cut and not rounded: `100 %` only where every leaf is constrained."""
    return "-" if strength.share is None else f"{int(strength.share * 100)} %"


def _share(one: tuple[str, Message, Strength]) -> float:
    return one[2].share or 0.0


def _loose(strength: Strength) -> str:
    shown = ", ".join(printable(pointer) for pointer in strength.loose[:_LOOSE_SHOWN])
    left = strength.leaves - strength.constrained - min(len(strength.loose), _LOOSE_SHOWN)
    return f"{shown} and {left:,} more" if left else shown


def _unread(message: Message) -> str:
    """Say why a message is not judged."""
    for part in (message.payload, message.headers, message.kafka_key):
        if part is not None and part.compiled is None:
            return f"not checked: {part.reason}"
    return "not known"


def _together(found: Sequence[Lint], ink: Ink) -> str:
    if len(found) < 2:
        return ""
    invalid = sum(one.verdict == "invalid" for one in found)
    text = f"{len(found):,} documents: " + (f"{invalid:,} invalid" if invalid else "all valid")
    return "\n" + ink("error" if invalid else "ok", text) + "\n"
