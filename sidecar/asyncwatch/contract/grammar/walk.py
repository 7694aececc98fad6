"""The way through a document along the table of its version.

Rule 1: references are followed as edges; what they lead to is judged once for each kind that is expected of it, so
recursive schemas end and the work is bounded by the files' size.
Rule 2: nothing recurses: parts wait on a list, so depth costs no stack.
"""

from __future__ import annotations

from typing import Final

from asyncwatch.contract.grammar.containers import check_by_value, check_list, check_map
from asyncwatch.contract.grammar.language import (
    OPAQUE,
    Advisory,
    AnyOf,
    Both,
    ByValue,
    Choice,
    Data,
    Doubted,
    Flag,
    Kind,
    ListOf,
    MapOf,
    Named,
    Number,
    Opaque,
    Record,
    Referable,
    Referred,
    Text,
)
from asyncwatch.contract.grammar.record import check_record
from asyncwatch.contract.grammar.reference_places import check_misplaced, through_reference
from asyncwatch.contract.grammar.scalars import fault_of_text, fits_number, is_number
from asyncwatch.contract.grammar.specification import Specification
from asyncwatch.contract.grammar.visit import Notes, Part, Visit
from asyncwatch.contract.references import Documents
from asyncwatch.contract.sites import Site, kind_of
from asyncwatch.model.severity import Severity

_MOST_PARTS: Final = 1_000_000
_MOST_ERRORS: Final = 2_000
"""Errors of one document; nobody reads more, and each takes longer than a part that is right."""
_MOST_TRIED: Final = 20_000
_MOST_TRIED_IN_ALL: Final = 200_000
"""Parts that are looked at to find out whether something fits, at a time and in the whole document."""


class Walk(Visit):
    """Judges parts of a document by the table of one version."""

    def __init__(self, documents: Documents, specification: Specification, notes: Notes, main_file: str) -> None:
        super().__init__(documents, specification, notes, main_file)
        self._seen: set[tuple[int, int, str | None]] = set()
        self._tried: dict[tuple[int, int], bool] = {}
        self._left = _MOST_PARTS
        self._left_to_try = _MOST_TRIED_IN_ALL

    def run(self, kind: Kind, site: Site) -> None:
        """Judge a site, and everything below and behind it."""
        waiting = [Part(kind, site, None, None)]
        while waiting:
            self._left -= 1
            if self._left < 0 or self.errors > _MOST_ERRORS:
                why = "it has too many parts" if self._left < 0 else "it has too many errors"
                part = Part(kind, site, None, None)
                # An error, because what was not judged is not valid.
                self.note("document.unexamined", f"the rest is not judged: {why}", site, part)
                return
            self._judge(waiting.pop())
            if self.next:
                waiting.extend(reversed(self.next))
                self.next.clear()

    def _judge(self, part: Part) -> None:
        """Find out what kind a part has to be, and hold it against it."""
        kind = part.kind
        while True:
            match kind:
                case Named():
                    kind = self.specification.table[kind.name]
                case Choice():
                    kind = kind.choose(part.site.value)
                case Referable() | Referred():
                    if not through_reference(self, kind, part):
                        return
                    kind = kind.kind
                case Advisory():
                    part.advisory = kind.rule
                    kind = kind.kind
                case Doubted():
                    self.note("document.binding", f"{self.name(part)}: {kind.why}", part.site, part, severity="warning")
                    kind = kind.kind
                case Both():
                    for other in kind.kinds[1:]:
                        self.add(other, part.site, part, part.owner)
                    kind = kind.kinds[0]
                case AnyOf():
                    fitting = (one for one in kind.kinds if not self.has_errors(one, part.site))
                    kind = next(fitting, kind.kinds[0])
                case _:
                    break
        self._judge_value(kind, part)

    def _judge_value(self, kind: Kind, part: Part) -> None:
        value = part.site.value
        match kind:
            case Text() if isinstance(value, str):
                fault = fault_of_text(kind, value)
                if fault is not None:
                    self.misfit(kind, part, fault)
            case Text() if kind.or_null and value is None:
                pass
            case Flag() if isinstance(value, bool):
                pass
            case Number() if isinstance(value, int | float) and is_number(kind, value):
                if not fits_number(kind, value):
                    self.misfit(kind, part, f"{value:g}" if isinstance(value, float) else str(value)[:40])
            case Data():
                if kind.types and kind_of(value) not in kind.types:
                    self.wrong_type(kind, part)
            case _ if isinstance(value, dict | list):
                seen = (id(kind), id(value), part.advisory)
                if seen not in self._seen:
                    self._seen.add(seen)
                    self._judge_container(kind, value, part)
            case Opaque():
                pass
            case _:
                self.wrong_type(kind, part)

    def _judge_container(self, kind: Kind, value: dict[str, object] | list[object], part: Part) -> None:
        match kind:
            case Opaque():
                self._look_for_references(part)
            case _ if part.site.reference is not None:
                check_misplaced(self, kind, part)
            case ListOf() if isinstance(value, list):
                check_list(self, kind, value, part)
            case MapOf() if isinstance(value, dict):
                check_map(self, kind, value, part)
            case Record() if isinstance(value, dict):
                check_record(self, kind, value, part)
            case ByValue() if isinstance(value, dict):
                check_by_value(self, kind, value, part)
            case _:
                self.wrong_type(kind, part)

    def _look_for_references(self, part: Part) -> None:
        """Follow the references in a part that is not judged."""
        if part.site.reference is not None:
            target = self.follow(part)
            if target is not None:
                self.add(OPAQUE, target, part, None)
            return
        for _, member in part.site.members():
            self.add(OPAQUE, member, part, part.owner)
        for item in part.site.items():
            self.add(OPAQUE, item, part, part.owner)

    def has_errors(self, kind: Kind, site: Site) -> bool:
        """Tell whether a site does not fit a kind, without a finding; inside a trial, and after too many, it does."""
        key = (id(self.specification.table[kind.name] if isinstance(kind, Named) else kind), id(site.value))
        if key not in self._tried:
            if self._left_to_try <= 0:
                return False
            errors = _Errors()
            trial = Walk(self.documents, self.specification, errors, self.main_file)
            trial._left_to_try = 0
            trial._left = given = min(self._left_to_try, _MOST_TRIED)
            trial.run(kind, site)
            self._left_to_try -= given - trial._left
            self._tried[key] = errors.count > 0
        return self._tried[key]


class _Errors:
    """Counts what would be an error, and keeps nothing."""

    def __init__(self) -> None:
        self.count = 0

    def add(self, rule: str, severity: Severity, summary: str, site: Site) -> None:
        self.count += severity == "error"
