"""Every command reads class names and numbers in the same way, and says which classes are unknown."""

import json

import pytest
from PIL import Image

from tests.commands.refusals import refused_in_one_line

NUMBERS = sorted(map(str, range(12)))
"""Classes that are called by numbers, as a folder sorts them: 0, 1, 10, 11, 2 …"""
ANIMALS = ["cat", "crane, bird", "crane, machine", "tench"]
NETWORK = """
from torch import nn

def build():
    return nn.Sequential(nn.Conv2d(3, {classes}, 5, stride=4), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten())
"""


@pytest.fixture
def name_classifier(files, monkeypatch, tmp_path):
    """Names a small network with these categories in the settings; returns its name."""

    def name(categories):
        module = f"network_of_{len(categories)}_classes"
        (tmp_path / f"{module}.py").write_text(NETWORK.format(classes=len(categories)))
        (tmp_path / "names.txt").write_bytes(b"\xef\xbb\xbf" + "\r\n".join(categories).encode())
        lines = ["[[classifier]]", 'name = "lab/net"', f'network = "{module}:build"', 'categories = "names.txt"']
        (tmp_path / "masking.toml").write_text("\n".join([*lines, "input_size = [64, 64]"]))
        monkeypatch.setenv("MASKING_SETTINGS", str(tmp_path / "masking.toml"))
        return "lab/net"

    return name


def explain(run, name, target):
    options = ("--classifier", name, "--target", target, "--device", "cpu", "--json")
    lime = run("lime", "picture.png", "--samples", 20, "--segments", "grid:patch=32", "--method", "blackout", *options)
    masks = run("attribution-mask", "picture.png", "--iterations", 1, "--attribution", "gradient", *options)
    return lime, masks


@pytest.mark.parametrize(
    ("categories", "target", "category"),
    [
        (NUMBERS, "10", "10"),
        (NUMBERS, "2", "2"),
        (ANIMALS, "3", "tench"),
        (ANIMALS, "TENCH", "tench"),
        (ANIMALS, "crane,  machine", "crane, machine"),
    ],
)
def test_a_target_is_the_same_class_everywhere(run, name_classifier, categories, target, category):
    lime, masks = explain(run, name_classifier(categories), target)
    assert (lime[0], masks[0]) == (0, 0), (lime[2], masks[2])
    assert json.loads(lime[1])["category"] == category
    assert f'"{category}"' in masks[1]


@pytest.mark.parametrize(
    ("categories", "target", "sentence"),
    [
        (ANIMALS, "crane", "'crane' may be any of 1 (crane, bird), 2 (crane, machine); give one as #1"),
        (ANIMALS, "4", "there is no class 4; they go from 0 to 3"),
        (NUMBERS, "12", "there is no class '12'; numbers are names here"),
        (ANIMALS, "violin", "there is no class 'violin'"),
    ],
)
def test_a_target_without_one_reading_is_refused_everywhere(run, name_classifier, categories, target, sentence):
    for refused in explain(run, name_classifier(categories), target):
        refused_in_one_line(*refused, sentence)


@pytest.fixture
def make_folder(tmp_path):
    def make(*names):
        for name in names:
            (tmp_path / "set" / name).mkdir(parents=True)
            Image.new("RGB", (20, 20), "teal").save(tmp_path / "set" / name / "a.png")
        return tmp_path / "set"

    return make


@pytest.mark.parametrize(
    ("names", "sentence"),
    [
        (("tench", "violin"), "The class of 1 of 2 images is unknown to lab/net (such as 'violin')"),
        (("crane", "tench"), "The class of 1 of 2 images is unknown to lab/net (such as 'crane')"),
        (("1", "3"), "Labels that are numbers (such as"),
        (("1", "4"), "The class of 2 of 2 images is unknown"),
    ],
)
@pytest.mark.usefixtures("store")
def test_a_run_says_which_classes_are_unknown(run, name_classifier, make_folder, names, sentence):
    options = (
        "--data",
        "folder",
        "--set",
        f"data.path={make_folder(*names)}",
        "--classifier",
        name_classifier(ANIMALS),
    )
    settings = ("--set", "shares=0", "--set", "methods=blackout", "--device", "cpu")
    code, _, err = run("bench", "run", "patch_removal", *options, *settings)
    assert code == 0
    assert sentence in err
    assert sentence in run("bench", "show", run("bench", "list")[1].split()[0])[1]


@pytest.mark.usefixtures("store")
def test_a_run_of_known_classes_says_nothing(run, name_classifier, make_folder):
    options = ("--data", "folder", "--set", f"data.path={make_folder('tench', 'CAT')}")
    settings = ("--set", "shares=0", "--set", "methods=blackout", "--device", "cpu")
    _, _, err = run("bench", "run", "patch_removal", *options, "--classifier", name_classifier(ANIMALS), *settings)
    assert "unknown" not in err
    assert "accuracy" in run("bench", "show", run("bench", "list")[1].split()[0])[1]


def test_leakage_says_which_classes_are_unknown(run, files, tmp_path):
    for folder in ("images/violin", "images/bird", "masks"):
        (tmp_path / folder).mkdir(parents=True, exist_ok=True)
    for name, folder in (("a", "violin"), ("b", "bird")):
        (tmp_path / "images" / folder / f"{name}.png").write_bytes((files / "picture.png").read_bytes())
        (tmp_path / "masks" / f"{name}.png").write_bytes((files / "mask.png").read_bytes())
    options = ("--images", tmp_path / "images", "--masks", tmp_path / "masks", "--methods", "blackout")
    code, _, err = run("leakage", *options)
    assert code == 0
    assert "The class of 1 of 2 images is unknown to silhouettes/resnet (such as 'violin')" in err
    assert "Its answer to the whole image takes the place of the label." in err
