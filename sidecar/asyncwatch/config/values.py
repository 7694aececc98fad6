"""Values that were given for keys, with the place where each stands; several sources lie over one another."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Given:
    """A value in our form. `place`: file, line and column, or the variable; `folder`: what its paths are relative to."""

    value: Any
    place: str
    folder: str
    from_variable: bool = False

    def path(self, text: str | None = None) -> str:
        """Give the value, or another text, as the path of a file: a relative one is from the file that says it."""
        path = str(self.value) if text is None else text
        return path if self.from_variable else os.path.normpath(os.path.join(self.folder, path))


class Values:
    """Given values by the way to their key. Names that a variable can only spell roughly are found all the same."""

    def __init__(self, given: Mapping[Path, Given]) -> None:
        self._given = dict(given)

    def over(self, lower: Values) -> Values:
        """Lay these values over others."""
        known = {folded_path(path): path for path in lower._given}  # the same class
        merged = dict(lower._given)
        for path, given in self._given.items():
            merged[known.get(folded_path(path), path) if given.from_variable else path] = given
        return Values(merged)

    def get(self, *path: str) -> Given | None:
        """Give what was said of a key."""
        return self._given.get(path)

    def value(self, *path: str) -> Any:
        """Give the value of a key; None where nothing was said."""
        found = self._given.get(path)
        return None if found is None else found.value

    def below(self, *path: str) -> Values:
        """Give the values of the keys under a key."""
        wanted = folded_path(path)
        n = len(path)
        exact = {one[n:]: given for one, given in self._given.items() if one[:n] == path}
        rough = {one[n:]: given for one, given in self._given.items() if folded_path(one[:n]) == wanted}
        return Values(rough | exact)

    def names(self, *path: str) -> list[str]:
        """Give the names under a key, in their order."""
        n = len(path)
        return list(dict.fromkeys(one[n] for one in self._given if one[:n] == path and len(one) > n))

    def items(self) -> Iterator[tuple[Path, Given]]:
        return iter(self._given.items())

    def __bool__(self) -> bool:
        return bool(self._given)


def folded(name: str) -> str:
    """Give what a name looks like in a variable: any sign that is no letter or digit counts as `_`."""
    return re.sub(r"[^A-Za-z0-9]", "_", name).lower()


def folded_path(path: Path) -> Path:
    """Fold each name of a path."""
    return tuple(map(folded, path))
