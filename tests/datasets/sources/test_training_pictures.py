"""Every source of labelled pictures, on tiny real files."""

import io
import pickle

import numpy as np
import pytest
import torch
from PIL import Image

from masking.datasets.labelled import LABELLED, Part

SIZE = 8
NAMES = ("cat", "dog")


def picture(seed, width=SIZE, height=SIZE):
    return Image.fromarray(np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8))


def encoded(image):
    file = io.BytesIO()
    image.save(file, "PNG")
    return np.frombuffer(file.getvalue(), dtype=np.uint8)


def archive(path, images, **changed):
    files = [encoded(image) for image in images]
    held = {
        "data": np.concatenate(files),
        "offsets": np.cumsum([0, *(len(file) for file in files)]),
        "labels": np.arange(len(files), dtype=np.uint8) % 2,
        "classes": np.array(NAMES),
    }
    np.savez(path, **held | changed)
    return Part(path, training=True, size=SIZE)


def as_tensor(image):
    return torch.from_numpy(np.array(image)).permute(2, 0, 1)


# --- archives --------------------------------------------------------------------------------------------------------


def test_an_archive_gives_its_pictures(tmp_path):
    images = [picture(seed) for seed in range(3)]
    found = LABELLED["jpeg_archive"](archive(tmp_path / "a.npz", images))
    assert found.images.dtype == torch.uint8
    assert torch.equal(found.images, torch.stack([as_tensor(image) for image in images]))
    assert found.labels.tolist() == [0, 1, 0]
    assert found.categories == NAMES
    assert len(found) == 3
    floats = found.floats(slice(0, 2))
    assert floats.dtype == torch.float32
    torch.testing.assert_close(floats * 255, found.images[:2].float())


def test_pictures_of_another_size_are_shrunk_and_cropped(tmp_path):
    found = LABELLED["jpeg_archive"](archive(tmp_path / "a.npz", [picture(0, 20, 16), picture(1, 8, 9)]))
    assert found.images.shape == (2, 3, SIZE, SIZE)


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"offsets": np.array([0, 4])}, "is cut short: 2 offsets for 2 labels"),
        ({"offsets": np.array([0, 4, 10**6])}, "is cut short"),
        ({"offsets": np.array([0, 4, 8])}, "holds pictures that cannot be read"),
        ({"labels": np.array([0, 2])}, "has labels up to 2 but 2 class names"),
        ({"offsets": np.array([0]), "labels": np.zeros(0)}, "holds no pictures"),
        ({"classes": np.array([{}], dtype=object)}, "is no archive of pictures; it needs data, offsets"),
    ],
)
def test_a_damaged_archive_is_refused(tmp_path, changed, sentence):
    with pytest.raises(ValueError, match=sentence):
        LABELLED["jpeg_archive"](archive(tmp_path / "a.npz", [picture(0), picture(1)], **changed))


@pytest.mark.parametrize(
    ("content", "sentence"), [(None, r"cannot be read \(No such file"), (b"no zip", "is no archive of pictures")]
)
def test_what_is_no_archive_is_refused(tmp_path, content, sentence):
    path = tmp_path / "a.npz"
    if content:
        path.write_bytes(content)
    with pytest.raises(ValueError, match=sentence):
        LABELLED["jpeg_archive"](Part(path, training=True, size=SIZE))


# --- folders ---------------------------------------------------------------------------------------------------------


def test_a_folder_gives_its_pictures(tmp_path):
    images = {"dog": picture(0), "cat": picture(1, 12, 10)}
    for name, image in images.items():
        (tmp_path / name).mkdir()
        image.save(tmp_path / name / "one.png")
    found = LABELLED["folder"](Part(tmp_path, training=True, size=SIZE))
    assert found.categories == NAMES
    assert found.labels.tolist() == [0, 1]
    assert torch.equal(found.images[1], as_tensor(images["dog"]))


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda _: None, "needs one folder of pictures per class"),
        (lambda folder: (folder / "cat").mkdir(), "needs one folder of pictures per class"),
        (lambda folder: ((folder / "cat").mkdir(), (folder / "cat" / "a.png").write_bytes(b"x")), "cannot be read"),
    ],
)
def test_a_folder_without_pictures_is_refused(tmp_path, make, sentence):
    make(tmp_path)
    with pytest.raises(ValueError, match=sentence):
        LABELLED["folder"](Part(tmp_path, training=True, size=SIZE))


def test_a_missing_folder_is_refused(tmp_path):
    with pytest.raises(ValueError, match="there is no folder"):
        LABELLED["folder"](Part(tmp_path / "x", training=True, size=SIZE))


# --- CIFAR, in the files that torchvision reads -----------------------------------------------------------------------


@pytest.fixture
def cifar10(tmp_path, monkeypatch):
    """A CIFAR-10 of two pictures a file; its checksums are not the published ones."""
    folder = tmp_path / "cifar-10-batches-py"
    folder.mkdir()
    rows = np.random.default_rng(0).integers(0, 256, (2, 3072), dtype=np.uint8)
    for name in (*(f"data_batch_{number}" for number in range(1, 6)), "test_batch"):
        (folder / name).write_bytes(pickle.dumps({"data": rows, "labels": [1, 0]}))
    (folder / "batches.meta").write_bytes(pickle.dumps({"label_names": list(NAMES)}))
    monkeypatch.setattr("torchvision.datasets.cifar.check_integrity", lambda *_: True)
    return tmp_path, torch.from_numpy(rows).reshape(2, 3, 32, 32)


def test_cifar_gives_its_pictures(cifar10):
    place, images = cifar10
    for training, count in ((True, 10), (False, 2)):
        found = LABELLED["cifar10"](Part(place, training=training, size=32))
        assert found.labels.tolist() == [1, 0] * (count // 2)
        assert torch.equal(found.images[:2], images)
        assert found.categories == NAMES


@pytest.mark.parametrize("name", ["cifar10", "cifar100"])
def test_cifar_is_not_downloaded_unasked(name, tmp_path, monkeypatch):
    def refuse(*_, **__):
        raise AssertionError("went to the network")

    monkeypatch.setattr("torchvision.datasets.utils.download_url", refuse)
    with pytest.raises(ValueError, match=f"{name.upper()} is not in .*; put it there, or write download = true"):
        LABELLED[name](Part(tmp_path, training=True, size=32))


def test_no_network_is_a_sentence(tmp_path, monkeypatch):
    def offline(*_, **__):
        raise OSError("no route to host")

    monkeypatch.setattr("torchvision.datasets.cifar.download_and_extract_archive", offline)
    with pytest.raises(ValueError, match="CIFAR10 cannot be downloaded"):
        LABELLED["cifar10"](Part(tmp_path, training=True, size=32, download=True))


def test_an_unknown_source_offers_near_ones():
    with pytest.raises(KeyError, match="did you mean cifar10"):
        LABELLED["cifar"]
