"""`missingness attribution-mask`: what the library says, on the command line."""

import csv
import io
import json

import numpy as np
import pytest
from PIL import Image

from masking import ATTRIBUTIONS, attribution_masks, load_classifier
from masking.results.sentences import percent_text
from tests.commands.refusals import refused_in_one_line

ASKED = ("attribution-mask", "picture.png", "--iterations", 2)
TINY = ("--classifier", "cifar10/nib-vgg16-slim", "--target", "cat", "--iterations", 200)
"""This many masks black out the picture, and a network without input bias has no answer to black."""


@pytest.fixture(scope="module")
def classifier():
    """The one that is asked by default, as on the page."""
    return load_classifier("silhouettes/nib-vgg")


def test_it_says_what_the_library_says(run, files, classifier):
    code, out, err = run(*ASKED, "--attribution", "occlusion:method=blackout,patch=64", "--target", "star", "--json")
    assert (code, err) == (0, "")
    document = json.loads(out)
    occlusion = ATTRIBUTIONS["occlusion"](method="blackout", patch=64)
    expected = attribution_masks(classifier, files / "picture.png", "star", occlusion, 2)
    assert document["attribution"] == "occlusion"
    for ours, theirs in zip(document["rows"], expected.rows, strict=True):
        assert ours["probability"] == pytest.approx(theirs["probability"], abs=1e-4)
        assert ours["category"] == "star"
    assert document["manifest"]["attribution"] == {"occlusion": {"method": "blackout", "patch": 64}}


def test_it_prints_a_table_and_what_it_is_not(run):
    code, out, _ = run(*ASKED)
    *table, sentence = out.splitlines()
    assert code == 0
    assert [line.split()[:2] for line in table] == [["step", "0"], ["step", "1"], ["step", "2"]]
    assert "reaching it is no evidence that the mask shows the object" in sentence


@pytest.mark.parametrize("target", ["star", "key"])
def test_it_says_whether_the_probability_of_the_target_rose_or_fell(run, files, classifier, target):
    masks = attribution_masks(classifier, files / "picture.png", target, "gxsi", 2)
    sentence = run(*ASKED, "--target", target)[1].splitlines()[-1]
    after, before = sentence.split("; with the whole picture, it ")
    assert after.startswith(
        f"After 2 iterations for {target}, silhouettes/nib-vgg calls it {masks.predicted_category(2)} "
    )
    assert percent_text(float(masks.probability[2, 0])) in after
    assert before.startswith(f"calls it {masks.predicted_category(0)} ")
    assert percent_text(float(masks.probability[0, 0])) in before


def test_without_an_iteration_it_mentions_no_mask(run):
    output = run("attribution-mask", "picture.png", "--iterations", 0)[1]
    assert output.splitlines()[-1].startswith("Asked about the whole picture, silhouettes/nib-vgg calls it ")
    assert "mask is made" not in output


def test_a_dead_image_has_no_class(run, files):
    out = run("attribution-mask", "picture.png", *TINY, "--out", "dead.csv")[1]
    *_, last, sentence = out.splitlines()
    assert "none   predicted nothing (all logits 0)" in last
    assert "cifar10/nib-vgg16-slim says nothing at all (all its logits are 0)" in sentence
    row = list(csv.DictReader((files / "dead.csv").read_text().splitlines()))[-1]
    assert (row["predicted"], row["dead"]) == ("", "True")
    rows = json.loads(run("attribution-mask", "picture.png", *TINY, "--json")[1])["rows"]
    assert {row["predicted"] is None for row in rows if row["dead"]} == {True}
    assert all(row["predicted"] for row in rows if not row["dead"])


@pytest.mark.parametrize("ending", [".gif", ".png", ".csv", ".json", ".npz", ".GIF"])
def test_it_writes_files(run, files, ending):
    assert run(*ASKED, "--out", f"film{ending}")[0] == 0
    data = (files / f"film{ending}").read_bytes()
    if ending.lower() == ".gif":
        assert Image.open(io.BytesIO(data)).n_frames == 3
    elif ending == ".png":
        assert Image.open(io.BytesIO(data)).height > 3 * 128
    elif ending == ".csv":
        assert len(list(csv.DictReader(io.StringIO(data.decode())))) == 3
    elif ending == ".json":
        assert json.loads(data)["iterations"] == 2
    else:
        assert np.load(io.BytesIO(data))["attributions"].shape == (2, 1, 3, 128, 128)


def test_targets_by_index_and_by_name(run, classifier):
    by_index, by_name = (
        json.loads(run(*ASKED, "--target", target, "--json")[1])["rows"] for target in (5, classifier.categories[5])
    )
    assert by_index == by_name


BAD = {
    "iterations": (("--iterations", -1), "iterations is -1; it must be between 0 and 200"),
    "class index": (("--target", 99), "there is no class 99; they go from 0 to 15"),
    "class name": (("--target", "keey"), "there is no class 'keey'"),
    "attribution": (("--attribution", "gxs"), "there is no attribution 'gxs'; did you mean gxsi"),
    "parameter": (("--attribution", "occlusion:size=3"), "attribution 'occlusion' has no parameter 'size'"),
    "ending": (("--out", "film.mp4"), "film.mp4 ends with none of .gif, .png, .svg, .csv, .json, .npz"),
    "folder": (("--out", "gone/film.gif"), "there is no folder gone to write film.gif to; make it first"),
    "no ReLU": (
        ("--classifier", "silhouettes/vit", "--attribution", "guided_backpropagation"),
        "guided backpropagation is defined for ReLU and cannot be computed for silhouettes/vit",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_refused_in_one_line(run, name):
    arguments, sentence = BAD[name]
    refused_in_one_line(*run("attribution-mask", "picture.png", *arguments), sentence)


def test_a_file_that_is_no_picture_is_refused_in_one_line(run):
    refused_in_one_line(*run("attribution-mask", "notes.txt"), "notes.txt is not a PNG, JPEG or WEBP picture")
