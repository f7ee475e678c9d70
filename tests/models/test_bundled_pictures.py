"""Every bundled classifier that was trained on stored pictures is what its file, its recipe and its card say."""

import json
import re

import pytest
import torch
from safetensors import safe_open

from masking import load_classifier
from masking.datasets.silhouettes.worlds import world_classifiers
from masking.models.nib import is_nib
from masking.models.zoo import ASSETS, bundled
from masking.training.pictures import read_training_pictures
from masking.training.recipe import read_recipe

COUNT = 1000


@pytest.fixture(params=[name for name in bundled() if name not in world_classifiers()])
def name(request):
    return request.param


@pytest.fixture
def about(name):
    with safe_open(bundled()[name], "pt") as file:
        return json.loads(file.metadata()["classifier"])


def test_the_file_was_made_by_the_recipe(name, about):
    recipe = read_recipe(ASSETS / "configs" / f"{bundled()[name].stem}.toml")
    assert about["name"] == recipe.name == name
    assert (about["architecture"], about["arguments"]) == (recipe.architecture, recipe.arguments)
    said = {key: about["training"][key] for key in ("epochs", "batch", "learning_rate", "precision")}
    assert said == {key: getattr(recipe.training, key) for key in said}
    assert about["data"]["source"] == recipe.data.source
    assert about["mean"] == list(recipe.data.mean)
    assert about["input_size"] == [recipe.data.size] * 2
    assert about["accuracy"]["n"] == 10_000


def test_the_card_says_what_the_file_says(name, about):
    path = bundled()[name]
    card = path.with_suffix(".md").read_text("utf-8")
    assert path.stat().st_size <= 6_000_000
    assert card.startswith(f"# {name}\n")
    assert f"assets/configs/{path.stem}.toml" in card
    assert f"{about['accuracy']['test_pictures']:.1%}".replace("%", " %") in card
    assert f"{about['training']['epochs']:g} epochs ({about['training']['steps']:,} steps" in card
    assert f"{about['training']['seconds'] / 60:.1f}\nminutes" in card
    assert re.search(rf"weighs {path.stat().st_size / 1e6:.1f} MB", card.replace("\n", " "))
    assert ", ".join(about["categories"]) in card


def test_it_knows_pictures_as_well_as_it_says(name, about, sample_data):
    classifier, data = load_classifier(name), about["data"]
    tests = read_training_pictures(data["source"], sample_data / data["test"], train=False, size=data["size"])
    sample = torch.randperm(len(tests), generator=torch.Generator().manual_seed(1))[:COUNT]
    measured = (classifier(tests.floats(sample)).argmax(1) == tests.labels[sample]).double().mean().item()
    said = about["accuracy"]["test_pictures"]
    assert abs(measured - said) <= 3.5 * (said * (1 - said) / COUNT) ** 0.5


def test_those_called_nib_are(name):
    classifier = load_classifier(name)
    if "nib" in name:
        assert is_nib(classifier.network, classifier.input_size)
