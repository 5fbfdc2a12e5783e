# Two commands: `make demo` opens the cockpit on a sample study, `make test` proves the tree.
# Needs Python 3.11 or newer, make and git; everything else goes into .venv, as constraints.txt pins it.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet --constraint constraints.txt

# Compiled once, not by each of the hundreds of processes that the tests start.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test lint types arrows unit soak bench catalogue lock clean

demo: $(VENV)/.installed
	@$(BIN)/grd demo flight_delays

test: lint types arrows unit

lint: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.installed-dev
	$(BIN)/mypy

arrows: $(VENV)/.installed-dev
	$(BIN)/lint-imports

# Four processes on two cores: a test at the keys waits for half of its time. Training in them has
# one thread: two of it took 40% more CPU time and ended no sooner.
unit: export OMP_NUM_THREADS = 1
unit: $(VENV)/.installed-dev
	$(BIN)/python -m pytest -m "not soak" --numprocesses 4 --dist loadfile --no-loadscope-reorder

# The full counts: kills, seeds, simulations. Writes its report to docs/soak.md.
soak: $(VENV)/.installed-dev
	$(BIN)/python -m tests.soak.report

# The budgets, each as a ratio within one run.
bench: $(VENV)/.installed-dev
	$(BIN)/python -m tests.benchmarks.report

# docs/checks.md, from the checks' own pages, and docs/metrics.md, from the catalogue.
catalogue: $(VENV)/.installed
	$(BIN)/python -m grd_core.checks.catalogue > docs/checks.md
	$(BIN)/python -m grd_core.statistics.metrics_page > docs/metrics.md

# Resolve anew and pin every version.
lock: $(VENV)/.installed-dev
	$(BIN)/python -m pip --disable-pip-version-check install --quiet --upgrade --upgrade-strategy eager --editable '.[dev]'
	{ echo '# Every version, as tested together. Written by `make lock`.'; \
	  $(BIN)/python -m pip freeze --exclude-editable | grep -v '^torch=='; echo 'torch==2.13.0'; } > constraints.txt

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo 'grd needs Python 3.11 or newer; name one with make PYTHON=/path/to/python'; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(PIP) --editable .
	@touch $@

$(VENV)/.installed-dev: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(PIP) --editable '.[dev,torch]'
	@touch $@ $(VENV)/.installed

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
