"""Where images come from: each kind with a few real files, and what is said when they are not as they should be."""

import io

import numpy as np
import pytest
import torch
from PIL import Image

from masking import Classifier, load_classifier
from masking.datasets.silhouettes.render import World, render
from masking.datasets.sources import SOURCES
from masking.datasets.sources.labels import UNKNOWN, label_of, names_of
from masking.registry.params import params

NAMES = ("tench, Tinca tinca", "crane, bird", "crane, machine", "guitar")


class Nothing(torch.nn.Module):
    def forward(self, x):
        return x.mean((2, 3))


@pytest.fixture
def toy():
    return Classifier("toy", Nothing(), NAMES, (16, 16))


def colour(value, size=(20, 24)):
    return Image.new("RGB", size, (value, 0, 0))


def jpeg(value):
    buffer = io.BytesIO()
    colour(value).save(buffer, "JPEG", quality=95)
    return buffer.getvalue()


def reds(pictures, classifier, indices):
    found = pictures.read(classifier, indices)
    assert found.images.shape[1:] == (3, 16, 16)
    return [round(float(image[0].mean()) * 255) for image in found.images], found.labels.tolist()


def test_names_of_classes():
    known = names_of(NAMES)
    assert known["tench"] == known["tinca tinca"] == 0
    assert "crane" not in known  # it might be either
    assert known["crane, bird"] == 1
    for label, index in (("Tinca_Tinca", 0), (3, 3), (9, UNKNOWN), (None, UNKNOWN), ("violin", UNKNOWN)):
        assert label_of(label, known, len(NAMES)) == index


def test_a_folder_of_folders(tmp_path, toy):
    for name, value in (("guitar", 200), ("tench", 100), ("violin", 50)):
        (tmp_path / name).mkdir()
        colour(value).save(tmp_path / name / "a.png")
    pictures = SOURCES["folder"](str(tmp_path)).open()
    assert pictures.count == 3
    assert reds(pictures, toy, [0, 1, 2]) == ([200, 100, 50], [3, 0, UNKNOWN])
    assert reds(pictures, toy, [1]) == ([100], [0])
    assert sorted(pictures.chosen(10)) == [0, 1, 2]
    assert pictures.chosen(2) == pictures.chosen(3)[:2]
    assert pictures.chosen(2, first=1) == pictures.chosen(3)[1:]
    with pytest.raises(ValueError, match="there are 3 images; begin before image 3"):
        pictures.chosen(1, first=3)


def test_files_named_by_wordnet_ids(tmp_path, toy):
    samples = tmp_path / "samples"
    samples.mkdir()
    for name, value in (("n01_x", 1), ("n00000001_crane", 100), ("n00000002_crane", 200)):
        colour(value).save(samples / f"{name}.png")
    by_name = SOURCES["folder"](str(samples)).open()
    assert reds(by_name, toy, [0, 1])[1] == [UNKNOWN, UNKNOWN]  # "crane" is two classes
    (tmp_path / "imagenet_wnids.txt").write_text("n00000009\nn00000001\nn00000002\nn00000003\n")
    by_id = SOURCES["folder"](str(samples)).open()
    assert reds(by_id, toy, [0, 1, 2]) == ([100, 200, 1], [1, 2, UNKNOWN])


def test_a_list(tmp_path, toy):
    for value in (10, 20, 30):
        colour(value).save(tmp_path / f"{value}.png")
    lines = ["path,label", "30.png,guitar", f"{tmp_path / '10.png'},0", "20.png,"]
    (tmp_path / "list.csv").write_text("\n".join(lines))
    pictures = SOURCES["listed"](str(tmp_path / "list.csv")).open()
    assert reds(pictures, toy, [0, 1, 2]) == ([30, 10, 20], [3, 0, UNKNOWN])


def archive(path, **changes):
    files = [jpeg(200), jpeg(100)]
    offsets = np.cumsum([0, *map(len, files)])
    arrays = {
        "data": np.frombuffer(b"".join(files), np.uint8),
        "offsets": offsets,
        "labels": np.array([1, 0], np.uint8),
        "classes": np.array(["tench", "guitar"]),
    } | changes
    np.savez(path, **{name: array for name, array in arrays.items() if array is not None})


