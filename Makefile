# make run   sets everything up and opens the dashboard on http://127.0.0.1:8501
# make test  sets everything up and runs every check and test
# make docs  builds the site of docs/ into build/site; a dead link fails
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8501

.PHONY: run test docs check unit setup setup-dev clean

run: setup
	$(BIN)/streamlit run app.py --server.port $(PORT)

test: check unit

check: setup-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/basedpyright

# The longest tests start first; each worker computes on one thread. One of the three waits for a browser most of the time.
unit: setup-dev
	$(BIN)/python -m pytest -n 3 --dist worksteal

docs: setup-dev
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

setup: $(VENV)/.ready
setup-dev: $(VENV)/.ready-dev

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

PACKAGE := pyproject.toml setup.py
INSTALL := $(BIN)/python -m pip install --quiet
# The package itself, so that `import masking` and `missingness` work from any folder; nothing is fetched for it.
INSTALL_PACKAGE := $(INSTALL) --no-deps --no-build-isolation -e .

$(VENV)/.ready: requirements.txt constraints.txt $(PACKAGE) | $(BIN)/python
	$(INSTALL) -r requirements.txt -c constraints.txt
	$(INSTALL_PACKAGE)
	touch $@

$(VENV)/.ready-dev: requirements-dev.txt requirements-ray.txt requirements.txt constraints.txt $(PACKAGE) | $(BIN)/python
	$(INSTALL) -r requirements-dev.txt -c constraints.txt
	$(INSTALL_PACKAGE)
	touch $@ $(VENV)/.ready

clean:
	rm -rf $(VENV) .pytest_cache .ruff_cache .hypothesis
