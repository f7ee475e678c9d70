"""Classifiers by name: bundled, torchvision's from its cache, and own weights. No test leaves this machine."""

import re
import urllib.error
from pathlib import Path

import pytest
import safetensors.torch
import torch
import torchvision

from masking import load_classifier
from masking.models.torchvision_networks import needs_download, torchvision_names
from masking.models.zoo import bundled as bundled_names
from masking.models.zoo import classifier_names, load_named
from masking.runtime.settings import OwnClassifier, Settings

SQUEEZENET_FILE = "squeezenet1_1-b8a52dc0.pth"
IMAGE = torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(0))


@pytest.fixture(scope="module")
def state():
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(5)
        return torchvision.models.squeezenet1_1(weights=None, num_classes=3).state_dict()


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """torch's cache of downloads, empty, and no network."""
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))

    def offline(*_, **__):
        raise urllib.error.URLError("no route to host")

    monkeypatch.setattr("urllib.request.urlopen", offline)
    folder = tmp_path / "torch" / "hub" / "checkpoints"
    folder.mkdir(parents=True)
    return folder


def logits_of(state, classes=3):
    network = torchvision.models.squeezenet1_1(weights=None, num_classes=classes).eval()
    network.load_state_dict(state)
    mean, std = (torch.tensor(values).view(3, 1, 1) for values in ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)))
    with torch.inference_mode():
        return network((IMAGE - mean) / std)


# --- by name ---------------------------------------------------------------------------------------------------------


def test_bundled_ones_come_first():
    assert classifier_names()[0] == "silhouettes/resnet"
    assert set(torchvision_names()) < set(classifier_names())
    assert len(torchvision_names()) >= 80


def test_a_file_that_describes_itself_opens_by_its_path(tmp_path, bundled):
    path = tmp_path / "mine.safetensors"
    path.write_bytes(bundled_names()["silhouettes/resnet"].read_bytes())
    mine = load_classifier(str(path))
    assert mine.name == "silhouettes/resnet"
    assert mine.weights_digest == bundled.weights_digest
    with pytest.raises(ValueError, match="has its own weights and categories"):
        load_classifier(str(path), weights="untrained")


def test_a_file_that_does_not_is_refused(tmp_path, state):
    path = tmp_path / "bare.safetensors"
    safetensors.torch.save_file(state, path)
    with pytest.raises(ValueError, match="holds weights but does not name their architecture"):
        load_classifier(str(path))
    with pytest.raises(ValueError, match="cannot be read"):
        load_classifier(str(tmp_path / "none.safetensors"))


def test_bundled_ones_describe_themselves(bundled):
    assert bundled.name == "silhouettes/resnet"
    assert bundled(torch.rand(2, 3, *bundled.input_size)).shape == (2, len(bundled.categories))
    assert re.fullmatch("[0-9a-f]{64}", bundled.weights_digest)
    with pytest.raises(ValueError, match="silhouettes/resnet has its own weights"):
        load_classifier("silhouettes/resnet", weights="untrained")


def test_unknown_names_offer_near_ones():
    with pytest.raises(KeyError, match="there is no classifier 'resnet19'; did you mean resnet"):
        load_classifier("resnet19")
    with pytest.raises(KeyError, match="did you mean silhouettes/resnet"):
        load_classifier("silhouetes/resnet")


def test_unknown_devices_are_refused():
    with pytest.raises(ValueError, match="there is no device 'cuda:99' here; choose cpu"):
        load_classifier("silhouettes/resnet", device="cuda:99")


def test_untrained_weights_are_the_same_every_time():
    first = load_classifier("squeezenet1_1", weights="untrained", categories=["a", "b"])
    torch.rand(1)  # another draw may come in between
    before = torch.get_rng_state()
    second = load_classifier("squeezenet1_1", weights="untrained", categories=["a", "b"])
    assert torch.equal(first(IMAGE), second(IMAGE))
    assert torch.equal(torch.get_rng_state(), before)
    assert first.categories == ("a", "b")
    assert first.name == "squeezenet1_1 (untrained)"
    assert (first.input_size, first.resize) == ((224, 224), 256)


