"""The way through a document along the table of its version.

Rule 1: references are followed as edges; what they lead to is judged once for each kind that is expected of it, so
recursive schemas end and the work is bounded by the files' size.
Rule 2: nothing recurses: parts wait on a list, so depth costs no stack.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Protocol

from asyncwatch.contract.findings import quote
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
from asyncwatch.contract.grammar.scalars import (
    fault_of_text,
    fits_number,
    identity,
    is_component_name,
    is_number,
)
from asyncwatch.contract.grammar.specification import SECTIONS, Specification
from asyncwatch.contract.grammar.words import expected, expected_number, listed, place, shown_kind
from asyncwatch.contract.references import Documents, Unresolvable
from asyncwatch.contract.sites import Pointer, Site, kind_of
from asyncwatch.model.severity import Severity

_MOST_VISITS: Final = 4_000_000
_ROOT_SECTIONS: Final = frozenset({"servers", "channels", "operations"})
_SECTION_KINDS: Final = frozenset(SECTIONS.values()) - {"schema"}


class Notes(Protocol):
    """Where findings go."""

    def add(self, rule: str, severity: Severity, summary: str, site: Site) -> None:
        """Note a fault at a site."""
        ...


class Waiting:
    """A part that is still to be judged: `owner` is what it belongs to, `advisory` the rule of a part that only warns."""

    __slots__ = ("advisory", "kind", "owner", "site")

    def __init__(self, kind: Kind, site: Site, owner: str | None, advisory: str | None) -> None:
        self.kind = kind
        self.site = site
        self.owner = owner
        self.advisory = advisory


class _Errors:
    """Counts what would be an error, and keeps nothing."""

    def __init__(self) -> None:
        self.count = 0

    def add(self, rule: str, severity: Severity, summary: str, site: Site) -> None:
        self.count += severity == "error"


class Walk:
    """Judges parts of a document by the table of one version."""

    def __init__(self, documents: Documents, specification: Specification, notes: Notes, main_file: str) -> None:
        self.documents = documents
        self.specification = specification
        self._notes = notes
        self._main_file = main_file
        self._seen: set[tuple[int, int, str | None]] = set()
        self._misfits: dict[tuple[str, int], bool] = {}
        self._waiting: list[Waiting] = []
        self._next: list[Waiting] = []
        self._left = _MOST_VISITS
        self._is_trial = False

    def run(self, kind: Kind, site: Site, owner: str | None = None) -> None:
        """Judge a site, and everything below and behind it."""
        waiting = self._waiting
        waiting.append(Waiting(kind, site, owner, None))
        while waiting:
            self._left -= 1
            if self._left < 0:
                self.note(
                    "document.unexamined", "the rest of the document is not judged: it has too many parts", site,
                    severity="info",
                )  # fmt: skip
                return
            self._judge(waiting.pop())
            if self._next:
                waiting.extend(reversed(self._next))
                self._next.clear()

    def add(self, kind: Kind, site: Site, owner: str | None, advisory: str | None) -> None:
        """Let a part wait for its turn."""
        if kind is OPAQUE and not isinstance(site.value, dict | list):
            return
        self._next.append(Waiting(kind, site, owner, advisory))

    def note(
        self, rule: str, summary: str, site: Site, advisory: str | None = None, *, severity: Severity = "error"
    ) -> None:
        """Report a fault; in a part that only warns, under that part's rule."""
        if advisory is not None:
            rule, severity = advisory, "warning"
        self._notes.add(rule, severity, summary, site)

    def _judge(self, one: Waiting) -> None:
        """Find out what kind a part has to be, and hold it against it."""
        kind, site = one.kind, one.site
        while True:
            match kind:
                case Named():
                    kind = self.specification.table[kind.name]
                case Choice():
                    kind = kind.choose(site.value)
                case Referable() | Referred():
                    followed = self._follow_if_reference(kind, site, one)
                    if followed is None:
                        return
                    kind, site = kind.kind, followed
                case Advisory():
                    one.advisory = kind.rule
                    kind = kind.kind
                case Doubted():
                    if one.advisory is None:
                        self.note(
                            "document.binding", f"{place(site.pointer, one.owner)}: {kind.why}", site,
                            severity="warning",
                        )  # fmt: skip
                    kind = kind.kind
                case Both():
                    for other in kind.kinds[1:]:
                        self.add(other, site, one.owner, one.advisory)
                    kind = kind.kinds[0]
                case AnyOf():
                    kind = next((branch for branch in kind.kinds if not self._has_errors(branch, site)), kind.kinds[0])
                case _:
                    break
        self._judge_value(kind, site, one)

    def _judge_value(self, kind: Kind, site: Site, one: Waiting) -> None:
        value = site.value
        match kind:
            case Text():
                if isinstance(value, str):
                    fault = fault_of_text(kind, value)
                    if fault is not None:
                        self._misfit(kind, site, one, fault)
                elif not (kind.or_null and value is None):
                    self._wrong_type(kind, site, one)
            case Flag():
                if not isinstance(value, bool):
                    self._wrong_type(kind, site, one)
            case Number():
                if not isinstance(value, int | float) or not is_number(kind, value):
                    self._wrong_type(kind, site, one)
                elif not fits_number(kind, value):
                    self._misfit(kind, site, one, f"{value:g}" if isinstance(value, float) else str(value)[:40])
            case Data():
                if kind.types and kind_of(value) not in kind.types:
                    self._wrong_type(kind, site, one)
            case _:
                if isinstance(value, dict | list):
                    seen = (id(kind), id(value), one.advisory)
                    if seen in self._seen:
                        return
                    self._seen.add(seen)
                self._judge_whole(kind, site, one)

    def _judge_whole(self, kind: Kind, site: Site, one: Waiting) -> None:
        value = site.value
        match kind:
            case Opaque():
                self._opaque(site, one)
            case ListOf() if isinstance(value, list):
                self._list(kind, site, value, one)
            case MapOf() | Record() | ByValue() if isinstance(value, dict):
                if site.reference is not None:
                    self._misplaced_reference(kind, site, one)
                elif isinstance(kind, MapOf):
                    self._map(kind, site, value, one)
                elif isinstance(kind, Record):
                    check_record(self, kind, site, value, one)
                else:
                    self._by_value(kind, site, value, one)
            case _:
                self._wrong_type(kind, site, one)

    def _wrong_type(self, kind: Kind, site: Site, one: Waiting) -> None:
        if site.reference is not None and not isinstance(kind, Data):
            self._misplaced_reference(kind, site, one)
            return
        self.note(
            "document.type",
            f"{place(site.pointer, one.owner)} is {shown_kind(site.value)}, "
            f"{expected(kind, self.specification)} is expected",
            site, one.advisory,
        )  # fmt: skip

    def _misfit(self, kind: Kind, site: Site, one: Waiting, what: str) -> None:
        wanted = expected_number(kind) if isinstance(kind, Number) else expected(kind, self.specification)
        self.note(
            "document.value", f"{place(site.pointer, one.owner)} is {what}, {wanted} is expected", site, one.advisory
        )

    def _list(self, kind: ListOf, site: Site, value: list[object], one: Waiting) -> None:
        if len(value) < kind.least:
            self.note(
                "document.value", f"{place(site.pointer, one.owner)} is empty, at least {kind.least} is expected",
                site, one.advisory,
            )  # fmt: skip
        met: dict[object, int] = {}
        for index, inner in enumerate(value):
            item = Site(site.file, (*site.pointer, index), inner)
            if kind.unique:
                first = met.setdefault(self._identity(item), index)
                if first != index:
                    self.note(
                        "document.value", f"{place(item.pointer, one.owner)} is the same as item {first + 1}", item,
                        one.advisory,
                    )  # fmt: skip
            self.add(kind.item, item, one.owner, one.advisory)

    def _identity(self, item: Site) -> object:
        return identity(self._behind(item))

    def _map(self, kind: MapOf, site: Site, value: dict[str, object], one: Waiting) -> None:
        odd: list[str] = []
        for key, inner in value.items():
            member = Site(site.file, (*site.pointer, key), inner)
            expects = kind.value
            if kind.is_component and not is_component_name(key):
                odd.append(key)
                if kind.skips_others:
                    expects = OPAQUE
            if kind.key is not None:
                fault = fault_of_text(kind.key, key)
                if fault is not None:
                    self.note(
                        "document.value",
                        f"the name {fault} in {kind.owner}: {expected(kind.key, self.specification)} is expected",
                        member, one.advisory,
                    )  # fmt: skip
            self.add(expects, member, kind.owner, one.advisory)
        if odd:
            first = Site(site.file, (*site.pointer, odd[0]), None)
            what = "the name" if len(odd) == 1 else f"{len(odd):,} names"
            self.note(
                "document.component-name",
                f"{what} in {kind.owner} ({quote(odd[0])}) hold other signs than letters, digits, '.', '-' and '_'"
                if len(odd) > 1 else
                f"the name {quote(odd[0])} in {kind.owner} holds other signs than letters, digits, '.', '-' and '_'",
                first, severity="warning",
            )  # fmt: skip

    def _by_value(self, kind: ByValue, site: Site, value: dict[str, object], one: Waiting) -> None:
        chosen = self.seen_through(site, value).get(kind.by) if kind.by in value else kind.absent
        if chosen is None and kind.by not in value:
            self.note(
                "document.required",
                f"{place(site.pointer, one.owner)} lacks '{kind.by}', which {kind.noun} must have", site, one.advisory,
            )  # fmt: skip
            return
        if isinstance(chosen, str) and chosen in kind.kinds:
            self.add(kind.kinds[chosen], site, one.owner, one.advisory)
            return
        field = Site(site.file, (*site.pointer, kind.by), chosen)
        if isinstance(chosen, str) and chosen in kind.tolerated:
            if one.advisory is None:
                self.note(
                    "document.binding",
                    f"{place(field.pointer, kind.noun)} is {quote(chosen)}, a version that the official tools do not "
                    f"know: it is not judged (they know {listed(tuple(kind.kinds))})", field, severity="warning",
                )  # fmt: skip
            self.add(OPAQUE, site, one.owner, one.advisory)
            return
        names = Text(choices=tuple(dict.fromkeys(kind.kinds)))
        self._judge_value(names, field, Waiting(names, field, kind.noun, one.advisory))

    def _opaque(self, site: Site, one: Waiting) -> None:
        """Follow the references in a part that is not judged."""
        if site.reference is not None:
            target = self.follow(site, one)
            if target is not None:
                self.add(OPAQUE, target, None, one.advisory)
            return
        for _, member in site.members():
            self.add(OPAQUE, member, one.owner, one.advisory)
        for item in site.items():
            self.add(OPAQUE, item, one.owner, one.advisory)

    def seen_through(self, site: Site, value: Mapping[str, object]) -> Mapping[str, object]:
        """Give an object with what its members' references lead to."""
        if not any(isinstance(inner, dict) and "$ref" in inner for inner in value.values()):
            return value
        return {key: self._behind(Site(site.file, (*site.pointer, key), inner)) for key, inner in value.items()}

    def _behind(self, site: Site) -> object:
        try:
            return self.documents.follow(site).value
        except Unresolvable:
            return site.value

    def follow(self, site: Site, one: Waiting) -> Site | None:
        """Give what a reference leads to; None, with a finding, if it leads nowhere."""
        try:
            return self.documents.follow(site)
        except Unresolvable as error:
            # The official tools resolve every reference, also those in parts that they do not look at.
            self._notes.add(error.rule, "error", f"{place(site.pointer, one.owner)}: {error.message}", site)
            return None

    def _follow_if_reference(self, kind: Referable | Referred, site: Site, one: Waiting) -> Site | None:
        """Give what a part stands for: itself, or the end of its references; None if it cannot be judged."""
        if site.reference is None:
            if isinstance(kind, Referred) and isinstance(site.value, dict):
                self.note(
                    "document.reference-place",
                    f"{place(site.pointer, one.owner)} is written out, a reference is expected", site, one.advisory,
                    severity="warning",
                )  # fmt: skip
            return site
        if isinstance(kind, Referable):
            if self.specification.minor < kind.since and self.specification.major == 2:
                return site  # the object itself is expected, and says so
            if self.specification.minor in kind.refused and self.specification.major == 2:
                self.note(
                    "document.reference-place",
                    f"{place(site.pointer, one.owner)} is a reference: the official tools of this version refuse it",
                    site, one.advisory, severity="warning",
                )  # fmt: skip
        target = self.follow(site, one)
        if target is None or self._leads_elsewhere(kind.kind, site, target, one):
            return None
        one.owner = None
        return target

    def _leads_elsewhere(self, kind: Kind, site: Site, target: Site, one: Waiting) -> bool:
        """Tell, with a finding, whether a reference leads to another kind of object than is expected."""
        if self._is_trial or not isinstance(kind, Named) or kind.name not in _SECTION_KINDS:
            return False
        section = _section_of(target.pointer)
        if section is None or section == kind.name:
            return False
        key = (kind.name, id(target.value))
        if key not in self._misfits:
            self._misfits[key] = self._has_errors(kind, target)
        if not self._misfits[key]:
            return False
        there = expected(Named(section), self.specification) if section in self.specification.table else "a value"
        self.note(
            "document.reference-kind",
            f"{place(site.pointer, one.owner)} leads to {there}, {expected(kind, self.specification)} is expected",
            site, one.advisory,
        )  # fmt: skip
        return True

    def _misplaced_reference(self, kind: Kind, site: Site, one: Waiting) -> None:
        """Report a reference where the specification has none, and follow it where the official tools do."""
        is_closed = isinstance(kind, ByValue) or (isinstance(kind, Record) and not kind.is_open)
        # The official tools look for it in the text of the document itself only.
        is_looked_at = site.file == self._main_file and not any(
            isinstance(part, str) and part.startswith("x-") for part in site.pointer
        )
        is_refused = is_closed and is_looked_at and one.advisory is None
        self.note(
            "document.reference-place",
            f"{place(site.pointer, one.owner)} is a reference, {expected(kind, self.specification)} is expected: "
            "no reference may stand here",
            site, one.advisory, severity="error" if is_refused else "warning",
        )  # fmt: skip
        target = self.follow(site, one)
        if target is not None and not is_refused:
            self.add(kind, target, None, one.advisory)

    def _has_errors(self, kind: Kind, site: Site) -> bool:
        """Tell whether a site does not fit a kind, without a finding."""
        errors = _Errors()
        trial = Walk(self.documents, self.specification, errors, self._main_file)
        trial._is_trial = True
        trial._left = min(self._left, 20_000)
        trial.run(kind, site)
        self._left -= 1
        return errors.count > 0


def _section_of(pointer: Pointer) -> str | None:
    """Name the kind of object that stands at a place of a document; None if the place does not tell."""
    match pointer:
        case ("components", str() as section, _):
            return SECTIONS.get(section)
        case (str() as section, _) if section in _ROOT_SECTIONS:
            return SECTIONS[section]
        case ("channels", _, "messages", _):
            return "message"
        case _:
            return None
