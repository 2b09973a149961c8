# Everything from a bare Debian 12 (git, make, python3) to a server that takes calls: `make run`.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

# The system's Python where it will do: version managers build theirs without optimisation unless told
# otherwise, and those were seen to take a third longer for everything. PYTHON=/path/to/python3 chooses.
ifeq ($(origin PYTHON),undefined)
PYTHON := $(shell /usr/bin/python3 -c 'import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo /usr/bin/python3 || echo python3)
endif
VENV   := .venv
BIN    := $(VENV)/bin
PREFIX := $(or $(RINGHALL_PREFIX),.prefix)
PIP    := $(BIN)/python -m pip --disable-pip-version-check --quiet
LOCK   := $(BIN)/uv pip compile --quiet --generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate --no-header --python-version 3.11 $(LOCKFLAGS)

.PHONY: help setup run test lint bench chaos proof lock clean prefix tools

help:  ## show this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 10

setup: $(VENV)/.runtime prefix  ## install everything that the server needs, into .venv/ and .prefix/

run: setup  ## install what is missing, start everything, say where to dial; Ctrl-C stops it
	@exec $(BIN)/ringhall serve

test: $(VENV)/.dev tools  ## run all tests, those on real Asterisk included (PYTEST='-k word' chooses)
	@$(BIN)/python -m pytest --numprocesses 3 --dist loadgroup $(PYTEST)

lint: $(VENV)/.dev  ## formatting, lint, types, import contracts
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

bench: $(VENV)/.runtime tools  ## measure calls, menus, waits and edits of dialplans, as tables
	@$(BIN)/python -m benchmarks.interpreter
	@$(BIN)/python -m benchmarks.routing
	@$(BIN)/python -m benchmarks.waits
	@$(BIN)/python -m benchmarks.inbound
	@$(BIN)/python -m benchmarks.dialplans
	@$(BIN)/python -m benchmarks.in_call
	@$(BIN)/python -m benchmarks.dialer

chaos: $(VENV)/.dev tools  ## let everything fail that can, and count what is lost: nothing (docs/guarantees.md)
	@$(BIN)/python -m benchmarks.chaos

proof: $(VENV)/.dev tools  ## what takes too long for every test run, kept in docs/proof/
	@$(BIN)/python -m benchmarks.proof --keep
	@$(BIN)/python -m benchmarks.chaos --only every_instant --all-instants --keep
	@$(BIN)/python -m benchmarks.chaos --only long_life --minutes 30 --keep
	@$(BIN)/python -m benchmarks.chaos.sequences --keep
	@$(BIN)/python -m benchmarks.soak --keep

lock:  ## resolve the dependencies anew into requirements/*.lock (LOCKFLAGS=--upgrade takes newer ones)
	@[ -x $(BIN)/uv ] || $(PIP) install uv
	@$(LOCK) pyproject.toml -o requirements/runtime.lock
	@$(LOCK) requirements/build.in -c requirements/runtime.lock -o requirements/build.lock
	@$(LOCK) pyproject.toml --extra dev -c requirements/runtime.lock -c requirements/build.lock -o requirements/dev.lock

clean:  ## remove what was installed and built; var/ (calls, records, secrets) stays
	rm -rf $(VENV) .prefix dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis

# Asterisk, espeak-ng, SIPp and baresip. Skipped when the site's own Asterisk is to be used.
prefix:
	@$(PYTHON) asterisk-config/install --unless-foreign "$(PREFIX)"

# Tests and benchmarks start Asterisks of their own, whatever the site uses.
tools:
	@$(PYTHON) asterisk-config/install "$(PREFIX)"

# ── the virtual environment ──
# A stamp is as new as the lock file that was installed last; the project itself is installed editable.

$(BIN)/python:
	@command -v $(PYTHON) >/dev/null || { echo "make: there is no $(PYTHON). Install Python 3.11 (apt-get install python3 python3-venv), or name one: make PYTHON=/path/to/python3" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "make: $(PYTHON) is $$($(PYTHON) -V 2>&1); Ringhall needs Python 3.11 or newer: make PYTHON=/path/to/python3.11" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "make: $(PYTHON) has no venv module. Install it: apt-get install python3-venv" >&2; exit 1; }
	@echo "python: making $(VENV)/ with $$($(PYTHON) -V)"
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo "make: the virtual environment can't be made in $(VENV)/; is the disk full, or the folder not yours?" >&2; exit 1; }

define install
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(BIN)/python -m ensurepip >/dev/null
	@echo "python: installing $(1)"
	@$(PIP) install --require-hashes -r $(1) -r requirements/build.lock || { echo "make: the packages of $(1) can't be installed. Is this machine online, and does \`pip download pip\` work? The message above says which package." >&2; exit 1; }
	@$(PIP) install --no-deps --no-build-isolation --editable .
endef

$(VENV)/.runtime: requirements/runtime.lock requirements/build.lock pyproject.toml | $(BIN)/python
	$(call install,requirements/runtime.lock)
	@touch $@

$(VENV)/.dev: requirements/dev.lock requirements/build.lock pyproject.toml | $(BIN)/python
	$(call install,requirements/dev.lock)
	@touch $@ $(VENV)/.runtime
