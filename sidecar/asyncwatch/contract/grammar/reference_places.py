"""References: where they may stand, and what they lead to."""

from __future__ import annotations

from typing import Final

from asyncwatch.contract.grammar.language import ByValue, Kind, Named, Record, Referable, Referred
from asyncwatch.contract.grammar.specification import SECTIONS
from asyncwatch.contract.grammar.visit import Part, Visit
from asyncwatch.contract.grammar.words import expected, noun
from asyncwatch.contract.sites import Pointer, Site

_ROOT_SECTIONS: Final = frozenset({"servers", "channels", "operations"})
_SECTION_KINDS: Final = frozenset(SECTIONS.values()) - {"schema"}


def through_reference(visit: Visit, kind: Referable | Referred, part: Part) -> bool:
    """Lead a part on to what its reference, if it is one, stands for; False if that cannot be judged."""
    site = part.site
    if site.reference is None:
        if isinstance(kind, Referred) and isinstance(site.value, dict):
            summary = f"{visit.name(part)} is written out, a reference is expected"
            visit.note("document.reference-place", summary, site, part, severity="warning")
        return True
    version = visit.specification
    if isinstance(kind, Referable) and version.major == 2:
        if version.minor < kind.since:
            return True  # the object itself is expected, and says so
        if version.minor in kind.refused:
            summary = f"{visit.name(part)} is a reference: the official tools of this version refuse it"
            visit.note("document.reference-place", summary, site, part, severity="warning")
    target = visit.follow(part)
    if target is None or _leads_elsewhere(visit, kind.kind, target, part):
        return False
    part.site, part.owner = target, None
    return True


def _leads_elsewhere(visit: Visit, kind: Kind, target: Site, part: Part) -> bool:
    """Tell, with a finding, whether a reference leads to another kind of object than is expected."""
    if not isinstance(kind, Named) or kind.name not in _SECTION_KINDS:
        return False
    section = _section_of(target.pointer)
    if section is None or section == kind.name or not visit.has_errors(kind, target):
        return False
    table = visit.specification
    there = noun(Named(section), table) if section in table.table else "something else"
    visit.note(
        "document.reference-kind",
        f"{visit.name(part)} leads to {there}, {noun(kind, table)} is expected", part.site, part,
    )  # fmt: skip
    return True


def check_misplaced(visit: Visit, kind: Kind, part: Part) -> None:
    """Report a reference where the specification has none, and follow it where the official tools do."""
    site = part.site
    # The official tools look for it in the text of the document itself only.
    is_looked_at = site.file == visit.main_file and not any(
        isinstance(step, str) and step.startswith("x-") for step in site.pointer
    )
    is_refused = _is_closed(kind) and is_looked_at and part.advisory is None
    visit.note(
        "document.reference-place",
        f"{visit.name(part)} is a reference, but none may stand here: "
        f"{expected(kind, visit.specification)} is expected",
        site, part, severity="error" if is_refused else "warning",
    )  # fmt: skip
    target = visit.follow(part)
    if target is not None and not is_refused:
        visit.add(kind, target, part, None)


def _is_closed(kind: Kind) -> bool:
    """Tell whether an object has no room for other fields than its own, so that `$ref` is one too many."""
    if isinstance(kind, ByValue):
        return any(_is_closed(one) for one in kind.kinds.values())
    return isinstance(kind, Record) and not kind.is_open


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
