"""What changed between two JSON documents, as a JSON Patch (RFC 6902).

Rule 1: lists of objects are compared place by place: rows of a report keep their place, new ones come at the end.
Rule 2: a list of anything else is one value: ten numbers that moved are shorter told whole.
Rule 3: equal parts are passed over as a whole; no place of a report changes between a number and a boolean.
"""

from __future__ import annotations

Operation = dict[str, object]


def diff(old: object, new: object, path: str = "") -> list[Operation]:
    """Give the operations that turn `old` into `new`, which stand at `path`."""
    operations: list[Operation] = []
    _compare(old, new, path, operations)
    return operations


def _compare(old: object, new: object, path: str, into: list[Operation]) -> None:
    if isinstance(old, dict) and isinstance(new, dict):
        into.extend({"op": "remove", "path": f"{path}/{_escape(name)}"} for name in old.keys() - new.keys())
        for name, value in new.items():
            if name not in old:
                into.append({"op": "add", "path": f"{path}/{_escape(name)}", "value": value})
                continue
            before = old[name]
            if type(before) is not type(value) or before != value:
                _compare(before, value, f"{path}/{_escape(name)}", into)
    elif isinstance(old, list) and isinstance(new, list) and _are_rows(old) and _are_rows(new):
        shared = min(len(old), len(new))
        for index in range(shared):
            if old[index] != new[index]:
                _compare(old[index], new[index], f"{path}/{index}", into)
        into.extend({"op": "remove", "path": f"{path}/{index}"} for index in range(len(old) - 1, shared - 1, -1))
        into.extend({"op": "add", "path": f"{path}/-", "value": value} for value in new[shared:])
    elif type(old) is not type(new) or old != new:
        into.append({"op": "replace", "path": path, "value": new})


def _are_rows(values: list[object]) -> bool:
    return all(isinstance(value, dict) for value in values)


def _escape(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1") if "/" in name or "~" in name else name
