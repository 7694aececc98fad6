# The whole interface of the project; `make` alone lists it.
PY := .venv/bin/python
SOURCES := sidecar tui tests docs

.DEFAULT_GOAL := help
.PHONY: help demo test check bench golden soak format

help: ## list what can be made
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1|/' | awk -F'|' '{ printf "  make %-8s %s\n", $$1, $$2 }'

.venv/ready: pyproject.toml tests/setup/venv.sh
	@sh tests/setup/venv.sh
	@touch $@

.venv/dev: .venv/ready
	@echo "installing the tools of development into .venv (once)"
	@$(PY) -m pip install --quiet --disable-pip-version-check --upgrade 'pip>=25.1'
	@$(PY) -m pip install --quiet --disable-pip-version-check --editable '.[demo]' --group dev
	@touch $@

demo: .venv/ready ## a live dashboard over a small set of services that misbehave
	@.venv/bin/asyncwatch demo

test: .venv/dev ## every test, with real brokers; installs what they need
	@$(PY) tests/servers/install.py
	@$(PY) tests/setup/lanes.py

check: .venv/dev ## formatting, lint, types, import rules, generated files
	@.venv/bin/ruff format --check --quiet $(SOURCES)
	@.venv/bin/ruff check --quiet $(SOURCES)
	@.venv/bin/mypy --no-error-summary
	@said=$$(.venv/bin/lint-imports --no-cache --no-logo 2>&1) || { echo "$$said"; exit 1; }
	@$(PY) docs/generate.py --check
	@echo "check: nothing found"

bench: .venv/dev ## measure the road against bare aiokafka and the usual stack
	@$(PY) tests/servers/install.py
	@$(PY) tests/bench/run.py

golden: .venv/dev ## rewrite golden files, snapshots and the generated reference
	@ASYNCWATCH_GOLDEN=write $(PY) -m pytest -q tests/golden
	@$(PY) -m pytest -q tests/tui --snapshot-update
	@$(PY) docs/generate.py

soak: .venv/dev ## ten minutes of random input through everything that reads bytes
	@$(PY) tests/setup/soak.py

format: .venv/dev ## format the sources
	@.venv/bin/ruff format --quiet $(SOURCES)
	@.venv/bin/ruff check --fix --quiet $(SOURCES)
