"""CIFAR, in the files that torchvision reads."""

import pickle

import numpy as np
import pytest
import torch

from masking.datasets.sources import SOURCES
from masking.image import to_image
from masking.training.pictures import read_training_pictures
from tests.datasets.sources.files import CLASSES


def refuse(*_, **__):
    raise AssertionError("went to the network")


def offline(*_, **__):
    raise OSError("no route to host")


@pytest.fixture
def cifar10(tmp_path, monkeypatch):
    """A CIFAR-10 of two pictures a file; its checksums are not the published ones."""
    folder = tmp_path / "cifar-10-batches-py"
    folder.mkdir()
    rows = np.random.default_rng(0).integers(0, 256, (2, 3072), dtype=np.uint8)
    for name in (*(f"data_batch_{number}" for number in range(1, 6)), "test_batch"):
        (folder / name).write_bytes(pickle.dumps({"data": rows, "labels": [1, 0]}))
    (folder / "batches.meta").write_bytes(pickle.dumps({"label_names": list(CLASSES)}))
    monkeypatch.setattr("torchvision.datasets.cifar.check_integrity", lambda *_: True)
    return tmp_path, torch.from_numpy(rows).reshape(2, 3, 32, 32)


def test_a_training_gets_its_pictures(cifar10):
    path, images = cifar10
    for train, count in ((True, 10), (False, 2)):
        pictures = read_training_pictures("cifar10", path, train=train, size=32)
        assert pictures.labels.tolist() == [1, 0] * (count // 2)
        assert torch.equal(pictures.images[:2], images)
        assert pictures.categories == CLASSES


def test_a_run_gets_the_test_pictures_by_either_name(cifar10):
    path, images = cifar10
    for source in (SOURCES["cifar10"](str(path)).open(), SOURCES["torchvision"]("cifar10", str(path)).open()):
        assert source.count == 2
        assert source.facts == {"set": "cifar10", "root": str(path), "files": 2}
        labelled = source.item(0)
        assert labelled.label == "dog"
        assert torch.equal((to_image(labelled.picture) * 255).round().byte()[0], images[0])


@pytest.mark.parametrize("name", ["cifar10", "cifar100"])
def test_nothing_is_downloaded_unless_asked_for(name, tmp_path, monkeypatch):
    monkeypatch.setattr("torchvision.datasets.utils.download_url", refuse)
    with pytest.raises(ValueError, match=f"{name} is not below .*; put it there, or write download = true"):
        read_training_pictures(name, tmp_path, train=True, size=32)
    with pytest.raises(ValueError, match=f"{name} is not below .*; say download=yes"):
        SOURCES[name](str(tmp_path)).open()


def test_no_network_is_a_sentence(tmp_path, monkeypatch):
    monkeypatch.setattr("torchvision.datasets.cifar.download_and_extract_archive", offline)
    with pytest.raises(ValueError, match=r"cifar10 cannot be downloaded \(no route to host\)"):
        read_training_pictures("cifar10", tmp_path, train=True, size=32, download=True)
