"""`python -m masking attribution-mask`: what the library says, on the command line."""

# ruff: noqa: F811 (fixtures)

import csv
import io
import json

import numpy as np
import pytest
from PIL import Image

from masking import ATTRIBUTIONS, attribution_masks
from tests.test_command_line import files, run, told_in_one_line  # noqa: F401

ASKED = ("attribution-mask", "picture.png", "--iterations", 2)


def test_it_says_what_the_library_says(run, files, bundled):
    code, out, err = run(*ASKED, "--attribution", "occlusion:method=blackout,patch=64", "--target", "star", "--json")
    assert (code, err) == (0, "")
    found = json.loads(out)
    occlusion = ATTRIBUTIONS["occlusion"](method="blackout", patch=64)
    expected = attribution_masks(bundled, files / "picture.png", "star", occlusion, 2)
    assert found["attribution"] == "occlusion"
    for ours, theirs in zip(found["rows"], expected.rows, strict=True):
        assert ours["probability"] == pytest.approx(theirs["probability"], abs=1e-4)
        assert ours["category"] == "star"
    assert found["manifest"]["attribution"] == {"occlusion": {"method": "blackout", "patch": 64}}


def test_it_prints_a_table_and_what_it_is_not(run):
    code, out, _ = run(*ASKED)
    *table, sentence = out.splitlines()
    assert code == 0
    assert [line.split()[:2] for line in table] == [["step", "0"], ["step", "1"], ["step", "2"]]
    assert "is no evidence that the picture shows it" in sentence


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


def test_targets_by_index_and_by_name(run, bundled):
    by_index, by_name = (
        json.loads(run(*ASKED, "--target", target, "--json")[1])["rows"] for target in (5, bundled.categories[5])
    )
    assert by_index == by_name


BAD = {
    "iterations": (("--iterations", -1), "iterations is -1; it must be between 0 and 200"),
    "class index": (("--target", 99), "there is no class 99; they go from 0 to 15"),
    "class name": (("--target", "keey"), "there is no class 'keey'"),
    "attribution": (("--attribution", "gxs"), "there is no attribution 'gxs'; did you mean gxsi"),
    "parameter": (("--attribution", "occlusion:size=3"), "attribution 'occlusion' has no parameter 'size'"),
    "ending": (("--out", "film.mp4"), "film.mp4 ends with none of .gif, .png, .csv, .json, .npz"),
    "folder": (("--out", "gone/film.gif"), "there is no folder gone to write film.gif to; make it first"),
    "no ReLU": (
        ("--classifier", "silhouettes/vit", "--attribution", "guided_backpropagation"),
        "guided backpropagation is defined for ReLU and cannot be had of silhouettes/vit",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_told_in_one_line(run, name):
    arguments, sentence = BAD[name]
    told_in_one_line(*run("attribution-mask", "picture.png", *arguments), sentence)


def test_no_picture_is_told_in_one_line(run):
    told_in_one_line(*run("attribution-mask", "notes.txt"), "notes.txt is not a PNG, JPEG or WEBP picture")
