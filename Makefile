# Two commands on a fresh machine: `make up`, `make replay`. Needs make, and Python 3.11 or newer with venv.
PYTHON ?= python3
ROLE ?= agent
TENANT ?= acme
SUB ?=
DATA ?= ../shared/data
WORKERS ?= 2

LOCAL := .venv/bin/python -m itsm_local
SOURCES := shared services deploy tests
COMPILE := .venv/bin/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url \
	--python-version 3.11 --no-header --no-annotate \
	$(foreach member,events sla chassis incident change catalog metrics local demo,--no-emit-package itsm-$(member))
export ROLE TENANT SUB

.DEFAULT_GOAL := help
.PHONY: help environment run up down ps logs reset token demo test check format lint types rooms generate lock replay replay-sla replay-changes bench

help:  ## Show what there is
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(firstword $(MAKEFILE_LIST)) | expand -t 24

environment:  ## Bring .venv to what the locks say (other targets do that themselves)
	@$(PYTHON) deploy/local/bootstrap.py

# Without a look at the locks: to look at a running stack, or to end it, never changes what it runs on.
.PHONY: installed
installed:
	@test -x .venv/bin/python || $(PYTHON) deploy/local/bootstrap.py

run: environment  ## Run everything in the foreground until Ctrl-C, with the logs of all parts
	@$(LOCAL) run

up: environment  ## Run everything in the background; returns once all four services are ready
	@$(LOCAL) up

down: installed  ## Stop everything, whatever became of the launcher
	@$(LOCAL) down

ps: installed  ## A line per part: name, pid, port, state
	@$(LOCAL) ps

logs: installed  ## Follow the logs of all parts
	@$(LOCAL) logs

reset: environment  ## Stop everything and drop all data of this clone
	@$(LOCAL) reset

token: environment  ## A bearer token for 12 hours: ROLE=agent,manager TENANT=acme SUB=somebody
	@$(LOCAL) token

demo: environment  ## Load a believable company into the running stack: TENANT=acme
	@.venv/bin/python -m itsm_demo

.PHONY: demo-year
demo-year: environment  ## Load a year of history beside it: seasons, an outage, improvements that work or do not
	@.venv/bin/python -m itsm_demo year

test: environment  ## All tests, on a PostgreSQL and a RabbitMQ of their own
	@.venv/bin/python -m pytest -n $(WORKERS) --dist loadgroup

check: format-check lint types rooms test  ## Format, lint, types, rooms and tests

format: environment  ## Format the code and mend what lint can mend
	@.venv/bin/ruff format $(SOURCES)
	@.venv/bin/ruff check --fix $(SOURCES)

.PHONY: format-check
format-check: environment
	@.venv/bin/ruff format --check $(SOURCES)

lint: environment  ## Lint
	@.venv/bin/ruff check $(SOURCES)

types: environment  ## Types, strictly
	@.venv/bin/mypy $(foreach member,shared/events shared/sla shared/chassis $(wildcard services/*) deploy/local deploy/demo,$(member)/src) \
		deploy/local/bootstrap.py tests

rooms: environment  ## Which room may import which
	@.venv/bin/lint-imports

generate: environment  ## Write anew what is generated: event schemas, OpenAPI documents, KPIS.md
	@.venv/bin/python -m itsm_events shared/events/schemas
	@for name in incident change catalog metrics; do \
		.venv/bin/python -m itsm_$$name openapi > services/$$name/openapi.json || exit 1; done
	@.venv/bin/python -m itsm_metrics.rules.kpis.document > services/metrics/KPIS.md

replay: environment  ## Replay the incidents in DATA through the running stack and compare the figures
	@PYTHONPATH=tests .venv/bin/python -m replay $(DATA)

replay-sla: environment  ## Replay the same under an agreement: compliance per priority, and a recompute
	@PYTHONPATH=tests .venv/bin/python -m replay.sla $(DATA)

replay-changes: environment  ## Replay the changes in DATA through the running stack and compare the figures
	@PYTHONPATH=tests .venv/bin/python -m replay.changes $(DATA)

bench: environment  ## Benches: how long things take, each beside a limit of the same run (takes minutes)
	@cd tests && for file in $$(grep -l __main__ bench/*.py); do \
		PYTHONPATH=. ../.venv/bin/python -m bench.$$(basename $$file .py) || exit 1; echo; done

lock: environment  ## Compile both locks anew
	@$(COMPILE) services/*/pyproject.toml -o requirements.lock
	@$(COMPILE) services/*/pyproject.toml shared/sla/pyproject.toml deploy/local/pyproject.toml deploy/demo/pyproject.toml requirements-dev.in -o requirements-dev.lock
