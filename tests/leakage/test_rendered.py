"""The measurement with real methods on rendered scenes."""

import pytest
import torch

from masking import METHODS, Mask
from masking.datasets.silhouettes.worlds import World
from masking.datasets.sources.object_scenes import rendered_scenes
from masking.leakage import measure_leakage, supported_methods
from masking.masks.holes import HOLES


def test_every_method_and_hole_runs_on_rendered_scenes(bundled):
    leakage = measure_leakage(bundled, rendered_scenes(World(), 2), supported_methods(bundled), list(HOLES))
    assert set(leakage.methods) == {name for name in METHODS if METHODS[name]().supports(bundled) is None}
    assert leakage.holes == list(HOLES)
    assert all(answers.predicted.shape == (2,) for answers in leakage.answers.values())
    assert leakage.right_answer == pytest.approx(1 / 16)


def test_answers_are_those_of_the_method_itself(bundled):
    objects = rendered_scenes(World(), 5, first=40)
    leakage = measure_leakage(bundled, objects, ["greyout", "layer_masking"], ["grown_4"], batch=2)
    scenes = objects.read(bundled, 0, 5)
    for name in leakage.methods:
        logits = METHODS[name]().logits(bundled, scenes.images, Mask(~scenes.objects).grow(4))
        answers = leakage.answers[name, "grown_4"]
        assert torch.equal(answers.predicted, logits.argmax(1))
        expected = logits.double().softmax(1)[torch.arange(5), scenes.labels]
        assert torch.allclose(answers.probability(scenes.labels), expected, atol=1e-4)


def test_the_hole_gives_objects_away_under_blackout_and_not_under_layer_masking(bundled):
    """The claim of the project, on the bundled classifier."""
    leakage = measure_leakage(bundled, rendered_scenes(World(), 192), ["blackout", "layer_masking"])
    assert leakage.accuracy("blackout").low > 0.9
    assert leakage.bits("blackout").low > 3.5
    assert leakage.accuracy("layer_masking").high < 0.2
    assert leakage.bits("layer_masking").high < 0.5
    assert leakage.fewer_bits("layer_masking", than="blackout").low > 3
