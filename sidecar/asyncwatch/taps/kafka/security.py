"""How a Kafka connection is secured, and what its failures mean to the operator."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Sequence

from aiokafka import errors as kafka_errors
from aiokafka.conn import collect_hosts

from asyncwatch.config.settings import CredentialSettings, ServerSettings
from asyncwatch.model.errors import AsyncwatchError, Misconfigured, Refused, Unreachable
from asyncwatch.taps.tls import tls_context

MECHANISMS = ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512")

_NOT_ACCEPTED = (
    kafka_errors.SaslAuthenticationFailed,
    kafka_errors.IllegalSaslStateError,
    kafka_errors.ClusterAuthorizationFailedError,
)


def connection_options(server: str, settings: ServerSettings) -> dict[str, object]:
    """Give the client library's options for address, TLS and credentials; they hold the password.

    Raises: Misconfigured.
    """
    hosts = [host.strip() for host in settings.url.split(",") if host.strip()]
    try:
        ports = [port for _, port, _ in collect_hosts(hosts)]
    except ValueError:
        ports = []
    if not ports or not all(0 < port < 65_536 for port in ports):
        raise Misconfigured(
            f"server '{server}': '{settings.url}' is no kafka address", hint="write host:port, several with commas"
        )
    tls, credentials = settings.tls, settings.credentials
    if credentials is not None and credentials.mechanism is None and credentials.username is None:
        if credentials.token is not None:
            raise Misconfigured(f"server '{server}': kafka takes no token", hint=f"mechanisms: {', '.join(MECHANISMS)}")
        credentials = None
    options: dict[str, object] = {"bootstrap_servers": hosts}
    if tls is not None:
        options["ssl_context"] = tls_context(server, tls)
    if credentials is None:
        return options | {"security_protocol": "PLAINTEXT" if tls is None else "SSL"}
    options["security_protocol"] = "SASL_PLAINTEXT" if tls is None else "SASL_SSL"
    return options | _sasl_options(server, credentials)


def _sasl_options(server: str, credentials: CredentialSettings) -> dict[str, object]:
    mechanism = (credentials.mechanism or "PLAIN").upper()
    if mechanism not in MECHANISMS:
        raise Misconfigured(
            f"server '{server}': mechanism '{credentials.mechanism}' is not supported for kafka",
            hint=f"mechanisms: {', '.join(MECHANISMS)}",
        )
    if credentials.username is None or credentials.password is None:
        raise Misconfigured(
            f"server '{server}': {mechanism} needs a username and a password",
            hint=f"set servers.{server}.credentials",
        )
    return {
        "sasl_mechanism": mechanism,
        "sasl_plain_username": credentials.username,
        "sasl_plain_password": credentials.password.reveal(),
    }


def connect_error(server: str, causes: Sequence[tuple[str, BaseException]]) -> AsyncwatchError:
    """Say why no broker of a server could be used: a refusal before silence, the first of its kind."""
    judged = [_judge(server, place, error) for place, error in causes]
    for error in judged:
        if isinstance(error, Refused):
            return error
    if not judged:
        return Unreachable(f"server '{server}': no broker answered")
    if len(judged) == 1:
        return judged[0]
    places = ", ".join(place for place, _ in causes)
    return Unreachable(
        f"server '{server}': no broker answers at {places}", detail=judged[0].detail, hint=judged[0].hint
    )


def _judge(server: str, place: str, error: BaseException) -> AsyncwatchError:
    chain: list[BaseException] = []
    link: BaseException | None = error
    while link is not None and len(chain) < 8:
        chain.append(link)
        link = link.__cause__ or link.__context__
    for cause in chain:
        if isinstance(cause, _NOT_ACCEPTED):
            return Refused(
                f"server '{server}': {place} does not accept the credentials",
                hint="check mechanism, username and password",
            )
        if isinstance(cause, kafka_errors.UnsupportedSaslMechanismError):
            return Refused(
                f"server '{server}': {place} does not offer the mechanism", hint="check credentials.mechanism"
            )
        if isinstance(cause, ssl.SSLCertVerificationError):
            return Refused(
                f"server '{server}': the certificate of {place} is not trusted",
                detail=cause.verify_message,
                hint="set tls.ca_file to the authority that signed it",
            )
        if isinstance(cause, ssl.SSLError):
            return _judge_tls(server, place, cause)
        if isinstance(cause, NotImplementedError | kafka_errors.IncompatibleBrokerVersion):
            return Refused(f"server '{server}': {place} speaks no version of the protocol that is known here")
    detail, hint = _silence(chain)
    return Unreachable(f"server '{server}': no broker answers at {place}", detail=detail, hint=hint)


def _judge_tls(server: str, place: str, cause: ssl.SSLError) -> AsyncwatchError:
    reason = (cause.reason or "").lower().replace("_", " ")
    if "alert" in reason:
        return Refused(
            f"server '{server}': {place} refuses the tls connection",
            detail=reason,
            hint="it may want a client certificate: set tls.cert_file and tls.key_file",
        )
    return Unreachable(
        f"server '{server}': no tls connection to {place}", detail=reason or None, hint="does this listener speak tls?"
    )


def _silence(chain: Sequence[BaseException]) -> tuple[str, str | None]:
    for cause in chain:
        if isinstance(cause, ConnectionRefusedError):
            return "connection refused", None
        if isinstance(cause, socket.gaierror):
            return "the name is not known", None
        if isinstance(cause, TimeoutError):
            return "no answer in time", None
        if isinstance(cause, asyncio.IncompleteReadError | ConnectionError):
            return "the connection was closed", "does this listener want tls or credentials?"
        if isinstance(cause, OSError) and cause.strerror:
            return cause.strerror.lower(), None
    if isinstance(chain[0], kafka_errors.KafkaConnectionError):
        return "the connection was closed", "does this listener want tls or credentials?"
    return type(chain[0]).__name__, None
