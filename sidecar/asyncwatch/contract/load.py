"""An AsyncAPI document to a Contract, tolerantly: a broken part switches off only itself, with a finding."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from asyncwatch.contract import v2, v3
from asyncwatch.contract.document_finding import Position
from asyncwatch.contract.entities import Contract
from asyncwatch.contract.extension import read_extensions
from asyncwatch.contract.fetched import Fetch
from asyncwatch.contract.findings import quote
from asyncwatch.contract.messages import check_content_type
from asyncwatch.contract.parts import Parts
from asyncwatch.contract.references import Documents
from asyncwatch.contract.servers import read_servers
from asyncwatch.contract.sites import Site
from asyncwatch.model.errors import Misconfigured

_VERSION: Final = re.compile(r"(\d{1,4})\.(\d{1,4})\.(\d{1,9})(?:-[\w.-]{1,80})?", re.ASCII)
_READ: Final = "2.0 to 2.6, 3.0 and 3.1 are read"


class NoDocument(Misconfigured):
    """A file that is no AsyncAPI document of a version that is read; `rule` names the finding at `position`."""

    def __init__(self, rule: str, what: str, position: Position, *, hint: str) -> None:
        super().__init__(f"{what} ({position})", hint=hint)
        self.rule = rule
        self.what = what
        self.position = position


def load_contract(
    path: str, read: Callable[[str], bytes], *, folder: str | None = None, fetch: Fetch | None = None
) -> Contract:
    """Read a document and the files it refers to; `read` opens files and may raise OSError.

    References reach files at or below the document's folder or `folder`, and what `fetch` gives.

    Raises: Misconfigured for a file that is no AsyncAPI document of a version that is read; nothing for its parts.
    """
    documents = Documents(path, read, folder, fetch)
    return read_contract(documents, documents.open(), path)


def read_contract(documents: Documents, root: Site, path: str) -> Contract:
    """Read a document that is open.

    Raises: NoDocument if it is none of a version that is read; nothing for its parts.
    """
    parts = Parts(documents, _version(documents, root), None)
    what = "the document"
    parts.default_content_type = parts.text(root, "defaultContentType", what)
    if parts.default_content_type is not None:
        check_content_type(parts, parts.default_content_type, root.child("defaultContentType") or root, what)
    info = parts.mapping(root, "info", "info")
    servers = read_servers(parts, root)
    channels, operations = (v2 if parts.major == 2 else v3).read_channels(parts, root, servers)
    if not channels:
        parts.findings.add("document.no-channel", "warning", "the document has no channel that can be read", root)
    return Contract(
        id=parts.text(root, "id", what), title=parts.text(info, "title", "info") if info is not None else None,
        version=parts.text(info, "version", "info") if info is not None else None, spec_version=parts.spec_version,
        default_content_type=parts.default_content_type, source=path, servers=servers, channels=channels,
        operations=operations, findings=documents.findings.all(), texts=documents.texts(),
        extensions=read_extensions(root),
    )  # fmt: skip


def _version(documents: Documents, root: Site) -> str:
    """Give the version of the specification that a document is written in.

    Raises: NoDocument.
    """
    site = root.child("asyncapi")
    if site is None:
        place = documents.position(root)
        raise NoDocument(
            "document.unrecognised", f"{quote(place.file, 400)} is not an AsyncAPI document", place,
            hint="its first key is `asyncapi`, the version of the specification",
        )  # fmt: skip
    place = documents.position(site)
    if not isinstance(site.value, str):
        raise NoDocument(
            "document.version", "the version of AsyncAPI is no text", place, hint="write it in quotes: '3.0.0'"
        )
    found = _VERSION.fullmatch(site.value.strip())
    if found is None:
        raise NoDocument("document.version", f"{quote(site.value)} is no version of AsyncAPI", place, hint=_READ)
    major, minor = int(found[1]), int(found[2])
    if major == 3 and minor > 1:
        documents.findings.add(
            "document.version", "warning", f"AsyncAPI {major}.{minor} is not known, it is read as 3.1", site
        )
    elif not (major == 3 or (major == 2 and minor <= 6)):
        raise NoDocument("document.version", f"AsyncAPI {quote(site.value)} is not read", place, hint=_READ)
    return site.value.strip()
