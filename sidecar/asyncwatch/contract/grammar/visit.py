"""What judging a part of a document needs: where findings go, which parts wait, what references lead to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from asyncwatch.contract.grammar.language import OPAQUE, Kind, Number
from asyncwatch.contract.grammar.specification import Specification
from asyncwatch.contract.grammar.words import expected, expected_number, place, shown_kind
from asyncwatch.contract.references import Documents, Unresolvable
from asyncwatch.contract.sites import Site
from asyncwatch.model.severity import Severity


class Notes(Protocol):
    """Where findings go."""

    def add(self, rule: str, severity: Severity, summary: str, site: Site) -> None:
        """Note a fault at a site."""
        ...


class Part:
    """A part of a document and what is expected of it.

    `owner` is what it belongs to, None if its pointer tells; `advisory` the rule of a part in which faults are warnings.
    """

    __slots__ = ("advisory", "kind", "owner", "site")

    def __init__(self, kind: Kind, site: Site, owner: str | None, advisory: str | None) -> None:
        self.kind = kind
        self.site = site
        self.owner = owner
        self.advisory = advisory


class Visit:
    """The way through a document: what was found, and what waits to be judged."""

    def __init__(self, documents: Documents, specification: Specification, notes: Notes, main_file: str) -> None:
        self.documents = documents
        self.specification = specification
        self.main_file = main_file
        self.next: list[Part] = []
        self.errors = 0
        self.faults = 0
        """Errors and warnings."""
        self._notes = notes

    def add(self, kind: Kind, site: Site, part: Part, owner: str | None) -> None:
        """Let something inside, or behind, a part wait for its turn."""
        if kind is not OPAQUE or isinstance(site.value, dict | list):
            self.next.append(Part(kind, site, owner, part.advisory))

    def note(self, rule: str, summary: str, site: Site, part: Part, *, severity: Severity = "error") -> None:
        """Report a fault; in a part that is only advised on, as a warning of that part's rule."""
        if part.advisory is not None:
            rule, severity = part.advisory, "warning"
        self._count(severity)
        self._notes.add(rule, severity, summary, site)

    def _count(self, severity: Severity) -> None:
        self.faults += 1
        self.errors += severity == "error"

    def name(self, part: Part) -> str:
        """Name a part in a sentence."""
        return place(part.site.pointer, part.owner)

    def misfit(self, kind: Kind, part: Part, what: str) -> None:
        """Report a value of the right type that is none of those that are expected."""
        wanted = expected_number(kind) if isinstance(kind, Number) else expected(kind, self.specification)
        self.note("document.value", f"{self.name(part)} is {what}, {wanted} is expected", part.site, part)

    def wrong_type(self, kind: Kind, part: Part) -> None:
        """Report a value of another type than is expected."""
        what, wanted = shown_kind(part.site.value), expected(kind, self.specification)
        self.note("document.type", f"{self.name(part)} is {what}, {wanted} is expected", part.site, part)

    def follow(self, part: Part) -> Site | None:
        """Give what a part's reference leads to; None, with a finding, if it leads nowhere."""
        try:
            return self.documents.follow(part.site)
        except Unresolvable as error:
            # The official tools resolve every reference, also those in parts that they do not look at.
            self._count("error")
            self._notes.add(error.rule, "error", f"{self.name(part)}: {error.message}", part.site)
            return None

    def behind(self, site: Site) -> object:
        """Give the value that a site stands for, its own if its reference leads nowhere."""
        try:
            return self.documents.follow(site).value
        except Unresolvable:
            return site.value

    def seen_through(self, site: Site, value: Mapping[str, object]) -> Mapping[str, object]:
        """Give an object with what its members' references lead to."""
        if not any(isinstance(inner, dict) and "$ref" in inner for inner in value.values()):
            return value
        return {key: self.behind(Site(site.file, (*site.pointer, key), inner)) for key, inner in value.items()}

    def has_errors(self, kind: Kind, site: Site) -> bool:
        """Tell whether a site does not fit a kind, without a finding."""
        raise NotImplementedError