def test_every_published_file_carries_its_checksum():
    for name in torchvision_names():
        file = Path(torchvision.models.get_model_weights(name).DEFAULT.url)
        assert re.fullmatch(r".*-[0-9a-f]{8,}\.pth", file.name), name


# --- own weights -----------------------------------------------------------------------------------------------------


def test_own_weights_answer_as_the_network_they_come_from(state, tmp_path):
    safetensors.torch.save_file(state, tmp_path / "own.safetensors")
    torch.save(state, tmp_path / "own.pth")
    sources = (tmp_path / "own.safetensors", str(tmp_path / "own.pth"), safetensors.torch.save(state))
    names = ("squeezenet1_1 (own.safetensors)", "squeezenet1_1 (own.pth)", "squeezenet1_1 (own weights)")
    for source, name in zip(sources, names, strict=True):
        classifier = load_classifier("squeezenet1_1", source, ["a", "b", "c"])
        assert torch.allclose(classifier(IMAGE), logits_of(state), atol=1e-5)
        assert classifier.name == name
        assert len(classifier.weights_digest) == 64


def test_categories_come_from_a_list_a_file_or_the_weights(state, tmp_path):
    (tmp_path / "names.txt").write_text("café\n\n ash \nelm\n", "utf-8")
    described = safetensors.torch.save(state, {"classifier": '{"categories": ["x", "y", "z"]}'})
    assert load_classifier("squeezenet1_1", described).categories == ("x", "y", "z")
    assert load_classifier("squeezenet1_1", described, ["a", "b", "c"]).categories == ("a", "b", "c")
    from_file = load_classifier("squeezenet1_1", described, tmp_path / "names.txt")
    assert from_file.categories == ("café", "ash", "elm")


@pytest.mark.parametrize(
    ("categories", "sentence"),
    [
        (None, "has 3 classes but 1000 category names were given; give one name per class"),
        (["a", "b"], "has 3 classes but 2 category names were given"),
        ([], "the list of categories is empty; give one name per class"),
    ],
)
def test_the_wrong_number_of_categories_names_both(state, categories, sentence):
    with pytest.raises(ValueError, match=sentence):
        load_classifier("squeezenet1_1", safetensors.torch.save(state), categories)


def test_category_files_that_cannot_be_read_are_refused(state, tmp_path):
    weights = safetensors.torch.save(state)
    (tmp_path / "names.txt").write_bytes(b"\xff\xfe")
    (tmp_path / "empty.txt").write_text("\n \n")
    for name, sentence in (
        ("names.txt", "names.txt is .*; save it as UTF-8"),
        ("gone.txt", "the category list .* cannot be read"),
        ("empty.txt", "the category list .* is empty"),
    ):
        with pytest.raises(ValueError, match=sentence):
            load_classifier("squeezenet1_1", weights, tmp_path / name)


@pytest.mark.parametrize("about", ['{"categories": 5}', '{"categories": [1, 2, 3]}', '{"categories": "abc"}'])
def test_categories_in_weights_have_to_be_names(state, about):
    with pytest.raises(ValueError, match=r"the uploaded file describes its classifier wrongly \(categories"):
        load_classifier("squeezenet1_1", safetensors.torch.save(state, {"classifier": about}))


def test_weights_of_another_architecture_are_refused(state):
    with pytest.raises(ValueError, match=r"does not fit the architecture: .*; choose the architecture"):
        load_classifier("resnet18", safetensors.torch.save(state), ["a", "b", "c"])


# --- torchvision's weights -------------------------------------------------------------------------------------------


def test_without_a_network_one_learns_which_file_belongs_where(cache):
    with pytest.raises(ValueError, match="cannot be downloaded") as caught:
        load_classifier("squeezenet1_1")
    sentence = str(caught.value)
    for part in (SQUEEZENET_FILE, f"https://download.pytorch.org/models/{SQUEEZENET_FILE}", str(cache)):
        assert part in sentence
    assert "\n" not in sentence
    assert list(cache.iterdir()) == []


