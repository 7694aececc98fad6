"""What a reviewer would say twice."""

import ast
import re
import subprocess
from pathlib import Path

import pytest

from asyncwatch.model.rules import RULES

ROOT = Path(__file__).resolve().parents[2]
CODE = sorted([*ROOT.glob("sidecar/**/*.py"), *ROOT.glob("tui/**/*.py")])
TESTS = sorted(ROOT.glob("tests/**/*.py"))


def tracked():
    done = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip("not a git checkout")
    return [ROOT / name for name in done.stdout.splitlines() if (ROOT / name).exists()]


def test_no_file_is_longer_than_500_lines():
    long = {
        str(path.relative_to(ROOT)): n for path in [*CODE, *TESTS] if (n := len(path.read_text().splitlines())) > 500
    }
    assert not long


def test_the_median_file_has_at_most_150_lines():
    lengths = sorted(len(path.read_text().splitlines()) for path in CODE)
    assert lengths[len(lengths) // 2] <= 150


def test_every_module_opens_with_what_it_is_for():
    bare = [str(path.relative_to(ROOT)) for path in CODE if not ast.get_docstring(ast.parse(path.read_text()))]
    assert not bare


def test_no_file_is_named_for_nothing():
    vague = re.compile(r"(manager|helper|utils?|misc|common|data|item)s?\.py$")
    assert not [path.name for path in CODE if vague.search(path.name)]


def public_definitions(path):
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and not node.name.startswith("_"):
            yield node


def test_public_classes_and_functions_of_the_contracts_have_a_sentence():
    contracts = [path for path in CODE if "model" in path.parts or path.name == "base.py"]
    bare = [
        f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"
        for path in contracts
        for node in public_definitions(path)
        if not ast.get_docstring(node)
    ]
    small_rows = {"ChannelCoverage", "MessageCoverage", "Share", "Tally"}
    assert not [one for one in bare if one.split()[-1] not in small_rows]


def test_every_rule_of_the_catalogue_is_found_by_some_code_and_no_other_is():
    said = set()
    for path in CODE:
        if path.name not in {"rules.py", "document_rules.py"}:
            said |= set(re.findall(r'"([a-z]+\.[a-z-]+)"', path.read_text()))
    assert not set(RULES) - said
    families = {rule.partition(".")[0] for rule in RULES}
    assert not {one for one in said if one.partition(".")[0] in families - {"context"} and one not in RULES} - NOT_RULES


NOT_RULES = {"message.name"}
"""Texts that look like rules and are attribute names or the like."""


def test_every_law_is_a_test():
    laws = [
        one
        for page in (ROOT / "docs/laws").glob("*.md")
        for one in re.findall(r"^- `([a-z0-9_]+)`", page.read_text(), re.MULTILINE)
    ]
    tests = " ".join(path.read_text() for path in TESTS)
    assert laws
    assert not [law for law in laws if f"def test_{law}" not in tests]


def test_no_machine_path_and_no_address_of_a_registry_is_tracked():
    path = re.compile(r"(?<![\w.])/(work|home|root|srv|mnt)/[a-z]")
    registry = re.compile(r"(pypi|npmjs|maven|crates|debian)\.(org|io|com|net)")
    wrong = []
    for file in tracked():
        if file.suffix in {".png", ".svg", ".raw"}:
            continue
        text = file.read_text(errors="replace")
        wrong += [
            f"{file.relative_to(ROOT)}: {line.strip()[:80]}"
            for line in text.splitlines()
            if path.search(line) or registry.search(line)
        ]
    own = "tests/house/test_house.py"
    assert not [one for one in wrong if not one.startswith(own)]


def test_the_way_of_a_message_in_architecture_is_the_way_in_the_code():
    text = (ROOT / "ARCHITECTURE.md").read_text()
    named = re.findall(r"`((?:sidecar|tui|tests|docs)/[\w/.]+\.(?:py|md))`", text)
    assert named
    assert not [name for name in named if not (ROOT / name).exists()]
    order = re.findall(r"^\d+\. `checks/(\w+)", text, re.MULTILINE)
    route = (ROOT / "sidecar/asyncwatch/route.py").read_text()
    bound = re.findall(r"^        (\w+)Check\(route", route, re.MULTILINE)
    assert order == [name.lower() for name in bound]


def test_every_dependency_is_argued():
    project = (ROOT / "pyproject.toml").read_text()
    block = project[project.index("\ndependencies = [") : project.index("]\n\n[project.scripts]")]
    names = re.findall(r'^  "([A-Za-z0-9-]+)', block, re.MULTILINE)
    text = (ROOT / "ARCHITECTURE.md").read_text().lower()
    assert names
    assert not [name for name in names if f"**{name.lower()}**" not in text]


def test_every_price_a_docstring_names_is_a_row_of_the_bench():
    named = {
        one for path in CODE for one in re.findall(r"bench ((?:loop|tap|road|memory)\b(?:\[\w+\])?)", path.read_text())
    }
    bench = (ROOT / "tests/bench/run.py").read_text()
    route = (ROOT / "sidecar/asyncwatch/route.py").read_text()
    loops = {f"loop[{name.lower()}]" for name in re.findall(r"^        (\w+)Check\(route", route, re.MULTILINE)}
    assert named
    assert not {one for one in named - loops if f'"{one}, µs"' not in bench}
