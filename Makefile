# Copyright (c) 2026 the mint.promotion contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
#
# `make help` lists what there is. Everything it needs lies in .venv and .cache; the test bed in .bed.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
READY := .venv/.ready
COLLECTION := .cache/collections/ansible_collections/mint/promotion
BED := PYTHONPATH=tests python -m bed
BED_NAME ?= mint

export PYTHON
export PATH := $(CURDIR)/.venv/bin:$(PATH)
# Without compiled files every start of Ansible takes about twice as long.
unexport PYTHONDONTWRITEBYTECODE
unexport PYTHONPATH

.PHONY: help setup bed bed-down demo test molecule lint bench docs clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

setup: $(READY) $(COLLECTION) ## a virtual environment with all tools, and this checkout as mint.promotion

$(READY): requirements-dev.txt tools/setup
	tools/setup
	touch $@

# Ansible finds a collection by its folders only; a relative link survives when the checkout moves.
$(COLLECTION):
	mkdir -p $(@D)
	ln -sfn ../../../.. $@

bed: setup ## start the test bed: hosts, a registry, a database (BED_NAME=mint)
	tools/bootstrap bed
	$(BED) up --name $(BED_NAME)

bed-down: setup ## stop the test bed and remove its containers
	$(BED) down --name $(BED_NAME)

demo: setup ## promote the example stack, have a second revision refused, approved and promoted, roll it back
	tools/bootstrap bed
	tools/demo

test: setup ## all tests: unit, on a real Docker Engine, on real hosts
	tools/bootstrap bed
	tools/test

molecule: setup ## all scenarios of extensions/molecule, each on a host of its own
	tools/bootstrap bed
	tools/molecule

lint: setup ## ruff, mypy, yamllint, ansible-lint, shellcheck, changelog, ansible-test sanity
	tools/bootstrap lint
	tools/lint

bench: setup ## measure a promotion beside plain docker compose, and the ledger
	tools/bootstrap bed
	tools/bench

docs: setup ## write the generated documentation anew
	tools/docs

clean: ## stop the test bed and remove everything that make has written
	tools/clean
