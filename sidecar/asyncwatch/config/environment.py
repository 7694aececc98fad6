"""Settings of servers from the environment: `ASYNCWATCH_SERVERS__NAME__CREDENTIALS__PASSWORD` and the like.

Names compare without regard to case, and any character that is no letter or digit counts as `_`.
Source: interfaces.md §6.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final, Literal

from asyncwatch.config.secret import Secret
from asyncwatch.config.settings import CredentialSettings, TlsSettings
from asyncwatch.model.errors import Misconfigured

PREFIX: Final = "ASYNCWATCH_"
_SERVER: Final = re.compile(
    PREFIX + r"SERVERS__(.+?)__(URL|READ_COMMITTED|NATS|REQUESTS|(?:TLS|CREDENTIALS)__[A-Z_]+)", re.IGNORECASE
)
_TLS: Final = frozenset({"ca_file", "cert_file", "key_file", "verify"})
_CREDENTIALS: Final = frozenset({"mechanism", "username", "password", "token"})
_MECHANISMS: Final = ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512")
_REFERENCE: Final = re.compile(r"\$\{(env|file):([^}]+)\}")


class ServerEnvironment:
    """What the environment says about servers.

    `read_file` opens a secret's file. Raises (from `of`): Misconfigured, one for each wrong variable.
    """

    def __init__(self, environ: Mapping[str, str], read_file: Callable[[str], str]) -> None:
        self._environ = environ
        self._read_file = read_file
        self._settings: dict[str, dict[str, tuple[str, str]]] = {}
        for variable, value in environ.items():
            found = _SERVER.fullmatch(variable)
            if found is not None:
                self._settings.setdefault(_folded(found[1]), {})[found[2].lower()] = (variable, value)

    def unused(self, servers: list[str]) -> list[str]:
        """Name the variables that speak of no server of the documents."""
        known = {_folded(server) for server in servers}
        return sorted(
            variable for name, found in self._settings.items() if name not in known for variable, _ in found.values()
        )

    def url(self, server: str) -> str | None:
        """Give the address that replaces the document's."""
        found = self._settings.get(_folded(server), {}).get("url")
        return found[1] if found else None

    def read_committed(self, server: str) -> bool:
        found = self._settings.get(_folded(server), {}).get("read_committed")
        return _boolean(*found) if found else False

    def nats(self, server: str) -> Literal["auto", "core", "jetstream"]:
        """Give how a NATS server is read."""
        found = self._settings.get(_folded(server), {}).get("nats")
        if found is None:
            return "auto"
        for word in ("auto", "core", "jetstream"):
            if found[1].strip().lower() == word:
                return word
        raise Misconfigured(f"{found[0]}: unknown way '{found[1]}'", hint="one of auto, core, jetstream")

    def requests(self, server: str) -> bool:
        """Tell whether the user agrees that addresses that carry requests are subscribed to."""
        found = self._settings.get(_folded(server), {}).get("requests")
        return _boolean(*found) if found else False

    def tls(self, server: str) -> TlsSettings | None:
        """Give TLS settings; None where nothing is said."""
        found = self._part(server, "tls__", _TLS)
        if not found:
            return None
        verify = found.pop("verify", None)
        return TlsSettings(
            ca_file=_value(found, "ca_file"), cert_file=_value(found, "cert_file"), key_file=_value(found, "key_file"),
            verify=_boolean(*verify) if verify else True,
        )  # fmt: skip

    def credentials(self, server: str) -> CredentialSettings | None:
        """Give credentials; None where nothing is said."""
        found = self._part(server, "credentials__", _CREDENTIALS)
        if not found:
            return None
        mechanism = _value(found, "mechanism")
        if mechanism is not None and mechanism.upper() not in _MECHANISMS:
            raise Misconfigured(
                f"{found['mechanism'][0]}: unknown mechanism '{mechanism}'", hint=f"one of {', '.join(_MECHANISMS)}"
            )
        return CredentialSettings(
            mechanism=mechanism.upper() if mechanism else None, username=_value(found, "username"),
            password=self._secret(found, "password"), token=self._secret(found, "token"),
        )  # fmt: skip

    def _part(self, server: str, prefix: str, known: frozenset[str]) -> dict[str, tuple[str, str]]:
        found: dict[str, tuple[str, str]] = {}
        for name, (variable, value) in self._settings.get(_folded(server), {}).items():
            if name.startswith(prefix):
                key = name.removeprefix(prefix)
                if key not in known:
                    raise Misconfigured(f"unknown setting {variable}", hint=f"one of {', '.join(sorted(known))}")
                found[key] = (variable, value)
        return found

    def _secret(self, found: dict[str, tuple[str, str]], name: str) -> Secret | None:
        if name not in found:
            return None
        variable, value = found[name]
        reference = _REFERENCE.fullmatch(value)
        if reference is None:
            return Secret(value)
        if reference[1] == "env":
            if reference[2] not in self._environ:
                raise Misconfigured(f"{variable}: environment variable '{reference[2]}' is not set")
            return Secret(self._environ[reference[2]])
        try:
            return Secret(self._read_file(reference[2]).rstrip("\r\n"))
        except OSError as error:
            raise Misconfigured(f"{variable}: file '{reference[2]}' cannot be read", detail=error.strerror) from None


def _folded(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9]", "_", name).lower()


def _value(found: Mapping[str, tuple[str, str]], name: str) -> str | None:
    return found[name][1] if name in found else None


def _boolean(variable: str, value: str) -> bool:
    folded = value.strip().lower()
    if folded in {"true", "1", "yes"}:
        return True
    if folded in {"false", "0", "no", ""}:
        return False
    raise Misconfigured(f"{variable}: '{value}' is neither true nor false")
