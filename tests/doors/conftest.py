"""A folder as an operator has it: a module of odd networks, class names, a settings file and a picture."""

import shutil
import sys
from pathlib import Path

import pytest

from masking import load_classifier
from masking.__main__ import main
from masking.datasets.gallery import open_sample
from tests.doors.entries import ENTRY, NETWORKS, SIZE

HERE = Path(__file__).parent


@pytest.fixture(scope="session")
def categories():
    """The names of the rendered world's classes, so that benchmark runs know the labels."""
    return load_classifier("silhouettes/resnet").categories


@pytest.fixture
def folder(tmp_path, monkeypatch, categories):
    """The operator's folder, as the current one."""
    shutil.copy(HERE / "odd_networks.py", tmp_path)
    (tmp_path / "classes.txt").write_text("\n".join(categories))
    (tmp_path / "two.txt").write_text("\n".join(categories[:2]))
    entries = (
        ENTRY.format(name=name, names="two.txt" if name == "one_logit" else "classes.txt", size=SIZE)
        for name in NETWORKS
    )
    (tmp_path / "masking.toml").write_text("".join(entries))
    open_sample("coffee").resize((96, 80)).save(tmp_path / "picture.png")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "masking.toml").touch()
    monkeypatch.setenv("MASKING_SETTINGS", str(tmp_path / "masking.toml"))
    monkeypatch.setenv("MASKING_RUNS", str(tmp_path / "runs"))
    monkeypatch.setenv("MASKING_UPLOADS", str(tmp_path / "uploads"))
    monkeypatch.setattr(sys, "path", list(sys.path))
    return tmp_path


@pytest.fixture
def run(folder, monkeypatch, capsys):
    """Runs a command line in that folder; its exit code, stdout and stderr."""

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["missingness", *map(str, arguments)])
        with pytest.raises(SystemExit) as left:
            main()
        return left.value.code or 0, *capsys.readouterr()

    return run
