"""The version of the specification is one that was published.

The patch number has no meaning, yet the official parser takes only `.0`.
Source: AsyncAPI 3.1, "AsyncAPI Version String".
"""

from __future__ import annotations

from asyncwatch.contract.findings import quote
from asyncwatch.contract.rules.survey import Survey


def published_version(survey: Survey) -> None:
    """Name a version that nobody published though it is read."""
    site = survey.root.child("asyncapi")
    version = site.value if site is not None else None
    if site is None or not isinstance(version, str):
        return
    read_as = f"{survey.major}.{survey.minor}.0"
    if version != read_as and version.startswith(f"{survey.major}.{survey.minor}."):
        survey.add(
            "document.version", "warning",
            f"AsyncAPI {quote(version)} was never published, it is read as {read_as}; other readers refuse it", site,
        )  # fmt: skip
