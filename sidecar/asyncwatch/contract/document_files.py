"""The files of one document: each read once, all of them together within bounds.

Rule 1: what is wrong with a file is told once, at its own place; a file that cannot be read is asked for once.
Rule 2: only ordinary files are opened by a reference: a pipe or device may never end.
"""

from __future__ import annotations

import codecs
import os
from collections.abc import Callable
from typing import Final

from asyncwatch.contract.document_finding import DocumentFinding, Position
from asyncwatch.contract.fetched import Fetch
from asyncwatch.contract.findings import quote
from asyncwatch.contract.reference_target import is_remote, name_target
from asyncwatch.contract.sites import write_pointer
from asyncwatch.contract.unresolvable import Unresolvable
from asyncwatch.model.errors import Misconfigured
from asyncwatch.reading.malformed import Malformed, Problem
from asyncwatch.reading.tree import Tree, read_tree
from asyncwatch.reading.web_address import WebAddress

MOST_FILES: Final = 1_000
MOST_BYTES: Final = 100_000_000
"""Bytes of all files of a document together."""
MOST_NODES: Final = 3_000_000
"""Nodes of all files of a document together."""

RULE_OF_PROBLEM: Final[dict[Problem, str]] = {
    "syntax": "document.syntax", "duplicate-key": "document.duplicate-key", "key-type": "document.key-type",
    "tag": "document.tag", "too-large": "document.too-large", "encoding": "document.encoding", "empty": "document.empty",
}  # fmt: skip
"""The rule for each thing that can be wrong with a text."""


class DocumentFiles:
    """Files by their real path, or by their address where they were fetched.

    `read` opens files and may raise OSError; `fetch` None = nothing is fetched.
    """

    def __init__(self, path: str, read: Callable[[str], bytes], folder: str | None, fetch: Fetch | None) -> None:
        self._read = read
        self._fetch = fetch
        self.main = os.path.realpath(path)
        self._folders = [os.path.dirname(self.main), *([] if folder is None else [os.path.realpath(folder)])]
        self._shown = {self.main: path}
        self._addresses: dict[str, WebAddress] = {}
        self._base: dict[str, str] = {}
        self._trees: dict[str, Tree] = {}
        self._bytes: dict[str, bytes] = {}
        self._failed: dict[str, Unresolvable] = {}
        self._size_bytes = 0
        self._nodes = 0
        self.faults: list[DocumentFinding] = []
        """What is wrong with texts that could be read all the same."""
        self.remarks: list[tuple[str, str]] = []
        """What is to be said about files from the web: the file, and the remark."""

    def open(self) -> Tree:
        """Read the document itself.

        Raises: Misconfigured if it cannot be read; Malformed if it is no YAML.
        """
        shown = self._shown[self.main]
        try:
            data = self._read(shown)
        except OSError as error:
            raise Misconfigured(f"cannot read {quote(shown, 400)}", detail=error.strerror or str(error)) from error
        return self._take(self.main, data)

    def tree(self, file: str) -> Tree:
        """Give a file that was read."""
        return self._trees[file]

    def texts(self) -> dict[str, str]:
        """Give the text of every file that was read, by the name it is shown under; the document itself first."""
        return {self._trees[file].file: _decoded(data) for file, data in self._bytes.items()}

    def find(self, base: str, address: str) -> str:
        """Give the file that the address of a reference in `base` names.

        Raises: Unresolvable.
        """
        target = name_target(self._base.get(base, base), address, self._folders)
        if isinstance(target, WebAddress):
            if self._fetch is None:
                raise Unresolvable(
                    f"remote references are not read: {quote(str(target))} (--allow-remote names places that may be)",
                    "document.reference-remote",
                )
            name = str(target)
            self._addresses[name] = target
            self._shown.setdefault(name, name)
            return name
        path, name = target
        if path not in self._shown:
            shown = os.path.normpath(os.path.join(os.path.dirname(self._shown.get(base, base)), name))
            self._shown[path] = shown if os.path.realpath(shown) == path else path  # the document may be a link
        return path

    def read(self, file: str) -> Tree:
        """Give a file, read now or before.

        Raises: Unresolvable.
        """
        tree = self._trees.get(file)
        if tree is not None:
            return tree
        failed = self._failed.get(file)
        if failed is None:
            try:
                return self._take(file, self._bytes_of(file))
            except OSError as error:
                shown = quote(self._shown.get(file, file), 400)
                failed = Unresolvable(f"{shown}: {error.strerror or error}{_hint(file)}")
            except Malformed as error:
                failed = Unresolvable(str(error), RULE_OF_PROBLEM[error.problem])
            except Unresolvable as error:
                failed = error
            self._failed[file] = failed
        raise Unresolvable(failed.message, failed.rule)

    def _bytes_of(self, file: str) -> bytes:
        if len(self._trees) + len(self._failed) >= MOST_FILES:
            raise Unresolvable(f"more than {MOST_FILES:,} files are referred to", "document.too-large")
        if self._size_bytes > MOST_BYTES or self._nodes > MOST_NODES:
            raise Unresolvable(
                f"the files referred to are larger than {MOST_BYTES:,} bytes or {MOST_NODES:,} values together",
                "document.too-large",
            )
        if is_remote(file):
            assert self._fetch is not None  # `find` looked
            fetched = self._fetch(self._addresses[file])
            self._base[file] = fetched.url
            if fetched.remark is not None:
                self.remarks.append((file, fetched.remark))
            return fetched.data
        if os.path.exists(file) and not os.path.isfile(file):
            what = "a folder" if os.path.isdir(file) else "no ordinary file"
            raise Unresolvable(f"{quote(self._shown.get(file, file), 400)} is {what}")
        return self._read(file)

    def _take(self, file: str, data: bytes) -> Tree:
        faults: list[Malformed] = []
        self._size_bytes += len(data)
        tree = read_tree(data, self._shown.get(file, file), faults)
        self._nodes += tree.size
        self._trees[file] = tree
        self._bytes[file] = data
        self.faults += (
            DocumentFinding(
                RULE_OF_PROBLEM[one.problem], "error", f"{one.what}: {one.hint}" if one.hint else one.what,
                write_pointer(one.pointer), Position(one.file, one.line, one.column),
            )
            for one in faults
        )  # fmt: skip
        return tree


def _hint(file: str) -> str:
    return " (write '/' between folders)" if "\\" in os.path.basename(file) else ""


def _decoded(data: bytes) -> str:
    """Decode a file that was read as YAML: UTF-16 says so by its first bytes, all others are UTF-8."""
    is_wide = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    return data.decode("utf-16" if is_wide else "utf-8-sig", "replace")
