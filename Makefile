# make run   sets everything up and opens the dashboard on http://127.0.0.1:8501
# make test  sets everything up and runs every check and test
# make sbom  writes what the environment consists of to build/sbom.json (CycloneDX), for a release
# make audit compares the pins with known vulnerabilities; it needs a way to the advisories, and fails without one
# make docs  builds the site of docs/ into build/site; a dead link fails
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8501

.PHONY: run test docs check unit sbom audit setup setup-dev clean

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

# Tools of their own, so that what they bring along is not part of what they describe.
TOOLS := build/tools
CYCLONEDX := cyclonedx-bom==7.5.0
PIP_AUDIT := pip-audit==2.10.1

sbom: setup
	$(BIN)/python -m venv $(TOOLS)
	$(TOOLS)/bin/pip install --quiet $(CYCLONEDX)
	$(TOOLS)/bin/cyclonedx-py environment --pyproject pyproject.toml --output-reproducible --of JSON \
		-o build/sbom.json $(BIN)/python

audit: setup
	$(BIN)/python -m venv $(TOOLS)
	$(TOOLS)/bin/pip install --quiet $(PIP_AUDIT)
	$(TOOLS)/bin/pip-audit --strict --no-deps --disable-pip -r requirements.txt -r constraints.txt

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
