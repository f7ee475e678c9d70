"""`python -m masking`: the main job without a browser, and one line on stderr for bad input."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from masking import METHODS, Mask, compare, load_classifier
from masking.datasets.gallery import open_sample
from masking.datasets.silhouettes.worlds import World
from masking.datasets.sources.object_scenes import rendered_scenes
from masking.leakage import measure_leakage
from masking.models.packaged_networks import LITE
from masking.models.zoo import KINDS, classifier_names
from tests.commands.refusals import refused_in_one_line

REPOSITORY = Path(__file__).parents[2]


def test_compare_with_a_mask_says_what_the_library_says(run, files, bundled):
    code, out, err = run(
        "compare", "picture.png", "--mask", "mask.png", "--methods", "blackout, layer_masking", "--json"
    )
    assert (code, err) == (0, "")
    mask = bundled.prepare_mask(files / "mask.png", (120, 160))
    expected = json.loads(compare(bundled, files / "picture.png", mask, ("blackout", "layer_masking")).to_json())
    document = json.loads(out)
    assert document["mask"] == expected["mask"]
    assert document["manifest"]["image"] == expected["manifest"]["image"]
    assert [prediction["method"] for prediction in document["predictions"]] == [
        "whole image",
        "blackout",
        "layer_masking",
    ]
    for ours, theirs in zip(document["predictions"], expected["predictions"], strict=True):
        assert ours["predicted"] == theirs["predicted"]
        assert ours["probability"] == pytest.approx(theirs["probability"], abs=1e-4)


def test_compare_with_random_patches(run):
    code, out, _ = run("compare", "picture.png", "--patches", 0.25, "--patch", 32, "--seed", 3, "--json")
    assert code == 0
    mask = Mask.from_text(json.loads(out)["mask"])
    assert mask.digest == Mask.random_patches(mask.size, 0.25, 32, 3).digest


def test_compare_prints_a_table_and_a_sentence(run):
    code, out, _ = run("compare", "picture.png", "--patches", 0.5)
    header, *lines = out.splitlines()
    assert code == 0
    assert [line.split()[0] for line in (header, *lines[:3])] == ["whole", "blackout", "greyout", "layer_masking"]
    assert header.endswith(" of 4 bits")
    assert all(line.endswith(("Same answer", "Another answer")) for line in lines[:3])
    assert all(" % → " in line or "% → " in line for line in lines[:3])
    assert lines[-1].endswith(".")


def test_compare_counts_the_classes_of_a_group_together(run, files, lite):
    options = ("--patches", 0.5, "--methods", "blackout", "--classifier", LITE)
    open_sample("chelsea").save(files / "cat.png")
    result = compare(lite, files / "cat.png", Mask.random_patches(224, 0.5), ["blackout"])
    before, after = (each.group_probability(result.whole.index) for each in (result.whole, result.masked["blackout"]))
    assert f" cat {before:.1%} → {after:.1%} " in run("compare", "cat.png", *options)[1].splitlines()[1]


def test_compare_writes_a_contact_sheet_in_the_form_that_its_ending_names(run, files):
    for name, begins in (("sheet.PNG", b"\x89PNG"), ("sheet.svg", b"<svg"), ("sheet.html", b"<!doctype html>")):
        code, *_ = run("compare", "picture.png", "--patches", 0.5, "--methods", "blackout", "--sheet", name)
        assert code == 0
        content = (files / name).read_bytes()
        assert content.startswith(begins)
        if begins.startswith(b"<"):
            assert "picture under 1 masking method" in content.decode()


@pytest.mark.parametrize("name", ["sheet.jpg", "sheet", "sheet.png.txt"])
def test_a_contact_sheet_of_another_kind_is_refused_before_the_work(run, files, name):
    refused_in_one_line(
        *run("compare", "picture.png", "--patches", 0.5, "--sheet", name), "ends with none of .png, .svg, .html"
    )
    assert not (files / name).exists()


def test_own_weights_come_with_their_categories(run, files):
    own = ("--classifier", "squeezenet1_1", "--weights", "own.safetensors", "--categories", "names.txt")
    code, out, _ = run("compare", "picture.png", "--patches", 0.5, *own, "--json")
    assert code == 0
    whole = json.loads(out)["predictions"][0]
    classifier = load_classifier("squeezenet1_1", files / "own.safetensors", ["ash", "elm"])
    logits = classifier(classifier.prepare(files / "picture.png"))
    assert whole["predicted"] == classifier.categories[int(logits.argmax())]
    assert whole["probability"] == pytest.approx(logits.softmax(1).max().item(), abs=1e-4)


def test_settings_name_classifiers(run, files):
    table = '[[classifier]]\nname = "lab/trees"\narchitecture = "squeezenet1_1"\n'
    table += f'weights = "{files / "own.safetensors"}"\ncategories = "{files / "names.txt"}"\n'
    settings = files / "settings.toml"
    settings.write_text(table)
    try:
        assert run("classifiers")[1].splitlines()[0] == "lab/trees"
        code, out, _ = run("compare", "picture.png", "--patches", 0.5, "--classifier", "lab/trees", "--json")
    finally:
        settings.write_text("")
    assert code == 0
    assert json.loads(out)["manifest"]["classifier"] == "lab/trees"


def test_lists_are_whole(run):
    assert json.loads(run("classifiers", "--json")[1]) == list(classifier_names())
    lines = run("classifiers")[1].splitlines()
    assert lines[: -len(KINDS)] == list(classifier_names())
    assert [line.split()[0] for line in lines[-len(KINDS) :]] == list(KINDS)
    assert set(json.loads(run("methods", "--json")[1])) == set(METHODS)
    assert [line.split()[0] for line in run("methods")[1].splitlines()] == list(METHODS)


def test_leakage_says_what_the_library_says(run, bundled):
    options = ("--scenes", 24, "--seed", 5, "--methods", "greyout,layer_masking", "--holes", "exact,box")
    code, out, err = run("leakage", *options, "--json")
    assert (code, err) == (0, "")
    document = json.loads(out)
    expected = measure_leakage(bundled, rendered_scenes(World(), 24, 5), ["greyout", "layer_masking"], ["exact", "box"])
    assert document["truth"] == expected.truth.tolist()
    for (method, hole), answers in expected.answers.items():
        assert document["predicted"][f"{method} {hole}"] == answers.predicted.tolist()
    code, out, _ = run("leakage", *options)
    lines = out.splitlines()
    assert code == 0
    assert [line.split()[:2] for line in lines[1:-1]] == [list(key) for key in expected.answers]
    assert lines[-1].startswith("24 scenes; a guess is right in 6.25%. Bits may be too high")
    assert f"{expected.wanted} scenes are enough" in lines[-1]


def test_leakage_in_a_folder_of_photographs(run, files):
    for folder, picture in (("photos", "picture.png"), ("outlines", "mask.png")):
        (files / folder).mkdir(exist_ok=True)
        for name in ("a.png", "b.png"):
            (files / folder / name).write_bytes((files / picture).read_bytes())
    code, out, _ = run("leakage", "--images", "photos", "--masks", "outlines", "--methods", "blackout", "--only-right")
    assert code == 0
    assert out.splitlines()[-1].startswith("2 scenes")


BAD_LEAKAGE = {
    "half a folder": (("--images", "photos"), "give both --images and --masks"),
    "hole": (("--holes", "exakt"), "there is no hole 'exakt'; did you mean exact"),
    "world": (("--world", "ordinari"), "there is no world 'ordinari'; did you mean ordinary"),
    "no scenes": (("--scenes", "0"), "ask for 1 or more"),
    "one scene": (("--scenes", "1"), "give two or more"),
    "method": (("--methods", "token_dropping"), "silhouettes/resnet"),
}


@pytest.mark.parametrize(("arguments", "sentence"), BAD_LEAKAGE.values(), ids=BAD_LEAKAGE)
def test_leakage_that_cannot_be_measured_is_refused_in_one_line(run, arguments, sentence):
    refused_in_one_line(*run("leakage", *arguments), sentence)


# --- bad input -------------------------------------------------------------------------------------------------------

PATCHES = ("--patches", "0.5")
SQUEEZENET = ("--classifier", "squeezenet1_1", "--weights")
BAD = {
    "not an image": (("notes.txt", *PATCHES), "notes.txt is not a PNG, JPEG or WEBP picture"),
    "no file": (("gone.png", *PATCHES), "there is no file gone.png; check the path"),
    "a folder": ((".", *PATCHES), "is a folder; name a picture in it"),
    "wrong mask": (("picture.png", "--mask", "small.png"), "mask is 7x9 (height x width) but the image is"),
    "no mask file": (("picture.png", "--mask", "gone.png"), "the mask gone.png cannot be read"),
    "mask and patches": (
        ("picture.png", "--mask", "mask.png", *PATCHES),
        "give --mask FILE or --patches SHARE, not both",
    ),
    "nothing hidden": (("picture.png",), "give --mask FILE or --patches SHARE"),
    "share": (("picture.png", "--patches", "1.5"), "the hidden share is 1.5; it must be between 0 and 1"),
    "patch": (("picture.png", *PATCHES, "--patch", "0"), "the patch is 0 pixels wide"),
    "classifier": (("picture.png", *PATCHES, "--classifier", "resnet5"), "did you mean resnet50"),
    "method": (
        ("picture.png", *PATCHES, "--methods", "blackuot"),
        "there is no masking method 'blackuot'; did you mean blackout",
    ),
    "device": (("picture.png", *PATCHES, "--device", "cuda:99"), "there is no device 'cuda:99' here"),
    "damaged weights": (
        ("picture.png", *PATCHES, *SQUEEZENET, "damaged.safetensors"),
        "damaged.safetensors is damaged",
    ),
    "no weights": (("picture.png", *PATCHES, *SQUEEZENET, "gone.pth"), "the weights file gone.pth cannot be read"),
    "classes": (
        ("picture.png", *PATCHES, *SQUEEZENET, "own.safetensors"),
        "has 2 classes but 1000 category names",
    ),
    "sheet": (
        ("picture.png", *PATCHES, "--sheet", "gone/s.png"),
        "there is no folder gone to write s.png to; make it first",
    ),
}


@pytest.mark.parametrize(("arguments", "sentence"), BAD.values(), ids=BAD)
def test_bad_input_is_refused_in_one_line(run, arguments, sentence):
    refused_in_one_line(*run("compare", *arguments), sentence)


def test_broken_settings_are_refused_in_one_line(run, files):
    settings = files / "settings.toml"
    settings.write_text("[weights")
    try:
        refused_in_one_line(*run("compare", "picture.png", *PATCHES), "is not valid TOML")
    finally:
        settings.write_text("")


def test_a_fresh_process_says_the_same(files):
    environment = os.environ | {
        "MASKING_SETTINGS": str(files / "settings.toml"),
        "PYTHONPATH": str(REPOSITORY),
        "OMP_NUM_THREADS": "1",
    }
    arguments, sentence = BAD["damaged weights"]
    command = [sys.executable, "-m", "masking", "compare", *arguments]
    done = subprocess.run(command, cwd=files, env=environment, capture_output=True, text=True, check=False)
    refused_in_one_line(done.returncode, done.stdout, done.stderr, sentence)


# --- how much is hidden ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("keep", "share"),
    [
        (Mask.full((120, 160)), "0.0 %"),
        (Mask.empty((120, 160)), "100.0 %"),
        (~Mask.box((120, 160), 60, 80, 2, 2), "more than 99.9 %"),
    ],
)
def test_compare_says_how_much_is_hidden(run, files, keep, share):
    (files / "share.png").write_bytes(keep.to_png())
    code, out, _ = run("compare", "picture.png", "--mask", "share.png", "--methods", "blackout")
    assert code == 0
    assert f"{share} of the picture is hidden." in out.splitlines()


def test_a_folder_is_no_picture_and_a_photograph_is_no_mask(run, files):
    refused_in_one_line(*run("compare", ".", "--patches", 0.5), "is a folder; name a picture in it")
    photograph = run("compare", "picture.png", "--mask", "picture.png")
    refused_in_one_line(*photograph, "; save it in black and white")
    assert photograph[2].startswith("missingness: the mask has ")


def test_leakage_says_how_much_is_hidden_and_what_is_left_out(run, files):
    for name, mask in {
        "a": Mask.full(64),
        "b": Mask.box(64, 20, 20, 20, 20),
        "c": Mask.box(64, 10, 10, 30, 30),
    }.items():
        for folder, data in (("images", Mask.box(64, 5, 5, 9, 9)), ("objects", ~mask)):
            (files / folder).mkdir(exist_ok=True)
            (files / folder / f"{name}.png").write_bytes(data.to_png())
    code, out, _ = run("leakage", "--images", "images", "--masks", "objects", "--methods", "blackout")
    assert code == 0
    share = re.search(r"exact +([\d.]+) %", out)
    assert share is not None
    assert float(share[1]) == pytest.approx(100 * (20**2 + 30**2) / 2 / 64**2, abs=2)  # rims are hidden, too
    assert out.splitlines()[-1] == "Left out: 1 scene shows no object (a.png)."
