"""Python, asyncwatch, the libraries it needs, and parts that may be installed beside it."""

from __future__ import annotations

import platform
import re
import sys
from importlib.metadata import PackageNotFoundError, entry_points, requires, version

from asyncwatch import __version__
from asyncwatch.cli.doctor.diagnosis import Section
from asyncwatch.taps.base import Remark

_PACKAGE = "asyncwatch-sidecar"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_EXTRA = re.compile(r"""extra\s*==\s*["']([^"']+)["']""")


def look_at_versions() -> Section:
    """Give what is installed."""
    needed, optional = _requirements()
    found = {name: _version(name) for name in needed}
    remarks = [Remark(f"Python {platform.python_version()}", "ok", f"{platform.system()} {platform.machine()}")]
    missing = [name for name, one in found.items() if one is None]
    present = ", ".join(f"{name} {one}" for name, one in found.items() if one is not None)
    if present:
        remarks.append(Remark("libraries", "ok", present))
    if not needed:
        remarks.append(Remark("libraries", "unknown", "asyncwatch runs without being installed"))
    remarks += [Remark(f"library {name}", "problem", "not installed", f"pip install {_PACKAGE}") for name in missing]
    for extra, names in optional.items():
        absent = [name for name in names if _version(name) is None]
        what = f"optional part '{extra}' ({', '.join(names)})"
        remarks.append(
            Remark(what, "ok", "installed")
            if not absent
            else Remark(what, "unknown", "not installed", f"pip install '{_PACKAGE}[{extra}]'")
        )
    dashboard = list(entry_points(group="asyncwatch.dashboard"))
    remarks.append(
        Remark("dashboard", "ok", "installed")
        if dashboard
        else Remark("dashboard", "unknown", "not installed", f"pip install {_PACKAGE}")
    )
    if sys.stdout is not None and (sys.stdout.encoding or "").lower().replace("-", "") != "utf8":
        remarks.append(Remark("terminal", "warning", "its encoding is not UTF-8", "the dashboard draws with --ascii"))
    return Section(f"asyncwatch {__version__}", remarks)


def _requirements() -> tuple[list[str], dict[str, list[str]]]:
    """Give the libraries that are needed, and those of each optional part."""
    try:
        listed = requires(_PACKAGE) or []
    except PackageNotFoundError:
        listed = []
    needed: list[str] = []
    optional: dict[str, list[str]] = {}
    for line in listed:
        found, extra = _NAME.match(line), _EXTRA.search(line)
        if found is not None:
            (needed if extra is None else optional.setdefault(extra[1], [])).append(found[0])
    return sorted(set(needed), key=str.lower), optional


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
