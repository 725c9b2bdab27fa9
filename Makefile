# Everything a developer does here, by name. Only python3 (3.11 or newer) and make have to be there.
# What is made goes under .venv/ and var/; nothing else is written, but for Debian packages (as root).

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:

PYTHON ?= python3
ARGS ?=
BIN := .venv/bin
CACHE := $(CURDIR)/var/cache
CODE := $(wildcard src tests bench)
# Three processes for two cores: tests wait for others as often as they work. A file's tests stay together, since they
# share what is made once for the file; files come in the order of their names, or the slowest would be the last.
EVERY := --numprocesses $(shell echo $$(($$(nproc) * 3 / 2))) --dist loadfile --no-loadscope-reorder

export PIP_CACHE_DIR := $(CACHE)/pip
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export UV_CACHE_DIR := $(CACHE)/uv
export HYPOTHESIS_STORAGE_DIRECTORY := $(CACHE)/hypothesis

.PHONY: help setup demo test check bench lock format clean

help:
	@echo 'make demo    a number is set free before your eyes; then look at the portal yourself'
	@echo 'make setup   what a developer needs, in .venv/'
	@echo 'make test    every test, on every core; make test ARGS="tests/domain -x" for some'
	@echo 'make check   linters, types, layers, and the habits no linter knows'
	@echo 'make format  the code, as the linters want it'
	@echo 'make bench   how fast it is, against what it could be'
	@echo 'make lock    requirements/*.txt anew, from pyproject.toml'
	@echo 'make clean   .venv/ and var/ away'

setup: .venv/dev.stamp .venv/project.stamp
	@true

demo: .venv/demo.stamp .venv/project.stamp
	@$(BIN)/jiebang demo $(ARGS)

test: setup
	@tools/system-packages.sh
	$(BIN)/pytest $(or $(ARGS),$(EVERY))

check: setup
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy $(CODE)
	$(BIN)/lint-imports --no-logo --cache-dir $(CACHE)/import-linter
	$(BIN)/pytest --quiet tests/house

format: setup
	$(BIN)/ruff check --fix-only --quiet
	$(BIN)/ruff format

bench: setup
	$(BIN)/python -m bench $(ARGS)

lock: setup
	tools/lock.sh

clean:
	rm -rf .venv var

# The stamps are as old as the lock they were made from, so that a second run starts at once. A lock names
# all that is needed: pip must not look for dependencies, or a release of tomorrow would stand in its way.

.venv/pyvenv.cfg:
	@tools/virtual-environment.sh $(PYTHON)

.venv/demo.stamp: requirements/demo.txt | .venv/pyvenv.cfg
	$(BIN)/pip install -qq --no-deps --require-hashes -r $<
	@touch $@

.venv/dev.stamp: requirements/dev.txt | .venv/pyvenv.cfg
	$(BIN)/pip install -qq --no-deps --require-hashes -r $<
	@touch $@ .venv/demo.stamp

.venv/project.stamp: pyproject.toml | .venv/pyvenv.cfg
	$(BIN)/pip install -qq --no-deps --no-build-isolation --editable .
	@touch $@
