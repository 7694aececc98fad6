"""The findings file: a line of JSON for each occurrence."""

from __future__ import annotations

from asyncwatch.outlets.findings.outlet import FindingsOutlet

__all__ = ["FindingsOutlet"]
