"""Networks of timm by name, with random or own weights; nothing is downloaded."""

import sys
import urllib.error

import pytest
import safetensors.torch
import timm
import torch
import torchvision

from masking import load_classifier
from masking.models import timm_networks
from masking.models.timm_networks import timm_names

SMALL = "timm/test_resnet"  # 160 x 160


@pytest.fixture(autouse=True)
def offline(monkeypatch, tmp_path):
    """No network, and a cache of the hub's client that is empty; the addresses that were tried."""
    addresses = []

    def fail(request, **_):
        addresses.append(request.full_url)
        raise urllib.error.URLError("no network in tests")

    monkeypatch.setattr("urllib.request.urlopen", fail)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    return addresses


def test_preprocessing_and_class_names_are_those_of_timm():
    classifier = load_classifier("timm/resnet18", "untrained")
    assert classifier.name == "timm/resnet18 (untrained)"
    assert (classifier.input_size, classifier.interpolation) == ((224, 224), "bicubic")
    assert classifier.resize == 235  # 224 / 0.95, as timm floors it
    assert classifier.categories[281] == "tabby"
    assert len(classifier.categories) == 1000


def test_own_weights_and_classes(tmp_path):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(3)
        network = timm.create_model("test_resnet", num_classes=3).eval()
    torch.save(network.state_dict(), tmp_path / "own.pth")
    classifier = load_classifier(
        SMALL, tmp_path / "own.pth", ["a", "b", "c"], input_size=(64, 64), mean=(0.5,), std=(0.5,)
    )
    image = torch.rand(2, 3, 64, 64)
    with torch.inference_mode():
        assert torch.allclose(classifier(image), network((image - 0.5) / 0.5), atol=1e-5)
    assert (classifier.name, classifier.input_size) == (f"{SMALL} (own.pth)", (64, 64))


@pytest.mark.parametrize(
    ("name", "make"), [(SMALL, timm.create_model), ("shufflenet_v2_x0_5", torchvision.models.get_model)]
)
def test_weights_with_one_output_and_two_names_are_binary(tmp_path, name, make):
    network = make(name.removeprefix("timm/"), num_classes=1).eval()
    torch.save(network.state_dict(), tmp_path / "own.pth")
    classifier = load_classifier(name, tmp_path / "own.pth", ["no", "yes"], input_size=(64, 64))
    image = torch.rand(2, 3, 64, 64)
    with torch.inference_mode():
        expected = network(classifier.normalise(image)).sigmoid()[:, 0]
        assert torch.allclose(classifier(image).softmax(1)[:, 1], expected, atol=1e-5)
    with pytest.raises(ValueError, match="3 category names"):
        load_classifier(name, tmp_path / "own.pth", ["a", "b", "c"])


def test_random_weights_are_the_same_every_time_and_take_arguments():
    first, second = (load_classifier(SMALL, "untrained", ["a", "b"]) for _ in range(2))
    image = torch.rand(1, 3, *first.input_size)
    assert torch.equal(first(image), second(image))
    by_maximum = load_classifier(SMALL, "untrained", ["a", "b"], arguments={"global_pool": "max"})
    assert not torch.allclose(first(image), by_maximum(image), atol=1e-4)


def test_offline_one_sentence_says_what_is_missing(offline):
    with pytest.raises(
        ValueError, match=r"the weights of timm/resnet18 are not here and https://\S+ cannot be reached"
    ) as caught:
        load_classifier("timm/resnet18")
    assert "give a weights file, or untrained as weights" in str(caught.value)
    assert len(offline) == 1


def test_weights_in_the_cache_are_used_without_a_network(offline, tmp_path, monkeypatch):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(9)
        network = timm.create_model("test_resnet").eval()
    safetensors.torch.save_file(network.state_dict(), tmp_path / "model.safetensors")
    path = str(tmp_path / "model.safetensors")
    monkeypatch.setattr("huggingface_hub.try_to_load_from_cache", lambda _, file: path if file in path else None)
    classifier = load_classifier(SMALL)
    image = torch.rand(1, 3, *classifier.input_size)
    with torch.inference_mode():
        assert torch.allclose(classifier(image), network(classifier.normalise(image)), atol=1e-4)
    assert offline == []
    assert classifier.name == SMALL


def test_networks_without_published_weights_say_so():
    with pytest.raises(ValueError, match="timm has no weights of timm/resnet50t; give a weights file, or untrained"):
        load_classifier("timm/resnet50t")


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("timm/resnet19", "there is no classifier 'timm/resnet19'; did you mean timm/resnet"),
        ("timm/convnext_tinny", "did you mean timm/convnext_tiny"),
        ("timm/resnet18.nothing", "timm has no weights 'nothing' of resnet18; choose from timm/resnet18.a1_in1k"),
    ],
)
def test_unknown_names_offer_near_ones(name, sentence):
    with pytest.raises(KeyError, match=sentence):
        load_classifier(name, "untrained")


def test_arguments_that_timm_does_not_take_are_refused():
    with pytest.raises(ValueError, match=r"test_resnet cannot be made with the arguments .*no_such"):
        load_classifier(SMALL, "untrained", ["a"], arguments={"no_such": 1})


def test_classes_that_nobody_can_name_are_asked_for(monkeypatch):
    monkeypatch.setattr("timm.data.infer_imagenet_subset", lambda _: None)
    with pytest.raises(ValueError, match="nobody knows the names of the 1000 classes of timm/resnet18; give a list"):
        load_classifier("timm/resnet18", "untrained")


def test_names_are_listed_by_pattern():
    assert "timm/resnet50" in timm_names("resnet5*")
    assert all(name.startswith("timm/resnet5") for name in timm_names("resnet5*"))
    assert timm_names("timm/resnet5*") == timm_names("resnet5*")
    with pytest.raises(ValueError, match=r"timm has no network 'rasnet\*'; use wildcards"):
        timm_names("rasnet*")


def test_without_timm_one_sentence_says_how_to_get_it(monkeypatch):
    monkeypatch.setattr(timm_networks, "find_spec", lambda _: None)
    monkeypatch.delitem(sys.modules, "timm")
    with pytest.raises(ValueError, match=r'timm is not installed; run pip install "missingness-explorer\[timm\]"'):
        load_classifier("timm/resnet18")
