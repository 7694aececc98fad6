"""References between the parts of a document and its files.

Rule 1: a reference is a JSON Reference: relative to the file that holds it, siblings ignored, `$id` without a say.
Rule 2: a file is opened only at or below the document's folder, links resolved; nothing is fetched.
Rule 3: references are followed, never expanded in place, so recursive parts stay a graph.
"""

from __future__ import annotations

import codecs
import os
from collections.abc import Callable
from typing import Final
from urllib.parse import unquote, urlsplit

from asyncwatch.contract.document_finding import Position
from asyncwatch.contract.findings import Findings, quote
from asyncwatch.contract.sites import Pointer, Site
from asyncwatch.model.errors import Misconfigured
from asyncwatch.reading.malformed import Malformed, Problem
from asyncwatch.reading.tree import Tree, read_tree

_MOST_STEPS: Final = 100
"""References in a row; a chain longer than this goes round in a circle, or might as well."""
_MOST_FILES: Final = 1000


RULE_OF_PROBLEM: Final[dict[Problem, str]] = {
    "syntax": "document.syntax", "duplicate-key": "document.duplicate-key", "key-type": "document.key-type",
    "tag": "document.tag", "too-large": "document.too-large", "encoding": "document.encoding", "empty": "document.empty",
}  # fmt: skip
"""The rule for each thing that can be wrong with a text."""


class Unresolvable(Misconfigured):
    """A reference that leads nowhere, or to where we do not go; `rule` names the finding."""

    def __init__(self, message: str, rule: str = "document.reference") -> None:
        super().__init__(message)
        self.rule = rule


