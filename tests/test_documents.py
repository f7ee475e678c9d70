"""What the documents show must run, and what they name must exist."""

import importlib.util
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from typer.main import get_command

from masking import METHODS, Mask, load_classifier
from masking.__main__ import app
from masking.datasets.gallery import open_sample

ROOT = Path(__file__).parents[1]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("assets/*.md")])
CURRENT = [path for path in DOCUMENTS if path.name != "CHANGELOG.md"]  # a changelog names what is gone
LARGEST_README = 8192
FOLDERS = "masking|pages|assets|benchmarks|studies|tests|examples|docs"

every_document = pytest.mark.parametrize("path", CURRENT, ids=lambda path: str(path.relative_to(ROOT)))


def blocks(text: str, language: str) -> list[str]:
    fenced = re.findall(r"^ *```(\w*)\n(.*?)^ *```", text, re.DOTALL | re.MULTILINE)
    return [body for name, body in fenced if re.fullmatch(language, name)]


def python_blocks(document: str) -> list[str]:
    return blocks((ROOT / document).read_text("utf-8"), "python")


def command_lines(text: str) -> list[list[str]]:
    """Commands in fenced blocks, in words; continued lines are joined and comments dropped."""
    joined = "\n".join(blocks(text, "(?:bash)?")).replace("\\\n", " ")
    return [shlex.split(line, comments=True) for line in joined.splitlines() if not line.startswith("#")]


def test_the_readme_example_runs(capsys):
    (block,) = python_blocks("README.md")
    exec(compile(block, "README.md", "exec"), {})
    printed = capsys.readouterr().out.lower()
    assert all(name in printed for name in ("blackout", "greyout", "layer masking"))


def test_the_method_of_contributing_is_a_whole_method():
    (block,) = python_blocks("CONTRIBUTING.md")
    known = dict(METHODS)
    try:
        exec(compile(block, "CONTRIBUTING.md", "exec"), {"__name__": "white"})
        white = METHODS["white"]()
        classifier = load_classifier("silhouettes/resnet")
        image = classifier.prepare(open_sample("chelsea"))
        mask = Mask.box(classifier.input_size, 10, 10, 40, 40)
        assert white.fill(image, mask)[0, :, 20, 20].tolist() == [1, 1, 1]
        assert white.logits(classifier, image, mask).isfinite().all()
        with pytest.raises(ValueError, match="level is 2"):
            METHODS["white"](level=2.0)
    finally:
        METHODS._entries.pop("white", None)
    assert dict(METHODS) == known


def test_the_readme_is_short():
    assert len((ROOT / "README.md").read_bytes()) <= LARGEST_README


@every_document
def test_every_linked_file_exists(path):
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", path.read_text("utf-8"))
    assert [link for link in links if not (path.parent / link).exists()] == []


@every_document
def test_every_path_that_a_document_names_exists(path):
    named = re.findall(rf"`((?:{FOLDERS})/[\w./-]*)`", path.read_text("utf-8"))
    assert [path_named for path_named in named if "N_Name" not in path_named and not (ROOT / path_named).exists()] == []


@every_document
def test_every_command_that_a_document_shows_is_known(path):
    for words in command_lines(path.read_text("utf-8")):
        if words[:1] == ["missingness"]:
            command, rest = get_command(app), words[1:]
            while hasattr(command, "commands") and rest and rest[0] != "COMMAND":
                command = command.commands[rest.pop(0)]
            known = {option for parameter in command.params for option in [*parameter.opts, *parameter.secondary_opts]}
            assert [word for word in rest if word.startswith("--") and word not in known] == [], words
        if words[:2] == ["python", "-m"] and words[2].startswith(("benchmarks.", "studies.", "masking")):
            assert importlib.util.find_spec(words[2]), words


@pytest.mark.parametrize(
    ("script", "make"),
    [
        ("generate_cli", "command_line_page"),
        ("generate_settings", "settings_page"),
        ("generate_results", "results_page"),
    ],
)
def test_a_generated_page_is_what_the_program_says(script, make):
    spec = importlib.util.spec_from_file_location(script, ROOT / "docs" / f"{script}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.PAGE.read_text("utf-8") == getattr(module, make)(), f"run python docs/{script}.py"


def test_the_site_builds_without_a_dead_link(tmp_path):
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(tmp_path)]
    build = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert build.returncode == 0, build.stdout + build.stderr
    assert (tmp_path / "guide.html").is_file()
