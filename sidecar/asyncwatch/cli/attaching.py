"""`attach`: the dashboard on sidecars that run already."""

from __future__ import annotations

import os
import re
import ssl
import sys
from collections.abc import Sequence
from typing import Final

from asyncwatch.cli.dashboard import TOKEN, load_dashboard
from asyncwatch.model.errors import Misconfigured, MisconfiguredAll

_FORM: Final = re.compile(r"https?://[^/?#@\\s]+/?", re.IGNORECASE)


def attach(
    urls: Sequence[str],
    tokens: Sequence[str],
    *,
    ca_file: str | None,
    plain: bool,
    theme: str,
    ascii_signs: bool,
    reduced_motion: bool,
) -> int:
    """Show sidecars until the user ends it; give the exit code.

    Raises: MisconfiguredAll.
    """
    faults = [
        Misconfigured(f"'{_shown(url)}' is no address of a sidecar", hint="write http://HOST:PORT or https://HOST:PORT")
        for url in urls
        if _FORM.fullmatch(url) is None
    ]
    given = list(tokens) or ([text] if (text := os.environ.pop(TOKEN, "")) else [])
    if len(given) not in {0, 1, len(urls)}:
        faults.append(
            Misconfigured(f"{len(given)} tokens for {len(urls)} sidecars", hint="give one for all, or one for each URL")
        )
    if ca_file is not None:
        try:
            ssl.create_default_context(cafile=ca_file)
        except OSError as error:
            reason = "no certificate in PEM form" if isinstance(error, ssl.SSLError) else error.strerror
            faults.append(Misconfigured(f"--ca-file '{ca_file}' cannot be used", detail=reason))
    if not plain and not (sys.stdin.isatty() and sys.stdout.isatty()):
        faults.append(Misconfigured("the dashboard needs a terminal", hint="use --plain in a pipe"))
    if faults:
        raise MisconfiguredAll(faults)
    secrets: list[str | None] = [None] * len(urls)
    for at, secret in enumerate(given if len(given) == len(urls) else given * len(urls)):
        secrets[at] = secret
    start = load_dashboard()
    return start(
        urls[0], secrets[0], theme=theme, ascii_signs=ascii_signs, reduced_motion=reduced_motion,
        more=list(zip(urls[1:], secrets[1:], strict=True)), ca_file=ca_file, plain=plain,
    )  # fmt: skip


def _shown(url: str) -> str:
    """Leave out what may be a password."""
    scheme, separator, rest = url.rpartition("://")
    return f"{scheme}{separator}{rest.rpartition('@')[2]}"
