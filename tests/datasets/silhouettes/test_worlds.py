import itertools

import numpy as np
import pytest

from masking.datasets.silhouettes.classes import CLASSES, ORDINARY, TWINS
from masking.datasets.silhouettes.worlds import MEANINGS, PARTS, WORLDS, World, world_of

SIXTEEN = (
    *("airplane", "bird", "boat", "bottle", "butterfly", "fish", "guitar", "hammer", "house", "key", "leaf", "mug"),
    *("mushroom", "star", "tree", "umbrella"),
)
PAIR = ("mug", "brass mug")
BLOCK = ("mug", "key", "brass mug", "dotted key")


# --- the best possible accuracy --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("world", "visible", "promised"),
    [
        (World(), "scene", 1),
        (World(), "outline", 1),
        (World(), "background", 1 / 16),
        (World(), "texture", 0.1 + 0.9 / 16),
        (World(outline=0.0), "outline", 1 / 16),
        (World(background=0.97), "background", 0.97 + 0.03 / 16),
        (World(outline=0, texture=0, background=0), "scene", 1 / 16),
        (World(classes=("key", "mug"), outline=0.5), "outline", 0.75),
        # A weaker cue never overrules a stronger one, and two classes leave no third opinion.
        (World(classes=("key", "mug"), outline=0.5, texture=0.2), "object", 0.75),
        (World(classes=PAIR), "outline", 1 / 2),
        (World(classes=PAIR, background=1), "background", 1 / 2),
        (World(classes=PAIR, texture=0.6), "scene", 0.8),
        (World(classes=BLOCK), "outline", 1 / 2),
        (World(classes=BLOCK, texture=1), "texture", 1 / 2),
        (World(classes=BLOCK, texture=1), "object", 1),
        # The own outline and background come from one of two in three classes: P = ½ + ½ · ⅔ for the pair.
        (World(classes=(*PAIR, "key"), outline=0.5), "outline", (5 / 6 + 2 / 3) / 3),
        (WORLDS["background"], "background", 0.97 + 0.03 / 16),
        (WORLDS["background"], "scene", 0.97 + 0.03 / 16),
        (WORLDS["twins"], "outline", 1 / 2),
        (WORLDS["twins"], "texture", 1 / 2),
        (WORLDS["twins"], "scene", 1),
    ],
)
def test_the_best_possible_accuracy_where_a_hand_can_compute_it(world, visible, promised):
    assert world.expected_accuracy(visible) == pytest.approx(promised, abs=1e-12)


LOOKS = {"outline": "outline", "texture": "surface", "background": "background"}
MIXED = World(outline=0.6, texture=0.35, background=0.5, classes=(*BLOCK, "star", "jade star", "leaf"))


@pytest.mark.parametrize("world", [World(outline=0.7, texture=0.5, background=0.3), MIXED])
@pytest.mark.parametrize("visible", PARTS)
def test_the_best_possible_accuracy_is_what_counting_finds(world, visible):
    """Labels and cues are drawn as the renderer draws them; a table learnt from one half is tested on the other."""
    rng, count, draws = np.random.default_rng(1), len(world.classes), 2_000_000
    label = rng.integers(count, size=draws)
    seen = np.zeros(draws, dtype=np.int64)
    for cue in PARTS[visible]:
        lender = np.where(rng.random(draws) < getattr(world, cue), label, rng.integers(count, size=draws))
        appearances = [getattr(CLASSES[name], LOOKS[cue]) for name in world.classes]
        symbol = np.array([appearances.index(appearance) for appearance in appearances])
        seen = seen * count + symbol[lender]
    table = np.zeros((seen.max() + 1, count))
    half = draws // 2
    np.add.at(table, (seen[:half], label[:half]), 1)
    measured = (table.argmax(1)[seen[half:]] == label[half:]).mean()
    promised = world.expected_accuracy(visible)
    spread = (promised * (1 - promised) / half) ** 0.5
    # A table of thousands of cells, learnt from a million draws, loses a little; nothing can win.
    assert promised - 0.006 - 4 * spread <= measured <= promised + 4 * spread


def test_seeing_more_never_hurts():
    for world in (*WORLDS.values(), MIXED):
        for less, more in itertools.product(PARTS, PARTS):
            if set(PARTS[less]) < set(PARTS[more]):
                assert world.expected_accuracy(less) <= world.expected_accuracy(more) + 1e-12


def test_an_unknown_part_offers_near_ones():
    with pytest.raises(ValueError, match="scenes have no part 'backround'; did you mean background"):
        World().expected_accuracy("backround")


# --- classes ---------------------------------------------------------------------------------------------------------


def test_the_ordinary_classes_are_pinned_and_share_nothing():
    """The bundled weights know them by their order."""
    assert World().classes == tuple(ORDINARY) == tuple(CLASSES)[:16] == SIXTEEN
    for part in LOOKS.values():
        assert len({getattr(appearance, part) for appearance in ORDINARY.values()}) == 16


def test_twins_share_one_look_with_each_of_two_classes():
    for name, twin in TWINS.items():
        outlines = [other for other, appearance in ORDINARY.items() if appearance.outline == twin.outline]
        surfaces = [other for other, appearance in ORDINARY.items() if appearance.surface == twin.surface]
        assert len(outlines) == len(surfaces) == 1, name
        assert outlines != surfaces, name
        assert twin.background == ORDINARY[outlines[0]].background, name


def test_no_two_classes_look_alike():
    assert len({(appearance.outline, appearance.surface) for appearance in CLASSES.values()}) == len(CLASSES)


# --- worlds by name --------------------------------------------------------------------------------------------------


def test_named_worlds_are_what_their_names_say():
    assert WORLDS["ordinary"] == World()
    assert WORLDS["background"].classes == World().classes
    assert set(TWINS) < set(WORLDS["twins"].classes)
    assert list(MEANINGS) == list(WORLDS)
    assert all(meaning.endswith(".") for meaning in MEANINGS.values())


def test_bundled_classifiers_know_their_world():
    assert world_of("silhouettes/resnet") == World()


@pytest.mark.parametrize("name", ["resnet50", "lab/trees"])
def test_other_classifiers_have_none(name):
    with pytest.raises(ValueError, match=f"{name} was not trained on .*; choose one of silhouettes/resnet"):
        world_of(name)
