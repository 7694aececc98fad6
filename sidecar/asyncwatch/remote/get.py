"""One bounded HTTP request: GET, no redirects followed, nothing about us told but our name.

Rule: nothing of what the other side wrote stands in an error.
"""

from __future__ import annotations

import http.client
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

from asyncwatch.reading.web_address import WebAddress
from asyncwatch.reading.web_prefix import Trust
from asyncwatch.remote.deadline import Deadline, Silent, Unavailable
from asyncwatch.remote.hosts import addresses_of
from asyncwatch.remote.wire import connect

_PIECE_BYTES: Final = 65_536
_HEADERS: Final = {
    "Accept": "application/yaml, application/json, */*;q=0.5",
    "Accept-Encoding": "identity",
    "Connection": "close",
    "User-Agent": "asyncwatch",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What a host said. `body` is empty unless the status is 200."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def get(
    address: WebAddress, trust: Trust, deadline: Deadline, most_bytes: int, headers: Mapping[str, str] | None = None
) -> Answer:
    """Ask for what is at an address; names of headers in the answer are in lower case.

    Raises: Unavailable, also for an answer longer than `most_bytes`, a compressed one, or one that breaks off.
    """
    try:
        tls = (_tls(), address.host) if address.scheme == "https" else None
        wire = connect(addresses_of(address.host, address.port, trust, deadline), address.port, tls, deadline)
        try:
            connection = http.client.HTTPConnection(address.host, address.port)
            connection.sock = wire  # it has what a client needs of a socket
            connection.request("GET", address.path + address.query, headers={**_HEADERS, **(headers or {})})
            with connection.getresponse() as response:
                named = {name.lower(): value for name, value in response.getheaders()}
                body = _body(response, named, most_bytes) if response.status == 200 else b""
                return Answer(response.status, named, body)
        finally:
            wire.end()
    except TimeoutError:
        raise Silent("it takes too long") from None
    except ssl.SSLCertVerificationError as error:
        raise Unavailable(f"its certificate is not trusted: {error.verify_message}") from None
    except OSError as error:
        raise Silent(error.strerror or type(error).__name__) from None
    except (http.client.HTTPException, ValueError) as error:
        raise Unavailable(f"its answer is no HTTP ({type(error).__name__})") from None


def _body(response: http.client.HTTPResponse, headers: Mapping[str, str], most_bytes: int) -> bytes:
    if headers.get("content-encoding", "identity").strip().lower() not in {"identity", ""}:
        raise Unavailable("its answer is compressed, which was not asked for")
    length = response.length
    if length is not None and length > most_bytes:
        raise Unavailable(f"it has {length:,} bytes, at most {most_bytes:,} are read")
    pieces: list[bytes] = []
    size = 0
    while piece := response.read1(_PIECE_BYTES):
        size += len(piece)
        if size > most_bytes:
            raise Unavailable(f"it has more than {most_bytes:,} bytes")
        pieces.append(piece)
    if length is not None and size < length:
        raise Unavailable("its answer breaks off")
    return b"".join(pieces)


@cache
def _tls() -> ssl.SSLContext:
    """Trust what the system trusts; SSL_CERT_FILE names other authorities."""
    return ssl.create_default_context()
