"""Parameters of channels: each placeholder of the address is described, and nothing else is.

The official parser looks only where `parameters` stands, and in 2.x only where the address has a placeholder.
Source: AsyncAPI 2.6 and 3.1, "Parameters Object".
"""

from __future__ import annotations

from asyncwatch.contract.findings import quote
from asyncwatch.contract.rules.placeholders import naming, placeholders
from asyncwatch.contract.rules.survey import Named, Survey
from asyncwatch.contract.sites import Site


def described_placeholders(survey: Survey) -> None:
    """Compare the placeholders of each channel's address with its parameters."""
    for channel in survey.channels:
        _compare(survey, channel)
    for channel in survey.component_channels if survey.major > 2 else ():
        _compare(survey, channel)


def _compare(survey: Survey, channel: Named) -> None:
    address: object = channel.name
    holder = channel.own
    if survey.major > 2:
        own = channel.site.child("address")
        address, holder = (own.value if own is not None else None), own or channel.site
        if address is not None and not isinstance(address, str):
            return
    names = placeholders(address)
    described = survey.inside(channel.site, "parameters")
    if described is None:
        if names and "parameters" not in _members(channel.site):
            survey.add(
                "document.parameter", "warning",
                f"{channel.what} describes no parameters, its address has {naming(names)}", holder,
            )  # fmt: skip
        return
    known = _members(described)
    missing = [name for name in names if name not in known]
    if missing:
        place = channel.site.child("parameters") or described
        survey.add(
            "document.parameter", "error", f"{channel.what} does not describe parameter {naming(missing)}", place
        )
    is_demanded = survey.major > 2 or bool(names)
    for name, site in described.members():
        if name not in names:
            survey.add(
                "document.parameter", "error" if is_demanded else "warning",
                f"{channel.what} describes parameter {quote(name)}, which its address does not have", site,
            )  # fmt: skip


def _members(site: Site) -> dict[str, object]:
    return site.value if isinstance(site.value, dict) else {}
