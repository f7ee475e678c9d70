"""What a linear probe reads from one part of the scenes is what the world promises for that part."""

import pytest
import torch

from masking.datasets.silhouettes.render import World, render
from tests.datasets.silhouettes.linear_probe import looks, probe_accuracy, shapes

LEARN, TEST = 1000, 600
IMPERFECT = 0.02
"""What the probe misses of cues that are always there: it sees 48 pixels and draws straight lines."""

READ = {"background": looks, "texture": looks, "outline": shapes}


def accuracy(cues: tuple[str, ...], world: World) -> list[float]:
    """Of each cue, from one rendering of the world."""
    features, labels = {cue: list[torch.Tensor]() for cue in cues}, list[torch.Tensor]()
    for start in range(0, LEARN + TEST, 200):
        scenes = render(world, range(start, start + 200))
        for cue in cues:
            features[cue].append(READ[cue](scenes.images, ~scenes.objects if cue == "background" else scenes.objects))
        labels.append(scenes.labels)
    return [probe_accuracy(torch.cat(features[cue]), torch.cat(labels), LEARN) for cue in cues]


@pytest.mark.parametrize(
    ("strengths", "cues"),
    [
        # With outlines drawn at random a hole has nothing to tell: what is read from around it is the background.
        ({"outline": 0.0, "texture": 1.0, "background": 0.0}, ("texture", "background")),
        ({"outline": 0.0, "texture": 0.5, "background": 0.5}, ("texture", "background")),
        ({"outline": 0.0, "texture": 0.0, "background": 1.0}, ("background",)),  # it shows through an object's edge
        ({"outline": 0.0, "texture": 0.0}, ("outline", "texture")),
        ({"outline": 0.5, "texture": 0.0}, ("outline",)),
        ({"outline": 1.0, "texture": 0.0}, ("outline",)),
    ],
)
def test_a_probe_reads_what_is_promised(strengths, cues):
    world = World(size=48, **strengths)
    for cue, measured in zip(cues, accuracy(cues, world), strict=True):
        strength = strengths[cue]
        promised = world.expected_accuracy("background" if cue == "background" else "object")
        spread = (promised * (1 - promised) / TEST) ** 0.5
        assert promised == pytest.approx(strength + (1 - strength) / 16)
        assert promised - strength * IMPERFECT - 3 * spread <= measured <= promised + 3 * spread, cue


def test_the_probe_sees_more_than_the_part_where_there_is_more():
    """It can fail: a hole with the object's own outline tells what the background does not."""
    scenes = render(World(size=48), range(LEARN + TEST))
    assert probe_accuracy(shapes(scenes.images, ~scenes.objects), scenes.labels, LEARN) > 0.5
