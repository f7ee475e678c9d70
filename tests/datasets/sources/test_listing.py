"""The listing of a data set changes with its pictures, labels and masks, and with nothing else."""

import shutil
from dataclasses import replace

import numpy as np
import pytest

from masking.datasets.silhouettes.worlds import World
from masking.datasets.sources import SOURCES, torchvision_set
from masking.datasets.sources.folder import open_with_masks
from masking.datasets.sources.image_source import build_source
from masking.datasets.sources.listing import Listing
from masking.datasets.sources.silhouettes import render_source
from tests.datasets.sources.files import noise, red, write_archive


def make_folder(path):
    for name in ("bird/0.png", "bird/1.png", "boat/0.png"):
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        red(9).save(path / name)
    return path


def digest_of(folder):
    return SOURCES["folder"](str(folder)).open().listing.digest


FOLDER_CHANGES = {
    "added": lambda folder: red(1).save(folder / "bird" / "+new.png"),
    "removed": lambda folder: (folder / "bird" / "1.png").unlink(),
    "renamed": lambda folder: (folder / "bird" / "1.png").rename(folder / "bird" / "2.png"),
    "in another class": lambda folder: (folder / "bird" / "1.png").rename(folder / "boat" / "1.png"),
    "drawn again": lambda folder: noise(1, 30, 30).save(folder / "bird" / "1.png"),
    "other ids": lambda folder: (folder / "imagenet_wnids.txt").write_text("n0\nn1\n"),
}


@pytest.mark.parametrize("change", FOLDER_CHANGES.values(), ids=FOLDER_CHANGES)
def test_a_folder_that_has_changed_has_another_digest(tmp_path, change):
    folder = make_folder(tmp_path / "set")
    before = digest_of(folder)
    change(folder)
    assert digest_of(folder) != before


def test_a_folder_elsewhere_with_hidden_files_has_the_same_digest(tmp_path):
    folder = make_folder(tmp_path / "set")
    elsewhere = shutil.copytree(folder, tmp_path / "far" / "copy")
    (elsewhere / "bird" / "._0.png").write_bytes(b"x")
    assert digest_of(elsewhere) == digest_of(folder)


def digest_of_list(folder, text):
    (folder / "list.csv").write_text(text)
    return SOURCES["listed"](str(folder / "list.csv")).open().listing.digest


def test_a_list_counts_its_order_and_its_labels(tmp_path):
    make_folder(tmp_path)
    lines = ["path,label", "bird/0.png,bird", "boat/0.png,boat"]
    first = digest_of_list(tmp_path, "\n".join(lines))
    others = [
        digest_of_list(tmp_path, "\n".join([lines[0], lines[2], lines[1]])),
        digest_of_list(tmp_path, "\n".join([*lines[:2], "boat/0.png,bird"])),
        digest_of_list(tmp_path, "\n".join([*lines, "bird/1.png,bird"])),
    ]
    assert len({first, *others}) == 4
    assert digest_of_list(tmp_path, "\ufeffPath, Label\r\nbird/0.png, bird\r\nboat/0.png, boat\r\n") == first
    assert digest_of_list(tmp_path, "\n".join(lines).replace("bird/0", f"{tmp_path}/bird/0")) == first


def digest_of_archive(path, **changes):
    images = [red(9), red(8)]
    return SOURCES["jpeg_archive"](str(write_archive(path, images, **changes))).open().listing.digest


def test_an_archive_counts_by_its_content(tmp_path):
    (tmp_path / "far").mkdir()
    first = digest_of_archive(tmp_path / "a.npz")
    assert digest_of_archive(tmp_path / "far" / "b.npz") == first
    changes = {"labels": np.array([1, 0])}, {"classes": np.array(["cat", "cow"])}, {"wnids": np.array(["n0", "n1"])}
    others = [digest_of_archive(tmp_path / "c.npz", **change) for change in changes]
    assert len({first, *others}) == 4
    write_archive(tmp_path / "d.npz", [red(9), red(7)])
    assert SOURCES["jpeg_archive"](str(tmp_path / "d.npz")).open().listing.digest != first


def test_masks_of_objects_count(photographs, tmp_path):
    def digest():
        return open_with_masks(photographs / "images", photographs / "masks").listing.digest

    before = digest()
    mask = photographs / "masks" / "a.png"
    mask.write_bytes(mask.read_bytes() + b"\0")
    assert digest() != before


def test_scenes_count_by_their_world_and_their_seeds():
    first = render_source(World()).listing.digest
    assert render_source(World()).listing.digest == first
    assert render_source(World(texture=0.2)).listing.digest != first
    assert render_source(World(), 7).listing.digest != first


def test_a_set_of_torchvision_counts_by_part_classes_and_labels(monkeypatch):
    def digest(part, labels, root="data"):
        class Small:
            classes = ("cat", "dog")
            targets = labels

            def __init__(self, root, **options):
                pass

            def __len__(self):
                return len(labels)

        fake = replace(torchvision_set.SETS["cifar10"], make=Small, options={"split": part})
        monkeypatch.setitem(torchvision_set.SETS, "cifar10", fake)
        source = SOURCES["torchvision"]("cifar10", root).open()
        assert source.labels_of([0]) == [Small.classes[labels[0]]]
        return source.listing.digest

    first = digest("test", [0, 1])
    assert digest("test", [0, 1], "elsewhere") == first
    assert len({first, digest("train", [0, 1]), digest("test", [1, 0]), digest("test", [0, 1, 1])}) == 4


def test_a_source_of_a_plugin_counts_by_number_and_labels():
    def digest(count, **options):
        return build_source(count, lambda index: None, {"path": "anywhere"}, **options).listing.digest

    classes = {"categories": ("a", "b"), "class_indices": [0, 1]}
    digests = {digest(2), digest(3), digest(2, **classes), digest(2, **classes | {"class_indices": [1, 1]})}
    digests |= {digest(2, labels=["a", "b"]), digest(2, labels=["a", "c"])}
    assert len(digests) == 6


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ("a b", "a b", ""),
        ("a b", "+ a b", "+ is new"),
        ("a b", "a b c", "c is new"),
        ("a b c", "a c", "b is no longer there"),
        ("a b", "a", "b is no longer there"),
        ("a\t1 b\t1", "a\t1 b\t2", "b has changed"),
        ("a b", "b a", "b has moved"),
        ("a b", "a c", "b is no longer there"),
    ],
)
def test_the_first_difference_in_words(before, after, words):
    listings = (Listing(tuple(text.split(" "))) for text in (before, after))
    first, second = listings
    assert first.first_difference(second) == words
    assert (first.digest == second.digest) == (words == "")
