"""Own networks on the pages: of the settings and of `masking.explore`; what is refused; and links that want code."""

import shutil
import sys
from pathlib import Path

import pytest
import safetensors.torch
import torch
from torch import nn

from masking import Classifier
from masking.benchmarks.storage.store import Store
from masking.models.packaged_networks import LITE
from pages.pickers.live import add_live_classifier, forget_live_classifiers
from pages.runs import new_view
from pages.runs.form import classifier_in_spec
from tests.doors.entries import ENTRY, NETWORKS, SIZE
from tests.pages.compare_page import ComparePage
from tests.pages.lime.lime_page import LimePage
from tests.pages.runs.runs_page import RunsPage

pytestmark = pytest.mark.usefixtures("fresh_server")
MODULE = Path(__file__).parents[2] / "doors" / "odd_networks.py"
NAMES = ["ash", "elm", "oak"]
LONG_NAME = "lab/" + "a-very-long-name-" * 8


@pytest.fixture
def own(folders, monkeypatch):
    """Write the settings file with these entries and the module beside it."""
    monkeypatch.setattr(sys, "path", list(sys.path))
    shutil.copy(MODULE, folders)
    (folders / "classes.txt").write_text("\n".join(f"class {number}" for number in range(16)))
    (folders / "two.txt").write_text("empty\nfull\n")

    def write(*entries):
        (folders / "masking.toml").write_text("\n".join(entries))

    return write


def entry(network, name=None, names="classes.txt"):
    return ENTRY.format(name=network, names=names, size=SIZE).replace(f"odd/{network}", name or f"odd/{network}")


def small(name="live/network"):
    network = nn.Sequential(nn.Conv2d(3, 3, 5, stride=2), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten())
    return Classifier.from_network(network, NAMES, input_size=(32, 32), name=name)


@pytest.fixture
def live():
    yield add_live_classifier
    forget_live_classifiers()


@pytest.mark.parametrize("name", NETWORKS)
def test_compare_and_lime_show_an_odd_network(own, name):
    own(entry(name, names="two.txt" if name == "one_logit" else "classes.txt"))
    page = ComparePage(image="coffee", methods="blackout,layer_masking", model=f"odd/{name}")
    assert page.errors == []
    assert page.warnings == []
    assert page.comparison.manifest["classifier"] == f"odd/{name}"
    assert len(page.cards) == 3
    page = LimePage(image="coffee", methods="layer_masking", model=f"odd/{name}", samples="50").press("Run")
    assert page.errors == []
    assert list(page.explanations) == ["Layer masking"]


def test_settings_name_own_networks_in_every_picker(own):
    own(entry("padded"), entry("shaped", LONG_NAME))
    options = ComparePage().at.selectbox(key="model").options
    assert {"odd/padded", LONG_NAME} <= set(options)
    assert classifier_in_spec("odd/padded") == {"name": "odd/padded"}


def test_a_name_with_an_at_sign_is_one_name(own):
    own(entry("padded", "odd/padded@64"))
    page = ComparePage(image="coffee", methods="blackout", model="odd/padded@64")
    assert page.errors == []
    assert page.comparison.manifest["classifier"] == "odd/padded@64"
    assert page.at.selectbox(key="model").options.count("odd/padded@64") == 1
    assert classifier_in_spec("odd/padded@64") == {"name": "odd/padded@64"}


@pytest.mark.parametrize(
    ("network", "sentence"),
    [
        ("gone", "odd\\_networks has no gone"),
        ("trained", "cannot be called with the arguments none"),
        ("CLASSES", "odd\\_networks:CLASSES is an int"),
    ],
)
def test_a_network_that_is_refused_shows_its_sentence_and_the_page_goes_on(own, network, sentence):
    own(entry(network, "odd/broken"))
    page = ComparePage(image="coffee", methods="blackout", model="odd/broken")
    (error,) = page.errors
    assert sentence.replace("\\_", "_") in error.replace("\\", "")
    assert error.endswith("Going on with imagenet/efficientnet-lite0.")
    assert page.comparison.manifest["classifier"] == LITE


