"""Which documents are meant: files, patterns, and folders that are searched for documents."""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Iterator, Sequence
from typing import Final

from asyncwatch.model.errors import Misconfigured, MisconfiguredAll

_ENDINGS: Final = (".yaml", ".yml", ".json")
_LEFT_OUT: Final = frozenset({"node_modules", "__pycache__"})
_IS_DOCUMENT: Final = re.compile(rb"""(?:^|[{,])[ \t]*["']?asyncapi["']?[ \t]*:""", re.MULTILINE)
_LOOKED_AT_BYTES: Final = 1 << 20
_MOST_FILES: Final = 10_000


def gather(given: Sequence[str]) -> list[str]:
    """Give the files that are meant, each once: of a folder those that have the key `asyncapi`.

    Raises: MisconfiguredAll with every name behind which there is no document.
    """
    faults: list[Misconfigured] = []
    found: dict[str, None] = {}
    for one in given:
        files = _files_of(one)
        if not files:
            faults.append(_nothing(one))
        found.update(dict.fromkeys(files))
    if len(found) > _MOST_FILES:
        faults.append(Misconfigured(f"more than {_MOST_FILES:,} documents", hint="name fewer folders at once"))
    if faults:
        raise MisconfiguredAll(faults)
    return list(found)


def _files_of(given: str) -> list[str]:
    if os.path.isdir(given):
        return list(_documents_below(given))
    if not os.path.exists(given) and glob.has_magic(given):
        matched = sorted(glob.iglob(given, recursive=True))
        return [file for one in matched for file in (_documents_below(one) if os.path.isdir(one) else [one])]
    return [given]  # whoever opens it says what is wrong with it


def _documents_below(folder: str) -> Iterator[str]:
    """Give the documents of a folder in the order of their names; hidden folders and links to folders are left out."""
    left = _MOST_FILES
    for where, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if name not in _LEFT_OUT and not name.startswith("."))
        for name in sorted(files):
            path = os.path.join(where, name)
            if name.lower().endswith(_ENDINGS) and os.path.isfile(path) and _is_document(path):
                left -= 1
                if left < 0:
                    return
                yield path


def _is_document(path: str) -> bool:
    try:
        with open(path, "rb") as file:
            return _IS_DOCUMENT.search(file.read(_LOOKED_AT_BYTES)) is not None
    except OSError:
        return True  # whoever opens it says why it cannot be read


def _nothing(given: str) -> Misconfigured:
    if os.path.isdir(given):
        return Misconfigured(
            f"no AsyncAPI document lies in '{given}'",
            hint="documents are .yaml, .yml or .json and have the key asyncapi",
        )
    return Misconfigured(f"'{given}' fits no file")
