"""The headers of requests, as they were configured; a bad one is named by its name only."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from asyncwatch.config.secret import Secret
from asyncwatch.model.errors import Misconfigured

_NAME: Final = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_VALUE: Final = re.compile(r"[\x21-\x7e](?:[\t\x20-\x7e]*[\x21-\x7e])?|")


def reveal_headers(headers: Mapping[str, Secret]) -> dict[str, str]:
    """Take the headers out of their envelopes.

    Raises: Misconfigured (characters that no header may have).
    """
    revealed = {name: secret.reveal() for name, secret in headers.items()}
    for name, value in revealed.items():
        if not _NAME.fullmatch(name):
            raise Misconfigured("otlp: the name of a header has characters that no name may have")
        if not _VALUE.fullmatch(value):
            raise Misconfigured(f"otlp: the value of header '{name}' has characters that no value may have")
    return revealed
