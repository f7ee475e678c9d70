"""Files made by version 0.1, before folders and names changed, and what opens them: a command line and pages."""

import json
import shutil
import sys
from functools import cache

import pytest
import streamlit as st
from streamlit.components.v2 import manifest_scanner

from masking.__main__ import main
from pages.shell.server_wide import forget_server_wide
from tests.before.files import BEFORE, OLD_UPLOADS, UPLOADS, unpack
from tests.before.opening import ROOT, OpenedPage, watch_downloads

# Every session of the app asks every installed package for its components; none is installed meanwhile.
manifest_scanner.scan_component_manifests = cache(manifest_scanner.scan_component_manifests)


@pytest.fixture(autouse=True)
def machine(tmp_path, monkeypatch):
    """A folder with the settings, uploads and runs of a machine on which version 0.1 was used."""
    for name in ("masking.toml", "set.npz"):
        shutil.copy(BEFORE / "settings" / name, tmp_path)
    shutil.copytree(BEFORE / "settings" / "pictures", tmp_path / "pictures")
    (tmp_path / "weights").mkdir()
    shutil.copy(BEFORE / "settings" / "names.txt", tmp_path / "weights")
    unpack(BEFORE / "settings" / "net.safetensors.gz", tmp_path / "weights")
    for path in (BEFORE / "uploads").glob("*.gz"):
        unpack(path, tmp_path / "uploads")
    unpack(BEFORE / "runs" / "runs.sqlite.gz", tmp_path / "runs")
    for name in (UPLOADS, OLD_UPLOADS):
        monkeypatch.setenv(name, str(tmp_path / "uploads"))
    (tmp_path / "masking.toml").touch()
    monkeypatch.setenv("MASKING_SETTINGS", str(tmp_path / "masking.toml"))
    monkeypatch.setenv("MASKING_RUNS", str(tmp_path / "runs"))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    monkeypatch.chdir(ROOT)
    return tmp_path


@pytest.fixture
def command(monkeypatch, capsys):
    """Run a command line that must succeed and return its output; `command.errors` is what it wrote to stderr."""

    def run(*words: object) -> str:
        monkeypatch.setattr(sys, "argv", ["masking", *map(str, words)])
        with pytest.raises(SystemExit) as left:
            main()
        out, run.errors = capsys.readouterr()
        assert not left.value.code, run.errors
        return out

    return run


@pytest.fixture
def show(command):
    """Return what the command line says about a run, as JSON."""
    return lambda run: json.loads(command("bench", "show", run, "--json"))


@pytest.fixture
def open_page(monkeypatch):
    """Open a page from a query string on a server that remembers nothing."""
    forget_everything()
    files, watched = watch_downloads()
    monkeypatch.setattr(st, "download_button", watched)
    yield lambda page, query: OpenedPage(page, query, files)
    forget_everything()


def forget_everything() -> None:
    """Forget what a server remembers."""
    st.cache_resource.clear()
    st.cache_data.clear()
    forget_server_wide()
