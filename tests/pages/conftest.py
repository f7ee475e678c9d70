"""Pages run in the test process: their shelf, settings and downloads go to a folder of the test's own."""

import sys
import urllib.error
import urllib.request
from functools import cache

import pytest
import streamlit as st
import torch
from streamlit.components.v2 import manifest_scanner
from torch import nn

from masking import Classifier
from masking.benchmarks.worker.warm_worker import WarmWorker
from masking.models.zoo import bundled
from pages.pickers import classifier as classifiers
from tests.pages.coffee import START
from tests.pages.compare_page import Bench

# Every session of the app asks every installed package for its components; none is installed meanwhile.
manifest_scanner.scan_component_manifests = cache(manifest_scanner.scan_component_manifests)


@pytest.fixture(autouse=True)
def folders(tmp_path, monkeypatch):
    """Where this test's files are; nothing is fetched from anywhere."""

    def no_network(url, *args, **options):
        raise urllib.error.URLError("no network in tests")

    monkeypatch.setenv("MASKING_UPLOADS", str(tmp_path / "shelf"))
    monkeypatch.setenv("MASKING_SETTINGS", str(tmp_path / "masking.toml"))
    monkeypatch.setenv("MASKING_RUNS", str(tmp_path / "runs"))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    monkeypatch.setattr(urllib.request, "urlopen", no_network)
    return tmp_path


@pytest.fixture(autouse=True)
def no_spare_worker(monkeypatch):
    """No process waits for a run that no test starts."""
    monkeypatch.setattr(WarmWorker, "warm", lambda _: None)


@pytest.fixture
def fresh_server():
    """No model, job or picture is remembered from another test, nor will be by the next."""
    st.cache_resource.clear()
    st.cache_data.clear()
    yield
    st.cache_resource.clear()
    st.cache_data.clear()


@pytest.fixture
def bench(folders):
    """Compare with a photograph under a box in the middle, one method."""
    return Bench(image="coffee", methods="blackout", mask=START.to_text())


@pytest.fixture
def bench_page(folders):
    """The module `pages.compare.page`; its canvas can only be imported while an app runs."""
    if "pages.compare.page" not in sys.modules:
        Bench()
    return sys.modules["pages.compare.page"]


def toy(name: str) -> Classifier:
    """A network of no consequence with ImageNet's frame: 224 pixels, seven eighths of the picture."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        network = nn.Sequential(nn.Conv2d(3, 5, 5, padding=2), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten())
    family = "vit" if name.startswith("vit") else "cnn"
    return Classifier(name, network, ["cat", "cup", "dog", "hat", "sun"], (224, 224), family=family, resize=256)


@pytest.fixture
def toys(fresh_server, monkeypatch):
    """All of torchvision's classifiers are toys that need no download."""
    load = classifiers.load
    monkeypatch.setattr(classifiers, "load", lambda name, *rest: load(name, *rest) if name in bundled() else toy(name))
