"""The shape of the code: imports go one way, folders form no cycle, and files stay small."""

import ast
from collections.abc import Callable, Iterable
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[1]

LIBRARY_ORDER = (
    {"registry"},
    {"runtime"},
    {"colour_modes", "picture_structure"},
    {"image"},
    {"masks"},
    {"segments", "results"},
    {"models"},
    {"layers"},
    {"measures"},
    {"calibration"},
    {"methods"},
    {"inference"},
    {"layer_trace"},
    {"attribution"},
    {"datasets"},
    {"leakage"},
    {"benchmarks"},
    {"training"},
    {"lessons"},
    {"commands", "dashboard"},
    {"__init__", "__main__"},
)
"""Everything in `masking`: a folder may import what stands in an earlier line, and what lies in itself."""

BENCHMARKS_ORDER = (
    {"protocol"},
    {"experiments", "specification"},
    {"engines"},
    {"storage"},
    {"worker"},
    {"analysis"},
    {"__init__"},
)

PAGES_ORDER = (
    {"shell"},
    {"components"},
    {"pickers"},
    {"mask_editor"},
    {"attribution", "compare", "landing", "layers", "leakage", "learn", "lime", "runs"},
)
"""Folders of `pages`, with the same rule; so no page imports another page."""

ORDERS = {"masking": LIBRARY_ORDER, "masking.benchmarks": BENCHMARKS_ORDER, "pages": PAGES_ORDER}

PAGE_LINES, METHOD_LINES, FILE_LINES = 80, 60, 300
BASES = {"method.py", "__init__.py"}  # what all methods share is no method

SCIENTIFIC = {"torch", "torchvision", "numpy", "skimage", "scipy"}


def files(folder: str) -> list[Path]:
    return sorted(path for path in (REPOSITORY / folder).rglob("*.py") if "node_modules" not in path.parts)


LIBRARY = files("masking")
PAGE_FOLDERS = [path for path in files("pages") if path.parent != REPOSITORY / "pages"]
SCRIPTS = [REPOSITORY / "app.py", *sorted((REPOSITORY / "pages").glob("[0-9]*.py"))]
ALL = [*SCRIPTS, *LIBRARY, *PAGE_FOLDERS, *files("tests"), *files("benchmarks"), *files("studies")]


def dotted(path: Path) -> str:
    return ".".join(path.relative_to(REPOSITORY).with_suffix("").parts)


def imported(tree: ast.AST, package: str) -> set[str]:
    """Dotted names of all imports of a file, also inside functions; `from a import b` counts as a and as a.b."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            source = ".".join([*above, *([node.module] if node.module else [])])
            names |= {source, *(f"{source}.{alias.name}" for alias in node.names)}
    return names


@cache
def imports_of(path: Path) -> set[str]:
    package = dotted(path.parent) if path.parent != REPOSITORY else ""
    return imported(ast.parse(path.read_text("utf-8")), package)


def part_of(module: str, package: str) -> str:
    """The part of a package that a module lies in: `masking.models.zoo` lies in `models`, `masking` in `__init__`."""
    return module.removeprefix(package).lstrip(".").partition(".")[0] or "__init__"


def level(module: str, package: str) -> int:
    for number, parts in enumerate(ORDERS[package]):
        if part_of(module, package) in parts:
            return number
    raise AssertionError(f"{module} has no level yet: add it to the order of {package}")


MODULES = {dotted(path).removesuffix(".__init__") for path in [*LIBRARY, *PAGE_FOLDERS]}


def upward_imports(own: str, names: set[str], package: str) -> list[str]:
    """What a module of a package must not import from it; `from masking import Mask` would import nearly all."""
    inside = {name for name in names if name.startswith(f"{package}.")}
    public = {name for name in inside - MODULES if name.count(".") == package.count(".") + 1}
    others = {name for name in inside & MODULES if part_of(name, package) != part_of(own, package)}
    return sorted(public | {name for name in others if level(name, package) >= level(own, package)})


def folder_graph(paths: list[Path]) -> dict[str, set[str]]:
    """Which folder imports which; a module beside folders counts as a folder of its own."""
    graph: dict[str, set[str]] = {}
    for path in paths:
        own = dotted(path.parent)
        needed = {name if name in MODULES else name.rpartition(".")[0] for name in imports_of(path)} & MODULES
        folders = {
            name if (REPOSITORY / name.replace(".", "/")).is_dir() else name.rpartition(".")[0] for name in needed
        }
        graph.setdefault(own, set()).update(folders - {own})
    return graph


def cycle_in(graph: dict[str, set[str]]) -> list[str]:
    """One cycle of a graph, or nothing."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return error.args[1]
    return []


def wrong_in(paths: Iterable[Path], wrong: Callable[[Path], object]) -> dict[str, object]:
    """What is wrong in each of these files, for those in which something is; thousands of tests would cost minutes."""
    each = {dotted(path): wrong(path) for path in paths}
    assert each, "no file is looked at"
    return {name: reason for name, reason in each.items() if reason}


PACKAGES = {"masking": LIBRARY, "masking.benchmarks": files("masking/benchmarks"), "pages": PAGE_FOLDERS}


@pytest.mark.parametrize("package", PACKAGES)
def test_imports_inside_a_package_go_one_way(package):
    assert wrong_in(PACKAGES[package], lambda path: upward_imports(dotted(path), imports_of(path), package)) == {}


def test_a_script_belongs_to_one_page():
    def pages_beside_the_first(path):
        own = {name.split(".")[1] for name in imports_of(path) & MODULES if name.startswith("pages.")}
        return own if len(own & PAGES_ORDER[-1]) != 1 else None

    assert wrong_in(SCRIPTS, pages_beside_the_first) == {}


