# Two commands do everything: `make demo` and `make test`.

PYTHON ?= python3
PORT ?= 8000

VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.requirements-installed
TEMPLATES = $(shell find templates tavus_hooks/templates -name '*.html')

# Secrets of production's kind for its checks; they leave with the command.
PRODUCTION = DEBUG=0 ALLOWED_HOSTS=example.com DATABASE_URL=sqlite://:memory: \
	SECRET_KEY="$$($(RANDOM_TEXT))" TAVUS_HOOKS_SECRETS="$$($(RANDOM_TEXT))"
RANDOM_TEXT = $(BIN)/python -c 'import secrets; print(secrets.token_urlsafe(64))'

.DEFAULT_GOAL := help
.PHONY: help demo test lint bench clean

help: ## Show this list.
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1  \2/p' $(MAKEFILE_LIST)

# Ctrl-C reaches the server and this shell alike. The server ends by itself; the trap keeps the
# shell waiting for it, and 130 is how a process ends that was told to, so make has no error to show.
demo: $(STAMP) ## Start the demo on http://127.0.0.1:8000 (PORT=8001 changes it).
	@trap : INT; $(BIN)/python manage.py demo --port $(PORT) || test $$? -eq 130

test: $(STAMP) ## Run the tests (ARGS="-k name" chooses).
	$(BIN)/python -m pytest --numprocesses auto -m 'not heavy' $(ARGS)

lint: $(STAMP) ## Check style, types, layers, templates, migrations and production settings.
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/djade --check --target-version 5.2 $(TEMPLATES)
	DATABASE_URL=sqlite://:memory: $(BIN)/python manage.py makemigrations --check --dry-run
	@echo 'manage.py check --deploy, with production settings'
	@$(PRODUCTION) $(BIN)/python manage.py check --deploy --fail-level WARNING

bench: $(STAMP) ## Measure what receiving costs, on SQLite and PostgreSQL (ARGS=--growth: all).
	$(BIN)/python -m benchmarks $(ARGS)

clean: ## Remove the environment, caches and the demo's data.
	rm -rf $(VENV) .ci/venvs build dist test-results db.sqlite3*
	rm -rf .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache

# Installs again only when requirements.txt changed: without network the rest still works.
$(STAMP): requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or later is needed, not " + sys.version.split()[0] + ". Try: make PYTHON=python3.13" if sys.version_info < (3, 11) else 0)'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); exit 1; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --requirement requirements.txt
	@touch $@
