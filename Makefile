# The commands of the project. Each does its own set-up, and may be run again at any time.
#
#   make demo       a simulated field with a flare and a transient, from images to the answer
#   make setup      system packages (through apt), the virtual environment in .venv, trapdb
#   make test       linters, types and the test suite
#   make test-slow  the tests that take minutes
#   make test-again the tests with kills and workers, ROUNDS=20 times beside a busy core
#   make benchmarks what it costs, in some four hours on a machine without other work
#
# Another Python than the system's: make PYTHON=/path/to/python3.11 setup

PYTHON ?= $(shell command -v python3.11 || command -v python3 || echo python3)
VENV := .venv
BIN := $(VENV)/bin
SUDO := $(if $(filter 0,$(shell id -u)),,sudo)
DEMO := demo

# The tests start hundreds of processes, each of which would compile the project once more.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := setup
.PHONY: setup system pgsphere lint lint-types lint-sql lint-style test test-slow test-again benchmarks demo

setup: system $(VENV)/.installed pgsphere

system:
	@sh tools/install-system-packages "$(PYTHON)"

# The stamp is written last: an installation that was cut short is done again.
$(VENV)/.installed: pyproject.toml | system
	"$(PYTHON)" -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

# Debian's pgSphere cannot be created on current releases of PostgreSQL 15: trapdb/server/pgsphere.py.
pgsphere: $(VENV)/.installed
	@$(BIN)/python -m trapdb.server.pgsphere --check || $(SUDO) $(BIN)/python -m trapdb.server.pgsphere

# Types take as long as SQL: side by side.
lint: setup
	@$(MAKE) --no-print-directory --jobs 2 lint-types lint-sql lint-style

lint-types:
	$(BIN)/mypy --no-error-summary

lint-sql:
	$(if $(wildcard .sqlfluff),$(BIN)/sqlfluff lint --disable-progress-bar sql migrations)

lint-style:
	$(BIN)/ruff check --quiet
	$(BIN)/ruff format --check --quiet
	$(BIN)/lint-imports --no-logo

# Two at a time, each with a cluster of its own; which tests go together: tests/conftest.py.
test: lint
	@$(BIN)/python -m pytest -m "not slow" --numprocesses 2

test-slow: setup
	@$(BIN)/python -m pytest -m slow

# What fails now and then, because two things happened at a bad moment, has to be given its chance.
ROUNDS ?= 20
test-again: setup
	@sh -c 'while :; do :; done' & busy=$$!; trap "kill $$busy" EXIT; \
	for round in $$(seq $(ROUNDS)); do \
		echo "round $$round of $(ROUNDS)"; \
		$(BIN)/python -m pytest -q -x -m "not slow" tests/safety tests/workers tests/same_bits || exit 1; \
	done

benchmarks: setup
	@$(BIN)/python -m pip install --quiet --editable '.[benchmarks]'
	@for name in ingest streaming stages association growth many_datasets concurrency extraction transients false_alarms polarisation queries hats explorer serving pieces transfer reference known_sky kills soak; do \
		$(BIN)/python -m benchmarks.$$name || exit 1; done

# Run again, it finds every image known: the simulation is the same to the byte.
demo: setup
	@$(BIN)/trapdb simulate $(DEMO)
	@$(BIN)/trapdb ingest $(DEMO) --dataset demo
	@$(BIN)/trapdb transients --dataset demo
	@echo
	@echo "To look further, in a browser:"
	@echo "  $(BIN)/trapdb serve"
	@echo "or here:"
	@echo "  $(BIN)/trapdb sources --dataset demo"
	@echo "  $(BIN)/trapdb lightcurve NAME --dataset demo"
	@echo "  $(BIN)/trapdb query \"select * from trap.variability where dataset = 'demo' order by eta_int desc limit 10\""
	@echo "  $(BIN)/trapdb db psql"
	@echo "and when done: $(BIN)/trapdb db stop"
