"""What a linear probe reads from one part of the scenes is what the world promises for that part."""

import pytest
import torch

from masking.datasets.silhouettes.render import World, render
from tests.datasets.silhouettes.linear_probe import looks, probe_accuracy, shapes

LEARN, TEST = 1000, 600
IMPERFECT = 0.02
"""What the probe misses of cues that are always there: it sees 48 pixels and draws straight lines."""

CUES = {
    # With outlines drawn at random a hole has nothing to tell: what is read from around it is the background.
    "background": (looks, {"outline": 0.0}),
    "texture": (looks, {"outline": 0.0}),
    "outline": (shapes, {"texture": 0.0}),
}


def accuracy(cue: str, world: World) -> float:
    read, features, labels = CUES[cue][0], list[torch.Tensor](), list[torch.Tensor]()
    for start in range(0, LEARN + TEST, 200):
        scenes = render(world, range(start, start + 200))
        visible = ~scenes.objects if cue == "background" else scenes.objects
        features.append(read(scenes.images, visible))
        labels.append(scenes.labels)
    return probe_accuracy(torch.cat(features), torch.cat(labels), LEARN)


@pytest.mark.parametrize("strength", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("cue", CUES)
def test_a_probe_reads_what_is_promised(cue, strength):
    world = World(size=48, **CUES[cue][1], **{cue: strength})
    promised = world.expected_accuracy("background" if cue == "background" else "object")
    spread = (promised * (1 - promised) / TEST) ** 0.5
    assert promised == pytest.approx(strength + (1 - strength) / 16)
    measured = accuracy(cue, world)
    assert promised - strength * IMPERFECT - 3 * spread <= measured <= promised + 3 * spread


def test_the_probe_sees_more_than_the_part_where_there_is_more():
    """It can fail: a hole with the object's own outline tells what the background does not."""
    scenes = render(World(size=48), range(LEARN + TEST))
    assert probe_accuracy(shapes(scenes.images, ~scenes.objects), scenes.labels, LEARN) > 0.5
