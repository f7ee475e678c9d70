"""The Benchmarks page offers the data sets of masking.toml, and says how many of their classes a classifier knows."""

import pytest
from PIL import Image

from masking.benchmarks.storage.store import Store
from masking.runtime.settings import VARIABLE
from tests.pages.runs.runs_page import RunsPage


@pytest.fixture
def store(folders, fresh_server):
    with Store() as made:
        yield made


@pytest.fixture
def own_set(tmp_path, monkeypatch):
    """Two pictures of a class that the bundled networks know, and three of one that they do not."""
    for label, count in (("star", 2), ("ostrich", 3)):
        folder = tmp_path / "pictures" / label
        folder.mkdir(parents=True)
        for number in range(count):
            Image.new("RGB", (32, 32), (40 * number, 90, 10)).save(folder / f"{number}.png")
    path = tmp_path / "masking.toml"
    path.write_text('[[data]]\nname = "my birds"\nsource = "folder"\npath = "pictures"\n')
    monkeypatch.setenv(VARIABLE, str(path))
    return tmp_path / "pictures"


def test_own_data_sets_are_offered_with_their_settings(store, own_set):
    page = RunsPage(data="data:my birds", model="silhouettes/resnet")
    assert page.errors == []
    assert f"--set data.path={own_set} --data folder" in page.command.replace("'", "")
    assert "A data set of masking.toml (" in page.captions.replace("\\", "")


def test_a_classifier_that_knows_few_of_the_classes_is_said_before_the_start(store, own_set):
    page = RunsPage(data="data:my birds", model="silhouettes/resnet").settle()
    assert "silhouettes/resnet knows the class of 2 of 5 images (40%)" in page.warnings[-1]
    (own_set / "star" / "0.png").unlink()
    (own_set / "star" / "1.png").unlink()
    page = RunsPage(data="data:my birds", model="silhouettes/resnet", count="3").settle()
    assert "silhouettes/resnet knows none of the classes of these images (such as 'ostrich')" in page.warnings[-1]


def test_a_data_set_that_is_no_longer_in_masking_toml_is_said(store, own_set):
    page = RunsPage(data="data:gone")
    assert "data:gone" in page.warnings[0]
    assert page.errors == []
