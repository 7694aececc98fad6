"""What a reference names: a file below the document's folder, or a place on the web. No file is touched but to follow links.

Rule 1: a reference is relative to the file that holds it; in a file from the web, to the address it was found at.
Rule 2: a file is named only at or below the folders, links resolved; a file from the web names none at all.
Source: RFC 3986, 5 (reference resolution); RFC 8089 (file URLs).
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from typing import Final
from urllib.parse import unquote, urljoin

from asyncwatch.contract.findings import quote
from asyncwatch.contract.unresolvable import Unresolvable
from asyncwatch.reading.web_address import NoWebAddress, WebAddress, read_web_address

_DRIVE: Final = re.compile(r"[A-Za-z]:[\\/]")
_SCHEME: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_FILE_URL: Final = re.compile(r"file:(?://(?:localhost)?(?=/))?(?!//)", re.IGNORECASE)
_MOST_SIGNS: Final = 8_192


def is_remote(file: str) -> bool:
    """Tell whether a file was fetched: its name is an address then, else a real path."""
    return file.startswith(("http://", "https://"))


def name_target(base: str, address: str, folders: Sequence[str]) -> tuple[str, str] | WebAddress:
    """Give what the address of a reference in `base` names: a real path and the name as it is written, or a web address.

    Raises: Unresolvable.
    """
    if len(address) > _MOST_SIGNS:
        raise Unresolvable(f"{quote(address)} is longer than {_MOST_SIGNS:,} characters")
    if is_remote(base):
        return _on_the_web(base, address)
    if address.startswith("//"):
        raise Unresolvable(f"{quote(address)} names another host", "document.reference-remote")
    if _DRIVE.match(address):
        raise Unresolvable(f"{quote(address)} is a path of Windows: write it relative to the document, with '/'")
    scheme = _SCHEME.match(address)
    if scheme is not None:
        if scheme[1].lower() in {"http", "https"}:
            return _web(address, address)
        path = _FILE_URL.match(address)
        if scheme[1].lower() != "file" or path is None:
            raise Unresolvable(
                f"{quote(address)} is no file beside the document and no http(s) address", "document.reference-remote"
            )
        address = address[path.end() :]
    name = unquote(address)
    if "\0" in name:
        raise Unresolvable(f"{quote(address)} names no file")
    target = os.path.realpath(os.path.join(os.path.dirname(base), name))
    if not any(os.path.commonpath([target, folder]) == folder for folder in folders):
        raise Unresolvable(
            f"{quote(address)} lies outside the document's folder (--reference-folder names a wider one)",
            "document.reference-outside",
        )
    return target, name


def _on_the_web(base: str, address: str) -> WebAddress:
    scheme = _SCHEME.match(address)
    if scheme is not None and scheme[1].lower() not in {"http", "https"}:
        raise Unresolvable(
            f"{quote(address)} stands in a file from the web, which names no other files", "document.reference-outside"
        )
    try:
        joined = urljoin(base, address)
    except ValueError:
        raise Unresolvable(f"{quote(address)} is no address") from None
    return _web(joined, address)


def _web(url: str, shown: str) -> WebAddress:
    try:
        return read_web_address(url)
    except NoWebAddress as error:
        raise Unresolvable(
            f"{quote(_without_login(shown))} is not asked for: {error}", "document.reference-remote"
        ) from None


def _without_login(address: str) -> str:
    """Leave out what may be a password."""
    return re.sub(r"//[^/?#]*@", "//***@", address)