def test_what_has_to_be_downloaded_is_known_beforehand(cache):
    assert needs_download("squeezenet1_1") == SQUEEZENET_FILE
    (cache / SQUEEZENET_FILE).touch()
    assert needs_download("squeezenet1_1") is None
    assert needs_download("silhouettes/resnet") is None


def test_cached_weights_are_used(cache):
    state = torchvision.models.squeezenet1_1(weights=None).state_dict()
    torch.save(state, cache / SQUEEZENET_FILE)
    classifier = load_classifier("squeezenet1_1")
    assert torch.allclose(classifier(IMAGE), logits_of(state, 1000), atol=1e-5)
    assert classifier.categories[281] == "tabby"
    assert len(classifier.weights_digest) == 64


class Code:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


def test_damaged_or_dangerous_cached_weights_are_refused(cache, tmp_path):
    wrong = torchvision.models.squeezenet1_0(weights=None, num_classes=7).state_dict()
    for content in (wrong, Code(tmp_path / "it-ran"), {"a": 5}):
        torch.save(content, cache / SQUEEZENET_FILE)
        with pytest.raises(ValueError, match=f"{SQUEEZENET_FILE} .*; delete that file"):
            load_classifier("squeezenet1_1")
    (cache / SQUEEZENET_FILE).write_bytes(b"{not weights")
    with pytest.raises(ValueError, match=f"{SQUEEZENET_FILE} .*; delete that file"):
        load_classifier("squeezenet1_1")
    assert not (tmp_path / "it-ran").exists()


def test_the_same_file_is_the_same_classifier_cached_or_own(cache):
    """GoogLeNet's published weights want their input transformed and have auxiliary heads."""
    file = cache / "googlenet-1378be20.pth"
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        torch.save(torchvision.models.googlenet(weights=None, init_weights=False).state_dict(), file)
    default, own = load_classifier("googlenet"), load_classifier("googlenet", weights=file)
    assert torch.equal(default(IMAGE), own(IMAGE))


# --- settings --------------------------------------------------------------------------------------------------------


def test_own_classifiers_go_by_the_name_the_settings_give_them(state, tmp_path):
    safetensors.torch.save_file(state, tmp_path / "own.safetensors")
    (tmp_path / "names.txt").write_text("ash\nelm\noak\n")
    own = OwnClassifier("lab/trees", "squeezenet1_1", tmp_path / "own.safetensors", tmp_path / "names.txt")
    settings = Settings(tmp_path, {"lab/trees": own})
    classifier = load_named("lab/trees", settings)
    assert (classifier.name, classifier.categories) == ("lab/trees", ("ash", "elm", "oak"))
    assert load_named("silhouettes/resnet", settings).name == "silhouettes/resnet"
    with pytest.raises(KeyError, match="there is no classifier 'lab/tree'; did you mean lab/trees"):
        load_named("lab/tree", settings)


def test_settings_and_command_line_open_what_describes_itself():
    path = bundled_names()["silhouettes/resnet"]
    settings = Settings(None, {"lab/shapes": OwnClassifier("lab/shapes", "", path)})
    assert load_named("lab/shapes", settings).name == "lab/shapes"
    assert load_named(str(path), settings).name == "silhouettes/resnet"


def test_bundled_names_are_files():
    assert all(path.is_file() for path in bundled_names().values())


def test_the_ordinary_classifier_comes_first_whatever_else_is_bundled(tmp_path, monkeypatch):
    """By file name, `silhouettes-resnet-cutout.safetensors` would come before `silhouettes-resnet.safetensors`."""
    for stem in ("silhouettes-nib-vgg", "silhouettes-resnet", "silhouettes-resnet-cutout", "aaa-b"):
        (tmp_path / f"{stem}.safetensors").touch()
    monkeypatch.setattr("masking.models.zoo.ASSETS", tmp_path)
    names = list(bundled_names.__wrapped__())
    assert names == ["silhouettes/resnet", "aaa/b", "silhouettes/nib-vgg", "silhouettes/resnet-cutout"]
