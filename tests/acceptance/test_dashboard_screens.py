"""Violations, Lag, the palette and the editor in a real terminal, on the demo's real broker."""

import re
import sys
from pathlib import Path

import pytest

from acceptance.commands import wait_until
from acceptance.terminal import terminal

pytestmark = pytest.mark.slow


def test_the_way_from_a_broken_field_to_its_line_and_from_a_slow_consumer_to_its_partitions(tmp_path, monkeypatch):
    seen = tmp_path / "seen"
    editor = tmp_path / "vim"
    editor.write_text(
        f"#!{sys.executable}\nimport sys\nfrom pathlib import Path\n"
        f"assert sys.stdin.isatty()\nPath({str(seen)!r}).write_text('\\n'.join(sys.argv[1:]))\n"
    )
    editor.chmod(0o755)
    monkeypatch.setenv("EDITOR", str(editor))
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.chdir(tmp_path)
    with terminal("demo", columns=120, rows=36) as shown:
        shown.wait_for(r"2 Violations ✗\d", within_s=25)
        shown.type("2")
        shown.wait_for(
            r"✗ payload\.schema", r"/settlementDate is missing", r"── Contract .*lending\.yaml:\d+", r"◄ required",
            r"who sends it payments-api", r"✗ /settlementDate", within_s=30,
        )  # fmt: skip
        shown.type("o")
        wait_until(seen.exists, lambda: f"the editor on\n{shown.screen()}")
        line, file = seen.read_text().splitlines()
        assert re.fullmatch(r"\+\d+", line)
        assert "settlementDate" in Path(file).read_text().splitlines()[int(line[1:]) - 1]
        shown.wait_for(r"Findings .* groups by severity", within_s=35)
        shown.type("ej")
        shown.wait_for(r"written: .*asyncwatch-findings-\d{8}-\d{6}\.json", within_s=35)
        assert len(list(tmp_path.glob("asyncwatch-findings-*.json"))) == 1
        shown.wait_for(r"4 Lag ▲1", within_s=60)
        shown.type("\x10scoring")
        shown.wait_for(r"Commands", r"▲ credit-scoring .*group · warning", within_s=65)
        shown.type("\r")
        shown.wait_for(r"Consumer groups", r"▲ warning +credit-scoring .*never", r"Reading .*too slow", within_s=70)
        shown.type("q")
        assert shown.process.wait(15) == 0