@pytest.mark.parametrize("folder", ["masking", "pages"])
def test_folders_form_no_cycle(folder):
    root = REPOSITORY / folder
    assert cycle_in(folder_graph([path for path in files(folder) if path.parent != root])) == []


def roots_of(path: Path) -> set[str]:
    return {name.partition(".")[0] for name in imports_of(path)}


def test_the_library_knows_nothing_of_the_dashboard():
    assert wrong_in(LIBRARY, lambda path: roots_of(path) & {"streamlit", "plotly", "pages", "app", "tests"}) == {}


def test_pages_do_no_arithmetic():
    assert wrong_in(SCRIPTS, lambda path: roots_of(path) & SCIENTIFIC) == {}


def most_lines(path: Path) -> int:
    if path in SCRIPTS:
        return PAGE_LINES
    is_method = path.parent == REPOSITORY / "masking" / "methods" and path.name not in BASES
    return METHOD_LINES if is_method else FILE_LINES


def test_files_stay_small():
    """A file over that is two nouns."""
    lines = {path: len(path.read_text("utf-8").splitlines()) for path in ALL}
    assert wrong_in(ALL, lambda path: lines[path] if lines[path] > most_lines(path) else None) == {}


@pytest.mark.parametrize("package", ORDERS)
def test_every_part_in_an_order_exists(package):
    paths = files(package.replace(".", "/"))
    known = {part_of(dotted(path).removesuffix(".__init__"), package) for path in paths}
    missing = set().union(*ORDERS[package]) - known
    assert not missing - {"__init__"}


def missing_in_the_index(path: Path) -> set[str]:
    text = ast.get_docstring(ast.parse(path.read_text("utf-8"))) or ""
    beside = [
        other for other in path.parent.iterdir() if other.name not in {"__init__.py", "__main__.py", "__pycache__"}
    ]
    names = {f"{other.name}/" if other.is_dir() else other.name for other in beside if other.suffix in {".py", ""}}
    indexed = {line.split()[0] for line in text.splitlines() if line.split() and line.split()[0] in names}
    return names - indexed if path.parent.name not in REGISTRIES_THEMSELVES else set()


REGISTRIES_THEMSELVES = {"methods", "segments", "experiments", "commands", "models", "attribution", "masking"}
"""Folders where each file is one entry of a registry; the registry is their index."""


def test_every_folder_has_an_index_that_names_its_files():
    indices = [path for path in [*LIBRARY, *PAGE_FOLDERS] if path.name == "__init__.py"]
    assert wrong_in(indices, missing_in_the_index) == {}


def hidden_modules(path: Path) -> set[str]:
    tree = ast.parse(path.read_text("utf-8"))
    exported = {
        alias.asname or alias.name
        for node in tree.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if f"{dotted(path.parent)}.{alias.name}" not in {f"{node.module}.{alias.name}"}
    }
    modules = {other.stem for other in path.parent.glob("*.py")} | {o.name for o in path.parent.iterdir() if o.is_dir()}
    return exported & modules


def test_no_package_hides_a_module_under_a_name_it_exports():
    assert wrong_in([path for path in LIBRARY if path.name == "__init__.py"], hidden_modules) == {}


# --- the rule can fail -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("file", "text", "upward"),
    [
        ("masking/masks/mask", "from masking.models.zoo import bundled", ["masking.models.zoo"]),
        (
            "masking/image",
            "def later():\n    from masking.methods import blur",
            ["masking.methods", "masking.methods.blur"],
        ),
        ("masking/masks/mask", "from masking import inference", ["masking.inference"]),
        ("masking/masks/mask", "from masking import image", []),
        ("masking/inference/predict", "from masking import Mask", ["masking.Mask"]),
        ("masking/layers/interpreter", "from ..methods import METHODS", ["masking.methods"]),
        ("masking/layers/interpreter", "from .maps.masked import Masked", []),
        ("masking/models/zoo", "import masking.training.training", ["masking.training.training"]),
        ("masking/methods/blur", "from masking.models.classifier import Classifier", []),
        ("pages/lime/page", "from pages.compare import page", ["pages.compare", "pages.compare.page"]),
        ("pages/shell/jobs", "from pages.components.cards import show_cards", ["pages.components.cards"]),
        ("pages/lime/page", "from pages.shell.jobs import jobs", []),
    ],
)
def test_an_upward_import_is_seen(file, text, upward):
    path = REPOSITORY / f"{file}.py"
    names = imported(ast.parse(text), dotted(path.parent))
    assert upward_imports(dotted(path), names, file.partition("/")[0]) == upward


def test_a_cycle_of_folders_is_seen():
    assert cycle_in({"a": {"b"}, "b": {"c"}, "c": {"a"}})
    assert not cycle_in({"a": {"b", "c"}, "b": {"c"}, "c": set()})


def test_a_module_without_a_level_is_seen():
    with pytest.raises(AssertionError, match=r"masking\.utils has no level yet"):
        level("masking.utils", "masking")


def test_a_page_imports_the_whole_library_first():
    """Two visitors of a new server open two pages: Python refuses imports that wait for each other."""

    def another_import(page):
        imports = [line for line in page.read_text("utf-8").splitlines() if line.startswith(("import ", "from "))]
        ours = [line for line in imports if line.split()[1].split(".")[0] in ("masking", "pages")]
        return None if ours[0].startswith("import masking ") else ours[0]

    assert wrong_in(sorted((REPOSITORY / "pages").glob("[0-9]_*.py")), another_import) == {}
