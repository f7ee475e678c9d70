"""The shape of the code: imports go one way, and files stay small."""

import ast
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[1]

ORDER = (
    {"registry", "params", "manifest", "device", "memory", "morphology", "settings", "reading"},
    {"image", "spelling"},
    {"mask"},
    {"segments", "drawing", "hatch", "contact_sheet", "holes", "clicking"},
    {"models"},
    {"layers"},
    {"measures"},  # pure functions, which the verbs may use
    {"methods"},
    {"predict"},
    {"removal", "walk"},
    {"attribution"},
    {"datasets"},
    {"leakage"},
    {"benchmarks"},
    {"models.recipe"},
    {"models.stream", "models.teacher"},
    {"models.training"},  # a verb, which lives with what it makes
    {"commands"},
    {"__init__", "__main__"},
)
"""Everything in `masking`: a module may import what stands in an earlier line, or from its own package."""

PAGE_LINES, METHOD_LINES, FILE_LINES = 80, 60, 300
BASES = {"method.py"}  # what all methods share is no method

SCIENTIFIC = {"torch", "torchvision", "numpy", "skimage", "scipy"}


def files(folder: str) -> list[Path]:
    return sorted(path for path in (REPOSITORY / folder).rglob("*.py") if "node_modules" not in path.parts)


LIBRARY = files("masking")
PAGES = [REPOSITORY / "app.py", *sorted((REPOSITORY / "pages").glob("*.py"))]
ALL = [REPOSITORY / "app.py", *LIBRARY, *files("pages"), *files("tests"), *files("benchmarks")]


def dotted(path: Path) -> str:
    return ".".join(path.relative_to(REPOSITORY).with_suffix("").parts)


def imported(tree: ast.AST, package: str) -> set[str]:
    """Dotted names of what is imported, wherever in a file; `from a import b` is both a and a.b."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            source = ".".join([*above, *([node.module] if node.module else [])])
            names |= {source, *(f"{source}.{alias.name}" for alias in node.names)}
    return names


def imports_of(path: Path) -> set[str]:
    package = dotted(path.parent) if path.parent != REPOSITORY else ""
    return imported(ast.parse(path.read_text("utf-8")), package)


def place(module: str) -> str:
    """`masking.models.zoo` → `models`, `masking.training.training` → `models.training`, `masking` → `__init__`."""
    inside = module.removeprefix("masking").lstrip(".")
    known = set().union(*ORDER)
    return inside if inside in known else inside.partition(".")[0] or "__init__"


def level(module: str) -> int:
    for number, line in enumerate(ORDER):
        if place(module) in line:
            return number
    raise AssertionError(f"{module} has no place yet: put it into ORDER")


def wrong_imports(path: Path, names: set[str]) -> list[str]:
    """What a file of the library must not import from it; `from masking import Mask` would import nearly all."""
    own = dotted(path)
    modules = {dotted(one).removesuffix(".__init__") for one in LIBRARY}
    ours = {name for name in names if name.startswith("masking.")}
    public = {name for name in ours - modules if name.count(".") == 1}
    others = {name for name in ours & modules if place(name) != place(own)}
    return sorted(public | {name for name in others if level(name) >= level(own)})


@pytest.mark.parametrize("path", LIBRARY, ids=dotted)
def test_imports_inside_the_library_go_one_way(path):
    assert not wrong_imports(path, imports_of(path))


@pytest.mark.parametrize("path", LIBRARY, ids=dotted)
def test_the_library_knows_nothing_of_the_dashboard(path):
    roots = {name.partition(".")[0] for name in imports_of(path)}
    assert not roots & {"streamlit", "plotly", "pages", "app", "tests"}


@pytest.mark.parametrize("path", PAGES, ids=dotted)
def test_pages_do_no_arithmetic(path):
    assert not {name.partition(".")[0] for name in imports_of(path)} & SCIENTIFIC


@pytest.mark.parametrize("path", ALL, ids=dotted)
def test_files_stay_small(path):
    lines = len(path.read_text("utf-8").splitlines())
    assert lines <= FILE_LINES, "a file over that is two nouns"
    if path in PAGES:
        assert lines <= PAGE_LINES
    if path.parent.name == "methods" and path.is_relative_to(REPOSITORY / "masking") and path.name not in BASES:
        assert lines <= METHOD_LINES


def test_every_place_exists_or_is_planned():
    planned = {"attribution", "benchmarks"}
    known = {place(dotted(path)) for path in LIBRARY}
    assert set().union(*ORDER) - known <= planned


# --- the rule can fail -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("file", "text", "wrong"),
    [
        ("image", "from masking.masks.mask import Mask", ["masking.masks.mask"]),
        ("mask", "def later():\n    from masking.methods import blur", ["masking.methods", "masking.methods.blur"]),
        ("mask", "from masking import predict", ["masking.predict"]),
        ("mask", "from masking import morphology", []),
        ("predict", "from masking import Mask", ["masking.Mask"]),
        ("layers/keep", "from ..methods import METHODS", ["masking.methods"]),
        ("layers/keep", "from .masked import Masked", []),
        ("models/zoo", "import masking.training.training", ["masking.training.training"]),
        ("methods/blur", "from masking.models.classifier import Classifier", []),
        ("removal", "from masking.predict import predict", []),
    ],
)
def test_an_import_the_wrong_way_is_seen(file, text, wrong):
    path = REPOSITORY / "masking" / f"{file}.py"
    assert wrong_imports(path, imported(ast.parse(text), dotted(path.parent))) == wrong


def test_a_module_without_a_place_is_seen():
    with pytest.raises(AssertionError, match=r"masking\.utils has no place yet"):
        level("masking.utils")
