"""Schema formats: which language of schemas a `schemaFormat` names, if we can judge by it.

Source: AsyncAPI 3.1, "Schema formats table"; the version of the asyncapi formats is not compared.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

Dialect = Literal["draft-04", "draft-06", "draft-07", "2019-09", "2020-12"]
Family = Literal["json-schema", "openapi-3.0", "avro", "protobuf"]

_SYNTAX: Final = r"(?:\+(?:json|yaml))?"
_ASYNCAPI: Final = re.compile(rf"application/vnd\.aai\.asyncapi{_SYNTAX}", re.IGNORECASE)
_JSON_SCHEMA: Final = re.compile(rf"application/schema{_SYNTAX}", re.IGNORECASE)
_OPENAPI: Final = re.compile(rf"application/vnd\.oai\.openapi{_SYNTAX}", re.IGNORECASE)
_AVRO: Final = re.compile(rf"application/vnd\.apache\.avro{_SYNTAX}", re.IGNORECASE)
_PROTOBUF: Final = re.compile(r"application/vnd\.google\.protobuf", re.IGNORECASE)
_NAMED: Final = re.compile(
    rf"application/raml\+yaml|(?:application|text)/(?:xml|xsd)|application/(?:vnd\.w3c\.)?(?:xml-)?(?:xml|xsd){_SYNTAX}"
    r"|application/xml-schema",
    re.IGNORECASE,
)
_VERSIONS: Final[dict[str, Dialect]] = {
    "draft-04": "draft-04", "draft-4": "draft-04", "draft-06": "draft-06", "draft-6": "draft-06",
    "draft-07": "draft-07", "draft-7": "draft-07", "2019-09": "2019-09", "draft-2019-09": "2019-09",
    "2020-12": "2020-12", "draft-2020-12": "2020-12",
}  # fmt: skip
_WIRE_TYPES: Final[dict[Family, str]] = {"avro": "avro/binary", "protobuf": "application/x-protobuf"}


@dataclass(frozen=True, slots=True)
class SchemaLanguage:
    """How a schema is read: its family, and the dialect of JSON Schema that its values are judged in.

    `has_identifiers`: `$id` and anchors have a say in references, as JSON Schema has it; AsyncAPI and OpenAPI 3.0 know
    JSON References only.
    """

    family: Family
    dialect: Dialect
    has_identifiers: bool = False

    @property
    def keeps_siblings(self) -> bool:
        """Whether keywords beside `$ref` count."""
        return self.dialect in {"2019-09", "2020-12"}

    @property
    def is_json_like(self) -> bool:
        """Whether it is a dialect of JSON Schema, or nearly one."""
        return self.family in {"json-schema", "openapi-3.0"}


_OF_ASYNCAPI: Final = SchemaLanguage("json-schema", "draft-07")


def language_of(schema_format: str) -> SchemaLanguage | None:
    """Give the language of a schema format; None if its schemas are not judged by."""
    media_type, version = _parts(schema_format)
    if _ASYNCAPI.fullmatch(media_type):
        return _OF_ASYNCAPI
    if _JSON_SCHEMA.fullmatch(media_type):
        dialect = _VERSIONS.get(version) if version is not None else "draft-07"
        return SchemaLanguage("json-schema", dialect, has_identifiers=True) if dialect is not None else None
    if _OPENAPI.fullmatch(media_type):
        if version is None or re.match(r"3(?:\.0|$)", version):
            return SchemaLanguage("openapi-3.0", "draft-07")
        return SchemaLanguage("json-schema", "2020-12", has_identifiers=True) if version.startswith("3.") else None
    if _AVRO.fullmatch(media_type):
        return SchemaLanguage("avro", "draft-07")
    if _PROTOBUF.fullmatch(media_type):
        return SchemaLanguage("protobuf", "draft-07")
    return None


def dialect_of(schema_format: str) -> Dialect | None:
    """Give the dialect of JSON Schema that a schema format names; None if it is another language."""
    language = language_of(schema_format)
    return language.dialect if language is not None and language.is_json_like else None


def is_registered(schema_format: str) -> bool:
    """Tell whether the specification lists a format, or users name it often, that we have no reader for."""
    media_type, _ = _parts(schema_format)
    return any(one.fullmatch(media_type) for one in (_NAMED, _OPENAPI, _AVRO, _PROTOBUF))


def wire_type_of(schema_format: str) -> str | None:
    """Give the content type of messages whose document names a schema format but no content type (settled 14).

    None for formats whose values travel as JSON unless somebody says otherwise.
    """
    language = language_of(schema_format)
    return _WIRE_TYPES.get(language.family) if language is not None else None


def _parts(schema_format: str) -> tuple[str, str | None]:
    """Give media type and version."""
    media_type, _, parameters = schema_format[:400].partition(";")
    for parameter in parameters.split(";"):
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "version":
            return media_type.strip(), value.strip().strip('"').lower()
    return media_type.strip(), None
