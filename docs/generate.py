"""Writes docs/reference from the code, or with --check tells what is out of date."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from asyncwatch.cli.main import COMMANDS
from asyncwatch.config.reference import config_reference
from asyncwatch.model.rules import FAMILIES, RULES
from asyncwatch.telemetry.catalogue import CATALOGUE

FOLDER = Path(__file__).resolve().parent / "reference"
_NOTE = "<!-- written by docs/generate.py; change the code instead -->\n\n"


def rules() -> str:
    """Give the page of rules."""
    lines = ["# Rules", "", "What asyncwatch can find. `asyncwatch rules RULE` explains one.", ""]
    for family in FAMILIES:
        lines += [f"## {family}", "", "| rule | severity | meaning | what to do | source |", "|---|---|---|---|---|"]
        lines += [
            f"| `{rule.id}` | {rule.severity} | {rule.meaning} | {rule.action} | {rule.source} |"
            for rule in RULES.values()
            if rule.family == family
        ]
        lines.append("")
    return _NOTE + "\n".join(lines)


def commands() -> str:
    """Give the page of commands: each one's help, as it is printed."""
    parts = ["# Commands", "", "Each command's help, as it is printed.", ""]
    environ = os.environ | {"COLUMNS": "100", "TERMINAL_WIDTH": "100", "NO_COLOR": "1"}
    for command in COMMANDS:
        help_text = subprocess.run(  # noqa: S603 # our own program
            [sys.executable, "-m", "asyncwatch", command, "--help"],
            capture_output=True, text=True, check=True, env=environ,
        ).stdout  # fmt: skip
        text = "\n".join(line.rstrip() for line in help_text.strip().splitlines())
        parts += [f"## asyncwatch {command}", "", "```text", text, "```", ""]
    return _NOTE + "\n".join(parts)


def metrics() -> str:
    """Give the page of metrics."""
    lines = [
        "# Metrics", "",
        "What `GET /metrics` of the health listener and OTLP carry. Attributes are labels in Prometheus, with `_` for `.`;",
        "one that does not apply is left out. Counters and histograms count since the start of the sidecar.", "",
        "| metric | in Prometheus | kind | unit | meaning | attributes |", "|---|---|---|---|---|---|",
    ]  # fmt: skip
    lines += [
        f"| `{metric.name}` | `{metric.prometheus_name}` | {metric.kind} | `{metric.unit}` | {metric.meaning} | "
        f"{', '.join(f'`{key}`' for key in metric.attributes)} |"
        for metric in CATALOGUE.values()
    ]
    return _NOTE + "\n".join([*lines, ""])


def config() -> str:
    """Give the page of the configuration: the commented whole."""
    parts = ["# Configuration", "", "Every key, as `asyncwatch doctor --config-reference` prints it.", ""]
    return _NOTE + "\n".join([*parts, "```yaml", config_reference().rstrip(), "```", ""])


PAGES = {"metrics.md": metrics, "rules.md": rules, "config.md": config, "commands.md": commands}


def main() -> int:
    """Write or check every page."""
    stale = []
    FOLDER.mkdir(exist_ok=True)
    for name, make in PAGES.items():
        path, text = FOLDER / name, make()
        if "--check" in sys.argv[1:]:
            if not path.exists() or path.read_text(encoding="utf-8") != text:
                stale.append(name)
        else:
            path.write_text(text, encoding="utf-8")
    if stale:
        sys.stderr.write(f"docs/reference is out of date: {', '.join(stale)}; run 'make golden'\n")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
