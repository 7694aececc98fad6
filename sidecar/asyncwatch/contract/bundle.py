"""A schema with everything it refers to as one schema without outside references.

Every target of a reference stands once in `definitions`, under the last part of its pointer, so recursive schemas stay
finite; a root that is referred to stands there too. Identifiers are resolved and left out: what a dynamic reference
means depends on the way to it, so its target stands once for each way. Parts in other formats are restated in the
newest dialect among them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import quote, unquote

from asyncwatch.contract.formats.openapi import restate_openapi
from asyncwatch.contract.identifiers import Identifiers, Plain, Scope
from asyncwatch.contract.keywords import LISTS, MAPS, SINGLE, subschemas
from asyncwatch.contract.newer_dialect import DIALECTS, restate
from asyncwatch.contract.origins import Origins
from asyncwatch.contract.references import Documents, Unresolvable
from asyncwatch.contract.schema_format import Dialect, SchemaLanguage, language_of
from asyncwatch.contract.sites import Pointer, Site

Bundle = dict[str, object] | bool

_MOST_PARTS: Final = 200_000
_MOST_STEPS: Final = 100
_MOST_WAYS: Final = 2_000
"""Definitions that are reached under dynamic anchors: each combination of anchors is one of its own."""
_DEFINITIONS: Final = "#/definitions/"
_METASCHEMAS: Final[dict[str, Dialect]] = {
    "http://json-schema.org/draft-04/schema": "draft-04", "http://json-schema.org/draft-06/schema": "draft-06",
    "http://json-schema.org/draft-07/schema": "draft-07",
    "https://json-schema.org/draft/2019-09/schema": "2019-09",
    "https://json-schema.org/draft/2020-12/schema": "2020-12",
}  # fmt: skip
"""Schemas of schemas, which the engine has with it."""
_IDENTIFIERS: Final[frozenset[str]] = frozenset(
    {"$schema", "$id", "$anchor", "$dynamicAnchor", "$recursiveAnchor", "$vocabulary"}
)
_REFERENCES: Final[frozenset[str]] = frozenset({"$ref", "$dynamicRef", "$recursiveRef"})
_DYNAMIC: Final[dict[Dialect, str]] = {"2019-09": "$recursiveRef", "2020-12": "$dynamicRef"}
_NO_SCOPE: Final[Scope] = {}

_Key = tuple[str, Pointer, str, tuple[tuple[str, str, Pointer], ...]]


class UnusableSchema(Unresolvable):
    """A schema that cannot be put together; `site` is the part at which that ends."""

    def __init__(self, message: str, rule: str, site: Site) -> None:
        super().__init__(message, rule)
        self.site = site


@dataclass(frozen=True, slots=True)
class Bundled:
    """A schema without outside references, the dialect it is written in, and where its parts stand."""

    bundle: Bundle
    dialect: Dialect
    origins: Origins
    description: Bundle | None = None
    """What it says about the shape of values, where `bundle` allows further ways to write them; None = the same."""
    native: object | None = None
    """What a decoder of the format's own bytes goes by."""


def bundle_schema(documents: Documents, site: Site, language: SchemaLanguage, plain: Plain) -> Bundled:
    """Put a schema and everything it refers to into one, and tell where its parts come from.

    `plain` is what is known of the document's identifiers; it grows.

    Raises: UnusableSchema.
    """
    dialect = language.dialect
    while True:
        bundler = _Bundler(documents, language, dialect, plain)
        bundler.at = site
        try:
            bundle = bundler.run(site)
        except Unresolvable as error:
            raise UnusableSchema(error.message, error.rule, bundler.at) from error
        if bundler.newest == dialect:
            return Bundled(bundle, dialect, Origins(documents, bundler.root, bundler.definitions))
        dialect = bundler.newest


