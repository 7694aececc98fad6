"""Documents that are right, and ways to make them wrong: the input of the grammar's differential test."""

from __future__ import annotations

import copy
import random
from pathlib import Path
from typing import Any

from asyncwatch.reading.tree import read_tree

SAMPLES = Path(__file__).parent / "asyncapi_samples"
_ROOT_2 = {"info": {"title": "a", "version": "1"}, "channels": {}}
_ROOT_3 = {"info": {"title": "a", "version": "1"}}
_VERSIONS = {2: [f"2.{minor}.0" for minor in range(7)], 3: ["3.0.0", "3.1.0"]}
_VALUES: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    5,
    -1,
    1.5,
    2.0,
    "",
    "text",
    "a b{",
    "https://example.com",
    [],
    ["a"],
    {},
    {"a": "b"},
)


def read(path: Path) -> Any:
    return read_tree(path.read_bytes(), path.name).value


def sample_documents() -> list[tuple[str, Any]]:
    """Our own documents: each as a whole, and each component that refers to nothing alone in every version."""
    found: list[tuple[str, Any]] = []
    for path in sorted(SAMPLES.glob("*.yaml")):
        whole = read(path)
        major = int(whole["asyncapi"][0])
        found.append((path.stem, whole))
        for section, members in whole["components"].items():
            for name, value in members.items():
                if "'$ref'" in repr(value):
                    continue
                for version in _VERSIONS[major]:
                    root = _ROOT_2 if major == 2 else _ROOT_3
                    alone = {"asyncapi": version, **copy.deepcopy(root), "components": {section: {name: value}}}
                    found.append((f"{section}/{name} {version}", alone))
    return found


def mutate(document: Any, fortune: random.Random) -> tuple[Any, str]:
    """Change one place of a copy; tells what was done."""
    changed = copy.deepcopy(document)
    parent, key = _choose(changed, fortune)
    what = fortune.choice(("delete", "retype", "rename", "duplicate", "unknown", "refer", "refer", "version", "swap"))
    value = parent[key]
    if what == "version" or key == "asyncapi":
        changed["asyncapi"] = fortune.choice(_VERSIONS[int(document["asyncapi"][0])])
        return changed, "version"
    if what == "delete":
        del parent[key]
    elif what == "retype":
        parent[key] = fortune.choice(_VALUES)
    elif what == "rename" and isinstance(parent, dict):
        del parent[key]
        parent[_misspelt(key, fortune)] = value
    elif what == "duplicate":
        _duplicate(parent, value, fortune)
    elif what == "unknown":
        target = value if isinstance(value, dict) else parent
        if isinstance(target, dict):
            target[fortune.choice(("unknown", "x-known", "x-", "x-odd name", "title", "type", "$id"))] = fortune.choice(
                _VALUES
            )
    elif what == "refer":
        _refer(changed, parent, key, fortune)
    else:
        other, its_key = _choose(changed, fortune)
        if its_key != "asyncapi":
            parent[key] = copy.deepcopy(other[its_key])
    return changed, f"{what} at {key!r}"


def _choose(document: Any, fortune: random.Random) -> tuple[Any, Any]:
    """Choose a place: by a walk that may stop anywhere, so that upper parts are met as often as lower ones."""
    parent, key = document, fortune.choice(list(document))
    while fortune.random() < 0.8:
        value = parent[key]
        if isinstance(value, dict) and value:
            parent, key = value, fortune.choice(list(value))
        elif isinstance(value, list) and value:
            parent, key = value, fortune.randrange(len(value))
        else:
            break
    return parent, key


def _misspelt(name: str, fortune: random.Random) -> str:
    if len(name) < 2:
        return name + "x"
    at = fortune.randrange(len(name))
    return fortune.choice((name[:at] + name[at + 1 :], name[:at] + name[at] + name[at:], name.upper(), name + " x"))


def _duplicate(parent: Any, value: Any, fortune: random.Random) -> None:
    if isinstance(parent, list):
        parent.append(copy.deepcopy(value))
    elif isinstance(value, list) and value:
        value.append(copy.deepcopy(fortune.choice(value)))
    else:
        parent["copied"] = copy.deepcopy(value)


def _refer(document: Any, parent: Any, key: Any, fortune: random.Random) -> None:
    """Put a reference in the place of a value: to nowhere, to somewhere, to itself, or to the value itself."""
    way = fortune.randrange(5)
    if way == 0:
        parent[key] = {"$ref": "#/nowhere"}
    elif way == 1:
        pointer = _pointer_to(document, fortune)
        parent[key] = {"$ref": pointer}
    elif way == 2:
        document["x-moved"] = parent[key]
        parent[key] = {"$ref": "#/x-moved"}
    elif way == 3 and isinstance(parent[key], dict):
        parent[key]["$ref"] = fortune.choice((_pointer_to(document, fortune), 5))
    else:
        document["x-round"] = {"$ref": "#/x-round-2"}
        document["x-round-2"] = {"$ref": "#/x-round"}
        parent[key] = {"$ref": "#/x-round"}


def _pointer_to(document: Any, fortune: random.Random) -> str:
    value, parts = document, []
    while fortune.random() < 0.85:
        if isinstance(value, dict) and value:
            key = fortune.choice(list(value))
        elif isinstance(value, list) and value:
            key = fortune.randrange(len(value))
        else:
            break
        parts.append(str(key).replace("~", "~0").replace("/", "~1"))
        value = value[key]
    return "#" + "".join("/" + part for part in parts)
