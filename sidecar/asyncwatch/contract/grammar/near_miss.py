"""The name that was probably meant."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

_LONGEST: Final = 60


def near_miss(name: str, known: Iterable[str]) -> str | None:
    """Give the known name that a name is nearly, None if there is none.

    Cost: a comparison with each known name, so it is for faults only.
    """
    if len(name) > _LONGEST or name[:1].isdigit():  # versions are near each other and mean others
        return None
    names = list(known)
    folded = {one.lower(): one for one in names}
    same = folded.get(name.lower().replace("_", "").replace("-", ""))
    if same is not None:
        return same
    from difflib import get_close_matches  # noqa: PLC0415 # most documents never need it

    found = get_close_matches(name.lower(), folded, n=1, cutoff=0.72)
    return folded[found[0]] if found else None
