# Needs Python 3.11 or later with venv, make and bash. Everything it installs goes into .venv.
# Paths are relative throughout: the clone may lie in a folder whose name has spaces.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
PYTHON ?= python3
UV := uv==0.13.9
venv := .venv/bin/python

export UV_SYSTEM_CERTS := 1
# Where this is set, every start would compile every module again.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help run test lint lock bench chaos sabotage screenshots

help:
	@echo 'make run                  runs the bar; PORT, PROCESSES, DATA_DIR, DATABASE_URL, REDIS_URL choose how and where, DEMO=0 leaves the demo out'
	@echo 'make test                 runs all checks and tests; ARGS="tests/sales -k bottle" runs these tests only'
	@echo 'make lint                 runs the checks that need no database'
	@echo 'make bench                measures the figures of the README'
	@echo 'make chaos                kills, freezes and cuts everything while tills sell, and reckons; ARGS="--seed 7 --kills 1000"'
	@echo 'make sabotage             takes each protection away and requires that its tests fail; ARGS="I07 C3" takes these only'
	@echo 'make screenshots          takes the pictures of the README from a running demo; PORT says where, FOLDER=out takes every page'
	@echo 'make lock                 locks the versions that pyproject.toml asks for; ARGS=--upgrade takes newer ones'

run: .venv/.run
	@exec $(venv) manage.py up

test: .venv/.test $(if $(ARGS),,lint)
	@exec $(venv) -m config.embedded --temporary -- .ci/tests $(ARGS)

lint: .venv/.test
	@$(venv) -m ruff check .
	@$(venv) -m ruff format --check .
	@$(venv) -m mypy
	@.venv/bin/lint-imports
	@$(venv) -m bandit $(bandit)

# No test is skipped. What it takes for possible with low confidence is left out: any SQL made of our own constants, which it can't
# tell from a user's words; what goes into execute() directly is found. So is what it calls of low severity: any assert,
# any random number and any program that is started. A line that is right after all says so, and why: nosec.
bandit := --quiet --severity-level medium --confidence-level medium --recursive config stats sales stock bars realtime manage.py

bench: .venv/.test
	@exec $(venv) -m bench

chaos: .venv/.test
	@exec $(venv) -m tests.faults.chaos $(ARGS)

sabotage: .venv/.test
	@exec $(venv) -m tests.sabotage $(ARGS)

screenshots: .venv/.test
	@$(venv) -m tests.browser.screenshots "http://127.0.0.1:$${PORT:-8000}" $(if $(FOLDER),"$(FOLDER)")

compile := .venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header

lock: .venv/.test
	@$(compile) $(ARGS) pyproject.toml -o requirements.txt
	@$(compile) $(ARGS) pyproject.toml --group dev -o tests/requirements.txt

quietly := --quiet --disable-pip-version-check
# A lock names all that is wanted.
pinned := --require-hashes --no-deps --requirement

.venv/.run: requirements.txt
.venv/.test: tests/requirements.txt
.venv/.run .venv/.test: | .venv/bin/python
	@echo 'Installing what $< pins…'
	@$(venv) -m pip --version >/dev/null 2>&1 || "$(PYTHON)" -m venv --clear .venv # a killed first try
	@$(venv) -m pip install $(quietly) $(UV) && .venv/bin/uv pip install --quiet --python $(venv) $(pinned) $< \
	  || { echo 'uv could not. Trying pip…'; $(venv) -m pip install $(quietly) $(pinned) $<; } \
	  || { echo 'Installing failed: is the network there, and the package index?' >&2; exit 1; }
	@touch $@

# $(call needs,CODE,LINE) ends with the line unless Python runs the code. Neither may hold a comma.
needs = "$(PYTHON)" -c '$(1)' 2>/dev/null || { echo '$(2)' >&2; exit 1; }

.venv/bin/python:
	@$(call needs,import sys; assert sys.hexversion >= 0x30b0000,BarTender needs Python 3.11 or later and $(PYTHON) is none: name yours with PYTHON=/path/to/python3.11 make)
	@$(call needs,import ensurepip; import venv,$(PYTHON) lacks venv: install it (on Debian and Ubuntu: apt install python3-venv))
	@$(call needs,import sysconfig; assert "musl" not in str(sysconfig.get_config_var("HOST_GNU_TYPE")),There is no Postgres wheel for musl (Alpine): use a system with glibc or macOS)
	@"$(PYTHON)" -m venv --clear .venv
