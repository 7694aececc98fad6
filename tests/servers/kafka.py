"""A real Apache Kafka in KRaft mode: one node, or a second broker that joins the first."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

from servers.certificates import make_authority, make_certificate
from servers.install import kafka_folder
from servers.process import ServerFailed, ServerProcess, free_ports, listens

CLUSTER_ID = "YXN5bmN3YXRjaC10ZXN0LQ"
PASSWORDS = {name: f"{name}-password-of-tests" for name in ("admin", "watch", "asyncwatch")}
"""`admin` is a super user; `watch` has no right until a test gives one; `asyncwatch` has those of a plan, and only during its test."""

_PROTOCOLS = "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SASL_SSL:SASL_SSL,SASL_PLAINTEXT:SASL_PLAINTEXT,SSL:SSL"

_SMALL = """\
num.partitions=1
default.replication.factor=1
min.insync.replicas=1
offsets.topic.num.partitions=1
offsets.topic.replication.factor=1
transaction.state.log.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.num.partitions=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
num.network.threads=2
num.io.threads=4
background.threads=2
group.coordinator.threads=1
log.cleaner.dedupe.buffer.size=8388608
log.cleaner.backoff.ms=200
log.retention.check.interval.ms=1000
log.retention.hours=-1
log.initial.task.delay.ms=500
log.segment.delete.delay.ms=1000
controller.quorum.election.timeout.ms=500
broker.heartbeat.interval.ms=500
broker.session.timeout.ms=3000
"""


def _java(*options: str, heap: str = "384m") -> list[str]:
    folder = kafka_folder()
    return [
        "java", "-Xms64m", f"-Xmx{heap}", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", *options,
        "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
        "-Dorg.slf4j.simpleLogger.log.kafka.server.KafkaRaftServer=info",
        "-Dorg.slf4j.simpleLogger.showDateTime=true",
        "-cp", f"{folder}/*",
    ]  # fmt: skip


class KafkaServer:
    """One Kafka node with its folder of configuration, certificates, log and data.

    `secure` adds listeners `sasl_ssl`, `sasl_plaintext` and `ssl` (mutual TLS) and rights; the plaintext listener stays
    a super user's. `advertised_port` is what clients are sent to after the first contact: a proxy's port.
    `first` = the node that this one joins as a second broker.
    """

    def __init__(
        self,
        folder: Path,
        *,
        secure: bool = False,
        auto_create: bool = False,
        advertised_port: int | None = None,
        first: KafkaServer | None = None,
    ) -> None:
        self.folder = folder
        self.secure = secure
        self.auto_create = auto_create
        self.port, self.controller_port, self._sasl_ssl, self._sasl_plaintext, self._ssl = free_ports(5)
        self.advertised_port = advertised_port or self.port
        self._first = first
        self._process = ServerProcess("kafka", folder)

    @property
    def bootstrap(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def sasl_ssl(self) -> str:
        return f"127.0.0.1:{self._sasl_ssl}"

    @property
    def sasl_plaintext(self) -> str:
        return f"127.0.0.1:{self._sasl_plaintext}"

    @property
    def ssl(self) -> str:
        return f"127.0.0.1:{self._ssl}"

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
        """Start with the data of before, if there is any; wait until requests are answered."""
        properties = self.folder / "server.properties"
        properties.write_text(self._configuration(), encoding="utf-8")
        if not (self.folder / "data" / "meta.properties").exists():
            self._format(properties)
        archive = kafka_folder() / "kafka.jsa"
        options = [f"-XX:SharedArchiveFile={archive}"] if archive.exists() else []
        self._launch(options)

    def kill(self) -> None:
        self._process.kill()

    def stop(self) -> None:
        self._process.stop()

    def _launch(self, options: list[str]) -> None:
        command = [*_java(*options), "kafka.Kafka", str(self.folder / "server.properties")]
        # An open port alone does not say that requests are answered; the log does.
        self._process.launch(
            command, lambda: b"Kafka Server started" in self._process.log.read_bytes() and listens(self.port)
        )

    def archive(self, target: Path) -> None:
        """Start once and write the loaded classes to `target` on exit."""
        properties = self.folder / "server.properties"
        properties.write_text(self._configuration(), encoding="utf-8")
        self._format(properties)
        self._launch([f"-XX:ArchiveClassesAtExit={target}"])
        self._process.stop(60.0)

    def _format(self, properties: Path) -> None:
        role = ["--standalone"] if self._first is None else ["--no-initial-controllers"]
        users: list[str] = []
        if self.secure:
            for strength in ("256", "512"):
                for name, password in PASSWORDS.items():
                    users += ["--add-scram", f"SCRAM-SHA-{strength}=[name={name},password={password}]"]
        tool = [*_java(), "kafka.tools.StorageTool", "format", *role, "-t", CLUSTER_ID, "-c", str(properties), *users]
        done = subprocess.run(tool, capture_output=True, text=True, check=False)
        if done.returncode:
            raise ServerFailed(f"kafka's storage was not formatted: {done.stdout[-1000:]}{done.stderr[-1000:]}")

    def _configuration(self) -> str:
        listeners = {"PLAINTEXT": self.port}
        if self.secure:
            listeners |= {"SASL_SSL": self._sasl_ssl, "SASL_PLAINTEXT": self._sasl_plaintext, "SSL": self._ssl}
        bound = ",".join(f"{name}://127.0.0.1:{port}" for name, port in listeners.items())
        told = ",".join(
            f"{name}://127.0.0.1:{self.advertised_port if name == 'PLAINTEXT' else port}"
            for name, port in listeners.items()
        )
        first = self._first or self
        if self._first is None:
            controller = f"CONTROLLER://127.0.0.1:{self.controller_port}"
            bound, told = f"{bound},{controller}", f"{told},{controller}"
        lines = [
            f"process.roles={'broker,controller' if self._first is None else 'broker'}",
            f"node.id={1 if self._first is None else 2}",
            f"controller.quorum.bootstrap.servers=127.0.0.1:{first.controller_port}",
            f"listeners={bound}",
            f"advertised.listeners={told}",
            "controller.listener.names=CONTROLLER",
            "inter.broker.listener.name=PLAINTEXT",
            f"listener.security.protocol.map={_PROTOCOLS}",
            f"log.dirs={self.folder / 'data'}",
            f"auto.create.topics.enable={str(self.auto_create).lower()}",
            _SMALL,
        ]
        if self.secure:
            lines.append(self._security())
        return "\n".join(lines)

    def _security(self) -> str:
        make_authority(self.tls)
        make_authority(self.tls, "other")
        make_certificate(self.tls, "server")
        make_certificate(self.tls, "client")
        store = self.tls / "server.keystore.pem"
        store.write_text((self.tls / "server.key").read_text() + (self.tls / "server.pem").read_text())
        lines = [
            "ssl.keystore.type=PEM",
            f"ssl.keystore.location={store}",
            "ssl.truststore.type=PEM",
            f"ssl.truststore.location={self.tls / 'ca.pem'}",
            "listener.name.ssl.ssl.client.auth=required",
            "sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512",
            "authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            "super.users=User:ANONYMOUS;User:admin;User:CN=client",
        ]
        modules = "org.apache.kafka.common.security"
        users = " ".join(f'user_{name}="{password}"' for name, password in PASSWORDS.items())
        for listener in ("sasl_ssl", "sasl_plaintext"):
            place = f"listener.name.{listener}"
            lines.append(f"{place}.plain.sasl.jaas.config={modules}.plain.PlainLoginModule required {users};")
            lines += [
                f"{place}.scram-sha-{strength}.sasl.jaas.config={modules}.scram.ScramLoginModule required;"
                for strength in ("256", "512")
            ]
        return "\n".join(lines)


def archive_classes() -> None:
    """Keep the classes that a start loads in an archive beside the jars."""
    with tempfile.TemporaryDirectory(prefix="asyncwatch-") as folder:
        target = kafka_folder() / "kafka.jsa"
        KafkaServer(Path(folder)).archive(target)
