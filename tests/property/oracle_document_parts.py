"""The slow twin of tolerance: which parts of a document a channel depends on, found by walking the plain values."""

from __future__ import annotations

from urllib.parse import unquote

ABSENT = object()


def subtrees(value, path=()):
    """Give the path of every part of a value, the whole first."""
    yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in inner:
        yield from subtrees(part, (*path, key))


def changed(value, path, new):
    """Copy a value with one part taken out (ABSENT), or another in its place."""
    copy = dict(value) if isinstance(value, dict) else list(value)
    if len(path) > 1:
        copy[path[0]] = changed(value[path[0]], path[1:], new)
    elif new is ABSENT:
        del copy[path[0]]
    else:
        copy[path[0]] = new
    return copy


def at(value, path):
    for key in path:
        value = value[key]
    return value


def passed(document, reference):
    """Give every path that a reference inside the document passes, its target last."""
    if not isinstance(reference, str) or not reference.startswith("#/"):
        return
    path, value = (), document
    for raw in reference[2:].split("/"):
        key = unquote(raw).replace("~1", "/").replace("~0", "~")
        for _ in range(20):
            if not (isinstance(value, dict) and "$ref" in value and key not in value):
                break
            yield path
            inner = list(passed(document, value["$ref"]))
            yield from inner
            if not inner:
                return
            path, value = inner[-1], at(document, inner[-1])
        if isinstance(value, list) and key.isdigit() and int(key) < len(value):
            key = int(key)
        elif not isinstance(value, dict) or key not in value:
            return
        path, value = (*path, key), value[key]
    yield path


def closure(document, start):
    """Give the paths of a part and of everything its references lead to."""
    found, waiting = set(), [start]
    while waiting:
        path = waiting.pop()
        if any(path[:length] in found for length in range(len(path) + 1)):
            continue
        found.add(path)
        values = [at(document, path)]
        while values:
            value = values.pop()
            if isinstance(value, dict):
                waiting.extend(passed(document, value.get("$ref")))
                values.extend(value.values())
            elif isinstance(value, list):
                values.extend(value)
    return found


def parts_of_channels(document, contract):
    """Give for each channel the paths it depends on: its own, its operations' and its servers'."""
    found = {}
    for name, channel in contract.channels.items():
        parts = closure(document, ("channels", name)) | {("asyncapi",)}
        for key, operation in contract.operations.items():
            if operation.channel == name and key in document.get("operations", {}):
                parts |= closure(document, ("operations", key))
        for server in channel.servers or [None]:
            place = ("servers",) if server is None else ("servers", server)
            parts |= closure(document, place) if "servers" in document else {place}
        found[name] = parts
    return found


def parts_of_operations(document, contract, channels):
    """Give for each operation of version 3.x the paths it depends on: its own, and those of the channels it names."""
    found = {}
    for key, operation in contract.operations.items():
        if key in document.get("operations", {}):
            named = [operation.channel, operation.reply_channel]
            found[key] = closure(document, ("operations", key)).union(*(channels.get(name, ()) for name in named))
    return found


def is_related(path, parts):
    """Tell whether a path lies inside one of the parts or around it."""
    return any(part[: len(path)] == path or path[: len(part)] == part for part in parts)
