"""Every bundled classifier that was trained on a rendered world is what its file, its recipe and its card say."""

import json
import re
from functools import cache

import pytest
from safetensors import safe_open

from masking import load_classifier
from masking.datasets.silhouettes.render import render
from masking.datasets.silhouettes.worlds import WORLDS, world_classifiers, world_of
from masking.models.zoo import ASSETS, bundled
from masking.training.batches import TEST_BATCH, TEST_SEEDS_FROM, TRAINING_SEEDS_FROM
from masking.training.recipe import read_recipe
from masking.training.training import measure_accuracy

FRESH = range(10**6, 10**6 + 300)
"""Scenes that neither the training nor the model card used."""


@pytest.fixture(params=world_classifiers())
def name(request):
    return request.param


@pytest.fixture
def about(name):
    with safe_open(bundled()[name], "pt") as file:
        return json.loads(file.metadata()["classifier"])


@pytest.fixture
def recipe(name):
    return read_recipe(ASSETS / "configs" / f"{bundled()[name].stem}.toml")


@pytest.fixture
def card(name):
    return bundled()[name].with_suffix(".md").read_text("utf-8")


def test_the_file_was_made_by_the_recipe(name, about, recipe):
    assert about["name"] == recipe.name == name
    assert about["architecture"] == recipe.architecture
    assert about["family"] == recipe.family
    assert world_of(name) == recipe.world
    assert world_of(name) in WORLDS.values()
    said = {key: about["training"][key] for key in ("steps", "batch", "learning_rate", "precision")}
    assert said == {key: getattr(recipe.training, key) for key in said}
    assert about["training"].get("cutout", 0) == recipe.training.cutout
    assert about["training"]["seconds"] > 60


def test_it_is_small_and_good_on_scenes_it_never_saw(name, about, recipe):
    assert bundled()[name].stat().st_size <= 6_000_000
    assert about["accuracy"]["fresh_scenes"] >= min(0.97, recipe.world.expected_accuracy("scene") - 0.015)
    assert about["accuracy"]["n"] == recipe.test_scenes >= 4000
    assert TEST_SEEDS_FROM + about["accuracy"]["n"] < TRAINING_SEEDS_FROM


@cache
def fresh(world):
    """In batches; several classifiers were trained on the same world."""
    return [render(world, FRESH[start : start + TEST_BATCH]) for start in range(0, len(FRESH), TEST_BATCH)]


def test_it_knows_fresh_scenes_as_well_as_it_says(name, about):
    said, world = about["accuracy"]["fresh_scenes"], world_of(name)
    classifier = load_classifier(name)
    normalised = ((((each.images - classifier.mean) / classifier.std), each.labels) for each in fresh(world))
    measured, _ = measure_accuracy(classifier.network, normalised)
    spread = max(said * (1 - said), 0.005) ** 0.5 / len(FRESH) ** 0.5
    assert abs(measured - said) <= 3.5 * spread
    assert said <= world.expected_accuracy("scene") + 3.5 * (said * (1 - said) / about["accuracy"]["n"]) ** 0.5


def test_the_card_says_what_the_file_says(name, about, recipe, card):
    assert card.startswith(f"# {name}\n")
    assert f"assets/configs/{bundled()[name].stem}.toml" in card
    assert f"{about['accuracy']['fresh_scenes']:.1%}".replace("%", " %") in card
    assert f"{recipe.training.steps:,} steps".replace(",", "") in card.replace(",", "")
    world = recipe.world
    settings = f"size={world.size}, outline={world.outline}, texture={world.texture}, background={world.background}"
    assert settings in card
    size = bundled()[name].stat().st_size / 1e6
    assert re.search(rf"weighs {size:.1f} MB", card)


def test_scenes_of_its_world_come_at_its_input_size(name):
    assert render(world_of(name), [0]).images.shape[2:] == load_classifier(name).input_size
