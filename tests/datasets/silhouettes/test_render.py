import itertools
from functools import cache

import pytest
import torch
from torch.nn import functional as F

from masking.datasets.silhouettes.classes import CLASSES, ORDINARY, TWINS
from masking.datasets.silhouettes.outlines import OUTLINES, baked_outlines
from masking.datasets.silhouettes.patterns import PATTERNS, baked_patterns
from masking.datasets.silhouettes.render import World, render
from masking.datasets.silhouettes.surfaces import BACKGROUNDS, SURFACES


@pytest.mark.parametrize("size", [48, 50, 96])
def test_a_seed_gives_the_same_scene_in_any_batch(size):
    world, seeds = World(size=size), [3, 0, 2**40, 17, 5]
    together, again = render(world, seeds), render(world, seeds)
    assert torch.equal(together.images, again.images)
    for position, seed in enumerate(seeds):
        alone = render(world, [seed])
        assert torch.equal(alone.objects[0], together.objects[position])
        assert alone.labels[0] == together.labels[position]
        torch.testing.assert_close(alone.images[0], together.images[position], rtol=0, atol=1e-6)


@pytest.mark.parametrize("size", [48, 101, 224, 256])
def test_shapes_types_and_ranges(size):
    scenes = render(World(size=size), range(3))
    assert len(scenes) == 3
    assert scenes.images.shape == (3, 3, size, size)
    assert scenes.images.dtype == torch.float32
    assert scenes.images.isfinite().all()
    assert scenes.images.min() >= 0
    assert scenes.images.max() <= 1
    assert scenes.objects.shape == (3, 1, size, size)
    assert scenes.objects.dtype == torch.bool
    assert scenes.labels.dtype == torch.int64
    assert scenes.images.flatten(1).std(dim=1).min() > 0.05


def test_no_seeds_no_scenes():
    scenes = render(World(size=64), [])
    assert scenes.images.shape == (0, 3, 64, 64)
    assert scenes.objects.shape == (0, 1, 64, 64)
    assert scenes.labels.shape == (0,)


def test_outside_the_mask_nothing_depends_on_the_outline():
    own, other = (render(World(size=96, outline=strength), range(40)) for strength in (1.0, 0.0))
    changed = (own.images != other.images).any(1, keepdim=True)
    assert not (changed & ~own.objects & ~other.objects).any()
    assert (own.objects != other.objects).flatten(1).any(1).sum() > 30  # most outlines were swapped


def test_outside_the_mask_nothing_depends_on_the_surface_and_inside_nothing_on_the_background():
    plain, surfaced, grounded = (
        render(World(size=96, texture=texture, background=background), range(40))
        for texture, background in ((0.0, 0.0), (1.0, 0.0), (0.0, 1.0))
    )
    assert torch.equal(plain.objects, surfaced.objects)
    repainted = (plain.images != surfaced.images).any(1, keepdim=True)
    assert not (repainted & ~plain.objects).any()
    assert repainted.sum() > 0.85 * plain.objects.sum()
    core = ~(F.max_pool2d((~plain.objects).float(), 5, 1, 2) > 0)  # without the soft edge
    moved = (plain.images != grounded.images).any(1, keepdim=True)
    assert (moved & core).sum() < 0.001 * core.sum()  # slits thinner than a pixel, between wing and body
    assert (moved & ~plain.objects).sum() > 0.8 * (~plain.objects).sum()


@cache
def images_of(world, count):
    return render(world, range(count)).images


@pytest.mark.parametrize("strength", [0.0, 0.5])
@pytest.mark.parametrize("cue", ["outline", "texture", "background"])
def test_a_cue_is_the_class_own_as_often_as_promised(cue, strength):
    count = 400
    sure, world = World(size=48, **{cue: 1.0}), World(size=48, **{cue: strength})
    pairs = zip(images_of(sure, count), images_of(world, count), strict=True)
    alike = [torch.equal(a, b) for a, b in pairs]
    promised = strength + (1 - strength) / len(world.classes)
    spread = (promised * (1 - promised) / count) ** 0.5
    assert abs(sum(alike) / count - promised) <= 3.5 * spread


def test_labels_are_even_and_unmoved_by_the_cues():
    labels = render(World(size=48), range(800)).labels
    assert torch.equal(labels[:100], render(World(size=48, outline=0, texture=1, background=1), range(100)).labels)
    assert (torch.bincount(labels, minlength=len(World().classes)) - 50).abs().max() < 32


