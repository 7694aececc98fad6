"""Tags: their names are unique in each list.

Source: AsyncAPI 2.6, "Tags Object" of the root, operations and messages. Elsewhere, and since 3.0, only tags that are the
same in every field are refused.
"""

from __future__ import annotations

from collections.abc import Iterator

from asyncwatch.contract.findings import quote
from asyncwatch.contract.rules.survey import Survey
from asyncwatch.contract.sites import Site
from asyncwatch.model.severity import Severity


def unique_tag_names(survey: Survey) -> None:
    """Name each tag that a list holds a second time."""
    for holder, is_demanded in _holders(survey):
        tags: dict[str, Site] = {}
        for _, tag in survey.items(holder, "tags"):
            name = tag.value.get("name") if isinstance(tag.value, dict) else None
            if not isinstance(name, str):
                continue
            first = tags.setdefault(name, tag)
            if first is not tag:
                severity: Severity = "error" if is_demanded or first.value == tag.value else "warning"
                survey.add(
                    "document.duplicate-tag", severity, f"tag {quote(name)} stands twice in one list",
                    tag.child("name") or tag,
                )  # fmt: skip


def _holders(survey: Survey) -> Iterator[tuple[Site, bool]]:
    """Give every object that may have tags, and whether their names must be unique there."""
    is_old = survey.major == 2
    info = survey.inside(survey.root, "info")
    root = survey.root if is_old else info
    if root is not None:
        yield root, is_old
    for server in survey.all_servers:
        yield server.site, False
    if not is_old:
        for channel in [*survey.channels, *survey.component_channels]:
            yield channel.site, False
    for one in [*survey.operations, *survey.component_operations, *survey.messages]:
        yield one.site, is_old
        for trait in survey.traits_of(one.site):
            yield trait, is_old
    for kind in ("operationTraits", "messageTraits"):
        for one in survey.listed(survey.components, kind, "trait"):
            yield one.site, is_old
