"""Schemas of a document, compiled once each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from asyncwatch.contract.bundle import Bundle, UnusableSchema, bundle_schema, outline
from asyncwatch.contract.declared import declared_names, property_types
from asyncwatch.contract.described import described
from asyncwatch.contract.document_finding import DocumentFinding
from asyncwatch.contract.entities import PayloadSchema
from asyncwatch.contract.explain import Explainer
from asyncwatch.contract.findings import quote
from asyncwatch.contract.formats.broken_schema import BrokenSchema
from asyncwatch.contract.identifiers import Plain
from asyncwatch.contract.identity import digest_of
from asyncwatch.contract.origins import Origins
from asyncwatch.contract.references import Documents, Unresolvable, inside
from asyncwatch.contract.schema_format import Dialect, is_registered, language_of
from asyncwatch.contract.sites import Pointer, Site, write_pointer
from asyncwatch.contract.sketch import sketch
from asyncwatch.contract.strength import strength_of
from asyncwatch.contract.validator import Engine, SchemaRefused, Verdict
from asyncwatch.model.described import Described
from asyncwatch.model.route import JsonType, SchemaFault
from asyncwatch.model.severity import Severity
from asyncwatch.model.view import SampleField

_MOST_SCHEMAS: Final = 20_000
_MOST_WRAPPED: Final = 100


class CompiledSchema:
    """A JSON Schema that judges and explains.

    `is_valid` is the engine's own function: the hot path calls it without a step of ours in between.
    """

    __slots__ = ("_described", "_explainer", "_types", "bundle", "is_valid")

    def __init__(self, bundle: Bundle, dialect: Dialect, description: Bundle | None = None) -> None:
        """Compile a bundled schema; `description` tells the shape of values where `bundle` has several ways for it.

        Raises: SchemaRefused.
        """
        engine = Engine(bundle, dialect)
        self.is_valid: Verdict = engine.is_valid
        self.bundle = bundle if description is None else description
        self._explainer = Explainer(bundle, engine, dialect)
        self._types: dict[str, frozenset[JsonType] | None] = {}
        self._described: Described | None = None

    @property
    def judged(self) -> Bundle:
        """The schema that values are judged by: where the paths of faults lead."""
        return self._explainer.bundle

    def explain(self, value: object, /, limit: int = 16) -> list[SchemaFault]:
        """Say why a value is not valid, in a stable order; nothing for a valid one.

        Raises: nothing.
        """
        return self._explainer.explain(value, limit)

    def sketch(
        self, value: object, /, failing: str | None = None, shows: Callable[[str], bool] | None = None
    ) -> list[SampleField]:
        """Give a value's fields by declared name and kind, the failing one marked."""
        return sketch(self.bundle, value, failing, shows)

    def property_types(self, name: str, /) -> frozenset[JsonType] | None:
        """Tell which JSON types a top-level property may have; None = not declared, or anything."""
        if name not in self._types:
            if len(self._types) >= 1024:
                return property_types(self.bundle, name)
            self._types[name] = property_types(self.bundle, name)
        return self._types[name]

    def described(self) -> Described:
        """Give the fields and values that it documents."""
        if self._described is None:
            self._described = described(self.bundle)
        return self._described


