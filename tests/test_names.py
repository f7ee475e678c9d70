"""Names say what they hold: nouns for things, verbs for functions, the field's words; one thing per name."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[1]
CODE = sorted(
    path for folder in ("masking", "pages", "studies", "benchmarks") for path in (REPOSITORY / folder).rglob("*.py")
)
TESTS = sorted(path for path in (REPOSITORY / "tests").rglob("*.py") if path != Path(__file__))
FILES = [*CODE, *TESTS]

EMPTY_NAMES = {"one", "found", "asked", "place", "chosen", "told"}
"""Words that say how a value was come by, and not what it is."""

RETIRED_NAMES = {
    "Asked",
    "Cut",
    "Dice",
    "Ledger",
    "Look",
    "Opened",
    "Pulse",
    "SceneStream",
    "Sheet",
    "Site",
    "Spare",
    "Strip",
    "Walk",
    "at_work",
    "bench",
    "bridge",
    "called",
    "complain",
    "cut",
    "cut_up",
    "drawn",
    "film",
    "grown_from",
    "landed",
    "listed",
    "look",
    "look_at",
    "open_spec",
    "pgxi_code",
    "sheet",
    "shelf",
    "show_complaints",
    "soon",
    "spare",
    "spelled",
    "strip",
    "tick",
    "walked",
    "walking",
    "wish",
    "wished",
}
"""The project's own dialect before version 0.2; CHANGELOG.md says what each is called now."""


def names_given(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Every name that a file gives to a function, class, parameter or variable, with its line."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.lineno, node.name
        elif isinstance(node, ast.arg):
            yield node.lineno, node.arg
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.lineno, node.id
        elif isinstance(node, ast.alias) and node.asname:
            yield node.lineno, node.asname


FORBIDDEN = EMPTY_NAMES | RETIRED_NAMES
WORDS = re.compile(rf"\b_*(?:{'|'.join(sorted(FORBIDDEN))})\b")
"""What a file that gives a forbidden name to something contains; parsing all files takes long."""


def forbidden_in(source: str) -> list[str]:
    if not WORDS.search(source):
        return []
    return [f"line {line}: {name}" for line, name in names_given(ast.parse(source)) if name.lstrip("_") in FORBIDDEN]


def test_names_say_what_they_hold():
    forbidden = {str(path.relative_to(REPOSITORY)): forbidden_in(path.read_text("utf-8")) for path in FILES}
    assert len(forbidden) > 500
    assert {name: lines for name, lines in forbidden.items() if lines} == {}


def test_a_class_has_its_name_for_itself():
    places = defaultdict(list)
    for path in CODE:
        for node in ast.parse(path.read_text("utf-8")).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                places[node.name].append(str(path.relative_to(REPOSITORY)))
    assert {name: where for name, where in places.items() if len(where) > 1} == {}


@pytest.mark.parametrize(
    "source",
    [
        "found = 1",
        "def cut(x): ...",
        "[one for one in range(3)]",
        "def f(asked): ...",
        "class Sheet: ...",
        "import a as shelf",
        "__wish_ = 1\n_wish = 2",
    ],
)
def test_a_forbidden_name_is_seen(source):
    assert forbidden_in(source)


def test_a_word_within_a_name_is_free():
    assert not forbidden_in("placement, chosen_methods = 1, 2\ntext.strip()\nwhere = place")
