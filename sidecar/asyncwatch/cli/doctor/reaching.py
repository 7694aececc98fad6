"""Does an address answer: its name, a TCP connection, TLS; step by step, so that the first step that fails is told."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import os
import socket
import ssl

from asyncwatch.taps.base import Remark


async def look_at_name(host: str, timeout_s: float) -> Remark:
    """Resolve a name."""
    with contextlib.suppress(ValueError):
        ipaddress.ip_address(host)
        return Remark(f"{host} is an address", "ok")
    what = f"name {host}"
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(timeout_s):
            found = await loop.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except TimeoutError:
        return Remark(
            what, "problem", f"no answer from the name service within {timeout_s:g} s", "look at /etc/resolv.conf"
        )
    except OSError as error:
        return Remark(
            what, "problem", f"not known ({error.strerror or error})", "correct it, or set servers.NAME.url or --broker"
        )
    addresses = list(dict.fromkeys(str(one[4][0]) for one in found))
    return Remark(what, "ok", ", ".join(addresses[:4]) + (" …" if len(addresses) > 4 else ""))


async def look_at_tcp(host: str, port: int, timeout_s: float) -> Remark:
    """Open a TCP connection and close it."""
    what = f"TCP to {_joined(host, port)}"
    try:
        async with asyncio.timeout(timeout_s):
            _, writer = await asyncio.open_connection(host, port)
    except TimeoutError:
        return Remark(
            what, "problem", f"no answer within {timeout_s:g} s", "look for a firewall between here and there"
        )
    except OSError as error:
        return Remark(what, "problem", _words(error), "is the server running, and is this its port?")
    await _close(writer)
    return Remark(what, "ok")


async def look_at_tls(host: str, port: int, context: ssl.SSLContext, timeout_s: float) -> Remark:
    """Make a TLS connection and tell what was agreed."""
    what = f"TLS to {_joined(host, port)}"
    try:
        async with asyncio.timeout(timeout_s):
            _, writer = await asyncio.open_connection(host, port, ssl=context, server_hostname=host)
    except ssl.SSLCertVerificationError as error:
        return Remark(
            what, "problem", error.verify_message, "set tls.ca_file to the authority that signed the certificate"
        )
    except ssl.SSLError as error:
        reason = (error.reason or "handshake failed").lower().replace("_", " ")
        return Remark(what, "problem", reason, "does this port speak TLS, and does it want a client certificate?")
    except TimeoutError:
        return Remark(what, "problem", f"no answer within {timeout_s:g} s", "does this port speak TLS?")
    except OSError as error:
        return Remark(what, "problem", _words(error), "does this port speak TLS?")
    agreed = writer.get_extra_info("ssl_object")
    await _close(writer)
    verified = "" if context.verify_mode == ssl.CERT_REQUIRED else "; certificates are not verified"
    return Remark(what, "warning" if verified else "ok", f"{agreed.version()}{verified}", "set tls.verify: true")


def _words(error: OSError) -> str:
    """Say what the system says; asyncio puts sentences of its own around it."""
    return os.strerror(error.errno).lower() if error.errno else "the connection was refused or closed"


def _joined(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


async def _close(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with contextlib.suppress(OSError, TimeoutError, ssl.SSLError):
        async with asyncio.timeout(1.0):
            await writer.wait_closed()