class _Bundler:
    def __init__(self, documents: Documents, language: SchemaLanguage, dialect: Dialect, plain: Plain) -> None:
        self._documents = documents
        self._plain = plain
        self._language = language
        self._dialect = dialect
        self._identifiers: dict[Dialect, Identifiers] = {}
        self._names: dict[_Key, str] = {}
        self._taken: set[str] = set()
        self._waiting: list[tuple[str, Site, SchemaLanguage, Scope]] = []
        self._parts = 0
        self._ways = 0
        self.newest = dialect
        """The newest dialect of a part; where it is newer than the bundle's, the bundle has to be made again."""
        self.at: Site
        """The part that is being read."""
        self.root: Site
        self.definitions: dict[str, Site] = {}

    def run(self, site: Site) -> Bundle:
        language = self._language
        end = self._follow(site, language)  # also where siblings count: a circle is found
        root, language = (site, language) if language.keeps_siblings else self._unwrap(end, language)
        self.root = root
        scope = self._scope_in(root, language, _NO_SCOPE)
        bundled = self._schema(root, language, scope)
        definitions: dict[str, object] = {}
        while self._waiting:
            name, target, inner_language, inner_scope = self._waiting.pop()
            definitions[name] = self._schema(target, inner_language, inner_scope)
            self.definitions[name] = target
        if isinstance(bundled, bool):
            return bundled
        own = self._names.get(_key(root, language, scope)) if self._documents.is_original(root) else None
        if own is not None:
            bundled = {"$ref": write_definition(own)}
        if definitions:
            bundled["definitions"] = dict(sorted(definitions.items()))
        return bundled

    def _schema(self, site: Site, language: SchemaLanguage, scope: Scope) -> dict[str, object] | bool:
        self._parts += 1
        self.at = site
        if self._parts > _MOST_PARTS:
            raise Unresolvable(f"a schema with more than {_MOST_PARTS:,} parts", "document.schema")
        value = site.value
        if isinstance(value, bool):
            return value
        if not isinstance(value, dict):
            raise Unresolvable("a schema must be an object, true or false", "document.schema")
        scope = self._scope_in(site, language, scope)
        bundled: dict[str, object] = {}
        reference = site.reference
        if reference is not None:
            bundled["$ref"] = self._reference(site, reference, language, scope)
            if not language.keeps_siblings:
                return bundled
        for key, part in site.members():
            self._member(bundled, key, part, language, scope)
        self.at = site
        dynamic = self._dynamic_reference(site, language, scope)
        if dynamic is not None:
            beside = bundled.get("allOf")
            if "$ref" not in bundled:
                bundled["$ref"] = dynamic
            else:
                bundled["allOf"] = [*(beside if isinstance(beside, list) else ()), {"$ref": dynamic}]
        if language.family == "openapi-3.0":
            bundled = restate_openapi(bundled)
        return bundled if language.dialect == self._dialect else restate(bundled, language.dialect, self._dialect)

    def _member(self, bundled: dict[str, object], key: str, part: Site, language: SchemaLanguage, scope: Scope) -> None:
        value = part.value
        if key in _IDENTIFIERS or (key == "id" and isinstance(value, str)):
            return
        if key in _REFERENCES and isinstance(value, str):
            return
        if key in {"definitions", "$defs"}:
            return
        if key in MAPS and isinstance(value, dict):
            bundled[key] = {
                name: inner.value if isinstance(inner.value, list) else self._schema(inner, language, scope)
                for name, inner in part.members()
            }
        elif key in LISTS and isinstance(value, list):
            bundled[key] = [self._schema(item, language, scope) for item in part.items()]
        elif key in SINGLE and isinstance(value, dict | bool):
            bundled[key] = self._schema(part, language, scope)
        else:
            bundled[key] = value

    def _dynamic_reference(self, site: Site, language: SchemaLanguage, scope: Scope) -> str | None:
        """Give the reference that a dynamic one comes to on this way."""
        keyword = _DYNAMIC.get(language.dialect)
        reference = site.value.get(keyword) if keyword is not None and isinstance(site.value, dict) else None
        if not isinstance(reference, str) or not language.has_identifiers:
            return None
        address = reference.partition("#")[0]
        if address in _METASCHEMAS:
            return reference
        target = self._identifiers_of(language).resolve_dynamic(site, reference, scope)
        return self._name(target, language, scope)

    def _reference(self, site: Site, reference: str, language: SchemaLanguage, scope: Scope) -> str:
        """Give the reference to a target inside the bundle, and see that it will stand there."""
        if reference.removesuffix("#") in _METASCHEMAS:
            return reference
        end = self._follow(site, language)
        return self._name(self._step(site, reference, language) if language.keeps_siblings else end, language, scope)

    def _name(self, target: Site, language: SchemaLanguage, scope: Scope) -> str:
        target, language = self._unwrap(target, language)
        if language.has_identifiers and target.file != self.root.file:
            language = self._own_language(target, language)
        scope = self._scope_in(target, language, scope)
        key = _key(target, language, scope)
        name = self._names.get(key)
        if name is None:
            self._ways += 1 if scope else 0
            if self._ways > _MOST_WAYS:
                raise Unresolvable(f"dynamic references on more than {_MOST_WAYS:,} ways", "document.schema")
            name = self._names[key] = self._free_name(target)
            self._waiting.append((name, target, language, scope))
        return write_definition(name)

    def _step(self, site: Site, reference: str, language: SchemaLanguage) -> Site:
        if language.has_identifiers:
            return self._identifiers_of(language).resolve(site, reference)
        return self._documents.resolve(site.file, reference)

    def _follow(self, site: Site, language: SchemaLanguage) -> Site:
        """Give the end of a chain of references."""
        if not language.has_identifiers:
            return self._documents.follow(site)
        for _ in range(_MOST_STEPS):
            reference = site.reference
            if reference is None or reference.removesuffix("#") in _METASCHEMAS:
                return site
            site = self._step(site, reference, language)
        raise Unresolvable("the reference goes round in a circle", "document.reference-loop")

    def _unwrap(self, site: Site, language: SchemaLanguage) -> tuple[Site, SchemaLanguage]:
        """Take the schema out of a Multi Format Schema Object, with the language it is written in."""
        for _ in range(_MOST_STEPS):
            schema_format = site.value.get("schemaFormat") if isinstance(site.value, dict) else None
            inner = site.child("schema") if isinstance(schema_format, str) else None
            if inner is None or not isinstance(schema_format, str):
                return site, language
            found = language_of(schema_format)
            if found is None or not found.is_json_like:
                raise Unresolvable(f"schema format {schema_format[:120]}", "document.schema-format")
            language = self._noted(found)
            end = self._follow(inner, language)
            site = inner if language.keeps_siblings and end.value is not inner.value else end
            if site is inner and end is not inner:
                return site, language
        raise Unresolvable("the reference goes round in a circle", "document.reference-loop")

    def _own_language(self, target: Site, language: SchemaLanguage) -> SchemaLanguage:
        """Give the language that another file says it is written in."""
        named = self._identifiers_of(language).dialect_of(target)
        dialect = _METASCHEMAS.get(named.removesuffix("#")) if named is not None else None
        return language if dialect is None else self._noted(replace(language, dialect=dialect))

    def _noted(self, language: SchemaLanguage) -> SchemaLanguage:
        """Keep in mind the newest dialect that was met."""
        if DIALECTS.index(language.dialect) > DIALECTS.index(self.newest):
            self.newest = language.dialect
        return language

    def _identifiers_of(self, language: SchemaLanguage) -> Identifiers:
        known = self._identifiers.get(language.dialect)
        if known is None:
            known = self._identifiers[language.dialect] = Identifiers(self._documents, language.dialect, self._plain)
        return known

    def _scope_in(self, site: Site, language: SchemaLanguage, scope: Scope) -> Scope:
        return self._identifiers_of(language).enter(site, scope) if language.has_identifiers else scope

    def _free_name(self, target: Site) -> str:
        last = next((part for part in reversed(target.pointer) if isinstance(part, str)), "document.schema")
        name, number = last, 1
        while name in self._taken:
            number += 1
            name = f"{last}-{number}"
        self._taken.add(name)
        return name


