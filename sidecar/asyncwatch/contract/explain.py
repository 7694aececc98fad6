"""Why a value breaks a schema: the slow road, for failures only.

The engine's verdict is the only authority. This file walks from the root into the parts that the engine calls broken,
until it stands before the keyword that is to blame, so it costs what the broken places cost and not what the value
weighs; the engine's own list of errors has one entry for each broken item and a copy of the value in each.

Rule 1: a path names only what the schema declares; everything else is written `*` (settled 17b).
Rule 2: a broken place is always told, if need be without the keyword.
Rule 3: steps and depth are bounded; large values are walked less deep, since each level costs a look at all below.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, TypeAlias, cast

from asyncwatch.contract.bundle import Bundle, read_definition
from asyncwatch.contract.keywords import SCALARS, SchemaPath
from asyncwatch.contract.schema_format import Dialect
from asyncwatch.contract.sites import kind_of, write_pointer
from asyncwatch.contract.validator import Engine, SchemaRefused, Verdict
from asyncwatch.contract.wording import branch_name, expectation, sentence, with_article
from asyncwatch.model.route import SchemaFault

_MOST_STEPS: Final = 4_000
_MOST_LEVELS: Final = 48
_MOST_LEVELS_LARGE: Final = 8
_LARGE: Final = 20_000
"""Parts from which a value counts as large."""
_MOST_COMPILED: Final = 20_000
_MOST_COMPILING: Final = 20_000
_SLICE: Final = 512
_NAMES_A_STEP: Final = 64
_BRANCH_FAULTS: Final = 8
_FIXED_VALUES: Final = frozenset({"const", "enum"})
_MOST_SIGNS: Final = 400

Path: TypeAlias = tuple[str | int, ...]
Schema: TypeAlias = dict[str, Any]


@dataclass(slots=True)
class Effort:
    """What one explanation may still cost: looks at the value, and schemas compiled for the first time."""

    steps: int = _MOST_STEPS
    compiling: int = _MOST_COMPILING


class Explainer:
    """Finds and words the faults of values that a schema refuses; holds compiled parts of the schema."""

    def __init__(self, bundle: Bundle, engine: Engine, dialect: Dialect) -> None:
        self.bundle = bundle
        self.keeps_siblings = dialect in {"2019-09", "2020-12"}
        self._engine = engine
        self._parts: dict[tuple[SchemaPath, str], Verdict | None] = {}

    def explain(self, value: object, limit: int) -> list[SchemaFault]:
        """Give at most `limit` faults, ordered by path and place in the schema; none for a valid value."""
        if limit < 1 or self._engine.is_valid(value):
            return []
        walk = _Walk(self, limit, _MOST_LEVELS_LARGE if _is_large(value) else _MOST_LEVELS)
        walk.enter(self.bundle, (), value, (), ())
        return sorted(walk.faults, key=lambda fault: (fault.path, fault.schema_path))

    def verdict(self, schema: object, place: SchemaPath, effort: Effort) -> Verdict | None:
        """Give the engine's verdict on one part of the schema; None if there is none."""
        if isinstance(schema, bool):
            return _always if schema else _never
        if not isinstance(schema, dict):
            return None
        if len(schema) == 1 and "$ref" in schema and isinstance(self.bundle, dict):
            name = read_definition(schema["$ref"])
            if name is not None:  # all references to a definition share its verdict
                place = ("definitions", name)
        return self._cached((place, ""), schema, effort)

    def keyword(self, schema: Schema, place: SchemaPath, keyword: str, effort: Effort) -> Verdict | None:
        """Give the engine's verdict on one keyword of a part, all others left aside."""
        return self._cached((place, keyword), {one: schema[one] for one in _together(keyword, schema)}, effort)

    def name_matches(self, pattern: str, effort: Effort) -> Verdict | None:
        """Give the engine's verdict on names under a pattern."""
        return self._cached(((), "pattern " + pattern), {"pattern": pattern}, effort)

    def _cached(self, key: tuple[SchemaPath, str], schema: Schema, effort: Effort) -> Verdict | None:
        if key in self._parts:
            return self._parts[key]
        if effort.compiling <= 0:
            return None
        part, weight = self._engine.part(schema)
        effort.compiling -= weight
        try:
            verdict: Verdict | None = self._engine.compile_part(part)
        except SchemaRefused:
            verdict = None
        if len(self._parts) < _MOST_COMPILED:
            self._parts[key] = verdict
        return verdict


