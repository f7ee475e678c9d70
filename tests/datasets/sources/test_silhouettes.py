"""Rendered scenes as a source without end."""

import pytest
import torch

from masking import load_classifier
from masking.datasets.silhouettes.render import World, render
from masking.datasets.sources import SOURCES
from masking.datasets.sources.labels import UNKNOWN
from tests.datasets.sources.files import toy_classifier


def test_scenes_are_rendered_anew_and_their_objects_known(bundled):
    pictures = SOURCES["silhouettes"]().open()
    assert pictures.count is None
    assert pictures.has_objects
    labelled = pictures.read(bundled, [3, 5])
    expected = render(World(size=bundled.input_size[0]), [1_000_003, 1_000_005])
    assert torch.equal(labelled.images, expected.images)
    assert torch.equal(labelled.objects, expected.objects)
    assert labelled.labels.tolist() == expected.labels.tolist()
    assert pictures.best_accuracy["background"] == pytest.approx(1 / 16)
    assert pictures.pick_indices(3, first=2) == [2, 3, 4]


def test_a_scene_by_its_number(bundled):
    pictures = SOURCES["silhouettes"]().open()
    labelled = pictures.item(3)
    assert labelled.picture.size == (224, 224)
    assert labelled.object_mask.shape == (224, 224)
    assert bundled.categories[pictures.label(bundled, 3)] == labelled.label


def test_classes_of_scenes_are_known_without_rendering_them():
    pictures = SOURCES["silhouettes"]().open()
    labels = [pictures.item(index).label for index in (0, 5, 9)]
    assert pictures.labels_of([0, 5, 9]) == labels
    facts = pictures.label_facts(toy_classifier(), [0, 5, 9])
    assert facts["unknown"] == 3 - labels.count("guitar")
    assert facts["of"] == 3


def test_scenes_are_resized_for_a_classifier_that_knows_none_of_their_classes():
    large = load_classifier("squeezenet1_1", "untrained")
    labelled = SOURCES["silhouettes"]().open().read(large, [3])
    assert labelled.images.shape == (1, 3, 224, 224)
    assert labelled.labels.tolist() == [UNKNOWN]
