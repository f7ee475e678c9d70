"""What all kinds of sources have in common."""

import pytest

from masking.datasets.sources import SOURCES
from masking.datasets.sources.image_source import build_source
from masking.registry.params import params
from masking.training.pictures import read_training_pictures
from tests.datasets.sources.files import noise, write_archive

BAD = {
    "no folder": ("folder", lambda f: f / "gone", "does not exist; give its path"),
    "nothing said": ("folder", lambda f: "", "does not exist"),
    "empty folder": ("folder", lambda f: f, "there are no pictures below"),
    "no list": ("listed", lambda f: f / "gone.csv", "the image list"),
    "a list without a path": ("listed", lambda f: f / "bad.csv", "lists no pictures"),
    "a list that is none": ("listed", lambda f: f / "bad.bin", "cannot be read as a table"),
    "an archive that is none": ("jpeg_archive", lambda f: f / "bad.bin", "is not an archive of pictures"),
    "an archive that lacks": ("jpeg_archive", lambda f: f / "lacks.npz", "it needs data, offsets, labels, classes"),
}


@pytest.mark.parametrize(("name", "path", "sentence"), BAD.values(), ids=BAD)
def test_an_unusable_source_is_refused_with_a_sentence(tmp_path, name, path, sentence):
    (tmp_path / "bad.csv").write_text("file,class\na.png,b\n")
    (tmp_path / "bad.bin").write_bytes(b"\xff\xfe\x00 no text")
    write_archive(tmp_path / "lacks.npz", [noise(0)], offsets=None)
    with pytest.raises(ValueError, match=sentence):
        SOURCES[name](str(path(tmp_path))).open()


@pytest.mark.parametrize("name", SOURCES)
def test_a_source_describes_itself(name):
    assert SOURCES[name].title
    assert SOURCES[name].meaning.endswith(".")
    assert all(param.meaning for param in params(SOURCES[name]))


def test_pictures_are_picked_in_one_shuffled_order():
    source = build_source(30, lambda index: None, {})
    assert sorted(source.pick_indices(100)) == list(range(30))
    assert source.pick_indices(30) != list(range(30))
    assert source.pick_indices(2) == source.pick_indices(3)[:2]
    assert source.pick_indices(2, first=1) == source.pick_indices(3)[1:]
    with pytest.raises(ValueError, match="there are 30 images; begin before image 30"):
        source.pick_indices(1, first=30)


@pytest.mark.parametrize("name", ["listed", "silhouettes", "torchvision"])
def test_a_source_without_classes_cannot_be_learned(name, tmp_path):
    with pytest.raises(
        ValueError, match=r"has no classes to learn .* choose folder, jpeg_archive, cifar10 or cifar100"
    ):
        read_training_pictures(name, tmp_path, train=True, size=8)


def test_an_unknown_source_offers_near_ones():
    with pytest.raises(KeyError, match="did you mean cifar10"):
        read_training_pictures("cifar", "x", train=True, size=8)
