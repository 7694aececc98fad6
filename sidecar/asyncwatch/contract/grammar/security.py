"""Security schemes: which kinds there are, and what each needs.

Source: AsyncAPI 2.0 to 3.1, "Security Scheme Object"; the SASL kinds came with 2.1.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from asyncwatch.contract.grammar.language import (
    TEXT,
    TEXTS,
    URI,
    ByValue,
    Field,
    Kind,
    MapOf,
    Record,
    Table,
    one_of,
    required,
)
from asyncwatch.contract.grammar.relations import only_with, without

_BARE: Final = ("userPassword", "X509", "symmetricEncryption", "asymmetricEncryption")
_SASL: Final = ("plain", "scramSha256", "scramSha512", "gssapi")


def _scheme(kind: str, fields: Mapping[str, Field | Kind] | None = None) -> Record:
    return Record(f"a security scheme of type {kind}", {"type": TEXT, "description": TEXT} | dict(fields or {}))


def _flow(what: str, scopes: str, urls: tuple[str, ...], unwanted: str | None) -> Record:
    fields: dict[str, Field | Kind] = {"authorizationUrl": URI, "tokenUrl": URI, "refreshUrl": URI}
    fields |= {url: required(URI) for url in urls}
    fields[scopes] = required(MapOf("the scopes", TEXT))
    other = {"scopes": "`availableScopes` in 3.x"} if scopes != "scopes" else {"availableScopes": "`scopes` in 2.x"}
    return Record(
        f"the {what} flow",
        fields,
        rules=(without(unwanted, f"'{unwanted}' does not stand in the {what} flow"),) if unwanted else (),
        moved=other,
    )


def _flows(scopes: str) -> Record:
    kinds: dict[str, Field | Kind] = {
        "implicit": _flow("implicit", scopes, ("authorizationUrl",), "tokenUrl"),
        "password": _flow("password", scopes, ("tokenUrl",), "authorizationUrl"),
        "clientCredentials": _flow("client credentials", scopes, ("tokenUrl",), "authorizationUrl"),
        "authorizationCode": _flow("authorization code", scopes, ("authorizationUrl", "tokenUrl"), None),
    }
    return Record("the flows", kinds, extends=False)


def _table(major: int, kinds: tuple[str, ...]) -> ByValue:
    listed: Mapping[str, Kind] = {"scopes": TEXTS} if major == 3 else {}
    schemes: dict[str, Kind] = {kind: _scheme(kind) for kind in kinds}
    schemes["apiKey"] = _scheme("apiKey", {"in": required(one_of("user", "password"))})
    schemes["httpApiKey"] = _scheme(
        "httpApiKey", {"name": required(TEXT), "in": required(one_of("query", "header", "cookie"))}
    )
    schemes["http"] = Record(
        "a security scheme of type http",
        {"type": TEXT, "description": TEXT, "scheme": required(TEXT), "bearerFormat": TEXT},
        rules=(only_with("bearerFormat", "scheme", "bearer"),),
    )
    schemes["oauth2"] = Record(
        "a security scheme of type oauth2",
        {
            "type": TEXT,
            "description": TEXT,
            "flows": required(_flows("availableScopes" if major == 3 else "scopes")),
            **listed,
        },
        is_open=True,
    )
    schemes["openIdConnect"] = _scheme("openIdConnect", {"openIdConnectUrl": required(URI), **listed})
    return ByValue("a security scheme", "type", schemes)


SECURITY_V2_0: Final[Table] = {"security scheme": _table(2, _BARE)}
SECURITY_V2: Final[Table] = {"security scheme": _table(2, _BARE + _SASL)}
SECURITY_V3: Final[Table] = {"security scheme": _table(3, _BARE + _SASL)}
