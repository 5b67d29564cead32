# Needs git, make and Python 3.11 or newer with venv; everything else is fetched into .venv and the user's cache.

PYTHON ?= python3
BIN := .venv/bin
# Written last, so that a half-made environment is never taken for a whole one.
READY := .venv/installed

# The tests wait for other processes about a third of their time.
WORKERS := $(shell echo $$(($$(getconf _NPROCESSORS_ONLN) + 1)))

# Some images set it for installs that nobody runs twice; here every process would compile our modules anew.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help up down test check

help: ## Show this
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST)

up: $(READY) ## Connect Bedrock to Port in a sandbox on this machine
	$(BIN)/port-byollm engine install
	$(BIN)/port-byollm sandbox start
	$(BIN)/port-byollm pulumi up --stack local --yes
	@echo
	@echo 'What it made:   $(BIN)/port-byollm pulumi stack output --stack local'
	@echo 'Change it:      edit stacks/Pulumi.local.yaml and run make up again'
	@echo 'Take it down:   make down'

down: $(READY) ## Destroy what `make up` made and stop the sandbox
	@if $(BIN)/port-byollm sandbox status >/dev/null 2>&1; then \
		$(BIN)/port-byollm pulumi destroy --stack local --yes || \
			echo 'It goes with the sandbox all the same.'; \
	fi
	$(BIN)/port-byollm sandbox stop
	@echo 'The sandbox and the stack `local` are gone; .venv and the engine in the cache stay.'

test: $(READY) ## Run all tests, those on the real engine too
	$(BIN)/port-byollm engine install
	$(BIN)/pytest --numprocesses $(WORKERS) --dist worksteal

check: $(READY) ## Lint, format and types
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	@test ! -e policies/__main__.py || $(BIN)/mypy policies/__main__.py

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo 'Python 3.11 or newer is needed, and $(PYTHON) is not: make PYTHON=/path/to/python3.11 …' >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' || { \
		echo '$(PYTHON) has no venv: install it (on Debian and Ubuntu, the package python3-venv)' >&2; exit 1; }
	$(PYTHON) -m venv --clear .venv
	$(BIN)/python -m pip install --disable-pip-version-check --quiet --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --disable-pip-version-check --quiet --no-deps --no-build-isolation --editable .
	@touch $@