class SchemaReader:
    """Turns schemas of a document into PayloadSchema; equal places are compiled once."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents
        self._plain: Plain = set()
        self._read: dict[tuple[str, Pointer, str], PayloadSchema] = {}
        self._compiled: dict[str, CompiledSchema] = {}
        self._origins: dict[str, tuple[Bundle, Origins]] = {}

    def read(self, site: Site, schema_format: str, what: str) -> PayloadSchema:
        """Compile the schema at a site; where that cannot be done, a finding says why."""
        try:
            target, schema_format, inner_format = self._inside(site, schema_format)
            original = self._documents.is_original(target)
            key = (target.file, target.pointer, inner_format)
            if original and key in self._read:
                return replace(self._read[key], format=schema_format)
            found = replace(self._compile(target, inner_format, what), format=schema_format)
        except Unresolvable as error:
            self._documents.findings.add(error.rule, "error", f"{what} is not checked: {error.message}", site)
            return _unusable(schema_format, error.message, site)
        if original and len(self._read) < _MOST_SCHEMAS:
            self._read[key] = found
        return found

    def _inside(self, site: Site, schema_format: str) -> tuple[Site, str, str]:
        """Take the schema out of a Multi Format Schema Object, or out of one inside another.

        Shape: the schema, the outermost format, and the innermost, in which the schema is written.
        Raises: Unresolvable.
        """
        formats: list[str] = []
        inner_format = schema_format
        for _ in range(_MOST_WRAPPED):
            language = language_of(inner_format)
            # identifiers have a say in JSON Schema's own references, siblings do in its newer dialects
            target = site if language is not None and language.has_identifiers else self._documents.follow(site)
            wrapped = target.value.get("schemaFormat") if isinstance(target.value, dict) else None
            inner = target.child("schema") if isinstance(wrapped, str) else None
            if inner is None or not isinstance(wrapped, str):
                return target, (formats or [schema_format])[0], inner_format
            formats.append(wrapped)
            inner_format, site = wrapped, inner
            if language_of(inner_format) is None:
                self._documents.follow(inner)  # a format that is not read may be broken all the same
                return inner, formats[0], inner_format
        raise Unresolvable("the reference goes round in a circle", "document.reference-loop")

    def _compile(self, site: Site, schema_format: str, what: str) -> PayloadSchema:
        language = language_of(schema_format)
        if language is None:
            return self._not_read(site, schema_format, what)
        try:
            if language.family == "protobuf":
                return self._undecoded(site, schema_format, what)
            if language.family == "avro":
                from asyncwatch.contract.formats.avro_json import bundle_avro  # noqa: PLC0415 - most documents have none

                found = bundle_avro(self._documents, site, language)
            else:
                found = bundle_schema(self._documents, site, language, self._plain)
        except BrokenSchema as error:
            self._broken(error, what)
            return _unusable(schema_format, "the schema is broken", site)
        except Unresolvable as error:
            severity: Severity = "info" if error.rule == "document.schema-format" else "error"
            place = error.site if isinstance(error, UnusableSchema) else site
            self._documents.findings.add(error.rule, severity, f"{what} is not checked: {error.message}", place)
            return _unusable(schema_format, error.message, site)
        bundle, origins = found.bundle, found.origins
        description = bundle if found.description is None else found.description
        identity = digest_of(bundle, found.dialect)
        try:
            compiled = self._compiled.get(identity)
            if compiled is None:
                compiled = self._compiled[identity] = CompiledSchema(bundle, found.dialect, description)
                self._origins[identity] = bundle, origins
        except SchemaRefused as error:
            place = _place_of(error, site, origins)
            self._documents.findings.add("document.schema", "error", f"{what} is not checked: {error}", place)
            return _unusable(schema_format, "the schema does not compile", site)
        return PayloadSchema(
            format=schema_format, compiled=compiled, reason=None, identity=identity,
            declared=declared_names(description), origins=self._own_origins(identity, bundle, origins),
            strength=strength_of(description), native=found.native,
        )  # fmt: skip

    def _undecoded(self, site: Site, schema_format: str, what: str) -> PayloadSchema:
        """Read a schema of bytes that are not decoded: what it says is known, nothing is judged by it.

        Raises: Unresolvable.
        """
        from asyncwatch.contract.formats.protobuf import read_protobuf  # noqa: PLC0415 - most documents have none

        schema = read_protobuf(self._documents, site)
        self._documents.findings.add(
            "document.schema-format", "info", f"{what} is not checked: {schema.reason}", site
        )  # fmt: skip
        return PayloadSchema(
            format=schema_format, compiled=None, reason=schema.reason, identity=schema.identity,
            strength=strength_of(schema.description), native=schema,
        )  # fmt: skip

    def _broken(self, error: BrokenSchema, what: str) -> None:
        summary, findings = f"{what} is not checked: {error.message}", self._documents.findings
        if error.position is None:
            findings.add(error.rule, "error", summary, error.site)
        else:
            pointer = write_pointer(error.site.pointer)
            findings.take(DocumentFinding(error.rule, "error", summary, pointer, error.position))

    def _not_read(self, site: Site, schema_format: str, what: str) -> PayloadSchema:
        known = is_registered(schema_format)
        self._documents.findings.add(
            "document.schema-format", "info" if known else "warning",
            f"{what} is not checked: {quote(schema_format, 120)} is "
            + ("a format that is not read" if known else "no known schema format"), site,
        )  # fmt: skip
        return _unusable(schema_format, f"schema format {schema_format[:120]}", site)

    def _own_origins(self, identity: str, bundle: Bundle, origins: Origins) -> Origins:
        """Give a schema's own places, unless the equal schema that judges for it names its parts otherwise."""
        judging, places = self._origins[identity]
        return origins if bundle is judging or _references(bundle) == _references(judging) else places


def _place_of(error: SchemaRefused, site: Site, origins: Origins) -> Site:
    """Give the place of what the engine does not take: where it comes from, if it stands in a definition."""
    path = error.path
    if len(path) >= 2 and path[0] == "definitions" and path[1] in origins.definitions:
        return inside(origins.definitions[str(path[1])], path[2:])
    return inside(site, path if site.reference is None else ())


def _references(bundle: Bundle) -> dict[str, set[str]]:
    """Give the definitions that the root and each definition of a bundle refer to."""
    if isinstance(bundle, bool):
        return {}
    definitions = bundle.get("definitions", {})
    found = {name: outline(part)[0] for name, part in definitions.items()} if isinstance(definitions, dict) else {}
    return found | {"#": outline({key: value for key, value in bundle.items() if key != "definitions"})[0]}


def _unusable(schema_format: str, reason: str, site: Site) -> PayloadSchema:
    """A schema that is not judged by is equal to itself only: it is known by its place."""
    identity = f"{schema_format} {site.file}#{write_pointer(site.pointer)}"
    return PayloadSchema(format=schema_format, compiled=None, reason=reason, identity=identity)


def compile_schema(schema: Bundle, dialect: Dialect = "draft-07") -> CompiledSchema:
    """Compile a schema that stands alone.

    Raises: SchemaRefused.
    """
    return CompiledSchema(schema, dialect)


__all__: Sequence[str] = ["CompiledSchema", "SchemaReader", "compile_schema"]
