"""The TLS context of a server, as every tap needs it."""

from __future__ import annotations

import ssl

from asyncwatch.config.settings import TlsSettings
from asyncwatch.model.errors import Misconfigured


def tls_context(server: str, tls: TlsSettings) -> ssl.SSLContext:
    """Make the TLS context of a server.

    Raises: Misconfigured, when a file is missing or is no certificate.
    """
    name = tls.ca_file
    try:
        context = ssl.create_default_context(cafile=tls.ca_file)
        if tls.cert_file is not None:
            name = tls.cert_file if tls.key_file is None else f"{tls.cert_file}' with '{tls.key_file}"
            # An encrypted key would else be asked for on the terminal.
            context.load_cert_chain(tls.cert_file, tls.key_file, password=lambda: "")
    except OSError as error:
        # ssl.SSLError is an OSError; its own text would name an internal source file.
        detail = "no certificate or key in PEM form" if isinstance(error, ssl.SSLError) else (error.strerror or "")
        raise Misconfigured(f"server '{server}': '{name}' cannot be used for tls", detail=detail.lower()) from error
    if not tls.verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
