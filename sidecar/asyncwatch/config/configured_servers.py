"""How servers are reached, as file and variables say it, and the secrets that are referred to there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from asyncwatch.config.file import shown
from asyncwatch.config.kinds import SecretText
from asyncwatch.config.secret import FileSecret, Secret
from asyncwatch.config.settings import CredentialSettings, TlsSettings
from asyncwatch.config.values import Given, Values, folded
from asyncwatch.model.errors import Misconfigured


class ConfiguredServers:
    """How servers are reached, by their names in the documents; a variable spells a name roughly."""

    def __init__(self, values: Values | None = None, environ: Mapping[str, str] | None = None) -> None:
        self._values = values or Values({})
        self._environ = environ or {}

    def unused(self, servers: Sequence[str]) -> list[str]:
        """Name the places that speak of no server of the documents."""
        known = {folded(server) for server in servers}
        return sorted({given.place for path, given in self._values.items() if folded(path[0]) not in known})

    def url(self, server: str) -> str | None:
        """Give the address that replaces the document's."""
        found: str | None = self._of(server).value("url")
        return found

    def read_committed(self, server: str) -> bool:
        """Tell whether messages of aborted transactions are left out."""
        return bool(self._of(server).value("read_committed"))

    def nats(self, server: str) -> Literal["auto", "core", "jetstream"]:
        """Give how a NATS server is read."""
        found: Literal["auto", "core", "jetstream"] | None = self._of(server).value("nats")
        return found or "auto"

    def requests(self, server: str) -> bool:
        """Tell whether the user agrees that addresses that carry requests are subscribed to."""
        return bool(self._of(server).value("requests"))

    def tls(self, server: str) -> TlsSettings | None:
        """Give TLS settings; None where nothing is said."""
        said = self._of(server).below("tls")
        if not said:
            return None
        paths = {name: given.path() for name in ("ca_file", "cert_file", "key_file") if (given := said.get(name))}
        return TlsSettings(**paths, verify=said.value("verify") is not False)

    def credentials(self, server: str) -> CredentialSettings | None:
        """Give credentials; None where nothing is said.

        Raises: Misconfigured, without any secret.
        """
        said = self._of(server).below("credentials")
        if not said:
            return None
        secrets = {
            name: resolve_secret(given, self._environ) for name in ("password", "token") if (given := said.get(name))
        }
        return CredentialSettings(mechanism=said.value("mechanism"), username=said.value("username"), **secrets)

    def username(self, server: str) -> str | None:
        """Give who we are to a server; no secret is read for that."""
        found: str | None = self._of(server).value("credentials", "username")
        return found

    def _of(self, server: str) -> Values:
        return self._values.below(server)


def resolve_secret(given: Given, environ: Mapping[str, str]) -> Secret:
    """Give what a reference stands for.

    Raises: Misconfigured, without the secret.
    """
    secret: SecretText = given.value
    if secret.kind == "text":
        return Secret(secret.text)
    if secret.kind == "env":
        text = environ.get(secret.text)
        if not text:
            raise Misconfigured(f"environment variable '{shown(secret.text)}' is not set ({given.place})")
        return Secret(text)
    path = given.path(secret.text)
    try:
        return FileSecret(path)
    except (OSError, ValueError) as error:
        detail = error.strerror if isinstance(error, OSError) else "it is empty, too large or no UTF-8"
        raise Misconfigured(f"file '{shown(secret.text)}' cannot be read ({given.place})", detail=detail) from None
