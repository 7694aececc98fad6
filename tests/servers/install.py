"""Fetch what the real servers need, once: `python tests/servers/install.py`; prints a line for each thing."""

from __future__ import annotations

import importlib.util
import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

KAFKA_VERSION = "4.4.0"

_POM = """<project><modelVersion>4.0.0</modelVersion>
<groupId>asyncwatch.test</groupId><artifactId>kafka</artifactId><version>1</version><packaging>pom</packaging>
<dependencies>
 <dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>{version}</version></dependency>
 <dependency><groupId>org.slf4j</groupId><artifactId>slf4j-simple</artifactId><version>1.7.36</version></dependency>
</dependencies></project>
"""

_PACKAGES = {"java": "openjdk-17-jre-headless", "mvn": "maven", "openssl": "openssl"}
_POLICY = Path("/usr/sbin/policy-rc.d")


def cache_folder() -> Path:
    """Where fetched programs are kept between runs."""
    named = os.environ.get("ASYNCWATCH_TEST_CACHE")
    if named:
        return Path(named).absolute()
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "asyncwatch"


def kafka_folder() -> Path:
    return cache_folder() / f"kafka-{KAFKA_VERSION}"


def missing_for_kafka() -> str | None:
    """Say what Kafka lacks on this machine, None if nothing."""
    if shutil.which("java") is None:
        return "java 17 or later is not installed (make test installs it as root)"
    if not (kafka_folder() / ".complete").exists():
        return f"the jars of Kafka {KAFKA_VERSION} are not fetched (python tests/servers/install.py)"
    return None


def missing_for_rotel() -> str | None:
    """Say what rotel lacks on this machine, None if nothing."""
    program = rotel_program()
    return None if program is not None else "the package rotel is not installed (dependency group dev)"


def rotel_program() -> Path | None:
    """Find the collector's program inside its wheel."""
    spec = importlib.util.find_spec("rotel")
    if spec is None or spec.origin is None:
        return None
    program = Path(spec.origin).parent / "rotel-agent"
    return program if program.exists() else None


def install_programs() -> list[str]:
    """Install missing Debian packages as root, without letting them start services; say what stays missing."""
    absent = {program: package for program, package in _PACKAGES.items() if shutil.which(program) is None}
    if not absent:
        return []
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        return [f"{program} (Debian package {package})" for program, package in absent.items()]
    guarded = _POLICY.exists()
    if not guarded:
        _POLICY.write_text("#!/bin/sh\nexit 101\n", encoding="ascii")
        _POLICY.chmod(0o755)
    quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    try:
        subprocess.run(["apt-get", "-qq", "update"], check=True, env=quiet, stdout=subprocess.DEVNULL)
        subprocess.run(
            ["apt-get", "-qq", "install", "-y", "--no-install-recommends", *absent.values()],
            check=True,
            env=quiet,
            stdout=subprocess.DEVNULL,
        )
    finally:
        if not guarded:
            _POLICY.unlink()
    return [f"{program} (Debian package {package})" for program, package in absent.items() if not shutil.which(program)]


def install_kafka() -> None:
    """Fetch the jars of Kafka with Maven, and keep an archive of the loaded classes, which halves the start."""
    folder = kafka_folder()
    if not (folder / ".complete").exists():
        folder.mkdir(parents=True, exist_ok=True)
        pom = folder / "pom.xml"
        pom.write_text(_POM.format(version=KAFKA_VERSION), encoding="utf-8")
        command = ["mvn", "-B", "-q", "-ntp", "-f", str(pom), "dependency:copy-dependencies"]
        subprocess.run([*command, "-DincludeScope=runtime", f"-DoutputDirectory={folder}"], check=True)
        (folder / ".complete").touch()
    if not (folder / "kafka.jsa").exists():
        from servers.kafka import archive_classes

        archive_classes()


def install_rotel() -> None:
    """Make the collector's program executable; its wheel may lay it down without that right."""
    program = rotel_program()
    if program is not None and not os.access(program, os.X_OK):
        program.chmod(program.stat().st_mode | stat.S_IXUSR)


def main() -> int:
    absent = install_programs()
    for thing in absent:
        print(f"missing: {thing}; tests that need it are skipped by name")
    if not any(thing.startswith(("java", "mvn")) for thing in absent):
        install_kafka()
        print(f"kafka {KAFKA_VERSION}: {kafka_folder()}")
    install_rotel()
    print(f"rotel: {missing_for_rotel() or rotel_program()}")
    return 0


if __name__ == "__main__":
    # Not this folder, where rotel.py would hide the package rotel.
    sys.path[0] = str(Path(__file__).resolve().parent.parent)
    sys.exit(main())
