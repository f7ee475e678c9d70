"""The same kind of scenes from a renderer, from folders and from torchvision's sets."""

import numpy as np
import pytest
import skimage.data
import torch
from PIL import Image
from torch import nn

from masking import Classifier
from masking.datasets.objects import Rendered, folder, from_torchvision
from masking.datasets.silhouettes.render import render
from masking.datasets.silhouettes.worlds import WORLDS, World
from masking.datasets.sources.labels import UNKNOWN


def classifier(side: int = 64, categories=("cat", "cup", "dog"), resize=None) -> Classifier:
    return Classifier("toy", nn.Identity(), categories, (side, side), resize=resize)


@pytest.fixture
def pictures(tmp_path):
    """Two photographs with masks: one in a folder named like a class."""
    for path, picture in (("images/cup/a.jpg", skimage.data.coffee()), ("images/b.png", skimage.data.chelsea())):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(picture).save(tmp_path / path)
        mask = np.zeros(picture.shape[:2], np.uint8)
        mask[100:200, 150:300] = 3  # a label, nearly black
        (tmp_path / "masks").mkdir(exist_ok=True)
        Image.fromarray(mask).save((tmp_path / "masks" / path.rpartition("/")[2]).with_suffix(".png"))
    return tmp_path


def test_rendered_scenes_are_the_renderers(bundled):
    world = World()
    scenes = Rendered(world, 10, first=5).read(bundled, 2, 6)
    expected = render(world, range(7, 11))
    assert torch.equal(scenes.images, expected.images)
    assert torch.equal(scenes.objects, expected.objects)
    assert torch.equal(scenes.labels, expected.labels)


def test_no_scene_beyond_the_last_one(bundled):
    assert len(Rendered(World(), 10).read(bundled, 8, 64)) == 2


@pytest.mark.parametrize("side", [32, 64, 256, 299])
def test_rendered_scenes_have_the_classifiers_size(side):
    scenes = Rendered(World(), 3).read(classifier(side, tuple(World().classes)), 0, 3)
    assert scenes.images.shape == (3, 3, side, side)
    assert scenes.objects.shape == (3, 1, side, side)
    assert scenes.images.min() >= 0
    assert scenes.images.max() <= 1
    share = scenes.objects.double().mean((1, 2, 3))
    assert torch.allclose(share, render(World(), range(3)).objects.double().mean((1, 2, 3)), atol=0.01 + 3 / side)


def test_labels_are_the_classifiers_own():
    world = World()
    known = Rendered(world, 20).read(classifier(64, ("umbrella", "star")), 0, 20).labels
    expected = {"umbrella": 0, "star": 1}
    names = [world.classes[label] for label in render(World(size=64), range(20)).labels]
    assert known.tolist() == [expected.get(name, UNKNOWN) for name in names]


def test_only_rendered_worlds_know_the_right_answer(pictures):
    assert Rendered(WORLDS["ordinary"], 1).right_answer == pytest.approx(1 / 16)
    assert Rendered(WORLDS["background"], 1).right_answer > 0.9
    assert folder(pictures / "images", pictures / "masks").right_answer is None


def test_a_folder_of_pictures_and_masks(pictures):
    found = folder(pictures / "images", pictures / "masks")
    scenes = found.read(classifier(128), 0, 64)
    assert len(found) == len(scenes) == 2
    by_label = dict(zip(scenes.labels.tolist(), range(2), strict=True))
    assert set(by_label) == {1, UNKNOWN}  # "cup" by its folder, the cat without one
    coffee = scenes.objects[by_label[1], 0]  # 400x600, shorter side to 128, central crop: 32 px off each side
    rows, columns = torch.nonzero(coffee, as_tuple=True)
    assert (rows.min(), rows.max()) == (pytest.approx(100 * 0.32, abs=1), pytest.approx(200 * 0.32, abs=1))
    assert (columns.min(), columns.max()) == (pytest.approx(16, abs=1), pytest.approx(64, abs=1))


