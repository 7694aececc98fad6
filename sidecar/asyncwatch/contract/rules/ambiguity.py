"""Messages of one address that nothing tells apart, though every message must fit exactly one.

Rule 1: nothing is said without evidence: a documented example, or a value made from one schema, that fits both.
Rule 2: what a reader of messages can go by separates: content type, format, a constant, a type's name in headers or
envelope, the AMQP message type, `x-asyncwatch.match`, names that one of them demands beyond the other's.
Rule 3: one finding names all messages that one of them is confused with, the most confusing first.
Source: AsyncAPI 2.6, "oneOf" of an operation's message; 3.1, "Channel Object", messages.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations
from typing import Final

from asyncwatch.contract.findings import quote
from asyncwatch.contract.rules.confusable import Confusable, confusable_of, evidence_between, is_told_apart
from asyncwatch.contract.rules.placeholders import naming
from asyncwatch.contract.rules.survey import Named, Survey
from asyncwatch.contract.sites import Pointer

_MOST_MESSAGES: Final = 64
_MOST_PAIRS: Final = 20_000


@dataclass(frozen=True, slots=True)
class _Pair:
    one: int
    other: int
    evidence: str


def distinct_messages(survey: Survey) -> None:
    """Compare the messages of every address pair by pair."""
    left = _MOST_PAIRS
    for words, messages in _addresses(survey):
        if len(messages) > _MOST_MESSAGES:
            survey.leave_out(
                f"whether more than {_MOST_MESSAGES} of the {len(messages):,} messages {words} can be told apart",
                messages[_MOST_MESSAGES].message.own,
            )  # fmt: skip
        listed = messages[:_MOST_MESSAGES]
        left -= len(listed) * (len(listed) - 1) // 2
        if left < 0:
            survey.leave_out(
                f"whether the messages {words} and those after them can be told apart", listed[0].message.own
            )
            return
        if len(listed) > 1:
            known = [one for message in listed if (one := confusable_of(survey, message.message, message.holder))]
            _tell(survey, words, known, _compare(known))


@dataclass(frozen=True, slots=True)
class _Held:
    """A message, and the words for the channel or operation that holds it."""

    message: Named
    holder: str


def _addresses(survey: Survey) -> Iterable[tuple[str, list[_Held]]]:
    """Give the messages that may travel on one address, each once."""
    found: dict[str, dict[tuple[str, Pointer], _Held]] = {}
    by_channel: dict[str, list[Named]] = {}
    for operation in survey.operations if survey.major == 2 else ():
        by_channel.setdefault(operation.name, []).append(operation)
    for channel in survey.channels:
        known = survey.inspected.contract.channels.get(channel.name)
        address = known.address if known is not None else None
        words = f"on channel {quote(channel.name)}" if address is None else f"on address {quote(address)}"
        messages = found.setdefault(words, {})
        holders = [channel] if survey.major > 2 else by_channel.get(channel.name, [])
        for holder in holders:
            for message in _messages_of(survey, holder):
                messages.setdefault((message.site.file, message.site.pointer), _Held(message, holder.what))
    for words, messages in found.items():
        yield words, list(messages.values())


def _messages_of(survey: Survey, holder: Named) -> list[Named]:
    return survey.messages_of(holder) if survey.major == 2 else survey.listed(holder.site, "messages", "message")


def _compare(messages: list[Confusable]) -> list[_Pair]:
    pairs: list[_Pair] = []
    for (number, one), (other_number, other) in combinations(enumerate(messages), 2):
        if not is_told_apart(one, other):
            evidence = evidence_between(one, other)
            if evidence is not None:
                pairs.append(_Pair(number, other_number, evidence))
    return pairs


def _tell(survey: Survey, words: str, messages: list[Confusable], pairs: list[_Pair]) -> None:
    """Say each pair once, under the message that most of those left have in common."""
    while pairs:
        counts: dict[int, int] = {}
        for pair in pairs:
            for number in (pair.one, pair.other):
                counts[number] = counts.get(number, 0) + 1
        worst = max(counts, key=lambda number: (counts[number], -number))
        own = [pair for pair in pairs if worst in {pair.one, pair.other}]
        others = [pair.other if pair.one == worst else pair.one for pair in own]
        among = [pair for pair in pairs if pair.one in others and pair.other in others]
        is_mutual = len(others) > 1 and len(among) == len(others) * (len(others) - 1) // 2
        names = naming([messages[number].name for number in others])
        what = f"nothing tells messages {quote(messages[worst].name)}, {names} apart" if is_mutual else (
            f"nothing tells message {quote(messages[worst].name)} from {names}"
        )  # fmt: skip
        survey.add(
            "document.ambiguous-messages", "warning", f"{what} {words}: {own[0].evidence}", messages[worst].site
        )  # fmt: skip
        said = {*own, *among} if is_mutual else set(own)
        pairs = [pair for pair in pairs if pair not in said]
