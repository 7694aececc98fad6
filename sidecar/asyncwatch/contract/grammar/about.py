"""What a document says about itself and its parts: info, contact, license, tags, external documentation.

Source: AsyncAPI 2.0 to 3.1, the objects of the same names.
"""

from __future__ import annotations

from typing import Final

from asyncwatch.contract.grammar.language import (
    TEXT,
    URI,
    Field,
    Kind,
    ListOf,
    Named,
    Record,
    Referable,
    Table,
    Text,
    required,
)

_CONTACT: Final = Record("the contact", {"name": TEXT, "url": URI, "email": Text(format="email")})
_LICENSE: Final = Record("the license", {"name": required(TEXT), "url": URI})
_EXTERNAL_DOCS: Final = Record("external documentation", {"url": required(URI), "description": TEXT})
_INFO: Final[dict[str, Field | Kind]] = {
    "title": required(TEXT), "version": required(TEXT), "description": TEXT, "termsOfService": URI,
    "contact": Named("contact"), "license": Named("license"),
}  # fmt: skip
# That no tag stands twice is a rule of documents: it looks at names.
_TAG: Final[dict[str, Field | Kind]] = {"name": required(TEXT), "description": TEXT}
_COMMON: Final[Table] = {"contact": _CONTACT, "license": _LICENSE, "external docs": _EXTERNAL_DOCS}

ABOUT_V2: Final[Table] = {
    **_COMMON,
    "external docs or reference": Named("external docs"),
    "tag": Record("a tag", _TAG | {"externalDocs": Named("external docs")}),
    "tags": ListOf(Named("tag")),
    "info": Record(
        "info",
        _INFO,
        moved={"tags": "`tags` of the root in 2.x", "externalDocs": "`externalDocs` of the root in 2.x"},
    ),
}
ABOUT_V3: Final[Table] = {
    **_COMMON,
    "external docs or reference": Referable(Named("external docs")),
    "tag": Record("a tag", _TAG | {"externalDocs": Named("external docs or reference")}),
    "tags": ListOf(Referable(Named("tag"))),
    "info": Record(
        "info",
        _INFO
        | {
            "tags": Named("tags"),
            "externalDocs": Named("external docs or reference"),
            "x-x": TEXT,
            "x-linkedin": Text(pattern=r"https?://(?:www\.)?linkedin\.com.*", expected="an address of linkedin.com"),
        },
    ),
}
