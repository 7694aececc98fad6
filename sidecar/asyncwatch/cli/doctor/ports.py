"""What `run` would listen on: are the ports free, is there a token where others can reach them, is the certificate usable."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from asyncwatch.cli.doctor.diagnosis import Section
from asyncwatch.config.listen_environment import read_listen
from asyncwatch.config.settings import ListenSettings
from asyncwatch.model.errors import Misconfigured, MisconfiguredAll
from asyncwatch.serve.listener import open_socket, open_tls
from asyncwatch.taps.base import Remark


def look_at_listeners(
    configured: ListenSettings,
    health: tuple[str, int],
    environ: Mapping[str, str],
    read_file: Callable[[str], str],
) -> Section:
    """Open each port and close it again."""
    remarks: list[Remark] = []
    api = configured
    try:
        api = read_listen(None, environ, read_file, configured)
        if api.tls is not None:
            open_tls(api.tls)
            remarks.append(Remark("certificate of the API", "ok", api.tls.cert_file))
    except MisconfiguredAll as error:
        remarks += [Remark("API", "problem", fault.message, fault.hint) for fault in error.faults]
    except Misconfigured as error:
        remarks.append(Remark("certificate of the API", "problem", str(error)))
    remarks.append(_look_at_port("API", api.host, api.port, "--listen"))
    remarks.append(_look_at_port("probes and metrics", *health, "--health"))
    return Section("listeners of run", remarks)


def _look_at_port(purpose: str, host: str, port: int, option: str) -> Remark:
    what = f"{purpose} on {host}:{port}"
    try:
        open_socket(host, port).close()
    except Misconfigured as error:
        hint = f"another sidecar may run here; else choose another with {option}"
        return Remark(what, "warning", error.detail, hint)
    return Remark(what, "ok", "free")