def test_all_classes_are_met_early(tmp_path):
    for name in ("cat", "cup", "dog"):
        for index in range(10):
            for place in ("images", "masks"):
                path = tmp_path / place / name / f"{index}.png"
                path.parent.mkdir(parents=True, exist_ok=True)
                Image.new("L", (20, 20), 255).save(path)
    scenes = folder(tmp_path / "images", tmp_path / "masks").read(classifier(20), 0, 8)
    assert len(scenes.labels.unique()) == 3


def test_a_picture_without_a_mask_is_told(pictures):
    (pictures / "masks" / "a.png").unlink()
    with pytest.raises(ValueError, match=r"a\.jpg has no mask; save one as .*a\.png"):
        folder(pictures / "images", pictures / "masks")


def test_a_mask_of_another_size_is_told(pictures):
    Image.new("L", (30, 20), 255).save(pictures / "masks" / "a.png")
    found = folder(pictures / "images", pictures / "masks")
    with pytest.raises(ValueError, match=r"a\.png is 20x30 but .*a\.jpg is 400x600"):
        found.read(classifier(), 0, 2)


def test_a_mask_that_is_none_is_told(pictures):
    (pictures / "masks" / "a.png").write_text("no picture")
    with pytest.raises(ValueError, match=r"a\.png cannot be read"):
        folder(pictures / "images", pictures / "masks").read(classifier(), 0, 2)


def test_an_empty_folder_is_told(tmp_path):
    with pytest.raises(ValueError, match="there are no pictures below"):
        folder(tmp_path, tmp_path)


def test_pets_as_torchvision_keeps_them(tmp_path):
    """The set in miniature, in its own layout."""
    root = tmp_path / "oxford-iiit-pet"
    for place in ("images", "annotations/trimaps"):
        (root / place).mkdir(parents=True)
    Image.fromarray(skimage.data.chelsea()).save(root / "images" / "Abyssinian_1.jpg")
    trimap = np.full((300, 451), 2, np.uint8)
    trimap[100:200, 150:300], trimap[100, 150:300] = 1, 3
    Image.fromarray(trimap).save(root / "annotations" / "trimaps" / "Abyssinian_1.png")
    (root / "annotations" / "test.txt").write_text("Abyssinian_1 1 1 1\n")
    found = from_torchvision("oxford-pets", tmp_path)
    scenes = found.read(classifier(100), 0, 1)
    assert scenes.labels.tolist() == [UNKNOWN]
    assert scenes.objects.double().mean() == pytest.approx(100 * 150 / 300**2, abs=0.02)


def test_voc_as_torchvision_keeps_it(tmp_path):
    root = tmp_path / "VOCdevkit" / "VOC2012"
    for place in ("JPEGImages", "SegmentationClass", "ImageSets/Segmentation"):
        (root / place).mkdir(parents=True)
    Image.fromarray(skimage.data.chelsea()).save(root / "JPEGImages" / "cat.jpg")
    labels = np.zeros((300, 451), np.uint8)
    labels[100:200, 150:300] = 8
    picture = Image.fromarray(labels)
    picture.putpalette([0, 0, 0] * 256)  # colours do not count, labels do
    picture.save(root / "SegmentationClass" / "cat.png")
    (root / "ImageSets" / "Segmentation" / "val.txt").write_text("cat\n")
    scenes = from_torchvision("voc", tmp_path).read(classifier(100), 0, 1)
    assert scenes.objects.double().mean() == pytest.approx(100 * 150 / 300**2, abs=0.02)


def test_sets_that_are_not_there_are_told(tmp_path):
    for name in ("oxford-pets", "voc"):
        with pytest.raises(ValueError, match=f"{name} is not below"):
            from_torchvision(name, tmp_path)
    with pytest.raises(ValueError, match="there is no set 'coco'; known are oxford-pets, voc"):
        from_torchvision("coco", tmp_path)


@pytest.mark.parametrize(("count", "first"), [(0, 0), (5, -1)])
def test_scenes_are_counted_from_0(count, first):
    with pytest.raises(ValueError, match=f"{count} scenes from seed {first}"):
        Rendered(World(), count, first)
