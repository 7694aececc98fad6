"""An http(s) address in one form, so that two that mean the same are equal and none hides where it leads.

Source: RFC 3986, 6.2 (normalisation).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

_PORTS: Final = {"http": 80, "https": 443}
_MOST_SIGNS: Final = 8_192
_HOST: Final = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,252})", re.ASCII)
_LITERAL: Final = re.compile(r"[0-9a-f:.]{2,45}", re.ASCII)
_ESCAPE: Final = re.compile(r"%([0-9A-Fa-f]{2})")
_HIDDEN: Final = re.compile(r"%(?:2[eEfF]|5[cC]|00|25)|\\")
_UNSAFE: Final = re.compile(r"[^!$&'()*+,;=:@/?%A-Za-z0-9._~-]", re.ASCII)
_UNRESERVED: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")


class NoWebAddress(ValueError):
    """A text that is no http(s) address we ask; says why."""


@dataclass(frozen=True, slots=True)
class WebAddress:
    """Where a request goes. `path` begins with `/`; `query` is empty or begins with `?`."""

    scheme: str
    host: str
    port: int
    path: str
    query: str = ""

    @property
    def authority(self) -> str:
        """Host and port as a URL has them: without the port that goes without saying."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"

    def __str__(self) -> str:
        return f"{self.scheme}://{self.authority}{self.path}{self.query}"


def read_web_address(text: str) -> WebAddress:
    """Read an address; its fragment is left out.

    Raises: NoWebAddress, also for one with a login, or with signs that servers and we could read differently.
    """
    if len(text) > _MOST_SIGNS:
        raise NoWebAddress(f"it is longer than {_MOST_SIGNS:,} characters")
    if not text.isprintable() or " " in text or "\\" in text:
        raise NoWebAddress("it has signs that no address has")
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise NoWebAddress("it is no address") from None
    scheme = parts.scheme.lower()
    if scheme not in _PORTS:
        raise NoWebAddress("it is neither http nor https")
    if "@" in parts.netloc:
        raise NoWebAddress("it holds a login")
    if port == 0 or (port is None and parts.netloc.endswith(":")):
        raise NoWebAddress("its port is no number from 1 to 65535")
    return WebAddress(
        scheme, _host(parts.hostname or ""), port or _PORTS[scheme], _path(parts.path), _query(parts.query)
    )


def _host(host: str) -> str:
    host = host.lower().removesuffix(".")
    if ":" in host:
        if _LITERAL.fullmatch(host):
            return host
        raise NoWebAddress("its host is no address")
    if not host.isascii():
        try:
            host = host.encode("idna").decode()
        except UnicodeError:
            raise NoWebAddress("its host is no name") from None
    if not _HOST.fullmatch(host) or ".." in host:
        raise NoWebAddress("its host is no name")
    return host


def _path(path: str) -> str:
    if _HIDDEN.search(path):
        raise NoWebAddress("its path hides a separator behind an escape")
    kept: list[str] = []
    segments = (_escaped(path) or "/").split("/")[1:]
    for segment in segments:
        if segment == "..":
            kept[-1:] = []
        elif segment != ".":
            kept.append(segment)
    if segments[-1] in {".", ".."}:
        kept.append("")
    return "/" + "/".join(kept)


def _query(query: str) -> str:
    return "?" + _escaped(query) if query else ""


def _escaped(text: str) -> str:
    """Escape what must be, and nothing that need not be."""
    plain = _ESCAPE.sub(_unescaped, text)
    return _UNSAFE.sub(lambda found: "".join(f"%{byte:02X}" for byte in found[0].encode()), plain)


def _unescaped(found: re.Match[str]) -> str:
    sign = chr(int(found[1], 16))
    return sign if sign in _UNRESERVED else f"%{found[1].upper()}"
