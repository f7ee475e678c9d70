"""Lists of masking methods on the command line, and the answers to a picture of which nothing is left."""

import json

import pytest

from masking import METHODS, Mask, compare
from tests.commands.refusals import refused_in_one_line

HALF = ("compare", "picture.png", "--patches", 0.5)
LEAKAGE = ("leakage", "--scenes", 4)


def test_compare_takes_settings_and_names_them(run, files, bundled):
    code, out, _ = run(*HALF, "--methods", "greyout:grey=middle,layer_masking:skips=stride,greyout", "--json")
    assert code == 0
    document = json.loads(out)
    words = ["greyout:grey=middle", "layer_masking:skips=stride", "greyout"]
    assert [row["method"] for row in document["predictions"]] == ["whole image", *words]
    assert document["manifest"]["methods"]["greyout:grey=middle"] == {"grey": "middle"}
    mask = Mask.random_patches(bundled.input_size, 0.5, 16, 0)
    middle = compare(bundled, files / "picture.png", mask, {"m": METHODS["greyout"](grey="middle")}).masked["m"]
    assert document["predictions"][1]["probability"] == pytest.approx(float(middle.probabilities.max()), abs=1e-5)
    assert document["predictions"][1]["probability"] != document["predictions"][3]["probability"]


def test_long_words_keep_their_distance_in_the_table(run):
    out = run(*HALF, "--methods", "layer_masking:skips=stride,sums=union")[1]
    assert out.splitlines()[1].startswith("layer_masking:sums=union,skips=stride  ")


def test_leakage_takes_settings_and_says_them(run):
    code, out, _ = run(*LEAKAGE, "--methods", "greyout:grey=middle,blackout", "--holes", "exact,box")
    assert code == 0
    assert [line.split()[:2] for line in out.splitlines()[1:-1]] == [
        ["greyout:grey=middle", "exact"],
        ["greyout:grey=middle", "box"],
        ["blackout", "exact"],
        ["blackout", "box"],
    ]


@pytest.mark.parametrize("command", [HALF, LEAKAGE])
def test_all_means_all_that_can_run(run, bundled, command):
    out = run(*command, "--methods", "all", "--json")[1]
    named = json.loads(out)["manifest"]["methods"]
    assert set(named) == {name for name, method in METHODS.items() if method().supports(bundled) is None}


@pytest.mark.parametrize("command", [HALF, LEAKAGE])
@pytest.mark.parametrize(
    ("methods", "sentence"),
    [
        ("", "the list names no masking method"),
        ("greyuot", "there is no masking method 'greyuot'; did you mean greyout"),
        ("blackout,all", "'all' stands for every masking method"),
        ("layer_masking:skip=stride", "has no parameter 'skip'; did you mean skips"),
    ],
)
def test_wrong_lists_are_refused_in_one_line(run, command, methods, sentence):
    refused_in_one_line(*run(*command, "--methods", methods), sentence)


@pytest.mark.parametrize("holes", ["", "exakt", "all,exact"])
def test_wrong_lists_of_holes_are_refused_in_one_line(run, holes):
    refused_in_one_line(*run(*LEAKAGE, "--methods", "blackout", "--holes", holes), "hole")


def test_the_table_says_where_nothing_was_left_to_see(run):
    whole, blackout, blur, *_ = run("compare", "picture.png", "--patches", 1, "--methods", "blackout,blur")[1].split(
        "\n"
    )
    assert blackout.endswith("Answer to nothing")
    assert whole.endswith(" bits")
    assert blur.endswith(("Same answer", "Another answer"))  # it blurs hidden pixels, so something is left of them
