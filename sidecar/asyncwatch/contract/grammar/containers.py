"""Lists, objects with keys of the author's, and objects whose form one of their fields tells."""

from __future__ import annotations

from asyncwatch.contract.findings import quote
from asyncwatch.contract.grammar.language import OPAQUE, ByValue, ListOf, MapOf, Text
from asyncwatch.contract.grammar.scalars import fault_of_text, identity, is_component_name
from asyncwatch.contract.grammar.visit import Part, Visit
from asyncwatch.contract.grammar.words import expected, listed, place
from asyncwatch.contract.sites import Site


def check_list(visit: Visit, kind: ListOf, value: list[object], part: Part) -> None:
    """Judge a list's length and the equality of its items, and let the items wait."""
    site = part.site
    if len(value) < kind.least:
        visit.note("document.value", f"{visit.name(part)} is empty, at least {kind.least} is expected", site, part)
    met: dict[object, int] = {}
    for index, inner in enumerate(value):
        item = Site(site.file, (*site.pointer, index), inner)
        if kind.unique:
            first = met.setdefault(identity(visit.behind(item)), index)
            if first != index:
                summary = f"{place(item.pointer, part.owner)} is the same as item {first + 1}"
                visit.note("document.value", summary, item, part)
        visit.add(kind.item, item, part, part.owner)


def check_map(visit: Visit, kind: MapOf, value: dict[str, object], part: Part) -> None:
    """Judge the keys of an object, and let its members wait."""
    site = part.site
    odd: list[str] = []
    for key, inner in value.items():
        member = Site(site.file, (*site.pointer, key), inner)
        expects = kind.value
        if kind.is_component and not is_component_name(key):
            odd.append(key)
            if kind.skips_others:
                expects = OPAQUE
        fault = fault_of_text(kind.key, key) if kind.key is not None else None
        if kind.key is not None and fault is not None:
            wanted = expected(kind.key, visit.specification)
            visit.note("document.value", f"a name in {kind.owner} is {fault}, {wanted} is expected", member, part)
        visit.add(expects, member, part, kind.owner)
    if odd:
        _note_odd_names(visit, kind, odd, part)


def _note_odd_names(visit: Visit, kind: MapOf, odd: list[str], part: Part) -> None:
    """Say once for a whole section that names are not of the form that references and tools can rely on."""
    what = "a name holds" if len(odd) == 1 else f"{len(odd):,} names hold"
    first = Site(part.site.file, (*part.site.pointer, odd[0]), None)
    visit.note(
        "document.component-name",
        f"{what} other signs than letters, digits, '.', '-' and '_' in {kind.owner} of the components: {quote(odd[0])}",
        first, part, severity="warning",
    )  # fmt: skip


def check_by_value(visit: Visit, kind: ByValue, value: dict[str, object], part: Part) -> None:
    """Find out which form an object has, and let it wait as that."""
    site = part.site
    if kind.by not in value and kind.absent is None:
        summary = f"{visit.name(part)} lacks '{kind.by}', which {kind.noun} must have"
        visit.note("document.required", summary, site, part)
        return
    chosen = value.get(kind.by, kind.absent)
    field = Part(kind, Site(site.file, (*site.pointer, kind.by), chosen), kind.noun, part.advisory)
    if field.site.reference is not None:
        target = visit.follow(field)
        if target is None:
            return
        chosen = target.value
    if isinstance(chosen, str) and chosen in kind.kinds:
        visit.add(kind.kinds[chosen], site, part, part.owner)
        return
    if isinstance(chosen, str) and chosen in kind.tolerated:
        if part.advisory is None:
            summary = (
                f"{visit.name(field)} is {quote(chosen)}, which the official tools do not know, so it is not judged; "
                f"they know {listed(tuple(kind.kinds))}"
            )
            visit.note("document.binding", summary, field.site, field, severity="warning")
        visit.add(OPAQUE, site, part, part.owner)
        return
    names = Text(choices=tuple(kind.kinds))
    if isinstance(chosen, str):
        visit.misfit(names, field, fault_of_text(names, chosen) or quote(chosen))
    else:
        visit.wrong_type(names, field)
