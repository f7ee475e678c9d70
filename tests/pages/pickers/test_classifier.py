import gc
import re
import threading

import pytest
import torch
import torchvision

from masking.models.packaged_networks import LITE
from masking.models.torchvision_networks import torchvision_names
from masking.runtime.byte_cache import held_bytes
from masking.runtime.device import Device
from pages.pickers import availability
from pages.pickers import classifier as classifiers
from tests.pages.compare_page import ComparePage
from tests.pages.toys import toy

pytestmark = pytest.mark.usefixtures("fresh_server")
ALEXNET = "alexnet-owt-7be5be79.pth"


def cached(folders, name):
    path = folders / "torch" / "hub" / "checkpoints" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def state(page):
    return page.mask.digest, page.address.get("image"), list(page.cards)


def labels(page):
    return page.at.selectbox(key="model").options


def test_every_torchvision_classifier_is_offered_after_those_that_work():
    offered = labels(ComparePage(methods=""))
    assert offered[:2] == [f"{LITE} (bundled)", "silhouettes/resnet (bundled)"]
    names = [label.partition(" (")[0] for label in offered]
    assert set(torchvision_names()) <= set(names)
    assert len(names) == len(set(names))
    assert names.index("silhouettes/vit") < min(map(names.index, torchvision_names()))


def test_the_list_says_which_weights_are_on_this_machine_and_puts_them_first(folders, monkeypatch):
    monkeypatch.setattr(availability, "is_offline", lambda: False)
    cached(folders, "squeezenet1_1-b8a52dc0.pth").touch()
    offered = labels(ComparePage(methods=""))
    assert [label for label in offered if "squeezenet" in label] == [
        "squeezenet1_1 (on this machine)", "squeezenet1_0 (downloads 5 MB)",
    ]  # fmt: skip
    assert "resnet50 (downloads 98 MB)" in offered
    assert offered.index("squeezenet1_1 (on this machine)") < offered.index("alexnet (downloads 233 MB)")


def test_the_list_says_when_a_download_is_out_of_reach(monkeypatch):
    monkeypatch.setattr(availability, "is_offline", lambda: True)
    assert "resnet50 (needs a download: offline)" in labels(ComparePage(methods=""))


def test_own_classifiers_say_what_they_need(folders, monkeypatch):
    monkeypatch.setattr(availability, "is_offline", lambda: False)
    published = '[[classifier]]\nname = "lab/published"\narchitecture = "resnet18"\n'
    own = '[[classifier]]\nname = "lab/own"\narchitecture = "resnet18"\nweights = "untrained"\n'
    (folders / "masking.toml").write_text(published + own)
    offered = labels(ComparePage(methods=""))
    assert "lab/published (downloads 45 MB)" in offered
    assert "lab/own" in offered


def test_without_a_network_one_sentence_names_the_file_and_its_place_and_the_page_goes_on(folders):
    page = ComparePage(image="coffee", model="alexnet")
    assert len(page.errors) == 1
    assert ALEXNET in page.errors[0]
    assert str(folders / "torch" / "hub" / "checkpoints") in page.errors[0]
    assert page.errors[0].endswith(f"Going on with {LITE}.")
    assert page.comparison.manifest["classifier"] == page.address["model"] == LITE
    assert page.at.selectbox(key="model").value == LITE
    assert len(page.cards) == 4


def test_after_a_failed_download_the_list_shows_what_was_there_before_and_marks_downloads(monkeypatch):
    monkeypatch.setattr(availability, "is_offline", lambda: False)
    page = ComparePage(methods="noise").choose("model", "silhouettes/vit")
    assert "alexnet (downloads 233 MB)" in labels(page)
    page.choose("model", "alexnet")
    assert page.errors[0].endswith("Going on with silhouettes/vit.")
    assert page.at.selectbox(key="model").value == page.address["model"] == "silhouettes/vit"
    assert page.comparison.manifest["classifier"] == "silhouettes/vit"
    assert "alexnet (needs a download: offline)" in labels(page)
    page.press("Dismiss")
    assert not page.errors


def test_a_failure_is_said_on_every_page_and_goes_with_the_next_choice():
    page = ComparePage(methods="", model="alexnet")
    page.go("pages/3_Shape_leakage.py")
    assert page.at.selectbox(key="model").value == "silhouettes/resnet"
    assert page.errors
    page.choose("model", "silhouettes/vit")
    assert not page.errors


def test_a_damaged_classifier_of_photographs_leaves_the_drawn_world(monkeypatch):
    def damaged(*_):
        raise ValueError("the file is not the published one")

    load = classifiers.load
    monkeypatch.setattr(classifiers, "load", lambda name, *rest: damaged() if name == LITE else load(name, *rest))
    page = ComparePage()
    assert page.errors == ["The file is not the published one. Going on with silhouettes/resnet."]
    assert page.comparison.manifest["classifier"] == "silhouettes/resnet"
    assert "knows 16 kinds of drawn objects" in page.misfit


def test_a_failed_download_is_not_tried_again_by_itself(monkeypatch):
    tries = []

    def fail(url, *rest):
        tries.append(url)
        raise ValueError("not here")

    monkeypatch.setattr("masking.models.torchvision_networks.download", fail)
    ComparePage(model="alexnet").run().run()
    assert len(tries) == 1


def test_try_again_works_once_the_file_is_where_the_sentence_says(folders):
    page = ComparePage(model="squeezenet1_1")
    assert page.errors
    torch.save(torchvision.models.squeezenet1_1().state_dict(), cached(folders, "squeezenet1_1-b8a52dc0.pth"))
    page.press("Try again")
    assert not page.errors
    assert page.comparison.manifest["classifier"] == "squeezenet1_1"


