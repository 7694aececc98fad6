"""Security requirements: each names a scheme of the components, and scopes that the scheme has.

Source: AsyncAPI 2.6, "Security Requirement Object"; 3.1, "Security Scheme Object" (`scopes`).
"""

from __future__ import annotations

from asyncwatch.contract.findings import quote
from asyncwatch.contract.rules.placeholders import naming
from asyncwatch.contract.rules.survey import Named, Survey
from asyncwatch.contract.sites import Site

_FLOWS = ("implicit", "password", "clientCredentials", "authorizationCode")


def known_security(survey: Survey) -> None:
    """Look up every scheme and scope that servers and operations require."""
    if survey.major == 2:
        schemes = {one.name: one.site for one in survey.listed(survey.components, "securitySchemes", "scheme")}
        listed = survey.inside(survey.components, "securitySchemes")
        names = set(listed.value) if listed is not None and isinstance(listed.value, dict) else set()
        for holder in [*survey.servers, *survey.operations]:
            _required_by_name(survey, holder, schemes, names)
    else:
        for holder in [*survey.all_servers, *survey.operations, *survey.component_operations]:
            for _, scheme in survey.items(holder.site, "security"):
                scopes = scheme.child("scopes")
                if scopes is not None:
                    _scopes(survey, scopes, scheme, "availableScopes", is_demanded=False)


def _required_by_name(survey: Survey, holder: Named, schemes: dict[str, Site], names: set[str]) -> None:
    for _, requirement in survey.items(holder.site, "security"):
        for name, scopes in requirement.members():
            if name not in names:
                survey.add(
                    "document.security", "error",
                    f"{holder.what}: security scheme {quote(name)} is not described in components", scopes,
                )  # fmt: skip
            elif name in schemes:
                _scopes(survey, scopes, schemes[name], "scopes", is_demanded=True)


def _scopes(survey: Survey, scopes: Site, scheme: Site, field: str, *, is_demanded: bool) -> None:
    """Compare the scopes of a requirement with those of the flows of an OAuth 2 scheme."""
    kind, flows = scheme.child("type"), survey.inside(scheme, "flows")
    if kind is None or kind.value != "oauth2" or flows is None:
        return
    known: dict[str, None] = {}
    for flow in _FLOWS:
        available = survey.inside(flows, flow, field)
        known |= dict.fromkeys(available.value) if available is not None and isinstance(available.value, dict) else {}
    for scope in scopes.items():
        if isinstance(scope.value, str) and scope.value not in known:
            there = f"it has {naming(list(known))}" if known else "it has none"
            survey.add(
                "document.security", "error" if is_demanded else "warning",
                f"no flow of the security scheme has the scope {quote(scope.value)}, {there}", scope,
            )  # fmt: skip
