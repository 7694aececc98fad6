"""Reading the parts of a document tolerantly: what is wrong becomes a finding, and the rest is read on."""

from __future__ import annotations

from asyncwatch.contract.document_finding import Position
from asyncwatch.contract.entities import Message
from asyncwatch.contract.findings import Findings
from asyncwatch.contract.references import Documents, Unresolvable
from asyncwatch.contract.schemas import SchemaReader
from asyncwatch.contract.sites import Pointer, Site, kind_of


class Parts:
    """A document while it is read: its files, its schemas, and what was found wrong so far."""

    def __init__(self, documents: Documents, spec_version: str, default_content_type: str | None) -> None:
        self.documents = documents
        self.findings: Findings = documents.findings
        self.schemas = SchemaReader(documents)
        self.spec_version = spec_version
        self.major = int(spec_version[0])
        self.default_content_type = default_content_type
        self.messages: dict[tuple[str, Pointer], Message] = {}
        """Messages that were read already, by the place where they are described."""

    def follow(self, site: Site, what: str) -> Site | None:
        """Give what a site stands for; None, with a finding, if its reference leads nowhere."""
        try:
            return self.documents.follow(site)
        except Unresolvable as error:
            self.findings.add(error.rule, "error", f"{what} is left out: {error.message}", site)
            return None

    def mapping(self, parent: Site, key: str, what: str) -> Site | None:
        """Give a member that must be a mapping, followed; None if it is absent or broken."""
        site = parent.child(key)
        if site is None or site.value is None:
            return None
        followed = self.follow(site, what)
        return followed if followed is not None and self.expect_mapping(followed, what) else None

    def expect_mapping(self, site: Site, what: str) -> bool:
        """Tell whether a site holds an object; if not, a finding says so."""
        if isinstance(site.value, dict):
            return True
        self.findings.add("document.type", "error", f"{what} is {_shown(site.value)}, an object is expected", site)
        return False

    def text(self, parent: Site, key: str, what: str) -> str | None:
        """Give a member that must be text; None if it is absent or of another type."""
        site = parent.child(key)
        if site is None or site.value is None:
            return None
        if isinstance(site.value, str):
            return site.value
        self.findings.add(
            "document.type", "warning", f"{key} of {what} is {_shown(site.value)}, text is expected", site
        )
        return None

    def written(self, parent: Site, key: str, what: str) -> str | None:
        """Give a member that must be text; a number or boolean counts as what is written there."""
        site = parent.child(key)
        if site is None or isinstance(site.value, str) or not isinstance(site.value, int | float):
            return self.text(parent, key, what)
        self.text(parent, key, what)
        return scalar_text(site.value)

    def texts(self, parent: Site, key: str, what: str) -> tuple[str, ...] | None:
        """Give a member that must be a list of texts, as those are written; None if it is absent or no list."""
        site = parent.child(key)
        if site is None or site.value is None:
            return None
        if not isinstance(site.value, list):
            self.findings.add(
                "document.type", "warning", f"{key} of {what} is {_shown(site.value)}, a list is expected", site
            )
            return None
        return tuple(scalar_text(one) for one in site.value if isinstance(one, str | int | float))

    def position(self, site: Site) -> Position:
        """Give the place of a site."""
        return self.documents.position(site)


def scalar_text(value: str | float) -> str:
    """Write a scalar of a document as text."""
    return value if isinstance(value, str) else str(value).lower() if isinstance(value, bool) else str(value)


def _shown(value: object) -> str:
    kind = kind_of(value)
    return kind if kind == "null" else f"an {kind}" if kind[0] in "aeio" else f"a {kind}"