def test_every_object_lies_inside_the_picture_and_fills_a_fair_share():
    scenes = render(World(size=64), range(320))
    edge = torch.cat([scenes.objects[..., (0, -1), :].flatten(1), scenes.objects[..., (0, -1)].flatten(1)], dim=1)
    assert edge.float().mean() < 0.005  # an outline may touch the border, never leave it
    shares = scenes.objects.float().mean((1, 2, 3))
    for label, name in enumerate(World().classes):
        of_class = shares[scenes.labels == label]
        assert len(of_class) > 0, name
        assert of_class.min() > 0.03, name
        assert of_class.max() < 0.4, name


def test_a_scene_has_the_same_composition_at_any_size():
    small, large = render(World(size=64), range(12)), render(World(size=224), range(12))
    shrunk = F.interpolate(large.images, size=(64, 64), mode="bilinear", antialias=True)
    assert (shrunk - small.images).abs().mean() < 0.03


def test_outlines_differ():
    inside = (baked_outlines(tuple(OUTLINES))[:, 0] < 0).flatten(1)
    for a, b in itertools.combinations(range(len(OUTLINES)), 2):
        overlap = (inside[a] & inside[b]).sum() / (inside[a] | inside[b]).sum()
        assert overlap < 0.75, (list(OUTLINES)[a], list(OUTLINES)[b])


def test_patterns_stay_in_range_and_shrink_without_aliasing():
    fine, coarse = (baked_patterns(tuple(PATTERNS), side) for side in (256, 64))
    for tiles in (fine, coarse):
        assert tiles.min() >= 0
        assert tiles.max() <= 1
    torch.testing.assert_close(fine.mean((2, 3)), coarse.mean((2, 3)))
    with pytest.raises(ValueError, match="power of two"):
        baked_patterns(("clouds",), 100)


def test_every_class_names_things_that_exist():
    for name, appearance in CLASSES.items():
        assert {appearance.outline} <= set(OUTLINES), name
        assert {appearance.surface} <= set(SURFACES), name
        assert {appearance.background} <= set(BACKGROUNDS), name
    assert {surface.pattern for surface in (*SURFACES.values(), *BACKGROUNDS.values())} <= set(PATTERNS)


def test_a_world_of_fewer_classes():
    scenes = render(World(size=48, classes=("fish", "key")), range(20))
    assert set(scenes.labels.tolist()) == {0, 1}


@pytest.mark.parametrize("name", TWINS)
def test_twins_look_exactly_like_those_they_share_a_look_with(name):
    twin = CLASSES[name]
    (shape,) = (other for other, appearance in ORDINARY.items() if appearance.outline == twin.outline)
    (skin,) = (other for other, appearance in ORDINARY.items() if appearance.surface == twin.surface)
    third = {"texture": 1.0, "background": 1.0, "size": 64}
    ours, theirs = (render(World(classes=(name, "fish"), **third), range(30)) for name in (name, shape))
    assert torch.equal(ours.objects, theirs.objects)
    changed = (ours.images != theirs.images).any(1, keepdim=True)
    assert not (changed & ~ours.objects).any()
    assert (changed & ours.objects)[ours.labels == 0].flatten(1).sum(1).min() > 50

    # The same surface, where both have borrowed the outline of the fish.
    ours, theirs = (render(World(classes=(name, "fish"), outline=0.0, **third), range(30)) for name in (name, skin))
    borrowed = (ours.labels == 0) & (ours.objects == theirs.objects).flatten(1).all(1)
    assert borrowed.sum() >= 3
    core = ~(F.max_pool2d((~ours.objects).float(), 5, 1, 2) > 0)[borrowed].expand(-1, 3, -1, -1)
    assert torch.equal(ours.images[borrowed][core], theirs.images[borrowed][core])


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"size": 20}, "size is 20"),
        ({"outline": 1.5}, "outline is 1.5"),
        ({"texture": -0.1}, "texture is -0.1"),
        ({"classes": ("fish", "brid")}, "did you mean bird"),
        ({"classes": ("fish",)}, "two or more different classes"),
        ({"classes": ("fish", "fish")}, "two or more different classes"),
    ],
)
def test_a_world_that_cannot_be_is_refused(settings, sentence):
    with pytest.raises(ValueError, match=sentence):
        World(**settings)


def test_a_negative_seed_is_refused():
    with pytest.raises(ValueError, match="seed -4 is negative"):
        render(World(size=48), [2, -4])
