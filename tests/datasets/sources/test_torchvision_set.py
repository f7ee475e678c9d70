"""torchvision's sets, in miniature and in their own layout."""

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from masking.datasets.sources import SOURCES, torchvision_set
from masking.datasets.sources.object_scenes import torchvision_scenes
from masking.datasets.sources.torchvision_set import open_object_set
from tests.datasets.sources.files import red, toy_classifier


def test_sets_are_read_from_their_folder(monkeypatch):
    class Pets:
        classes = ("Guitar", "tench")

        def __init__(self, root, download=False, **options):
            assert options["target_types"] == ("category", "segmentation")

        def __len__(self):
            return 2

        def __getitem__(self, index):
            outline = Image.fromarray(np.full((24, 20), 2, np.uint8))
            outline.putpixel((10, 12), 1)
            return red(50 * index), (index, outline)

    fake = replace(torchvision_set.SETS["oxford-pets"], make=Pets)
    monkeypatch.setitem(torchvision_set.SETS, "oxford-pets", fake)
    source = SOURCES["torchvision"]("oxford-pets").open()
    labelled = source.read(toy_classifier(), [1, 0])
    assert labelled.labels.tolist() == [0, 3]
    assert labelled.objects.flatten(1).any(1).all()
    assert labelled.objects.float().mean() < 0.1
    assert source.facts == {"set": "oxford-pets", "root": "data", "files": 2}


def test_pets_bring_class_and_outline(pets):
    labelled = SOURCES["torchvision"]("oxford-pets", str(pets)).open().item(0)
    assert labelled.label == "Abyssinian"
    assert labelled.object_mask.sum() == 100 * 150
    without_class = open_object_set("oxford-pets", pets).item(0)
    assert without_class.label is None
    assert (without_class.object_mask == labelled.object_mask).all()


@pytest.mark.parametrize(
    ("name", "remedy"), [("cifar10", "say download=yes to fetch it"), ("imagenet", "get it from image-net.org")]
)
def test_a_set_that_is_not_there_is_refused(tmp_path, name, remedy):
    with pytest.raises(ValueError, match=f"{name} is not below '.*'; {remedy}"):
        SOURCES["torchvision"](name, str(tmp_path)).open()


def test_imagenet_is_never_downloaded(tmp_path):
    with pytest.raises(ValueError, match=r"imagenet is not below .* get it from"):
        SOURCES["torchvision"]("imagenet", str(tmp_path), download=True).open()


def test_a_download_that_fails_is_a_sentence(tmp_path, monkeypatch):
    def offline(*_, **__):
        raise OSError("no route to host")

    monkeypatch.setattr("torchvision.datasets.imagenette.download_and_extract_archive", offline)
    with pytest.raises(ValueError, match=r"imagenette cannot be downloaded \(no route to host\); put it below"):
        SOURCES["torchvision"]("imagenette", str(tmp_path), download=True).open()


def test_nothing_is_downloaded_twice(monkeypatch):
    class Once:
        classes = ("guitar",)

        def __init__(self, root, download=False, **options):
            assert not download

        def __len__(self):
            return 1

    fake = replace(torchvision_set.SETS["imagenette"], make=Once)
    monkeypatch.setitem(torchvision_set.SETS, "imagenette", fake)
    assert SOURCES["torchvision"]("imagenette", download=True).open().count == 1


@pytest.mark.parametrize("name", ["oxford-pets", "voc"])
def test_object_sets_that_are_not_there_are_refused(name, tmp_path):
    with pytest.raises(ValueError, match=f"{name} is not below .*; download it there with torchvision"):
        torchvision_scenes(name, tmp_path)


def test_an_unknown_object_set_is_refused(tmp_path):
    with pytest.raises(ValueError, match="there is no set 'coco'; choose from oxford-pets, voc"):
        torchvision_scenes("coco", tmp_path)
