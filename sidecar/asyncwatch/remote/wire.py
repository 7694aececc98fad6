"""A connection whose every step ends at one deadline: a byte now and then does not buy more time."""

from __future__ import annotations

import io
import socket
import ssl
from collections.abc import Sequence

from asyncwatch.remote.deadline import Deadline, Silent


class _Incoming(io.RawIOBase):
    def __init__(self, connection: socket.socket, deadline: Deadline) -> None:
        self._connection = connection
        self._deadline = deadline

    def readable(self) -> bool:
        return True

    def readinto(self, into: object, /) -> int:
        self._connection.settimeout(self._deadline.left_s())
        return self._connection.recv_into(into)  # type: ignore[arg-type] # a buffer, as RawIOBase is given


class Wire:
    """What `http.client` needs of a socket."""

    def __init__(self, connection: socket.socket, deadline: Deadline) -> None:
        self._connection = connection
        self._deadline = deadline

    def sendall(self, data: bytes) -> None:
        """Send."""
        self._connection.settimeout(self._deadline.left_s())
        self._connection.sendall(data)

    def makefile(self, mode: str) -> io.BufferedReader:
        """Give the incoming bytes."""
        return io.BufferedReader(_Incoming(self._connection, self._deadline), 65_536)

    def close(self) -> None:
        """Leave it open: `http.client` closes as soon as it has read the headers, the body comes after."""

    def end(self) -> None:
        """Close it."""
        self._connection.close()


def connect(addresses: Sequence[str], port: int, tls: tuple[ssl.SSLContext, str] | None, deadline: Deadline) -> Wire:
    """Connect to the first address that answers; `tls` is the context and the name the certificate must have.

    Raises: Silent, OSError.
    """
    refused: OSError | None = None
    for address in addresses:
        try:
            connection = socket.create_connection((address, port), timeout=deadline.left_s())
        except TimeoutError:
            raise Silent("the host does not answer in time") from None
        except OSError as error:
            refused = error
            continue
        if tls is None:
            return Wire(connection, deadline)
        try:
            connection.settimeout(deadline.left_s())
            return Wire(tls[0].wrap_socket(connection, server_hostname=tls[1]), deadline)
        except BaseException:
            connection.close()
            raise
    raise refused or Silent("the host has no address")