class Documents:
    """The files of a document, each read once, and the way from a reference to its target.

    `path` is the document; `folder` is what references may reach, the document's own folder if it is None.
    """

    def __init__(self, path: str, read: Callable[[str], bytes], folder: str | None = None) -> None:
        self._read = read
        self._main = os.path.realpath(path)
        self._folder = os.path.realpath(folder) if folder is not None else os.path.dirname(self._main)
        self._shown = {self._main: path}
        self._trees: dict[str, Tree] = {}
        self._bytes: dict[str, bytes] = {}
        self._failed: dict[str, Unresolvable] = {}
        self.findings = Findings(self.position)

    def open(self) -> Site:
        """Read the document itself.

        Raises: Misconfigured if it cannot be read, or is no YAML.
        """
        shown = self._shown[self._main]
        try:
            data = self._read(shown)
        except OSError as error:
            raise Misconfigured(f"cannot read {quote(shown, 400)}", detail=error.strerror or str(error)) from error
        tree = self._trees[self._main] = read_tree(data, shown)
        self._bytes[self._main] = data
        return Site(self._main, (), tree.value)

    def position(self, site: Site) -> Position:
        """Give the place of a site, or of the nearest part around it."""
        tree = self._trees[site.file]
        return Position(tree.file, *tree.position(site.pointer))

    def position_inside(self, site: Site, inner: Pointer) -> Position:
        """Give the place of a part of a site; where traits were merged in, the place that the part came from."""
        return self.position(inside(site, inner))

    def texts(self) -> dict[str, str]:
        """Give the text of every file that was read, by the name it is shown under; the document itself first."""
        return {self._trees[file].file: _decoded(data) for file, data in self._bytes.items()}

    def follow(self, site: Site) -> Site:
        """Give what a site stands for: itself, or the end of its chain of references.

        Raises: Unresolvable.
        """
        for _ in range(_MOST_STEPS):
            reference = site.reference
            if reference is None:
                return site
            site = self.resolve(site.file, reference)
        raise Unresolvable("the reference goes round in a circle", "document.reference-loop")

    def resolve(self, file: str, reference: str) -> Site:
        """Give the target of a reference that stands in `file`; the target may be a reference itself.

        Raises: Unresolvable.
        """
        address, _, fragment = reference.partition("#")
        target = self._file_of(file, address, reference) if address else file
        tree = self._tree(target)
        return self._at(target, tree, fragment, reference, 0)

    def _at(self, file: str, tree: Tree, fragment: str, reference: str, steps: int) -> Site:
        """Walk a JSON pointer; a reference on the way is followed."""
        site = Site(file, (), tree.value)
        if fragment in {"", "/"}:
            return site
        if not fragment.startswith("/"):
            return self._by_name(site, fragment, reference)
        for raw in fragment[1:].split("/"):
            part = unquote(raw).replace("~1", "/").replace("~0", "~")
            while site.reference is not None and not (isinstance(site.value, dict) and part in site.value):
                steps += 1
                if steps > _MOST_STEPS:
                    raise Unresolvable("the reference goes round in a circle", "document.reference-loop")
                site = self._next(site, steps)
            found = _member(site, part)
            if found is None:
                return self._by_name(Site(file, (), tree.value), fragment[1:], reference)
            site = found
        return site

    def _next(self, site: Site, steps: int) -> Site:
        reference = site.reference
        assert reference is not None  # the caller looked
        address, _, fragment = reference.partition("#")
        target = self._file_of(site.file, address, reference) if address else site.file
        if steps > _MOST_STEPS:
            raise Unresolvable("the reference goes round in a circle", "document.reference-loop")
        return self._at(target, self._tree(target), fragment, reference, steps + 1)

    def _by_name(self, root: Site, name: str, reference: str) -> Site:
        """Take a whole file whose record is named by the fragment: no pointer, but common with Avro."""
        if isinstance(root.value, dict) and isinstance(root.value.get("name"), str) and "/" not in name:
            own = root.value["name"]
            space = root.value.get("namespace")
            if unquote(name) in {own, f"{space}.{own}"}:
                self.findings.add(
                    "document.reference-by-name", "warning",
                    f"{quote(reference)} names a record, it is no pointer; the whole file is taken", root,
                )  # fmt: skip
                return root
        raise Unresolvable(f"{quote(reference)} leads nowhere")

    def _file_of(self, base: str, address: str, reference: str) -> str:
        if urlsplit(address).scheme or address.startswith("//"):
            raise Unresolvable(f"remote references are not read: {quote(reference)}", "document.reference-remote")
        name = unquote(address)
        if "\0" in name:
            raise Unresolvable(f"{quote(reference)} names no file")
        joined = os.path.join(os.path.dirname(base), name)
        target = os.path.realpath(joined)
        if os.path.commonpath([target, self._folder]) != self._folder:
            raise Unresolvable(f"{quote(reference)} lies outside the document's folder", "document.reference-outside")
        self._shown.setdefault(
            target, os.path.normpath(os.path.join(os.path.dirname(self._shown.get(base, base)), name))
        )
        return target

    def _tree(self, file: str) -> Tree:
        tree = self._trees.get(file)
        if tree is not None:
            return tree
        failed = self._failed.get(file)
        if failed is None:
            try:
                if len(self._trees) + len(self._failed) >= _MOST_FILES:
                    raise Unresolvable(f"more than {_MOST_FILES:,} files are referred to")
                data = self._read(file)
                tree = self._trees[file] = read_tree(data, self._shown.get(file, file))
                self._bytes[file] = data
            except OSError as error:
                failed = Unresolvable(f"{quote(self._shown.get(file, file), 400)}: {error.strerror or error}")
            except Malformed as error:
                failed = Unresolvable(str(error), RULE_OF_PROBLEM[error.problem])
            else:
                return tree
            self._failed[file] = failed
        raise Unresolvable(failed.message, failed.rule)

    def is_original(self, site: Site) -> bool:
        """Tell whether a site's value is the one in the file, not one that traits were merged into."""
        value: object = self._trees[site.file].value
        for part in site.pointer:
            found = _member(Site(site.file, (), value), str(part))
            if found is None:
                return False
            value = found.value
        return value is site.value


def inside(site: Site, inner: Pointer) -> Site:
    """Give a part of a site; where there is none, a site without a value that names where it would stand."""
    for done, part in enumerate(inner):
        found = _member(site, str(part))
        if found is None:
            return Site(site.file, (*site.pointer, *inner[done:]), None)
        site = found
    return site


def _member(site: Site, part: str) -> Site | None:
    if isinstance(site.value, dict):
        return site.child(part)
    if isinstance(site.value, list) and part.isascii() and part.isdigit() and len(part) < 8:
        index = int(part)
        if index < len(site.value):
            return Site(site.file, (*site.pointer, index), site.value[index])
    return None


def _decoded(data: bytes) -> str:
    """Decode a file that was read as YAML: UTF-16 says so by its first bytes, all others are UTF-8."""
    is_wide = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    return data.decode("utf-16" if is_wide else "utf-8-sig", "replace")