def test_another_classifier_can_be_chosen_after_a_failure():
    page = ComparePage(model="alexnet").choose("model", "silhouettes/vit")
    assert not page.errors
    assert page.address["model"] == "silhouettes/vit"


def test_a_damaged_download_shows_an_error(folders):
    cached(folders, ALEXNET).write_bytes(b"half a file")
    page = ComparePage(model="alexnet")
    assert len(page.errors) == 1
    assert "damaged" in page.errors[0]
    assert ALEXNET in page.errors[0]
    assert len(page.cards) == 4


# --- slow loading --------------------------------------------------------------------------------


@pytest.fixture
def slow(toys, monkeypatch):
    """Fetching takes until the event is set, or Cancel."""
    arrived, load = threading.Event(), classifiers.load

    def fetch(name, device, job=None):
        if job is not None and name == "alexnet":
            while not arrived.wait(0.01):
                job.step(0.5, "11 MB downloaded")
        return load(name, device, job)

    monkeypatch.setattr(classifiers, "load", fetch)
    monkeypatch.setattr(classifiers, "LOADING_PATIENCE_SECONDS", 0.05)
    yield arrived
    arrived.set()


def test_while_weights_are_fetched_the_page_shows_how_far_it_is(slow):
    page = ComparePage(patient=False, model="alexnet")
    page.run_until(lambda: page.at.get("progress")[0].value == 50)
    assert page.at.get("progress")[0].proto.text == f"Fetching {ALEXNET}: 11 MB downloaded"
    slow.set()
    assert page.settle().comparison.manifest["classifier"] == "alexnet"


def test_nothing_is_lost_while_weights_are_fetched(slow):
    page = (
        ComparePage(image="coffee", patient=False)
        .settle()
        .choose("methods", ["noise"])
        .choose("noise.seed", 7)
        .choose("way", "Patches")
    )
    page.choose("share", 70).choose("masks", 24).press("Invert")
    before = page.address
    page.choose("model", "alexnet")
    page.run()
    assert page.at.get("progress")
    slow.set()
    page.settle().choose("model", "silhouettes/resnet")
    assert page.address == before
    assert page.at.session_state["way"] == "Patches"


def test_cancel_ends_the_fetching_and_goes_on_with_the_bundled_one(slow):
    page = ComparePage(patient=False, model="alexnet").press("Cancel").settle()
    assert page.errors == ["Cancelled. Going on with silhouettes/resnet."]
    assert page.run().errors
    slow.set()
    assert page.press("Try again").settle().comparison.manifest["classifier"] == "alexnet"


# --- devices -------------------------------------------------------------------------------------


def test_the_cpu_can_be_chosen_and_its_free_memory_is_shown():
    page = ComparePage().choose("device", "cpu")
    assert page.address["device"] == "cpu"
    assert re.fullmatch(r"Device \(\d+ GiB free\)", page.at.selectbox(key="device").label)


def test_a_chosen_device_stays_chosen_while_its_free_memory_changes(monkeypatch):
    free = iter(range(100, 1000))
    monkeypatch.setattr(classifiers, "devices", lambda: (Device("cpu", "CPU", float(next(free))),))
    page = ComparePage(methods="").choose("device", "cpu")
    options = page.at.selectbox(key="device").options
    assert page.run().at.selectbox(key="device").options == options
    assert page.address["device"] == "cpu"


def test_equal_devices_have_different_labels(monkeypatch):
    two = tuple(Device(f"cuda:{index}", "NVIDIA H200", 100.0) for index in range(2))
    monkeypatch.setattr(classifiers, "devices", lambda: (Device("cpu", "CPU", None), *two))
    labels = ComparePage(methods="").at.selectbox(key="device").options
    assert labels == ["Auto", "CPU", "NVIDIA H200 (cuda:0)", "NVIDIA H200 (cuda:1)"]


def test_auto_stays_with_the_device_it_took(monkeypatch):
    names = []

    def pick(name="auto"):
        names.append(name)
        return torch.device("cpu")

    monkeypatch.setattr(classifiers, "pick_device", pick)
    ComparePage(methods="").run().run()
    assert names.count("auto") == 1


# --- memory --------------------------------------------------------------------------------------


def test_the_longest_unused_classifier_leaves_memory_first(monkeypatch):
    monkeypatch.setattr(classifiers, "KEPT_BYTES", int(2.5 * held_bytes(toy("a"))))
    kept = classifiers.Models()
    for name in ("a", "b"):
        kept.put(name, toy(name))
    kept.get("a")
    kept.put("c", toy("c"))
    gc.collect()
    assert [kept.get(name) is not None for name in ("a", "b", "c")] == [True, False, True]


def test_a_classifier_that_is_in_use_is_not_loaded_twice(monkeypatch):
    monkeypatch.setattr(classifiers, "KEPT_BYTES", 1)
    kept, used = classifiers.Models(), toy("a")
    kept.put("a", used)
    kept.put("b", toy("b"))
    assert kept.get("a") is used


def test_a_classifier_pushed_out_of_memory_comes_back(toys, monkeypatch):
    monkeypatch.setattr(classifiers, "KEPT_BYTES", 1)
    page = ComparePage(model="alexnet")
    for name in ("vgg11", "resnet18", "alexnet"):
        page.choose("model", name)
        assert page.comparison.manifest["classifier"] == name
        assert not page.errors


def test_a_classifier_pushed_out_between_loading_and_use_is_loaded_again(toys, monkeypatch):
    put = classifiers.Models.put
    lost = []

    def leaky(self, key, classifier):
        if not lost:
            lost.append(key)  # somebody else loaded two others meanwhile
        else:
            put(self, key, classifier)

    monkeypatch.setattr(classifiers.Models, "put", leaky)
    page = ComparePage()
    assert not page.errors
    assert len(page.cards) == 4
