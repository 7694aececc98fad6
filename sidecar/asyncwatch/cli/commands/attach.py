"""`attach`: the dashboard on sidecars that run already."""

from __future__ import annotations

import os
import re
import ssl
import sys
from typing import Final

from asyncwatch.cli import options as given
from asyncwatch.cli.looks import looks
from asyncwatch.model.errors import Misconfigured, MisconfiguredAll

_FORM: Final = re.compile(r"https?://[^/?#@\\s]+/?", re.IGNORECASE)


def attach(
    urls: given.Urls,
    token: given.Tokens = None,
    ca_file: given.CaFile = None,
    plain: given.Plain = False,
    config: given.Config = None,
    theme: given.Theme = None,
    ascii_signs: given.Ascii = False,
    reduced_motion: given.ReducedMotion = False,
) -> int:
    """The dashboard on running sidecars; several are shown as one.

    Example: asyncwatch attach http://127.0.0.1:7464 https://watch.example:7464 --plain
    """
    from asyncwatch.cli.configured import configuration  # noqa: PLC0415 # loaded when called
    from asyncwatch.cli.dashboard import TOKEN, load_dashboard  # noqa: PLC0415

    faults = [
        Misconfigured(f"'{_shown(url)}' is no address of a sidecar", hint="write http://HOST:PORT or https://HOST:PORT")
        for url in urls
        if _FORM.fullmatch(url) is None
    ]
    tokens = list(token or ()) or ([text] if (text := os.environ.pop(TOKEN, "")) else [])
    if len(tokens) not in {0, 1, len(urls)}:
        faults.append(
            Misconfigured(
                f"{len(tokens)} tokens for {len(urls)} sidecars", hint="give one for all, or one for each URL"
            )
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
    for at, secret in enumerate(tokens if len(tokens) == len(urls) else tokens * len(urls)):
        secrets[at] = secret
    return load_dashboard()(
        urls[0], secrets[0], more=list(zip(urls[1:], secrets[1:], strict=True)), ca_file=ca_file, plain=plain,
        **looks(configuration(config), theme, ascii_signs, reduced_motion),
    )  # fmt: skip


def _shown(url: str) -> str:
    """Leave out what may be a password."""
    scheme, separator, rest = url.rpartition("://")
    return f"{scheme}{separator}{rest.rpartition('@')[2]}"
