"""A folder of files and a command line; the store and the plugin are those of the tests of runs."""

import sys

import pytest
import safetensors.torch
import torchvision

from masking import Mask
from masking.__main__ import main
from tests.benchmarks.brightness import plugin, spec, store

__all__ = ["plugin", "spec", "store"]


@pytest.fixture(scope="module")
def files(tmp_path_factory, photograph):
    """A folder with a picture, masks and weights, good and bad; settings that know nothing."""
    folder = tmp_path_factory.mktemp("files")
    photograph.resize((160, 120)).save(folder / "picture.png")
    (folder / "mask.png").write_bytes(Mask.box((120, 160), 30, 40, 50, 60).to_png())
    (folder / "small.png").write_bytes(Mask.full((7, 9)).to_png())
    (folder / "notes.txt").write_text("not a picture")
    (folder / "damaged.safetensors").write_bytes(b"hello")
    (folder / "settings.toml").touch()
    state = torchvision.models.squeezenet1_1(weights=None, num_classes=2).state_dict()
    safetensors.torch.save_file(state, folder / "own.safetensors")
    (folder / "names.txt").write_text("ash\nelm\n")
    return folder


@pytest.fixture
def run(files, monkeypatch, capsys):
    """Runs a command line in the folder; its exit code, stdout and stderr."""
    monkeypatch.chdir(files)
    monkeypatch.setenv("MASKING_SETTINGS", str(files / "settings.toml"))

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["masking", *map(str, arguments)])
        with pytest.raises(SystemExit) as left:
            main()
        return left.value.code or 0, *capsys.readouterr()

    return run
