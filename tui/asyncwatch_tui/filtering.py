"""The filter's grammar: words, glob*, -not, field:value, number comparisons; all terms must fit.

Source: looks/guide.md §4.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from math import isfinite
from typing import Final

LONGEST: Final = 200
"""Characters a filter may have."""
FIELDS: Final = ("server", "state", "rule", "group")
NUMBERS: Final = ("lag", "valid", "rate")
_COMPARISON: Final = re.compile(r"([a-z]+)(>=|<=|>|<|=)(.*)", re.DOTALL)
_NUMBER: Final = re.compile(r"(\d{1,15}(?:\.\d{1,9})?|\.\d{1,9})(%|ms|s|m|h|d|k|M)?")
_FACTORS: Final = {
    "lag": {None: 1.0, "ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0},
    "valid": {None: 1.0, "%": 1.0},
    "rate": {None: 1.0, "k": 1e3, "M": 1e6},
}


@dataclass(frozen=True, slots=True)
class Term:
    """One word of a filter. `field` None = the name; `parts` None = a comparison with `number`."""

    negated: bool
    field: str | None
    text: str
    parts: tuple[str, ...] | None = None
    """What stands between the stars; a single part fits anywhere in a text, several fit the whole of it."""
    operator: str = ""
    number: float = 0.0


@dataclass(frozen=True, slots=True)
class Subject:
    """What a filter is held against. Units: `lag` seconds, `valid` percent, `rate` messages a second."""

    names: tuple[str, ...]
    server: tuple[str, ...]
    state: str
    rules: tuple[str, ...]
    lag: float | None = None
    valid: float | None = None
    rate: float | None = None
    groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Filter:
    """A parsed filter; without terms it lets everything pass."""

    text: str = ""
    terms: tuple[Term, ...] = ()
    fault: str | None = None
    """Why a term is left out, in words for the one who types."""

    def __bool__(self) -> bool:
        return bool(self.terms)

    def passes(self, subject: Subject) -> bool:
        """Tell whether all terms fit; a number that is not known fits no comparison."""
        return all(_fits(term, subject) for term in self.terms)

    def rules_pass(self, rule: str) -> bool:
        """Tell whether a finding's own rule fits the terms about rules."""
        return all(
            _matches(term.parts, rule.lower()) != term.negated
            for term in self.terms
            if term.field == "rule" and term.parts is not None
        )

    def spans(self, name: str) -> list[tuple[int, int]]:
        """Give where words of the filter stand in a name, in order and without overlap."""
        found: list[tuple[int, int]] = []
        lower = name.lower()
        if len(lower) != len(name):
            return []
        for term in self.terms:
            if term.field is None and not term.negated and "*" not in term.text:
                start = lower.find(term.text)
                if start >= 0:
                    found.append((start, start + len(term.text)))
        found.sort()
        apart: list[tuple[int, int]] = []
        for span in found:
            if not apart or span[0] >= apart[-1][1]:
                apart.append(span)
        return apart


def parse_filter(text: str) -> Filter:
    """Read a filter; a term that cannot be read is left out and told in `fault`."""
    text = text[:LONGEST]
    terms: list[Term] = []
    fault: str | None = None
    for word in text.split():
        negated = word.startswith("-") and len(word) > 1
        body = word[1:] if negated else word
        term, problem = _parse_term(body, negated)
        if term is not None:
            terms.append(term)
        fault = fault or problem
    return Filter(text.strip(), tuple(terms), fault)


def _parse_term(body: str, negated: bool) -> tuple[Term | None, str | None]:
    comparison = _COMPARISON.fullmatch(body)
    if comparison is not None and comparison[1] in NUMBERS:
        field, operator, rest = comparison.groups()
        number = _NUMBER.fullmatch(rest)
        factor = None if number is None else _FACTORS[field].get(number[2])
        if number is None or factor is None:
            return None, f"{field}{operator} wants a number"
        return Term(negated, field, body, None, operator, float(number[1]) * factor), None
    field, colon, value = body.partition(":")
    if colon and field in FIELDS:
        return (Term(negated, field, value.lower(), _parts(value)), None) if value else (None, f"{field}: wants a word")
    return Term(negated, None, body.lower(), _parts(body)), None


def _parts(text: str) -> tuple[str, ...]:
    return tuple(re.split(r"\*+", text.lower()))


def _matches(parts: tuple[str, ...], text: str) -> bool:
    """Look for the parts one after the other. Cost: linear, however many stars there are."""
    if len(parts) == 1:
        return parts[0] in text
    first, *middle, last = parts
    if not text.startswith(first):
        return False
    at = len(first)
    for part in middle:
        found = text.find(part, at)
        if found < 0:
            return False
        at = found + len(part)
    return len(text) - at >= len(last) and text.endswith(last)


def _fits(term: Term, subject: Subject) -> bool:
    if term.parts is None:
        return _compares(term, subject) != term.negated
    texts: Iterable[str]
    if term.field is None:
        texts = subject.names
    elif term.field == "server":
        texts = subject.server
    elif term.field == "state":
        texts = (subject.state,)
    elif term.field == "group":
        texts = subject.groups
    else:
        texts = subject.rules
    parts = term.parts
    return any(_matches(parts, text.lower()) for text in texts) != term.negated


def _compares(term: Term, subject: Subject) -> bool:
    value = subject.lag if term.field == "lag" else subject.valid if term.field == "valid" else subject.rate
    if value is None or not isfinite(value):
        return term.negated
    number = term.number
    match term.operator:
        case ">":
            return value > number
        case "<":
            return value < number
        case ">=":
            return value >= number
        case "<=":
            return value <= number
        case _:
            return value == number