def _together(keyword: str, schema: Schema) -> list[str]:
    """Name the keywords that are judged with one: the flags and bounds that stand beside it."""
    if keyword in {"maximum", "minimum"}:
        flag = "exclusive" + keyword.capitalize()  # draft-04
        return [keyword, flag] if isinstance(schema.get(flag), bool) else [keyword]
    if keyword == "contains":
        return [one for one in ("contains", "minContains", "maxContains") if one in schema]
    return [keyword]


class _Walk:
    """One explanation: what was found, and how much may still be looked at."""

    def __init__(self, explainer: Explainer, limit: int, levels: int) -> None:
        self._explainer = explainer
        self._limit = limit
        self._effort = Effort()
        self._levels = levels
        self.faults: list[SchemaFault] = []

    def enter(self, schema: object, place: SchemaPath, value: object, path: Path, group: Path) -> None:
        """Tell what is wrong with a value that the engine refuses at this place of the schema."""
        before = len(self.faults)
        if schema is False:
            self._add("false", {}, place, value, path, group)
        elif isinstance(schema, dict) and self._levels > 0 and self._effort.steps > 0 and before < self._limit:
            self._levels -= 1
            self._look(schema, place, value, path, group)
            self._levels += 1
        if len(self.faults) == before and before < self._limit:
            self._add_unplaced(schema, place, value, path, group)

    def _look(self, schema: Schema, place: SchemaPath, value: object, path: Path, group: Path) -> None:
        reference = schema.get("$ref")
        if isinstance(reference, str):
            self._follow(reference, value, path, group)
            if not self._explainer.keeps_siblings:
                return
        for keyword in SCALARS:
            if keyword in schema:
                self._judge(schema, place, keyword, value, path, group)
        if isinstance(value, dict):
            self._look_at_object(schema, place, value, path, group)
        elif isinstance(value, list):
            self._look_at_array(schema, place, value, path, group)
        self._look_at_composites(schema, place, value, path, group)

    def _follow(self, reference: str, value: object, path: Path, group: Path) -> None:
        name = read_definition(reference)
        bundle = self._explainer.bundle
        if name is not None and isinstance(bundle, dict):
            definitions = cast("Schema", bundle.get("definitions", {}))
            self._descend(definitions.get(name), ("definitions", name), value, path, group)

    def _judge(self, schema: Schema, place: SchemaPath, keyword: str, value: object, path: Path, group: Path) -> None:
        if self._take() and self._refuses(self._explainer.keyword(schema, place, keyword, self._effort), value):
            self._add(keyword, schema, place, value, path, group)

    def _descend(self, schema: object, place: SchemaPath, value: object, path: Path, group: Path) -> None:
        """Go on where the engine refuses."""
        if self._take() and self._refuses(self._explainer.verdict(schema, place, self._effort), value):
            self.enter(schema, place, value, path, group)

    def _look_at_object(
        self, schema: Schema, place: SchemaPath, value: dict[str, Any], path: Path, group: Path
    ) -> None:
        for name in schema.get("required", ()) if isinstance(schema.get("required"), list) else ():
            if name not in value:
                self._add_missing("required", name, place, path, group)
        self._look_at_dependencies(schema, place, value, path, group)
        properties = schema.get("properties", {})
        for name, inner in properties.items():
            if name in value:
                self._descend(inner, (*place, "properties", name), value[name], (*path, name), (*group, name))
        patterns = schema.get("patternProperties", {})
        rest = schema.get("additionalProperties", True)
        if (patterns or rest is not True) and len(self.faults) < self._limit:
            self._look_at_names(schema, place, value, path, group)
        if "propertyNames" in schema:
            self._judge_names(schema, place, value, path, group)

    def _look_at_names(self, schema: Schema, place: SchemaPath, value: dict[str, Any], path: Path, group: Path) -> None:
        """Look at the properties that the schema does not name."""
        patterns = {
            name: self._explainer.name_matches(name, self._effort) for name in schema.get("patternProperties", {})
        }
        declared = schema.get("properties", {})
        rest = schema.get("additionalProperties", True)
        if not patterns and value.keys() <= declared.keys():
            return
        judge_rest = self._explainer.verdict(rest, (*place, "additionalProperties"), self._effort)
        inner_path, inner_group = (*path, "*"), (*group, "*")
        for number, (name, inner) in enumerate(value.items()):
            if (patterns or number % _NAMES_A_STEP == 0) and not self._take():
                return
            if len(self.faults) >= self._limit:
                return
            matched = [pattern for pattern, fits in patterns.items() if fits is not None and fits(name)]
            for pattern in matched:
                where = (*place, "patternProperties", pattern)
                self._descend(schema["patternProperties"][pattern], where, inner, inner_path, inner_group)
            if matched or name in declared or rest is True:
                continue
            where = (*place, "additionalProperties")
            if rest is False:
                self._add_at(
                    "additionalProperties", schema, where, "undeclared", inner_path, inner_group,
                    f"{write_pointer(path) or 'the value'} has an undeclared property, none allowed",
                )  # fmt: skip
                rest = True  # told once for an object
            elif self._refuses(judge_rest, inner):
                self.enter(rest, where, inner, inner_path, inner_group)

    def _judge_names(self, schema: Schema, place: SchemaPath, value: object, path: Path, group: Path) -> None:
        if self._take() and self._refuses(self._explainer.keyword(schema, place, "propertyNames", self._effort), value):
            self._add_at(
                "propertyNames", schema, (*place, "propertyNames"), "string", (*path, "*"), (*group, "*"),
                f"{write_pointer(path) or 'the value'} has a property whose name is not allowed",
            )  # fmt: skip

    def _look_at_dependencies(
        self, schema: Schema, place: SchemaPath, value: dict[str, Any], path: Path, group: Path
    ) -> None:
        for keyword in ("dependencies", "dependentRequired", "dependentSchemas"):
            for name, needed in schema.get(keyword, {}).items():
                if name not in value:
                    continue
                if isinstance(needed, list):
                    for other in needed:
                        if other not in value:
                            self._add_missing(
                                keyword, other, (*place, keyword, name), path, group, keyword_in_place=True
                            )
                else:
                    self._descend(needed, (*place, keyword, name), value, path, group)

    def _look_at_array(self, schema: Schema, place: SchemaPath, value: list[Any], path: Path, group: Path) -> None:
        start = 0
        listed = "prefixItems" if "prefixItems" in schema else "items"
        if isinstance(schema.get(listed), list):
            start = len(schema[listed])
            for index, (inner, item) in enumerate(zip(schema[listed], value, strict=False)):
                self._descend(inner, (*place, listed, index), item, (*path, index), (*group, "*"))
        rest = "additionalItems" if isinstance(schema.get("items"), list) else "items"
        if rest in schema and start < len(value):
            self._look_at_items(schema, place, rest, value, start, path, group)
        if "contains" in schema:
            self._judge(schema, place, "contains", value, path, group)

    def _look_at_items(
        self, schema: Schema, place: SchemaPath, keyword: str, value: list[Any], start: int, path: Path, group: Path
    ) -> None:
        """Look at all items from `start` on, a slice at a time: slices the engine accepts are skipped whole."""
        inner, where = schema[keyword], (*place, keyword)
        if inner is False:
            self._add(keyword, schema, place, value[start], (*path, start), (*group, "*"))
            return
        verdict = self._explainer.verdict(inner, where, self._effort)
        many = len(value) - start > _SLICE and keyword == "items" and start == 0
        whole = self._explainer.keyword(schema, place, "items", self._effort) if many else None
        for low in range(start, len(value), _SLICE):
            if not self._take() or len(self.faults) >= self._limit:
                return
            if whole is not None and whole(value[low : low + _SLICE]):
                continue
            for index in range(low, min(low + _SLICE, len(value))):
                if self._refuses(verdict, value[index]):
                    self.enter(inner, where, value[index], (*path, index), (*group, "*"))
                    if len(self.faults) >= self._limit or not self._take():
                        return

    def _look_at_composites(self, schema: Schema, place: SchemaPath, value: object, path: Path, group: Path) -> None:
        for index, part in enumerate(schema.get("allOf", ())):
            self._descend(part, (*place, "allOf", index), value, path, group)
        for keyword in ("anyOf", "oneOf"):
            if keyword in schema:
                self._look_at_branches(schema, place, keyword, value, path, group)
        if "if" in schema:
            condition = self._explainer.verdict(schema["if"], (*place, "if"), self._effort)
            if condition is not None and self._take():
                chosen = "then" if condition(value) else "else"
                if chosen in schema:
                    self._descend(schema[chosen], (*place, chosen), value, path, group)
        if "not" in schema and self._take():
            verdict = self._explainer.verdict(schema["not"], (*place, "not"), self._effort)
            if verdict is not None and verdict(value):
                self._add("not", schema, place, value, path, group)

    def _look_at_branches(
        self, schema: Schema, place: SchemaPath, keyword: str, value: object, path: Path, group: Path
    ) -> None:
        branches = schema[keyword]
        verdicts = [
            self._explainer.verdict(branch, (*place, keyword, index), self._effort)
            for index, branch in enumerate(branches)
        ]
        if not self._take(len(branches)) or None in verdicts:
            return
        fitting = sum(verdict(value) for verdict in verdicts if verdict is not None)
        if fitting == 1 or (keyword == "anyOf" and fitting):
            return
        expected, name = expectation(keyword, schema), write_pointer(path) or "the value"
        if fitting:
            summary = f"{name} fits {fitting} of {len(branches)} schemas, {expected} expected"
        else:
            nearest = self._nearest(branches, (*place, keyword), value, path, group)
            summary = f"{name} {with_article(kind_of(value))}, {expected} expected"
            summary = f"{summary}{nearest}"[:_MOST_SIGNS] if nearest else summary
        self._add_at(keyword, schema, (*place, keyword), kind_of(value), path, group, summary)

    def _nearest(self, branches: list[Any], place: SchemaPath, value: object, path: Path, group: Path) -> str | None:
        """Name the branch that the value comes nearest to, and tell what keeps it from fitting.

        That is one whose fixed values it does not contradict, then the one with the deepest fault; the earliest of equals.
        """
        outer, self.faults = self.faults, []
        limit, self._limit = self._limit, _BRANCH_FAULTS
        best: tuple[tuple[int, int], int, str] | None = None
        for index, branch in enumerate(branches):
            self.faults = []
            self.enter(branch, (*place, index), value, path, group)
            if not self.faults:
                continue
            contradicted = sum(fault.keyword in _FIXED_VALUES for fault in self.faults)
            deepest = max(self.faults, key=lambda fault: (fault.keyword in _FIXED_VALUES, fault.path.count("/")))
            rank = -contradicted, max(fault.path.count("/") for fault in self.faults)
            if best is None or rank > best[0]:
                best = rank, index, deepest.summary
        self.faults, self._limit = outer, limit
        if best is None:
            return None
        name = branch_name(self._explainer.bundle, branches[best[1]])
        return f"; nearest: {best[2]}" if name is None else f"; nearest is {name}: {best[2]}"

    def _take(self, count: int = 1) -> bool:
        self._effort.steps -= count
        return self._effort.steps > 0

    @staticmethod
    def _refuses(verdict: Verdict | None, value: object) -> bool:
        return verdict is not None and not verdict(value)

    def _add(self, keyword: str, schema: Schema, place: SchemaPath, value: object, path: Path, group: Path) -> None:
        actual = kind_of(value)
        where = place if keyword == "false" else (*place, keyword)
        summary = sentence(write_pointer(path), actual, expectation(keyword, schema))
        self._add_at(keyword, schema, where, actual, path, group, summary)

    def _add_missing(
        self, keyword: str, name: str, place: SchemaPath, path: Path, group: Path, *, keyword_in_place: bool = False
    ) -> None:
        where = place if keyword_in_place else (*place, keyword)
        summary = f"{write_pointer((*path, name))} is missing, required"
        self._add_at(keyword, {}, where, "missing", (*path, name), (*group, name), summary)

    def _add_unplaced(self, schema: object, place: SchemaPath, value: object, path: Path, group: Path) -> None:
        """Tell a fault whose keyword was not found: too deep, too much to look at, or judged by the whole only."""
        parts = schema if isinstance(schema, dict) else {}
        for keyword in ("unevaluatedProperties", "unevaluatedItems"):
            if keyword in parts:
                self._add(keyword, parts, place, value, (*path, "*"), (*group, "*"))
                return
        self._add_at(
            "schema", parts, place, kind_of(value), path, group,
            f"{write_pointer(path) or 'the value'} {with_article(kind_of(value))} that does not fit the schema",
        )  # fmt: skip

    def _add_at(
        self, keyword: str, schema: Schema, where: SchemaPath, actual: str, path: Path, group: Path, summary: str
    ) -> None:
        if len(self.faults) < self._limit:
            self.faults.append(
                SchemaFault(
                    path=write_pointer(path), group_path=write_pointer(group), schema_path="#" + write_pointer(where),
                    keyword=keyword, expected=expectation(keyword, schema), actual=actual, summary=summary,
                )
            )  # fmt: skip


def _is_large(value: object) -> bool:
    """Count a value's parts, up to the bound."""
    waiting, left = [value], _LARGE
    while waiting:
        part = waiting.pop()
        inner = part.values() if part.__class__ is dict else part if part.__class__ is list else ()
        left -= len(inner) + 1
        if left < 0:
            return True
        waiting += [one for one in inner if one.__class__ is dict or one.__class__ is list]
    return False


def _always(_value: object, /) -> bool:
    return True


def _never(_value: object, /) -> bool:
    return False
