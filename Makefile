# The two commands of the README are `make serve` and `make test`; each sets up what it needs.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: serve test check format golden bench bench-quick soak clean

serve: $(VENV)/runtime ## build the content if it changed, then serve it
	@$(BIN)/python server.py

test: $(VENV)/development ## run every test
	@$(BIN)/python -m pytest -q

check: $(VENV)/development ## lint, types and content
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy publisher server.py
	@$(BIN)/python -m publisher format --check
	@$(BIN)/python -m publisher validate

format: $(VENV)/development ## put Python and Turtle files into our style
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .
	@$(BIN)/python -m publisher format

golden: $(VENV)/development ## renew the golden files on purpose; read the diff before you commit it
	@$(BIN)/python -m pytest -q tests/test_golden.py tests/test_docs.py tests/test_walkthroughs.py --golden

bench: $(VENV)/development .peers/servers .peers/shmarql ## measure beside other servers and write bench/RESULTS.md; 30 minutes
	@$(BIN)/python -m bench

bench-quick: $(VENV)/development .peers/servers ## the same, small, and only printed: two minutes
	@$(BIN)/python -m bench --quick

.peers/servers: bench/requirements.txt | $(VENV)/bin/python
	@echo "installing the servers to compare with (once)"
	@$(PYTHON) -m venv $@ && $@/bin/python -m pip install --quiet --disable-pip-version-check --requirement $<

.peers/shmarql: bench/requirements-shmarql.txt | $(VENV)/bin/python
	@echo "installing SHMARQL (once)"
	@$(PYTHON) -m venv $@ && $@/bin/python -m pip install --quiet --disable-pip-version-check --requirement $<

.peers/ckan: tests/harvest/requirements.txt | $(VENV)/bin/python
	@echo "installing CKAN, whose harvester the tests run (once, a minute)"
	@$(PYTHON) -m venv $@ && $@/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --requirement $< || { rm -rf $@; exit 1; }

soak: $(VENV)/development ## ten minutes of mixed load: does a request fail, does the server grow?
	@$(BIN)/python -m bench.soak --minutes $(or $(MINUTES),10)

clean: ## remove the builds and the environment
	@rm -rf build .peers $(VENV)

$(VENV)/runtime: requirements.txt | $(VENV)/bin/python
	@echo "installing what the publisher needs (once, about a minute)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --requirement requirements.txt
	@touch $@

$(VENV)/development: requirements.txt requirements-dev.txt | $(VENV)/bin/python
	@echo "installing what the publisher and its tests need (once, about a minute)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --requirement requirements-dev.txt
	@touch $@ $(VENV)/runtime

$(VENV)/bin/python:
	@command -v $(PYTHON) >/dev/null || { echo "Python is missing: install Python 3.11 or newer (Debian: apt-get install python3 python3-venv)"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; this is `$(PYTHON) --version`. Name another one: make PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo "The venv module is missing (Debian: apt-get install python3-venv)"; exit 1; }
