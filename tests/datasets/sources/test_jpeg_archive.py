"""Archives of encoded pictures, through the doors of runs and of trainings."""

import numpy as np
import pytest
import torch

from masking.datasets.sources import SOURCES
from masking.training.pictures import read_training_pictures
from tests.datasets.sources.files import (
    CLASSES,
    SIZE,
    as_tensor,
    noise,
    red,
    reds_and_labels,
    toy_classifier,
    write_archive,
)


def read_as_run(path):
    source = SOURCES["jpeg_archive"](str(path)).open()
    return [source.item(index) for index in range(source.count)]


def read_as_training(path):
    return read_training_pictures("jpeg_archive", path, train=True, size=SIZE)


def test_a_run_gets_its_pictures(tmp_path):
    images, classes = [red(200), red(100)], np.array(["tench", "guitar"])
    path = write_archive(tmp_path / "a.npz", images, "JPEG", classes=classes, labels=np.array([1, 0], np.uint8))
    source = SOURCES["jpeg_archive"](str(path)).open()
    values, labels = reds_and_labels(source, toy_classifier(), [0, 1])
    assert values == pytest.approx([200, 100], abs=2)
    assert labels == [3, 0]
    assert source.facts == {"file": str(path), "files": 2}


def test_wordnet_ids_of_an_archive(tmp_path):
    (tmp_path / "imagenet_wnids.txt").write_text("n0\nn1\nn2\nn3\n")
    path = write_archive(tmp_path / "b.npz", [red(9), red(8)], wnids=np.array(["n1", "n2"]))
    assert reds_and_labels(SOURCES["jpeg_archive"](str(path)).open(), toy_classifier(), [0, 1])[1] == [1, 2]


def test_an_archive_beside_the_ids_of_a_thousand_classes_keeps_its_names(tmp_path):
    ids = [f"n{number:08}" for number in range(1000)]
    (tmp_path / "imagenet_wnids.txt").write_text("\n".join(ids))
    classes = {"wnids": np.array([ids[700], ids[217]]), "classes": np.array(["guitar", "tench"])}
    source = SOURCES["jpeg_archive"](str(write_archive(tmp_path / "b.npz", [red(9), red(8)], **classes))).open()
    assert reds_and_labels(source, toy_classifier(), [0, 1])[1] == [3, 0]
    assert source.label(toy_classifier(), 1) == 0


def test_names_may_be_bytes(tmp_path):
    path = write_archive(tmp_path / "a.npz", [red(9), red(8)], classes=np.array([b"guitar", "Pferd\xe9".encode()]))
    source = SOURCES["jpeg_archive"](str(path)).open()
    assert source.categories == ("guitar", "Pferd\xe9")
    assert reds_and_labels(source, toy_classifier(), [0])[1] == [3]


def test_a_training_gets_its_pictures(tmp_path):
    images = [noise(seed) for seed in range(3)]
    pictures = read_as_training(write_archive(tmp_path / "a.npz", images))
    assert pictures.images.dtype == torch.uint8
    assert torch.equal(pictures.images, torch.stack([as_tensor(image) for image in images]))
    assert pictures.labels.dtype == torch.int64
    assert pictures.labels.tolist() == [0, 1, 0]
    assert pictures.categories == CLASSES
    assert len(pictures) == 3
    floats = pictures.floats(slice(0, 2))
    assert floats.dtype == torch.float32
    torch.testing.assert_close(floats * 255, pictures.images[:2].float())


def test_pictures_of_another_size_are_shrunk_and_cropped(tmp_path):
    pictures = read_as_training(write_archive(tmp_path / "a.npz", [noise(0, 20, 16), noise(1, 8, 9)]))
    assert pictures.images.shape == (2, 3, SIZE, SIZE)


@pytest.mark.parametrize("read", [read_as_run, read_as_training])
@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"offsets": np.array([0, 4])}, "is cut short: 2 offsets for 2 labels"),
        ({"offsets": np.array([0, 4, 10**6])}, "is cut short"),
        ({"offsets": np.array([0, 4, 8])}, r"picture 0 of .*a\.npz is not a PNG, JPEG"),
        ({"labels": np.array([0, 2])}, "has labels from 0 to 2 but 2 class names"),
        ({"labels": np.array([0, -1])}, "has labels from -1 to 0 but 2 class names"),
        ({"offsets": np.array([0]), "labels": np.zeros(0)}, "holds no pictures"),
        ({"classes": np.array([{}], dtype=object)}, "is not an archive of pictures; it needs data, offsets"),
        ({"offsets": None}, "it needs data, offsets, labels, classes"),
        ({"labels": np.array([0, 0.5])}, "has labels of type float64; give each picture the index of its class"),
        ({"labels": np.array(["cat", "dog"])}, "has labels of type <U3"),
        ({"labels": np.zeros((2, 2), int)}, "has arrays of several dimensions"),
        ({"wnids": np.array(["n0"])}, "has 1 WordNet ids for 2 class names"),
    ],
)
def test_a_damaged_archive_is_refused(tmp_path, read, changes, sentence):
    path = write_archive(tmp_path / "a.npz", [noise(0), noise(1)], **changes)
    with pytest.raises(ValueError, match=sentence):
        read(path)


@pytest.mark.parametrize("read", [read_as_run, read_as_training])
def test_what_is_no_archive_is_refused(tmp_path, read):
    path = tmp_path / "a.npz"
    with pytest.raises(ValueError, match=r"the file '.*a\.npz' does not exist; give its path"):
        read(path)
    for content in (b"", b"no zip", b"\xff\xfe\x00 no text", b"PK\x03\x04 no zip", b"\x93NUMPY no array"):
        path.write_bytes(content)
        with pytest.raises(ValueError, match=r"a\.npz is not an archive of pictures"):
            read(path)
    np.save(tmp_path / "one.npy", np.zeros(3))
    with pytest.raises(ValueError, match="is not an archive of pictures"):
        read(tmp_path / "one.npy")
    with pytest.raises(ValueError, match=r"cannot be read \(Is a directory\)"):
        read(tmp_path)
