"""References between the parts of a document and its files.

Rule 1: a reference is a JSON Reference: relative to the file that holds it, siblings ignored, `$id` without a say.
Rule 2: references are followed, never expanded in place, so recursive parts stay a graph.
Rule 3: every target is looked for once, and all looking together has a bound.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable
from typing import Final
from urllib.parse import unquote

from asyncwatch.contract.document_files import RULE_OF_PROBLEM, DocumentFiles
from asyncwatch.contract.document_finding import DocumentFinding, Position
from asyncwatch.contract.fetched import Fetch
from asyncwatch.contract.findings import Findings, quote
from asyncwatch.contract.sites import Pointer, Site, write_pointer
from asyncwatch.contract.unresolvable import Unresolvable

__all__ = ["RULE_OF_PROBLEM", "Documents", "Unresolvable", "inside"]

MOST_STEPS: Final = 1_000_000
"""Parts of pointers and references that are passed for one document, all together."""
_MOST_NESTED: Final = 100
"""References that pass through others: one inside the other, each on the way of the one before."""
_MOST_SIGNS: Final = 100_000
_MOST_LIKE: Final = 50
_MOST_COMPARED: Final = 500
_MOST_LIKE_SIGNS: Final = 100

_Asked = tuple[str, str]
"""A file, and a reference that stands in it."""


class Documents:
    """The files of a document, each read once, and the way from a reference to its target.

    `path` is the document; references reach files at or below its folder, and at or below `folder`; `fetch` reaches
    the web, nothing does if it is None.
    """

    def __init__(
        self, path: str, read: Callable[[str], bytes], folder: str | None = None, fetch: Fetch | None = None
    ) -> None:
        self._files = DocumentFiles(path, read, folder, fetch)
        self._targets: dict[_Asked, Site | Unresolvable] = {}
        self._ends: dict[_Asked, Site] = {}
        self._under_way: set[_Asked] = set()
        self._left = MOST_STEPS
        self._compared = 0
        self._told_faults = 0
        self.findings = Findings(self.position)
        self.merged: dict[tuple[str, Pointer], Site] = {}
        """Objects with their traits, by the place of the object."""
        self.merged_parts = 0

    def open(self) -> Site:
        """Read the document itself.

        Raises: Misconfigured if it cannot be read, or is no YAML.
        """
        site = Site(self._files.main, (), self._files.open().value)
        self._tell_faults()
        return site

    @property
    def text_faults(self) -> tuple[DocumentFinding, ...]:
        """Give what is wrong with the texts of the files that were read so far, apart from what they say."""
        return tuple(self._files.faults)

    def position(self, site: Site) -> Position:
        """Give the place of a site, or of the nearest part around it."""
        tree = self._files.tree(site.file)
        return Position(tree.file, *tree.position(site.pointer))

    def position_inside(self, site: Site, inner: Pointer) -> Position:
        """Give the place of a part of a site; where traits were merged in, the place that the part came from."""
        return self.position(inside(site, inner))

    def texts(self) -> dict[str, str]:
        """Give the text of every file that was read, by the name it is shown under; the document itself first."""
        return self._files.texts()

    def follow(self, site: Site) -> Site:
        """Give what a site stands for: itself, or the end of its chain of references.

        Raises: Unresolvable.
        """
        reference = site.reference
        if reference is None:
            return site
        asked = (site.file, reference)
        end = self._ends.get(asked)
        if end is None:
            end = self._ends[asked] = self._end_of(site)
        return end

    def _end_of(self, site: Site) -> Site:
        passed: dict[tuple[str, Pointer], str] = {}
        while (reference := site.reference) is not None:
            self._step()
            site = self.resolve(site.file, reference)
            place = (site.file, site.pointer)
            if place in passed:
                raise _round_in_circles(list(passed.values()))
            passed[place] = reference
        return site

    def resolve(self, file: str, reference: str) -> Site:
        """Give the target of a reference that stands in `file`; the target may be a reference itself.

        Raises: Unresolvable.
        """
        asked = (file, reference)
        found = self._targets.get(asked)
        if isinstance(found, Site):
            return found
        if found is not None:
            raise Unresolvable(found.message, found.rule)
        if asked in self._under_way:
            raise _round_in_circles([reference])
        if len(self._under_way) >= _MOST_NESTED:
            raise Unresolvable(
                f"{quote(reference)} passes through more than {_MOST_NESTED} other references", "document.too-large"
            )
        self._under_way.add(asked)
        try:
            site = self._targets[asked] = self._target(file, reference)
        except Unresolvable as error:
            if error.rule != "document.too-large":  # that depends on where one comes from
                self._targets[asked] = error
            raise
        finally:
            self._under_way.discard(asked)
        return site

    def _target(self, file: str, reference: str) -> Site:
        address, _, fragment = reference.partition("#")
        self._step()
        target = self._files.find(file, address) if address else file
        tree = self._files.read(target)
        self._tell_faults()
        root = Site(target, (), tree.value)
        if not fragment:
            return root
        if len(fragment) > _MOST_SIGNS:
            raise Unresolvable(f"{quote(reference)} is longer than {_MOST_SIGNS:,} characters")
        pointer = unquote(fragment)
        if not pointer.startswith("/"):
            return self._by_name(root, pointer, reference, "a pointer begins with '/'")
        return self._walk(root, pointer, reference)

    def _walk(self, root: Site, pointer: str, reference: str) -> Site:
        """Walk a JSON pointer; a reference on the way is followed."""
        site = root
        for raw in pointer[1:].split("/"):
            part = raw.replace("~1", "/").replace("~0", "~")
            self._step()
            passed: set[tuple[str, Pointer]] = set()
            while (own := site.reference) is not None and not (isinstance(site.value, dict) and part in site.value):
                self._step()
                site = self.resolve(site.file, own)
                place = (site.file, site.pointer)
                if place in passed:
                    raise _round_in_circles([reference, own])
                passed.add(place)
            found = _member(site, part)
            if found is None:
                return self._by_name(root, pointer[1:], reference, self._why(site, part))
            site = found
        return site

    def _step(self) -> None:
        self._left -= 1
        if self._left < 0:
            raise Unresolvable(f"references of the document take more than {MOST_STEPS:,} steps", "document.too-large")

    def _by_name(self, root: Site, name: str, reference: str, why: str) -> Site:
        """Take a whole file whose record is named by the fragment: no pointer, but common with Avro."""
        if isinstance(root.value, dict) and isinstance(root.value.get("name"), str) and "/" not in name:
            own = root.value["name"]
            space = root.value.get("namespace")
            if name in {own, f"{space}.{own}"}:
                self.findings.add(
                    "document.reference-by-name", "warning",
                    f"{quote(reference)} names a record, it is no pointer; the whole file is taken", root,
                )  # fmt: skip
                return root
        raise Unresolvable(f"{quote(reference)} leads nowhere: {why}")

    def _why(self, site: Site, part: str) -> str:
        """Say where a pointer ends, and what stands there instead."""
        where = quote(write_pointer(site.pointer)) if site.pointer else "the file"
        if not isinstance(site.value, dict):
            return f"{where} has no item {quote(part)}" if isinstance(site.value, list) else f"{where} is no object"
        why = f"{where} has no {quote(part)}"
        if self._compared < _MOST_LIKE and len(part) < _MOST_LIKE_SIGNS:
            self._compared += 1
            known = [key for key in list(site.value)[:_MOST_COMPARED] if len(key) < _MOST_LIKE_SIGNS]
            near = difflib.get_close_matches(part, known, 1)
            if near:
                why += f"; did you mean {quote(near[0])}?"
        return why

    def _tell_faults(self) -> None:
        for fault in self._files.faults[self._told_faults :]:
            self.findings.take(fault)
        self._told_faults = len(self._files.faults)
        while self._files.remarks:
            file, remark = self._files.remarks.pop()
            self.findings.add("document.reference-cached", "warning", remark, Site(file, (), None))

    def is_original(self, site: Site) -> bool:
        """Tell whether a site's value is the one in the file, not one that traits were merged into."""
        value: object = self._files.tree(site.file).value
        for part in site.pointer:
            found = _member(Site(site.file, (), value), str(part))
            if found is None:
                return False
            value = found.value
        return value is site.value


def inside(site: Site, inner: Pointer) -> Site:
    """Give the part of a site that a pointer leads to, without a value where there is none."""
    for done, part in enumerate(inner):
        found = _member(site, str(part))
        if found is None:
            return Site(site.file, (*site.pointer, *inner[done:]), None)
        site = found
    return site


def _round_in_circles(references: list[str]) -> Unresolvable:
    shown = " → ".join(quote(one) for one in references[:3]) + (" → …" if len(references) > 3 else "")
    return Unresolvable(f"the reference goes round in a circle: {shown}", "document.reference-loop")


def _member(site: Site, part: str) -> Site | None:
    if isinstance(site.value, dict):
        return site.child(part)
    if isinstance(site.value, list) and part.isascii() and part.isdigit() and len(part) < 8:
        index = int(part)
        if index < len(site.value):
            return Site(site.file, (*site.pointer, index), site.value[index])
    return None
