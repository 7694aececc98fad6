"""What changed between two JSON documents, as a JSON Patch (RFC 6902).

Lists are compared place by place: rows of a report keep their place, new ones come at the end.
"""

from __future__ import annotations

Operation = dict[str, object]


def diff(old: object, new: object) -> list[Operation]:
    """Give the operations that turn `old` into `new`."""
    operations: list[Operation] = []
    _compare(old, new, "", operations)
    return operations


def _compare(old: object, new: object, path: str, into: list[Operation]) -> None:
    if isinstance(old, dict) and isinstance(new, dict):
        into.extend({"op": "remove", "path": f"{path}/{_escape(name)}"} for name in old.keys() - new.keys())
        for name, value in new.items():
            if name in old:
                _compare(old[name], value, f"{path}/{_escape(name)}", into)
            else:
                into.append({"op": "add", "path": f"{path}/{_escape(name)}", "value": value})
    elif isinstance(old, list) and isinstance(new, list):
        shared = min(len(old), len(new))
        for index in range(shared):
            _compare(old[index], new[index], f"{path}/{index}", into)
        into.extend({"op": "remove", "path": f"{path}/{index}"} for index in range(len(old) - 1, shared - 1, -1))
        into.extend({"op": "add", "path": f"{path}/-", "value": value} for value in new[shared:])
    elif type(old) is not type(new) or old != new:
        into.append({"op": "replace", "path": path, "value": new})


def _escape(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")