def test_an_archive(tmp_path, toy):
    archive(tmp_path / "a.npz")
    values, labels = reds(SOURCES["jpeg_archive"](str(tmp_path / "a.npz")).open(), toy, [0, 1])
    assert values == pytest.approx([200, 100], abs=2)
    assert labels == [3, 0]
    (tmp_path / "imagenet_wnids.txt").write_text("n0\nn1\nn2\nn3\n")
    archive(tmp_path / "b.npz", wnids=np.array(["n2", "n1"]))
    assert reds(SOURCES["jpeg_archive"](str(tmp_path / "b.npz")).open(), toy, [0, 1])[1] == [1, 2]


def test_scenes_are_rendered_anew_and_their_objects_known(bundled):
    source = SOURCES["silhouettes"]()
    pictures = source.open()
    found = pictures.read(bundled, [3, 5])
    expected = render(World(size=bundled.input_size[0]), [1_000_003, 1_000_005])
    assert torch.equal(found.images, expected.images)
    assert torch.equal(found.objects, expected.objects)
    assert found.labels.tolist() == expected.labels.tolist()
    assert pictures.right["background"] == pytest.approx(1 / 16)
    assert pictures.chosen(3, first=2) == [2, 3, 4]
    large = load_classifier("squeezenet1_1", "untrained")
    again = pictures.read(large, [3])
    assert again.images.shape == (1, 3, 224, 224)
    assert again.labels.tolist() == [UNKNOWN]


def test_torchvision_sets_are_read_where_they_lie(tmp_path, toy, monkeypatch):
    from masking.datasets.sources import torchvision_set

    class Pets:
        classes = ("Guitar", "tench")

        def __init__(self, root, download=False, **options):
            assert options["target_types"] == ("category", "segmentation")

        def __len__(self):
            return 2

        def __getitem__(self, index):
            outline = Image.fromarray(np.full((24, 20), 2, np.uint8))
            outline.putpixel((10, 12), 1)
            return colour(50 * index), (index, outline)

    monkeypatch.setitem(torchvision_set._SETS, "oxford-pets", (Pets, torchvision_set._SETS["oxford-pets"][1]))
    pictures = SOURCES["torchvision"]("oxford-pets").open()
    found = pictures.read(toy, [1, 0])
    assert found.labels.tolist() == [0, 3]
    assert found.objects.flatten(1).any(1).all()
    assert found.objects.float().mean() < 0.1
    for name in ("cifar10", "imagenet"):
        with pytest.raises(ValueError, match=f"{name} is not below"):
            SOURCES["torchvision"](name, str(tmp_path)).open()


BAD = {
    "no folder": ("folder", lambda f: f / "gone", "does not exist; give its path"),
    "nothing said": ("folder", lambda f: "", "does not exist"),
    "empty folder": ("folder", lambda f: f, "there are no pictures below"),
    "no list": ("listed", lambda f: f / "gone.csv", "the image list"),
    "a list without a path": ("listed", lambda f: f / "bad.csv", "lists no pictures"),
    "a list that is none": ("listed", lambda f: f / "bad.bin", "cannot be read as a table"),
    "an archive that is none": ("jpeg_archive", lambda f: f / "bad.bin", "is no .npz of JPEGs"),
    "an archive that lacks": ("jpeg_archive", lambda f: f / "lacks.npz", "it needs data, offsets, labels, classes"),
}


@pytest.mark.parametrize(("name", "path", "sentence"), BAD.values(), ids=BAD)
def test_what_cannot_be_used_is_told_in_a_sentence(tmp_path, name, path, sentence):
    (tmp_path / "bad.csv").write_text("file,class\na.png,b\n")
    (tmp_path / "bad.bin").write_bytes(b"\xff\xfe\x00 no text")
    archive(tmp_path / "lacks.npz", offsets=None)
    with pytest.raises(ValueError, match=sentence):
        SOURCES[name](str(path(tmp_path))).open()


@pytest.mark.parametrize("name", SOURCES)
def test_a_source_says_what_it_is(name):
    assert SOURCES[name].title
    assert SOURCES[name].meaning.endswith(".")
    assert all(one.meaning for one in params(SOURCES[name]))
