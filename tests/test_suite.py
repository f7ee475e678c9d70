"""What holds for the tests themselves: they import no tests, and none waits for a fixed time."""

import ast
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
LONGEST_SLEEP = 0.5
"""Seconds; a longer wait is a wait for a condition."""
FILES = sorted(TESTS.rglob("*.py"))


def name(path: Path) -> str:
    return path.relative_to(TESTS).as_posix()


def imported_tests(tree: ast.AST) -> list[str]:
    """Return the modules of tests, and of fixtures, that a file imports."""
    modules: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            modules += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            modules += [f"{node.module or ''}.{alias.name}" for alias in node.names]
    parts = [(module, module.split(".")) for module in modules]
    of_the_suite = [(module, part) for module, part in parts if part[0] in ("tests", "")]
    return [module for module, part in of_the_suite if any(is_test(name_of_part) for name_of_part in part[1:])]


def is_test(part: str) -> bool:
    return part == "conftest" or part.startswith("test_")


def long_sleeps(tree: ast.AST) -> list[int]:
    """Return the lines that sleep for a fixed time longer than `LONGEST_SLEEP`."""
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and node.args]
    named = [(call, call.func.attr if isinstance(call.func, ast.Attribute) else "") for call in calls]
    named += [(call, call.func.id) for call in calls if isinstance(call.func, ast.Name)]
    sleeps = [call for call, name_of_function in named if name_of_function == "sleep"]
    return [call.lineno for call in sleeps if too_long(call.args[0])]


def too_long(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant) and isinstance(value.value, int | float) and value.value > LONGEST_SLEEP


def test_tests_import_no_tests_and_none_sleeps_for_long():
    imports: dict[str, list[str]] = {}
    sleeps: dict[str, list[int]] = {}
    for path in FILES:
        text = path.read_text("utf-8")
        tree = ast.parse(text)
        imports[name(path)] = imported_tests(tree)
        sleeps[name(path)] = long_sleeps(tree) if "sleep" in text else []
    assert len(FILES) > 100
    assert {path: modules for path, modules in imports.items() if modules} == {}
    assert {path: lines for path, lines in sleeps.items() if lines} == {}


# --- the rules can fail ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("from tests.masks.test_mask import rows", ["tests.masks.test_mask.rows"]),
        ("from tests.pages.conftest import toy", ["tests.pages.conftest.toy"]),
        ("def later():\n    from tests.pages import conftest", ["tests.pages.conftest"]),
        ("from . import test_mask", [".test_mask"]),
        ("import tests.masks.test_mask", ["tests.masks.test_mask"]),
        ("from tests.masks.patterns import rows", []),
        ("from masking.testing import test_pattern", []),
    ],
)
def test_an_imported_test_is_seen(text, wrong):
    assert imported_tests(ast.parse(text)) == wrong


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("import time\ntime.sleep(2)", [2]),
        ("from time import sleep\nsleep(0.6)", [2]),
        ("time.sleep(0.02)", []),
        ("time.sleep(pause)", []),
    ],
)
def test_a_long_sleep_is_seen(text, wrong):
    assert long_sleeps(ast.parse(text)) == wrong
