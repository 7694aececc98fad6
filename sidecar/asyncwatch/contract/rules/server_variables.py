"""Variables of servers: each placeholder of the address is described, and nothing else is.

In 2.x the official parser looks where `url` and `variables` stand and the former has a placeholder; in 3.x nowhere.
Source: AsyncAPI 2.6 and 3.1, "Server Variable Object".
"""

from __future__ import annotations

from asyncwatch.contract.findings import quote
from asyncwatch.contract.rules.placeholders import naming, placeholders
from asyncwatch.contract.rules.survey import Named, Survey
from asyncwatch.contract.sites import Site
from asyncwatch.model.severity import Severity


def described_variables(survey: Survey) -> None:
    """Compare the placeholders of each server's address with its variables."""
    for server in survey.all_servers:
        fields = ("url",) if survey.major == 2 else ("host", "pathname")
        _compare(survey, server, [site for key in fields if (site := server.site.child(key)) is not None])
        for variable in survey.listed(server.site, "variables", "variable"):
            _compare_values(survey, server, variable)


def _compare(survey: Survey, server: Named, fields: list[Site]) -> None:
    names = {name: field for field in fields for name in placeholders(field.value)}
    described = survey.inside(server.site, "variables")
    severity: Severity = "error" if survey.major == 2 and names else "warning"
    if described is None:
        if names and server.site.child("variables") is None:
            survey.add(
                "document.server-variable", "warning",
                f"{server.what} describes no variables, its address has {naming(list(names))}",
                next(iter(names.values())),
            )  # fmt: skip
        return
    known = dict(described.members())
    missing = [name for name in names if name not in known]
    if missing:
        place = server.site.child("variables") or described
        survey.add("document.server-variable", severity, f"{server.what} does not describe {naming(missing)}", place)
    for name, site in known.items():
        if name not in names:
            survey.add(
                "document.server-variable", severity,
                f"{server.what} describes variable {quote(name)}, which its address does not have", site,
            )  # fmt: skip


def _compare_values(survey: Survey, server: Named, variable: Named) -> None:
    """A default that is not among the values of its own variable."""
    values, default = variable.site.child("enum"), variable.site.child("default")
    if values is None or default is None or not isinstance(values.value, list) or not values.value:
        return
    if isinstance(default.value, str) and default.value not in values.value:
        survey.add(
            "document.server-variable", "warning",
            f"{server.what}: the default of {variable.what} is not one of its {len(values.value)} values", default,
        )  # fmt: skip
