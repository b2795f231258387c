# Two commands matter: `make demo` and `make check`. Both set up what they need, from hash-pinned locks.
.PHONY: help setup demo check lint test format lock
.DEFAULT_GOAL := help

UV := .tools/bin/uv
COMPILE := $(UV) pip compile -q pyproject.toml --universal --generate-hashes --no-header --no-annotate --python-version 3.12

help: ## Say what there is
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## Prepare .venv to run Leeward
	@scripts/setup.sh run

demo: ## Start Leeward beside an example provider and go once around the loop
	@scripts/setup.sh run
	@.venv/bin/leeward demo

check: ## Run every lint and every test, browser tests included; what CI runs
	@scripts/setup.sh dev
	@scripts/check.sh

lint: ## Run everything that reads the code and does not run it
	@scripts/setup.sh dev
	@scripts/check.sh format lint types imports security migrations

test: ## Run every test
	@scripts/setup.sh dev
	@scripts/check.sh tests

format: ## Format the code
	@scripts/setup.sh dev
	@.venv/bin/ruff format .
	@.venv/bin/ruff check --select I --fix .

lock: ## Write the locks anew from pyproject.toml
	@scripts/setup.sh dev
	@$(COMPILE) --extra demo -o requirements/run.lock
	@$(COMPILE) --extra scale --extra demo --extra classifiers --extra zk --group dev -o requirements/dev.lock
