"""An OTLP receiver that prints in full what it gets: rotel, from its wheel."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from servers.install import install_rotel, rotel_program
from servers.process import ServerFailed, ServerProcess, free_ports, listens


class RotelServer:
    """A collector that writes every received `signal` to its log."""

    def __init__(self, folder: Path, signal: Literal["traces", "metrics", "logs"] = "traces") -> None:
        self.signal = signal
        self.grpc_port, self.http_port = free_ports(2)
        self._process = ServerProcess("rotel", folder)

    @property
    def bootstrap(self) -> str:
        """The OTLP/HTTP address that requests are sent to."""
        return f"http://127.0.0.1:{self.http_port}/v1/{self.signal}"

    @property
    def pid(self) -> int:
        return self._process.pid

    def received(self) -> str:
        """Give everything that was printed since it started."""
        return self._process.log.read_text(errors="replace")

    def start(self) -> None:
        program = rotel_program()
        if program is None:
            raise ServerFailed("the package rotel is not installed")
        install_rotel()
        folder = self._process.folder
        self._process.launch(
            [
                str(program), "start",
                "--otlp-grpc-endpoint", f"127.0.0.1:{self.grpc_port}",
                "--otlp-http-endpoint", f"127.0.0.1:{self.http_port}",
                "--debug-log", self.signal, "--debug-log-verbosity", "detailed", "--exporter", "blackhole",
                "--pid-file", str(folder / "agent.note"), "--log-file", str(folder / "agent.log"),
            ],
            lambda: listens(self.grpc_port) and listens(self.http_port),
            20.0,
        )  # fmt: skip

    def kill(self) -> None:
        self._process.kill()

    def stop(self) -> None:
        self._process.stop(10.0)
