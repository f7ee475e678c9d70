"""Folders of pictures, for runs and for trainings; folders with masks."""

import pytest
import torch
from PIL import Image
from torchvision.datasets import ImageFolder

from masking.datasets.sources import SOURCES, TrainingPart
from masking.datasets.sources.folder import open_with_masks
from masking.datasets.sources.labels import UNKNOWN
from masking.image import STORED_FORMATS, open_picture
from masking.training.pictures import crop_square, read_training_pictures
from tests.datasets.sources.files import CLASSES, SIZE, as_tensor, noise, red, reds_and_labels, toy_classifier


def read_all(folder):
    source = open_with_masks(folder / "images", folder / "masks")
    return [source.item(index) for index in range(source.count)]


# --- runs and pages --------------------------------------------------------------------------------------------------


def test_a_folder_of_folders(tmp_path):
    for name, value in (("guitar", 200), ("tench", 100), ("violin", 50)):
        (tmp_path / name).mkdir()
        red(value).save(tmp_path / name / "a.png")
    pictures = SOURCES["folder"](str(tmp_path)).open()
    assert pictures.count == 3
    assert pictures.facts == {"folder": str(tmp_path), "files": 3}
    assert reds_and_labels(pictures, toy_classifier(), [0, 1, 2]) == ([200, 100, 50], [3, 0, UNKNOWN])
    assert reds_and_labels(pictures, toy_classifier(), [1]) == ([100], [0])


def test_files_named_by_wordnet_ids(tmp_path):
    samples = tmp_path / "samples"
    samples.mkdir()
    for name, value in (("n01_x", 1), ("n00000001_crane", 100), ("n00000002_crane", 200)):
        red(value).save(samples / f"{name}.png")
    by_name = SOURCES["folder"](str(samples)).open()
    assert reds_and_labels(by_name, toy_classifier(), [0, 1])[1] == [UNKNOWN, UNKNOWN]  # "crane" is two classes
    (tmp_path / "imagenet_wnids.txt").write_text("n00000009\nn00000001\nn00000002\nn00000003\n")
    by_id = SOURCES["folder"](str(samples)).open()
    assert reds_and_labels(by_id, toy_classifier(), [0, 1, 2]) == ([100, 200, 1], [1, 2, UNKNOWN])


def test_a_folder_named_like_a_picture_is_none(tmp_path):
    (tmp_path / "tench.png").mkdir()
    red(9).save(tmp_path / "tench.png" / "a.png")
    assert SOURCES["folder"](str(tmp_path)).open().count == 1


@pytest.mark.parametrize(
    "name",
    [
        "cat/._a.png",
        ".DS_Store.png",
        "__MACOSX/cat/a.png",
        "cat/@eaDir/a.png",
        ".cache/a.png",
        "cat/Thumbs.db",
        "$RECYCLE.BIN/a.png",
    ],
)
def test_what_systems_leave_behind_is_no_picture(tmp_path, name):
    for path in ("cat/a.png", name):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(b"\0\5\x16\7")
    red(9).save(tmp_path / "cat" / "a.png")
    assert SOURCES["folder"](str(tmp_path)).open().count == 1
    assert SOURCES["folder"].open_part(TrainingPart(tmp_path)).categories == ("cat",)


def test_a_link_to_nothing_is_no_picture(tmp_path):
    red(9).save(tmp_path / "a.png")
    (tmp_path / "dead.png").symlink_to(tmp_path / "nowhere.png")
    (tmp_path / "live.PNG").symlink_to(tmp_path / "a.png")
    assert SOURCES["folder"](str(tmp_path)).open().count == 2


def test_a_hidden_folder_can_be_opened_itself(tmp_path):
    (tmp_path / ".hidden").mkdir()
    red(9).save(tmp_path / ".hidden" / "a.JPG")
    assert SOURCES["folder"](str(tmp_path / ".hidden")).open().count == 1


@pytest.mark.parametrize(
    ("names", "labels"),
    [
        (("1", "3"), [1, 3]),
        (("1", "4"), [UNKNOWN, UNKNOWN]),
        (("1", "guitar"), [UNKNOWN, 3]),
    ],
    ids=["indices", "out of range", "names among them"],
)
def test_folders_that_are_called_by_numbers(tmp_path, names, labels):
    for name in names:
        (tmp_path / name).mkdir()
        red(9).save(tmp_path / name / "a.png")
    source = SOURCES["folder"](str(tmp_path)).open()
    assert reds_and_labels(source, toy_classifier(), [0, 1])[1] == labels
    assert [source.label(toy_classifier(), index) for index in (0, 1)] == labels


def test_the_number_of_a_file_is_no_class(tmp_path):
    (tmp_path / "samples").mkdir()
    for number in (0, 1):
        red(9).save(tmp_path / "samples" / f"n00000001_{number}.png")
    source = SOURCES["folder"](str(tmp_path / "samples")).open()
    assert source.item(0).label == "n00000001"
    assert reds_and_labels(source, toy_classifier(), [0, 1])[1] == [UNKNOWN, UNKNOWN]


def test_names_in_files_serve_where_the_ids_are_of_other_classes(tmp_path):
    (tmp_path / "samples").mkdir()
    (tmp_path / "imagenet_wnids.txt").write_text("\n".join(f"n{number:08}" for number in range(1000)))
    for name in ("n00000217_guitar", "n00000482_crane", "n00000701_Tinca_tinca"):
        red(9).save(tmp_path / "samples" / f"{name}.png")
    source = SOURCES["folder"](str(tmp_path / "samples")).open()
    assert reds_and_labels(source, toy_classifier(), [0, 1, 2])[1] == [3, UNKNOWN, 0]


