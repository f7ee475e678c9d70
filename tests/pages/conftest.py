"""Pages run in the test process: their uploads, settings and downloads go to a folder of the test."""

import sys
import urllib.error
import urllib.request
from functools import cache

import pytest
import streamlit as st
from streamlit.components.v2 import manifest_scanner

from masking.benchmarks.worker.queue import QueueWatch
from masking.benchmarks.worker.warm_worker import WarmWorker
from masking.models.packaged_networks import packaged_names
from masking.models.zoo import bundled
from pages.pickers import classifier as classifiers
from pages.shell.server_wide import forget_server_wide
from tests.pages.coffee import START
from tests.pages.compare_page import ComparePage
from tests.pages.toys import toy

# Every session of the app asks every installed package for its components; none is installed meanwhile.
manifest_scanner.scan_component_manifests = cache(manifest_scanner.scan_component_manifests)


@pytest.fixture(autouse=True)
def folders(tmp_path, monkeypatch):
    """The folder of this test's files; nothing is downloaded."""

    def no_network(url, *args, **options):
        raise urllib.error.URLError("no network in tests")

    monkeypatch.setenv("MASKING_UPLOADS", str(tmp_path / "uploads"))
    (tmp_path / "masking.toml").touch()
    monkeypatch.setenv("MASKING_SETTINGS", str(tmp_path / "masking.toml"))
    monkeypatch.setenv("MASKING_RUNS", str(tmp_path / "runs"))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    monkeypatch.setattr(urllib.request, "urlopen", no_network)
    return tmp_path


@pytest.fixture(autouse=True)
def no_workers(monkeypatch):
    """Keep the pages from starting a warm worker, and from starting runs behind a test's back."""
    monkeypatch.setattr(WarmWorker, "warm", lambda _: None)
    monkeypatch.setattr(QueueWatch, "start", lambda _: None)


@pytest.fixture
def fresh_server():
    """A server that remembers no model, job or picture from another test, before and after."""
    _forget_everything()
    yield
    _forget_everything()


def _forget_everything() -> None:
    st.cache_resource.clear()
    st.cache_data.clear()
    forget_server_wide()


@pytest.fixture
def page(folders):
    """Compare with a photograph under a box in the middle, one method."""
    return ComparePage(image="coffee", methods="blackout", mask=START.to_text())


@pytest.fixture
def compare_module(folders):
    """The module `pages.compare.page`; its canvas can only be imported while an app runs."""
    if "pages.compare.page" not in sys.modules:
        ComparePage()
    return sys.modules["pages.compare.page"]


@pytest.fixture
def toys(fresh_server, monkeypatch):
    """Replace all of torchvision's classifiers by toys that need no download."""
    load, own = classifiers.load, (*bundled(), *packaged_names())
    monkeypatch.setattr(classifiers, "load", lambda name, *rest: load(name, *rest) if name in own else toy(name))
