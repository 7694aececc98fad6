"""Which JSON values an Avro schema allows.

Two encodings of unions are in use, and both are taken: the bare value, and Avro's own `{"string": "x"}`. Other than
that a value is Avro's JSON: a field with a default may be missing, one that is not declared is wrong, bytes are text of
the characters 0 to 255, and a logical type is what it is made of. Source: settled 14; Avro 1.12, JSON Encoding.
"""

from __future__ import annotations

from typing import Any, Final

from asyncwatch.contract.bundle import Bundle, Bundled, write_definition
from asyncwatch.contract.formats.avro_schema import AvroSchema, AvroType, read_avro
from asyncwatch.contract.origins import Origins
from asyncwatch.contract.references import Documents
from asyncwatch.contract.schema_format import SchemaLanguage
from asyncwatch.contract.sites import Site

Schema = dict[str, Any]
Path = tuple[str, ...]

_BYTES: Final = "^[\\u0000-\\u00ff]*$"
_PRIMITIVES: Final[dict[str, Schema]] = {
    "null": {"type": "null"}, "boolean": {"type": "boolean"}, "int": {"type": "integer", "format": "int32"},
    "long": {"type": "integer", "format": "int64"}, "float": {"type": "number"}, "double": {"type": "number"},
    "string": {"type": "string"}, "bytes": {"type": "string", "pattern": _BYTES},
}  # fmt: skip


def bundle_avro(documents: Documents, site: Site, language: SchemaLanguage) -> Bundled:
    """Say in JSON Schema what the Avro schema at a site allows.

    Raises: Unresolvable; BrokenSchema with the place that is broken.
    """
    schema = read_avro(documents, site)
    judging, describing = _Translation(takes_wrapped=True), _Translation(takes_wrapped=False)
    bundle = judging.run(schema)
    origins = Origins(documents, schema.root.site, {}, judging.places)
    return Bundled(bundle, language.dialect, origins, describing.run(schema), schema)


class _Translation:
    def __init__(self, *, takes_wrapped: bool) -> None:
        self._takes_wrapped = takes_wrapped
        self._definitions: dict[str, Schema] = {}
        self._waiting: list[AvroType] = []
        self.places: dict[Path, Site] = {}

    def run(self, schema: AvroSchema) -> Bundle:
        """Translate a whole schema: named types stand in `definitions` under their full names."""
        bundle = self._type(schema.root, ())
        while self._waiting:
            one = schema.types[self._waiting.pop().name]
            self._definitions[one.name] = self._named(one, ("definitions", one.name))
        if self._definitions:
            bundle["definitions"] = dict(sorted(self._definitions.items()))
        return bundle

    def _type(self, one: AvroType, path: Path) -> Schema:
        self.places[path] = one.site
        match one.kind:
            case "union":
                return self._union(one, path)
            case "array":
                return {"type": "array", "items": self._type(one.inner[0], (*path, "items"))}
            case "map":
                values = self._type(one.inner[0], (*path, "additionalProperties"))
                return {"type": "object", "additionalProperties": values}
            case "record" | "error" | "enum" | "fixed":
                if one.name not in self._definitions:
                    self._definitions[one.name] = {}
                    self._waiting.append(one)
                return {"$ref": write_definition(one.name)}
            case _:
                stated = dict(_PRIMITIVES[one.kind])
                if one.kind == "string" and one.logical == "uuid":
                    stated["format"] = "uuid"
                return stated

    def _named(self, one: AvroType, path: Path) -> Schema:
        self.places[path] = one.site
        if one.kind == "enum":
            self.places[*path, "enum"] = one.site.child("symbols") or one.site
            return {"type": "string", "enum": list(one.symbols)}
        if one.kind == "fixed":
            return {"type": "string", "minLength": one.size, "maxLength": one.size, "pattern": _BYTES}
        properties: Schema = {}
        required: list[str] = []
        for field in one.fields:
            inner = (*path, "properties", field.name)
            properties[field.name] = self._type(field.type, inner)
            self.places[inner] = field.site.child("type") or field.site
            if not field.has_default:
                required.append(field.name)
                self.places[*path, "required", field.name] = field.site
        stated: Schema = {"type": "object", "properties": properties, "additionalProperties": False}
        return {**stated, "required": required} if required else stated

    def _union(self, one: AvroType, path: Path) -> Schema:
        named = [branch for branch in one.inner if branch.kind != "null"]
        if not self._takes_wrapped or not named:
            return self._bare(one, path)
        names = [branch.name for branch in named]
        if any(_may_look_wrapped(branch, names) for branch in named):
            bare = self._bare(one, (*path, "anyOf", "0"))
            return {"anyOf": [bare, self._wrapped(named, (*path, "anyOf", "1"))]}
        wrapped: Schema = {"type": "object", "minProperties": 1, "maxProperties": 1, "propertyNames": {"enum": names}}
        return {
            "if": wrapped, "then": self._wrapped(named, (*path, "then")), "else": self._bare(one, (*path, "else")),
        }  # fmt: skip

    def _wrapped(self, named: list[AvroType], path: Path) -> Schema:
        self.places[path] = named[0].site
        properties = {branch.name: self._type(branch, (*path, "properties", branch.name)) for branch in named}
        return {
            "type": "object", "properties": properties, "additionalProperties": False, "minProperties": 1,
            "maxProperties": 1,
        }  # fmt: skip

    def _bare(self, one: AvroType, path: Path) -> Schema:
        """Give the union of the values themselves; `type` tells where it can."""
        self.places[path] = one.site
        named = [branch for branch in one.inner if branch.kind != "null"]
        if len(named) == 1:
            only = self._type(named[0], path)
            if len(one.inner) == 1:
                return only
            if isinstance(only.get("type"), str):
                return {**only, "type": ["null", only["type"]]}
            if self._takes_wrapped and len(one.inner) == 2:
                return {"if": {"type": "null"}, "else": only}  # so that a fault inside is told at its own place
        branches = [self._type(branch, (*path, "anyOf", str(index))) for index, branch in enumerate(one.inner)]
        if all(branch.keys() == {"type"} for branch in branches):
            return {"type": list(dict.fromkeys(branch["type"] for branch in branches))}
        return {"anyOf": branches}


def _may_look_wrapped(one: AvroType, names: list[str]) -> bool:
    """Tell whether a bare value of a type can be an object with one of the names as its only member."""
    return one.kind == "map" or any(field.name in names for field in one.fields)