def test_a_file_is_no_folder(tmp_path):
    red(9).save(tmp_path / "a.png")
    with pytest.raises(ValueError, match=r"the folder '.*a\.png' is a file; give the folder that holds it"):
        SOURCES["folder"](str(tmp_path / "a.png")).open()


def test_an_unreadable_picture_is_named(tmp_path):
    (tmp_path / "cat").mkdir()
    (tmp_path / "cat" / "broken.png").write_bytes(b"x")
    source = SOURCES["folder"](str(tmp_path)).open()
    with pytest.raises(ValueError, match=r"cat/broken\.png is not a"):
        source.item(0)


# --- training --------------------------------------------------------------------------------------------------------


def test_a_folder_gives_its_pictures(tmp_path):
    images = {"dog": noise(0), "cat": noise(1, 12, 10)}
    for name, image in images.items():
        (tmp_path / name).mkdir()
        image.save(tmp_path / name / "one.png")
    pictures = read_training_pictures("folder", tmp_path, train=True, size=SIZE)
    assert pictures.categories == CLASSES
    assert pictures.labels.tolist() == [0, 1]
    assert torch.equal(pictures.images[1], as_tensor(images["dog"]))


def test_a_training_reads_a_folder_as_torchvision_does(tmp_path):
    """The same files in the same order: nested folders, links, capitals, formats that runs leave out.

    The pictures stand upright and transparency is white, as everywhere else.
    """
    for seed, name in enumerate(
        ("b/2.png", "b/sub/0.png", "b/sub-a/0.png", "b/0.BMP", "B/x.jpg", "a-b/1.tif", "a/1.webp", "b/notes.txt")
    ):
        path = tmp_path / "set" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        noise(seed, 10, 12).save(path, format="PNG")
    exif = Image.Exif()
    exif[0x0112] = 6
    noise(8, 10, 14).save(tmp_path / "set" / "b" / "turned.jpg", exif=exif)
    noise(9, 9, 9).convert("RGBA").save(tmp_path / "set" / "b" / "clear.png")
    (tmp_path / "set" / "link").symlink_to(tmp_path / "set" / "a")
    expected = ImageFolder(str(tmp_path / "set"))
    pictures = read_training_pictures("folder", tmp_path / "set", train=True, size=SIZE)
    assert pictures.categories == tuple(expected.classes)
    assert pictures.labels.tolist() == expected.targets
    images = [
        torch.from_numpy(crop_square(open_picture(path, formats=STORED_FORMATS), SIZE).copy())
        for path, _ in expected.samples
    ]
    assert torch.equal(pictures.images, torch.stack(images))


@pytest.mark.parametrize("make", [lambda _: None, lambda folder: (folder / "cat").mkdir()])
def test_a_training_needs_a_folder_per_class(tmp_path, make):
    make(tmp_path)
    with pytest.raises(ValueError, match="needs one folder of pictures per class"):
        read_training_pictures("folder", tmp_path, train=True, size=SIZE)


def test_a_training_names_an_unreadable_picture(tmp_path):
    (tmp_path / "cat").mkdir()
    (tmp_path / "cat" / "a.png").write_bytes(b"x")
    with pytest.raises(ValueError, match=r"cat/a\.png is not a PNG, JPEG, .* save it as one"):
        read_training_pictures("folder", tmp_path, train=True, size=SIZE)


def test_a_training_needs_a_folder_that_is_there(tmp_path):
    with pytest.raises(ValueError, match=r"the folder '.*x' does not exist"):
        SOURCES["folder"].open_part(TrainingPart(tmp_path / "x"))


# --- pictures with masks ---------------------------------------------------------------------------------------------


def test_pictures_with_masks(photographs):
    cat, cup = read_all(photographs)
    assert (cat.label, cup.label) == (None, "cup")
    for labelled, (height, width) in ((cat, (300, 451)), (cup, (400, 600))):
        assert labelled.picture.size == (width, height)
        assert labelled.object_mask.shape == (height, width)
        assert labelled.object_mask.sum() == 100 * 150


def test_a_picture_without_a_mask_is_refused(photographs):
    (photographs / "masks" / "a.png").unlink()
    with pytest.raises(ValueError, match=r"a\.jpg has no mask; save one as .*a\.png"):
        read_all(photographs)


def test_a_mask_of_another_size_is_refused(photographs):
    Image.new("L", (30, 20), 255).save(photographs / "masks" / "a.png")
    with pytest.raises(ValueError, match=r"a\.png is 20x30 but .*a\.jpg is 400x600"):
        read_all(photographs)


def test_a_mask_that_is_no_picture_is_refused(photographs):
    (photographs / "masks" / "a.png").write_text("no picture")
    with pytest.raises(ValueError, match=r"the mask .*a\.png is not a PNG"):
        read_all(photographs)


def test_an_empty_folder_is_refused(tmp_path):
    with pytest.raises(ValueError, match="there are no pictures below"):
        open_with_masks(tmp_path, tmp_path)


@pytest.mark.parametrize(("images", "masks"), [("gone", "."), (".", "gone")])
def test_both_folders_have_to_be_there(tmp_path, images, masks):
    with pytest.raises(ValueError, match=r"the folder .*gone' does not exist; give its path"):
        open_with_masks(tmp_path / images, tmp_path / masks)