def test_the_wrong_number_of_classes_shows_both(own):
    own(entry("padded", names="two.txt"))
    (error,) = ComparePage(image="coffee", methods="blackout", model="odd/padded").errors
    assert "16" in error
    assert "2" in error


# --- links -----------------------------------------------------------------------------------------------------------

TRAP = """
from pathlib import Path
with (Path(__file__).parent / "it-ran").open("a") as file:
    file.write("x")

def build():
    raise RuntimeError
"""


@pytest.mark.parametrize(
    "link", ["NAME:build", "NAME:build@w.safetensors", "NAME:build@w.safetensors@names.txt", "os:system"]
)
def test_a_link_imports_nothing(folders, monkeypatch, link):
    monkeypatch.setattr(sys, "path", [str(folders), *sys.path])
    (folders / "trap_module.py").write_text(TRAP)
    (folders / "masking.toml").write_text("[weights]\nfolder = '.'\n")
    safetensors.torch.save_file({"weight": torch.zeros(1)}, folders / "w.safetensors")
    (folders / "names.txt").write_text("ash\nelm\n")
    page = ComparePage(image="coffee", methods="blackout", model=link.replace("NAME", "trap_module"))
    assert page.errors or page.warnings
    assert page.comparison.manifest["classifier"] == LITE
    assert not (folders / "it-ran").exists()
    assert "trap_module" not in sys.modules


# --- masking.explore -------------------------------------------------------------------------------------------------


def test_the_pages_ask_the_very_object(live):
    calls = []
    classifier = small()
    classifier.network.register_forward_hook(lambda *_: calls.append(1))
    live(classifier)
    page = ComparePage(image="coffee", methods="blackout").choose("device", "cpu")
    assert page.errors == []
    assert page.comparison.manifest["classifier"] == classifier.name
    assert page.at.selectbox(key="model").options[0] == classifier.name
    assert page.address["model"] == classifier.name
    assert calls


def test_the_latest_comes_first_and_another_can_be_chosen(live):
    live(small("live/first"))
    live(small("live/second"))
    page = ComparePage(image="coffee", methods="blackout")
    assert page.comparison.manifest["classifier"] == "live/second"
    assert page.choose("model", "live/first").comparison.manifest["classifier"] == "live/first"
    assert page.choose("model", "silhouettes/resnet").comparison.manifest["classifier"] == "silhouettes/resnet"


def test_a_run_of_an_object_is_refused_with_the_remedy(live):
    live(small())
    with pytest.raises(ValueError, match=r"exists in this Python session only.* name the function"):
        classifier_in_spec("live/network")


def test_the_benchmarks_page_says_so_and_its_other_classifiers_can_start(live, own, monkeypatch):
    monkeypatch.setattr(new_view, "start_next", lambda *_: [])
    own(entry("padded"))
    live(small())
    page = RunsPage(count="2")
    (error,) = page.errors
    assert "exists in this Python session only" in error
    assert page.disabled("Start")
    page.choose("model", "odd/padded")
    assert page.errors == []
    page.choose("patch_removal.methods", ["blackout", "layer_masking"]).press("Start")
    with Store() as store:
        assert "odd/padded" in [run.spec.classifier.name for run in store.runs()]


@pytest.mark.parametrize("count", [2, 20_000])
def test_class_lists_of_any_length(live, count):
    network = nn.Sequential(nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Linear(12, count))
    names = [f"class {number}" for number in range(count)]
    live(Classifier.from_network(network, names, input_size=(32, 32), name="live/long"))
    assert ComparePage(image="coffee", methods="blackout").errors == []
    page = LimePage(image="coffee", methods="blackout", samples="50")
    assert page.errors == []
    assert len(page.at.selectbox(key="target").options) >= count
