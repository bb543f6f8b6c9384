# Two commands do everything: `make demo` and `make test`. CONTRIBUTING.md has their plain forms.

PYTHON ?= python3
PORT ?= 8000

VENV := .venv
BIN := $(VENV)/bin
DEMO := $(VENV)/.demo-installed
ALL := $(VENV)/.all-installed
MUTANTS := $(VENV)/.mutants-installed
BROWSER := .ci/venvs/browser
TEMPLATES = $(shell find templates tavus_hooks/templates -name '*.html')

# Secrets of production's kind for its checks; they leave with the command.
PRODUCTION = DEBUG=0 ALLOWED_HOSTS=example.com DATABASE_URL=sqlite://:memory: \
	SECRET_KEY="$$($(RANDOM_TEXT))" TAVUS_HOOKS_SECRETS="$$($(RANDOM_TEXT))"
RANDOM_TEXT = $(BIN)/python -c 'import secrets; print(secrets.token_urlsafe(64))'

.DEFAULT_GOAL := help
.PHONY: help demo test test-fast e2e lint bench bench-read mutants vendor clean

help: ## Show this list.
	@sed -n 's/^\([a-z0-9-]*\):.*## \(.*\)/\1:\2/p' $(MAKEFILE_LIST) | \
		while IFS=: read -r name text; do printf '  make %-10s  %s\n' "$$name" "$$text"; done

# Ctrl-C reaches the server and this shell alike. The server ends by itself; the trap keeps the
# shell waiting for it, and 130 is how a process ends that was told to, so make has no error to show.
demo: $(DEMO) ## Start the demo on http://127.0.0.1:8000 (PORT=8001 changes it).
	@trap : INT; $(BIN)/python manage.py demo --port $(PORT) || test $$? -eq 130

test: $(ALL) ## Run the tests (ARGS="-k name" chooses).
	@echo 'All tests take some six minutes on two processors; make test-fast takes about two.'
	$(BIN)/python -m pytest --numprocesses auto -m "not heavy" $(ARGS)

test-fast: $(ALL) ## Run about a quarter of the tests, in about two minutes.
	$(BIN)/python -m pytest --numprocesses auto -m "not slow and not heavy and not thorough" $(ARGS)

e2e: export TAVUS_HOOKS_BROWSER ?= /usr/bin/chromium
e2e: $(BROWSER)/.installed ## Look at every page in Chromium, which is not installed by this.
	@test -x "$$TAVUS_HOOKS_BROWSER" || { echo "There is no $$TAVUS_HOOKS_BROWSER." \
		'Debian has it in the package chromium; TAVUS_HOOKS_BROWSER= names another one.'; exit 1; }
	$(BROWSER)/bin/python -m pytest tests/browser $(ARGS)

lint: $(ALL) ## Check style, types, layers, tables, templates, migrations and production settings.
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python .ci/tables.py --check
	$(BIN)/python .ci/vendor.py --check
	$(BIN)/djade --check --target-version 5.2 $(TEMPLATES)
	DATABASE_URL=sqlite://:memory: $(BIN)/python manage.py makemigrations --check --dry-run
	@echo 'manage.py check --deploy, with production settings'
	@$(PRODUCTION) $(BIN)/python manage.py check --deploy --fail-level WARNING

bench: $(ALL) ## Measure what receiving costs, on SQLite and PostgreSQL (ARGS=--growth: all).
	$(BIN)/python -m benchmarks $(ARGS)

bench-read: $(ALL) ## Measure what reading costs with 10,000 callbacks and a million (ARGS=--count).
	$(BIN)/python -m benchmarks.read $(ARGS)

mutants: $(MUTANTS) ## Show small faults in the changed modules that no test notices (MODULES= chooses).
	$(BIN)/python .ci/mutate.py $(MODULES)

vendor: $(ALL) ## Fetch Pico and hls.js anew from the npm registry, which takes npm.
	$(BIN)/python .ci/vendor.py

clean: ## Remove the environment, caches and the demo's data.
	rm -rf $(VENV) .ci/venvs mutants build dist test-results db.sqlite3*
	rm -rf .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache

# `make demo` installs what the site runs on, the others everything, into the one environment. Each
# installs again only when a file of its own changed: without network the rest still works.
$(DEMO): project/requirements.txt
	@$(SUPPORTED)
	@echo 'Installing what the demo runs on: Django, Django REST framework and five small packages, into'
	@echo '$(CURDIR)/$(VENV) and nowhere else. This happens once. It takes about ten'
	@echo 'seconds, and longer where 10 MB do.'
	@$(ENVIRONMENT)
	$(PIP) --requirement project/requirements.txt
	@touch $@

$(ALL): requirements.txt project/requirements.txt
	@$(SUPPORTED)
	@echo 'Installing what the tests and linters need: some forty packages, into'
	@echo '$(CURDIR)/$(VENV) and nowhere else. This happens once. It takes about half a'
	@echo 'minute, and longer where 45 MB do.'
	@$(ENVIRONMENT)
	$(PIP) --requirement requirements.txt
	@touch $@ $(DEMO)

$(MUTANTS): .ci/mutants.txt $(ALL)
	@echo 'Installing what makes mutants: mutmut and seven packages that it needs, into'
	@echo '$(CURDIR)/$(VENV) and nowhere else. This happens once. It takes a few'
	@echo 'seconds, and longer where 4 MB do.'
	$(PIP) --requirement .ci/mutants.txt
	@touch $@

# With Unfold, which other tests must not find: hence an environment of its own.
$(BROWSER)/.installed: .ci/browser.txt requirements.txt project/requirements.txt
	@$(SUPPORTED)
	@echo 'Installing what the browser tests need: the packages of the tests, Playwright and Unfold, into'
	@echo '$(CURDIR)/$(BROWSER) and nowhere else. This happens once.'
	rm -rf $(BROWSER)
	$(PYTHON) -m venv $(BROWSER)
	$(BROWSER)/bin/python -m pip install --quiet --disable-pip-version-check \
		--requirement requirements.txt --requirement .ci/browser.txt
	@touch $@

SUPPORTED = $(PYTHON) -c 'import sys; sys.exit("Python 3.11 or later is needed, not " + sys.version.split()[0] + ". Try: make PYTHON=python3.13" if sys.version_info < (3, 11) else 0)'
# Half an environment would be taken for a whole one the next time.
ENVIRONMENT = test -x $(BIN)/python || { trap 'rm -rf $(VENV); exit 130' INT TERM; \
	$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); exit 1; }; }
PIP = $(BIN)/python -m pip install --disable-pip-version-check