def _key(site: Site, language: SchemaLanguage, scope: Scope) -> _Key:
    """What a definition is known by: equal places that are reached under other dynamic anchors are others."""
    met = tuple((name, one.file, one.pointer) for name, one in sorted(scope.items(), key=lambda item: item[0]))
    return site.file, site.pointer, f"{language.family} {language.dialect}", met


def write_definition(name: str) -> str:
    """Write the reference to a definition of a bundle."""
    return _DEFINITIONS + quote(name.replace("~", "~0").replace("/", "~1"), safe="~")


def read_definition(reference: str) -> str | None:
    """Give the name of the definition that a bundle's inner reference stands for; None for an anchor."""
    if not reference.startswith(_DEFINITIONS):
        return None
    return unquote(reference.removeprefix(_DEFINITIONS)).replace("~1", "/").replace("~0", "~")


def outline(part: object) -> tuple[set[str], int]:
    """Give the names of the definitions that a part refers to itself, and the number of its schemas."""
    names: set[str] = set()
    waiting, weight = [part], 0
    while waiting:
        schema = waiting.pop()
        weight += 1
        if isinstance(schema, dict):
            reference = schema.get("$ref")
            name = read_definition(reference) if isinstance(reference, str) else None
            if name is not None:
                names.add(name)
            waiting.extend(inner for _, inner in subschemas(schema))
    return names, weight
