"""Own weights in the picker: uploads, the configured folder, and what is refused."""

import pytest
import safetensors.torch
import torch
import torchvision
from torch import nn

from masking.runtime.settings import Settings
from tests.pages.compare_page import ComparePage

pytestmark = pytest.mark.usefixtures("fresh_server")


@pytest.fixture(scope="module")
def squeezenet():
    """A state dict for three categories."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return torchvision.models.squeezenet1_1(num_classes=3).state_dict()


@pytest.fixture
def own(folders, squeezenet):
    """The operator's folder with good and bad files, as masking.toml names it."""
    folder = folders / "weights"
    folder.mkdir()
    safetensors.torch.save_file(squeezenet, folder / "net.safetensors")
    torch.save(squeezenet, folder / "net.pth")
    torch.save(nn.Linear(2, 2), folder / "code.pth")
    (folder / "corrupt.safetensors").write_bytes(b"\xff" * 100)
    (folder / "three.txt").write_text("cat\ndog\n\nhat\n")
    (folder / "two.txt").write_text("cat\ndog\n")
    (folders / "outside.pth").write_bytes(b"")
    (folders / "masking.toml").write_text('[weights]\nfolder = "weights"\n')
    return folder


def use(page, file=None, names=None, architecture="squeezenet1_1"):
    """Fill in the form for own weights and press its button."""
    page.at.selectbox(key="own-architecture").set_value(architecture)
    if file is not None:
        page.at.session_state["own-file"] = file
    if names is not None:
        page.at.session_state["own-list"] = names
    return page.press("Use these weights")


def state(page):
    return page.mask.digest, page.address.get("image"), list(page.cards)


# --- own weights ---------------------------------------------------------------------------------


def test_uploaded_weights_are_used_and_travel_in_the_link(squeezenet):
    page = ComparePage(image="coffee")
    page.at.file_uploader(key="own-list-upload").upload("names.txt", b"cat\ndog\nhat\n")
    page.upload("own-upload", "net.safetensors", safetensors.torch.save(squeezenet))
    use(page)
    assert not page.errors
    assert page.comparison.whole.categories == ("cat", "dog", "hat")
    assert page.address["model"].startswith("squeezenet1_1@shelf:")
    again = ComparePage(**page.address)
    assert not again.warnings
    assert again.cards == page.cards


def test_two_uploads_for_one_architecture_have_different_labels(squeezenet):
    page = ComparePage()
    page.at.file_uploader(key="own-list-upload").upload("names.txt", b"cat\ndog\nhat\n")
    for factor in (1, 2):
        content = safetensors.torch.save({key: factor * value for key, value in squeezenet.items()})
        use(page.upload("own-upload", "net.safetensors", content))
        assert not page.errors
    labels = page.at.selectbox(key="model").options
    assert len(labels) == len(set(labels))


@pytest.mark.parametrize("file", ["net.safetensors", "net.pth"])
def test_weights_below_the_configured_folder_are_used(own, file):
    page = use(ComparePage(methods=""), file, "three.txt")
    assert not page.errors
    assert page.comparison.whole.categories == ("cat", "dog", "hat")
    assert page.address["model"] == f"squeezenet1_1@{file}@three.txt"
    assert not ComparePage(**page.address).errors


@pytest.mark.parametrize(
    ("file", "names", "architecture", "said"),
    [
        (None, None, "squeezenet1_1", "Choose a weights file or upload one."),
        ("net.pth", None, "squeezenet1_1", "has 3 classes but 1000 category names were given"),
        ("net.pth", "two.txt", "squeezenet1_1", "has 3 classes but 2 category names were given"),
        ("net.pth", "three.txt", "alexnet", "does not fit the architecture"),
        ("corrupt.safetensors", "three.txt", "squeezenet1_1", "damaged or not a safetensors file"),
        ("code.pth", "three.txt", "squeezenet1_1", "holds more than weights (it could run code)"),
        ("../outside.pth", "three.txt", "squeezenet1_1", "'../outside.pth' is outside the weights folder"),
        ("/etc/passwd", "three.txt", "squeezenet1_1", "'/etc/passwd' is outside the weights folder"),
        ("net.pth", "../masking.toml", "squeezenet1_1", "'../masking.toml' is outside the weights folder"),
        ("gone.pth", "three.txt", "squeezenet1_1", "cannot be read"),
        ("three.txt", None, "squeezenet1_1", "neither .safetensors nor .pth"),
        ("net.pth", "net.pth", "squeezenet1_1", "not UTF-8 text"),
    ],
)
def test_bad_weights_give_one_sentence_and_change_nothing_else(own, monkeypatch, file, names, architecture, said):
    typed = [name for name in (file, names) if name]  # AppTest cannot type what is not offered
    monkeypatch.setattr(Settings, "files", lambda self, *suffixes: typed)
    page = ComparePage(image="coffee", methods="blackout")
    before = state(page)
    use(page, file, names, architecture)
    assert len(page.errors) == 1
    assert said in page.errors[0]
    assert state(page) == before
    assert "model" not in page.address


def test_a_corrupt_upload_gives_one_sentence_and_changes_nothing_else():
    page = ComparePage(image="coffee", methods="blackout")
    before = state(page)
    use(page.upload("own-upload", "net.safetensors", b"\xff" * 100))
    assert page.errors == ["The uploaded file is damaged or not a safetensors file; save or copy it again."]
    assert state(page) == before


@pytest.mark.parametrize(
    ("model", "said"),
    [
        ("squeezenet1_1@../outside.pth", "outside the weights folder"),
        ("squeezenet1_1@/etc/passwd@three.txt", "outside the weights folder"),
        ("squeezenet1_1@code.pth@three.txt", "could run code"),
        ("squeezenet1_1@shelf:000000000000000000000000", "no longer kept on this machine"),
        ("squeezenet9@net.pth@three.txt", "there is no classifier 'squeezenet9'"),
        ("squeezenet1_1@", "cannot be read"),
    ],
)
def test_a_link_to_weights_that_cannot_be_used_gives_one_sentence(own, model, said):
    page = ComparePage(model=model)
    assert len(page.errors) == 1
    assert said.lower() in page.errors[0].lower()
    assert page.comparison.manifest["classifier"] == "silhouettes/resnet"


def test_without_a_configured_folder_the_page_says_how_to_get_one():
    page = ComparePage()
    assert "masking.toml" in page.captions
    assert "own-file" not in page.at.session_state


def test_classifiers_that_the_operator_named_are_offered(own, folders):
    lines = '[[classifier]]\nname = "lab/net"\narchitecture = "squeezenet1_1"\nweights = "net.pth"\n'
    with (folders / "masking.toml").open("a") as file:
        file.write(lines + 'categories = "three.txt"\n')
    page = ComparePage(model="lab/net")
    assert not page.errors
    assert page.comparison.manifest["classifier"] == "lab/net"
