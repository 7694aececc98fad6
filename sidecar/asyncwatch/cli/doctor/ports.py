"""Are the ports free that `run` listens on."""

from __future__ import annotations

from asyncwatch.cli.doctor.diagnosis import Section
from asyncwatch.model.errors import Misconfigured
from asyncwatch.serve.listener import open_socket
from asyncwatch.taps.base import Remark


def look_at_ports(wanted: list[tuple[str, str, int, str]]) -> Section:
    """Open each port and close it again; `wanted` holds what it is for, host, port, and the option that moves it."""
    remarks: list[Remark] = []
    for purpose, host, port, option in wanted:
        what = f"{purpose} on {host}:{port}"
        try:
            open_socket(host, port).close()
        except Misconfigured as error:
            remarks.append(
                Remark(
                    what, "warning", error.detail, f"another sidecar may run here; else choose another with {option}"
                )
            )
        else:
            remarks.append(Remark(what, "ok", "free"))
    return Section("listeners of run", remarks)
