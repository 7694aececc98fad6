"""What a static import graph cannot see."""

import subprocess
import sys

import pytest

LOADED = "import sys; print(sorted({name.partition('.')[0] for name in sys.modules} & set(sys.argv[1:])))"


def loaded_by(statement, *names):
    done = subprocess.run(
        [sys.executable, "-c", f"{statement}\n{LOADED}", *names], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def test_the_core_loads_no_terminal_library():
    statement = "import asyncwatch.cli.command_line, asyncwatch.cli.observe, asyncwatch.cli.replaying, asyncwatch.cli.capturing, asyncwatch.cli.demonstrate"
    assert loaded_by(statement, "textual", "asyncwatch_tui") == "[]"


def test_the_dashboard_loads_the_model_only():
    statement = "import asyncwatch_tui.start, asyncwatch_tui.app, sys; print(sorted(n for n in sys.modules if n.startswith('asyncwatch.') and not n.startswith('asyncwatch.model')))"
    done = subprocess.run([sys.executable, "-c", statement], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_version_loads_nothing_heavy():
    statement = "from asyncwatch.cli.main import main\ntry: main(['--version'])\nexcept SystemExit: pass"
    done = loaded_by(statement, "typer", "click", "asyncio", "msgspec", "aiokafka", "textual", "httpx")
    assert done.splitlines()[-1] == "[]"


@pytest.mark.parametrize(
    "room", ["model", "reading", "contract", "decode", "ordering", "tracing", "lag", "checks", "ledger"]
)
def test_judging_loads_no_broker_client_and_no_event_loop(room):
    assert loaded_by(f"import asyncwatch.{room}", "aiokafka", "httpx", "asyncio", "uvicorn", "starlette") == "[]"
