"""Scenes with known objects from a renderer, from folders and from torchvision's sets."""

import numpy as np
import pytest
import skimage.data
import torch
from PIL import Image
from torch import nn

from masking import Classifier
from masking.datasets.silhouettes.render import render
from masking.datasets.silhouettes.worlds import WORLDS, World
from masking.datasets.sources.labels import UNKNOWN
from masking.datasets.sources.object_scenes import photograph_scenes, rendered_scenes, torchvision_scenes


class Blank(nn.Module):
    """Tell nothing about images, in so many logits."""

    def __init__(self, classes):
        super().__init__()
        self.classes = classes

    def forward(self, x):
        return x.new_zeros(len(x), self.classes)


def classifier(side: int = 64, categories=("cat", "cup", "dog"), resize=None) -> Classifier:
    return Classifier("toy", Blank(len(categories)), categories, (side, side), resize=resize)


def test_rendered_scenes_are_the_renderers(bundled):
    world = World()
    scenes = rendered_scenes(world, 10, first=5).read(bundled, 2, 6)
    expected = render(world, range(7, 11))
    assert torch.equal(scenes.images, expected.images)
    assert torch.equal(scenes.objects, expected.objects)
    assert torch.equal(scenes.labels, expected.labels)


def test_no_scene_beyond_the_last_one(bundled):
    assert len(rendered_scenes(World(), 10).read(bundled, 8, 64)) == 2


@pytest.mark.parametrize("side", [32, 64, 256, 299])
def test_rendered_scenes_have_the_classifiers_size(side):
    scenes = rendered_scenes(World(), 3).read(classifier(side, tuple(World().classes)), 0, 3)
    assert scenes.images.shape == (3, 3, side, side)
    assert scenes.objects.shape == (3, 1, side, side)
    assert scenes.images.min() >= 0
    assert scenes.images.max() <= 1
    share = scenes.objects.double().mean((1, 2, 3))
    assert torch.allclose(share, render(World(), range(3)).objects.double().mean((1, 2, 3)), atol=0.01 + 3 / side)


def test_labels_are_the_classifiers_own():
    world = World()
    labels = rendered_scenes(world, 20).read(classifier(64, ("umbrella", "star")), 0, 20).labels
    expected = {"umbrella": 0, "star": 1}
    names = [world.classes[label] for label in render(World(size=64), range(20)).labels]
    assert labels.tolist() == [expected.get(name, UNKNOWN) for name in names]


def test_only_rendered_worlds_know_the_right_answer(photographs):
    assert rendered_scenes(WORLDS["ordinary"], 1).right_answer == pytest.approx(1 / 16)
    assert rendered_scenes(WORLDS["background"], 1).right_answer > 0.9
    assert photograph_scenes(photographs / "images", photographs / "masks").right_answer is None


def test_a_folder_of_pictures_and_masks(photographs):
    both = photograph_scenes(photographs / "images", photographs / "masks")
    scenes = both.read(classifier(128), 0, 64)
    assert len(both) == len(scenes) == 2
    by_label = dict(zip(scenes.labels.tolist(), range(2), strict=True))
    assert set(by_label) == {1, UNKNOWN}  # "cup" by its folder, the cat without one
    coffee = scenes.objects[by_label[1], 0]  # 400x600, shorter side to 128, central crop: 32 px off each side
    rows, columns = torch.nonzero(coffee, as_tuple=True)
    assert (rows.min(), rows.max()) == (pytest.approx(100 * 0.32, abs=1), pytest.approx(200 * 0.32, abs=1))
    assert (columns.min(), columns.max()) == (pytest.approx(16, abs=1), pytest.approx(64, abs=1))


def test_all_classes_are_met_early(tmp_path):
    for name in ("cat", "cup", "dog"):
        for index in range(10):
            for folder in ("images", "masks"):
                path = tmp_path / folder / name / f"{index}.png"
                path.parent.mkdir(parents=True, exist_ok=True)
                Image.new("L", (20, 20), 255).save(path)
    scenes = photograph_scenes(tmp_path / "images", tmp_path / "masks").read(classifier(20), 0, 8)
    assert len(scenes.labels.unique()) == 3


def test_manifests_say_where_scenes_come_from(photographs):
    folder = photographs / "images"
    facts = photograph_scenes(folder, photographs / "masks").facts
    listing = photograph_scenes(folder, photographs / "masks").source.listing.digest
    assert facts == {"photographs": str(folder), "scenes": 2, "listing": listing}
    facts = rendered_scenes(WORLDS["twins"], 4, 7).facts
    assert (facts["first_seed"], facts["scenes"]) == (7, 4)
    assert facts["world"]["texture"] == 1


def test_pets_as_torchvision_keeps_them(pets):
    scenes = torchvision_scenes("oxford-pets", pets).read(classifier(100), 0, 1)
    assert scenes.labels.tolist() == [UNKNOWN]
    assert scenes.objects.double().mean() == pytest.approx(100 * 150 / 300**2, abs=0.02)


def test_voc_as_torchvision_keeps_it(tmp_path):
    root = tmp_path / "VOCdevkit" / "VOC2012"
    for folder in ("JPEGImages", "SegmentationClass", "ImageSets/Segmentation"):
        (root / folder).mkdir(parents=True)
    Image.fromarray(skimage.data.chelsea()).save(root / "JPEGImages" / "cat.jpg")
    labels = np.zeros((300, 451), np.uint8)
    labels[100:200, 150:300] = 8
    picture = Image.fromarray(labels)
    picture.putpalette([0, 0, 0] * 256)  # colours do not count, labels do
    picture.save(root / "SegmentationClass" / "cat.png")
    (root / "ImageSets" / "Segmentation" / "val.txt").write_text("cat\n")
    scenes = torchvision_scenes("voc", tmp_path).read(classifier(100), 0, 1)
    assert scenes.objects.double().mean() == pytest.approx(100 * 150 / 300**2, abs=0.02)


@pytest.mark.parametrize(("count", "first"), [(0, 0), (5, -1)])
def test_scenes_are_counted_from_0(count, first):
    with pytest.raises(ValueError, match=f"{count} scenes from seed {first}"):
        rendered_scenes(World(), count, first)
