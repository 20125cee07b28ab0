# Everything that is needed is set up when it is missing: Python 3.11 or newer, make and a package
# index are enough. `make demo` needs no Twenty, `make test` neither.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
SHELL := /bin/sh

.PHONY: help demo test quick fuzz mutations mutants package audit lint format schemas sample docs site pictures bench clean

help:
	@echo "make demo     a migration from one embedded workspace to another, as a person sees it"
	@echo "make test     lint, types and all tests, with coverage"
	@echo "make quick    the tests that are not slow, without lint and coverage"
	@echo "make fuzz     10,000 mutants of each sort: answers, manifests, files (FUZZ=, SEED=)"
	@echo "make mutants  changes the diff, the reconciler and consent: 85 % have to be noticed by tests"
	@echo "make package  the wheel and the source archive in dist/, and a look at what is in them"
	@echo "make audit    known faults of what is installed (pip-audit)"
	@echo "make lint     ruff, mypy and the order of imports"
	@echo "make format   ruff, fixing what it can"
	@echo "make schemas  write schemas/ from the declarations of the kinds"
	@echo "make sample   write manifests/ as a pull of the sample workspace writes them"
	@echo "make docs     write the pages of docs/ that the code generates"
	@echo "make site     build the documentation in site/, with every link checked"
	@echo "make pictures write docs/images/ (needs Chromium)"
	@echo "make bench    the figures of benchmarks/"
	@echo "make clean    remove what these make"

$(STAMP): pyproject.toml
	@for python in python3.11 python3.12 python3.13 python3.14 python3; do \
	    if $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	        found=$$python; break; \
	    fi; \
	done; \
	if [ -z "$$found" ] && [ ! -x $(BIN)/python ]; then \
	    echo "make: Python 3.11 or newer is needed and was not found" >&2; exit 1; \
	fi; \
	if [ ! -x $(BIN)/python ] || ! $(BIN)/python -m pip --version >/dev/null 2>&1; then \
	    echo "making $(VENV) with $$($$found --version)"; \
	    $$found -m venv --clear $(VENV) || exit 1; \
	fi
	@echo "installing twentysync and what it is developed with into $(VENV)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

demo: $(STAMP)
	@$(BIN)/python -m twentysync.demo

test: lint
	@$(BIN)/python -m pytest -n auto --cov --cov-report=term --cov-fail-under=75

mutations: $(STAMP)
	@TWENTYSYNC_MUTATIONS=600 $(BIN)/python -m pytest -q -rP tests/law/test_mutations.py

mutants: $(STAMP)
	@$(BIN)/python -m tools.mutants

quick: $(STAMP)
	@$(BIN)/python -m pytest -n auto -m "not slow"

FUZZ ?= 10000
fuzz: $(STAMP)
	@seed="$(SEED)"; seed="$${seed:-$$(date +%s)}"; echo "seed $$seed"; \
	    TWENTYSYNC_FUZZ=$(FUZZ) TWENTYSYNC_FUZZ_SEED=$$seed TWENTYSYNC_FUZZ_SECONDS=100000 \
	    $(BIN)/python -m pytest -n auto tests/fuzz

package: $(STAMP)
	@$(BIN)/python -m tools.packages dist

audit: $(STAMP)
	@$(BIN)/python -m tools.audit

lint: $(STAMP)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache >/dev/null || $(BIN)/lint-imports --no-cache

format: $(STAMP)
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

schemas: $(STAMP)
	@$(BIN)/twentysync schema --out schemas

sample: $(STAMP)
	@$(BIN)/python -m twentysync.demo.sample

docs: $(STAMP)
	@mkdir -p docs
	@$(BIN)/python -m tools.coverage_page docs/coverage.md
	@$(BIN)/python -m tools.reference_pages docs/reference

site: $(STAMP)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[docs]'
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet --strict --site-dir site

pictures: $(STAMP)
	@$(BIN)/python -m tools.pictures docs/images

bench: $(STAMP)
	@$(BIN)/python benchmarks/run.py
	@$(BIN)/python benchmarks/planning.py
	@$(BIN)/python benchmarks/million.py
	@$(BIN)/python benchmarks/throughput.py
	@$(BIN)/python benchmarks/pace.py

clean:
	rm -rf $(VENV) demo mutants site build dist .coverage .coverage.* htmlcov .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
