"""The wheel, installed where no checkout is on the path, from another folder: library, command line, bundled files.

The dependencies come from the present environment, whose folder a .pth file names. Python ignores .pth files in such a
folder, so the one of `pip install -e .` has no effect here.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import time
import tomllib
import venv
import zipfile
from pathlib import Path

import pytest

from masking import __version__
from masking.benchmarks.storage.store import Store

ROOT = Path(__file__).parents[1]
SOURCES = ("pyproject.toml", "setup.py", "README.md", "LICENSE", "masking", "assets", "app.py", "pages", ".streamlit")
WORKER_SECONDS = 300
BUNDLED = """
import masking
from masking.benchmarks.storage.exchange import SHIPPED
from masking.datasets.gallery import samples
from masking.models.zoo import bundled
from masking.runtime.assets import ASSETS, CHECKOUT
from masking.training.recipe import read_recipe

recipes = [read_recipe(path).name for path in sorted((ASSETS / "configs").glob("*.toml"))]
runs = sorted(path.name for path in SHIPPED.iterdir())
print(repr((masking.__file__, masking.__version__, CHECKOUT, len(bundled()), len(samples()), runs, len(recipes))))
"""
EXPLORED = """
import urllib.request
from pathlib import Path

with urllib.request.urlopen((shown := masking.explore(masking.load_classifier("silhouettes/resnet"))).url) as reply:
    page = reply.read().decode()
shown.stop()
print("streamlit" in page.lower(), masking.dashboard.DASHBOARD.parent == Path(masking.__file__).parent)
"""
COMPARED = """
import sys
from masking.__main__ import main

scene, mask = "assets/scenes/005-leaf.png", "assets/scenes/objects/005-leaf.png"
sys.argv = ["missingness", "compare", scene, "--mask", mask, "--methods", "blackout", "--json"]
print("compared:")
main()
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel, built from a copy of its sources with the build tool of this environment."""
    source, dist = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("dist")
    for name in SOURCES:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, source / name)
    options = ["--quiet", "--no-deps", "--no-index", "--no-build-isolation", "--wheel-dir", dist]
    subprocess.run([sys.executable, "-m", "pip", "wheel", *options, source], check=True)
    (made,) = dist.glob("*.whl")
    return made


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """A fresh environment with the wheel in it: the folder of its programs."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, symlinks=True)
    programs = folder / "bin"
    pip = [sys.executable, "-m", "pip", "--python", programs / "python"]
    subprocess.run([*pip, "install", "--quiet", "--no-deps", "--no-index", "--no-compile", wheel], check=True)
    (packages,) = folder.glob("lib/python*/site-packages")
    present = [path for path in sys.path if path.endswith(("site-packages", "dist-packages"))]
    (packages / "dependencies.pth").write_text("\n".join(present))
    return programs


@pytest.fixture
def run(installed, tmp_path):
    """Runs a program of the fresh environment in an empty folder; what it prints."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "MASKING_"))}
    environment |= {"MASKING_RUNS": str(tmp_path / "runs"), "OMP_NUM_THREADS": "1"}
    folder = tmp_path / "elsewhere"
    folder.mkdir()

    def run(program, *words):
        command = [str(installed / program), *map(str, words)]
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


def test_the_wheel_holds_every_bundled_file_and_nothing_else(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
    bundled = {f"masking/_assets/{path.relative_to(ROOT / 'assets')}" for path in (ROOT / "assets").rglob("*.*")}
    modules = {str(path.relative_to(ROOT)) for path in (ROOT / "masking").rglob("*.py")}
    pages = {
        str(path.relative_to(ROOT)) for path in (ROOT / "pages").rglob("*") if path.suffix in {".py", ".css", ".js"}
    }
    dashboard = {f"masking/_dashboard/{name}" for name in (*pages, "app.py", ".streamlit/config.toml")}
    assert names == bundled | modules | dashboard | {"masking/py.typed"}
    assert wheel.name.startswith(f"missingness_explorer-{__version__}-")


def test_the_example_the_bundled_files_the_dashboard_and_a_comparison_work_in_one_process(run, installed):
    (example,) = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.DOTALL)
    output, compared = run("python", "-c", example + BUNDLED + EXPLORED + COMPARED).split("compared:\n")
    *printed, facts, explored = output.strip().splitlines()
    assert "layer masking" in "".join(printed).lower()
    assert explored.split() == ["True", "True"]
    file, version, checkout, classifiers, pictures, runs, recipes = eval(facts)
    assert Path(file).is_relative_to(installed.parent)
    assert (version, checkout) == (__version__, None)
    assets = ROOT / "assets"
    assert classifiers == len(list(assets.glob("*.safetensors")))
    assert pictures > len(list((assets / "scenes").glob("*.png")))
    assert runs == sorted(path.name for path in (assets / "runs").iterdir())
    assert recipes == len(list((assets / "configs").iterdir()))
    facts = json.loads(compared)
    assert facts["manifest"]["versions"]["masking"] == __version__
    assert [row["method"] for row in facts["predictions"]] == ["whole image", "blackout"]
    assert facts["predictions"][0]["predicted"] == "leaf"


def test_a_run_finishes_in_a_worker_of_its_own(run, tmp_path):
    setting = ("--set", "methods=blackout", "--set", "shares=0.5")
    begun = run("missingness", "bench", "run", "patch_removal", *setting, "--count", 1, "--device", "cpu", "--detach")
    end = time.monotonic() + WORKER_SECONDS
    with Store(tmp_path / "runs") as store:
        while (stored := store.run(begun.strip())).state not in {"finished", "failed", "interrupted"}:
            assert time.monotonic() < end, stored.state
            time.sleep(0.2)
        assert (stored.state, stored.done_images) == ("finished", 1), stored.error


def test_the_version_is_said_once():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    assert project["project"]["dynamic"] == ["version"]
    assert f"\nversion: {__version__}\n" in (ROOT / "CITATION.cff").read_text("utf-8")
    assert f"## [{__version__}]" in (ROOT / "CHANGELOG.md").read_text("utf-8")
