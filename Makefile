# Needs Python 3.11 or later, make and git; everything else is installed into .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
PYTEST_ARGS ?= -n auto --dist loadfile
LOADERS ?= yes

.DEFAULT_GOAL := help
.PHONY: help demo test check fix docs picture wheel clean

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST)

# Each step leaves a stamp, so that a second run starts at once.
$(VENV)/venv.stamp:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "dataaudit needs Python 3.11 or later; $(PYTHON) is $$($(PYTHON) -V 2>&1). Try: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || \
	  { echo "$(PYTHON) cannot make a virtual environment. On Debian or Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(PIP) install --quiet --upgrade "pip>=25.1"
	@touch $@

$(VENV)/runtime.stamp: $(VENV)/venv.stamp pyproject.toml
	$(PIP) install --quiet --editable .
	@touch $@

$(VENV)/dev.stamp: $(VENV)/runtime.stamp
	$(PIP) install --quiet --group dev
	@test "$(LOADERS)" = no || $(PIP) install --quiet --group loaders || \
	  echo "torch or lightning could not be installed: the tests of their loaders will be skipped" >&2
	@touch $@

demo: $(VENV)/runtime.stamp ## audit sample_data, write reports/
	$(BIN)/dataaudit demo

test: $(VENV)/dev.stamp ## run the tests
	$(BIN)/python -m pytest $(PYTEST_ARGS)

check: $(VENV)/dev.stamp ## style, types, layers, dependencies and tests: what a change must pass
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/deptry .
	$(BIN)/python -m pytest $(PYTEST_ARGS)

fix: $(VENV)/dev.stamp ## format, and mend what can be mended
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: $(VENV)/runtime.stamp ## write the rule pages and the README's table from the rules
	$(BIN)/python docs/make_rules.py

picture: demo ## take the README's picture of a report; needs Chromium
	$(BIN)/python docs/make_picture.py

wheel: $(VENV)/dev.stamp ## build the wheel and the source distribution into dist/
	$(BIN)/python -m build --outdir dist

clean: ## remove what was built; .venv stays
	rm -rf dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage
