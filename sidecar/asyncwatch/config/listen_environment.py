"""Where the API listens, from flag and environment: `ASYNCWATCH_TOKEN`, `ASYNCWATCH_LISTEN__TLS__CERT_FILE` and the like.

Source: interfaces.md §6 (precedence: flag, environment, file) and §7.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Mapping
from typing import Final

from asyncwatch.config.secret import Secret
from asyncwatch.config.settings import ListenSettings, ListenTls
from asyncwatch.model.errors import Misconfigured, MisconfiguredAll

TOKEN: Final = "ASYNCWATCH_TOKEN"  # noqa: S105 # the variable's name
_PREFIX: Final = "ASYNCWATCH_LISTEN__"
_ADDRESS: Final = f"{_PREFIX}ADDRESS"
_OWN_TOKEN: Final = f"{_PREFIX}TOKEN"
_CERT: Final = f"{_PREFIX}TLS__CERT_FILE"
_KEY: Final = f"{_PREFIX}TLS__KEY_FILE"
_REFERENCE: Final = re.compile(r"\$\{(env|file):([^}]+)\}")


def read_listen(
    flag: str | None, environ: Mapping[str, str], read_file: Callable[[str], str], given: ListenSettings | None = None
) -> ListenSettings:
    """Put the listener's settings together; `given` are those of the configuration file.

    Raises: MisconfiguredAll; an address that others can reach needs a token.
    """
    known = given or ListenSettings()
    faults: list[Misconfigured] = []
    host, port = known.host, known.port
    source, address = ("--listen", flag) if flag is not None else (_ADDRESS, environ.get(_ADDRESS) or None)
    token, tls = known.token, known.tls
    try:
        if address is not None:
            host, port = split_address(source, address)
    except Misconfigured as fault:
        faults.append(fault)
    try:
        token = _token(environ, read_file) or token
    except Misconfigured as fault:
        faults.append(fault)
    cert_file = environ.get(_CERT) or (None if tls is None else tls.cert_file)
    key_file = environ.get(_KEY) or (None if tls is None else tls.key_file)
    if (cert_file is None) != (key_file is None):
        set_one, missing = (_CERT, _KEY) if key_file is None else (_KEY, _CERT)
        faults.append(Misconfigured(f"{set_one} is set, and {missing} is not", hint="TLS needs both"))
    elif cert_file is not None and key_file is not None:
        tls = ListenTls(cert_file, key_file)
    if not faults and token is None and not is_loopback(host):
        where = address or f"{host}:{port}"
        faults.append(
            Misconfigured(
                f"{source if address else 'listen.address'} {where}: others can reach this address, and no token is set",
                hint=f"set {TOKEN}, or listen on 127.0.0.1",
            )
        )
    if faults:
        raise MisconfiguredAll(faults)
    return ListenSettings(host, port, token, tls)


def split_address(source: str, text: str) -> tuple[str, int]:
    """Read HOST:PORT. Raises: Misconfigured."""
    host, _, port = text.rpartition(":")
    if not host or not port.isascii() or not port.isdecimal() or int(port) > 65_535:
        raise Misconfigured(f"{source} '{text}' is no address", hint="write HOST:PORT, for example 127.0.0.1:7464")
    return host.strip("[]"), int(port)


def is_loopback(host: str) -> bool:
    """Tell whether only this machine can reach an address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _token(environ: Mapping[str, str], read_file: Callable[[str], str]) -> Secret | None:
    """Raises: Misconfigured; the text itself is not told."""
    variable = TOKEN if environ.get(TOKEN) else _OWN_TOKEN
    text = environ.get(variable, "")
    reference = _REFERENCE.fullmatch(text)
    if reference is not None and reference[1] == "env":
        if not environ.get(reference[2]):
            raise Misconfigured(f"{variable}: environment variable '{reference[2]}' is not set")
        text = environ[reference[2]]
    elif reference is not None:
        try:
            text = read_file(reference[2]).strip()
        except (OSError, UnicodeError) as error:
            detail = error.strerror if isinstance(error, OSError) else "it is no UTF-8"
            raise Misconfigured(f"{variable}: file '{reference[2]}' cannot be read", detail=detail) from None
        if not text:
            raise Misconfigured(f"{variable}: file '{reference[2]}' is empty")
    if not text:
        return None
    if not text.isascii() or not text.isprintable() or " " in text:
        raise Misconfigured(f"{variable}: a token is ASCII text without white space")
    return Secret(text)
