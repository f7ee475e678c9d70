"""Lists of entries as people write them."""

import pytest

from masking import METHODS, SEGMENTATIONS
from masking.masks.holes import HOLES
from masking.registry.params import params
from masking.registry.parsing import entry_title, is_all, parse_entries, parse_names, parse_value


def test_commas_separate_entries_and_the_parameters_of_one():
    text = "blackout, greyout:grey=middle,layer_masking:skips=stride,sums=union , blur"
    entries = parse_entries(METHODS, text)
    assert list(entries) == [
        "blackout",
        "greyout:grey=middle",
        "layer_masking:sums=union,skips=stride",
        "blur",
    ]
    assert entries["greyout:grey=middle"] == METHODS["greyout"](grey="middle")
    assert entries["layer_masking:sums=union,skips=stride"] == METHODS["layer_masking"](sums="union", skips="stride")


def test_one_method_may_stand_there_twice_with_other_parameters():
    assert len(parse_entries(METHODS, "greyout,greyout:grey=middle")) == 2
    assert list(parse_entries(SEGMENTATIONS, "slic:count=20,slic:count=30")) == ["slic:count=20", "slic:count=30"]


def test_all_stands_for_every_possible_entry():
    assert list(parse_entries(METHODS, " all ")) == list(METHODS)
    assert list(parse_entries(METHODS, "all", ["blur", "noise"])) == ["blur", "noise"]
    assert parse_names("hole", HOLES, "all") == list(HOLES)
    assert parse_names("hole", HOLES, "box, exact") == ["box", "exact"]


WRONG = {
    "empty": ("", "the list names no masking method; name at least one, or write all"),
    "commas": (" ,, ", "the list names no masking method"),
    "unknown": ("blackout,greyuot", "there is no masking method 'greyuot'; did you mean greyout"),
    "twice": ("greyout,blur,greyout", "the masking method greyout is named twice"),
    "twice, once with a default": ("greyout, greyout:grey=mean", "the masking method greyout is named twice"),
    "all and more": ("all,greyout", "'all' stands for every masking method; write it alone"),
    "a parameter of nothing": ("greyout,grey=middle", "'grey=middle' sets a parameter of no masking method"),
    "unknown parameter": ("greyout:gray=middle", "has no parameter 'gray'; did you mean grey"),
    "wrong value": ("greyout:grey=dark", "grey is 'dark'; it must be one of mean, middle"),
}


@pytest.mark.parametrize(("text", "sentence"), WRONG.values(), ids=WRONG)
def test_lists_that_cannot_be_read_are_refused(text, sentence):
    with pytest.raises((KeyError, ValueError)) as error:
        parse_entries(METHODS, text)
    assert sentence in error.value.args[0]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "the list names no hole"),
        ("exact,exakt", "there is no hole 'exakt'; did you mean exact"),
        ("box,exact,box", "the hole box is named twice"),
        ("box,all", "'all' stands for every hole"),
    ],
)
def test_lists_of_plain_names_are_refused_alike(text, sentence):
    with pytest.raises((KeyError, ValueError)) as error:
        parse_names("hole", HOLES, text)
    assert sentence in error.value.args[0]


def test_a_setting_with_choices_takes_all_of_them():
    from masking import BENCHMARKS

    declared = {setting.name: setting for setting in params(BENCHMARKS["patch_removal"])}
    assert parse_value(declared["methods"], "all") == tuple(METHODS)
    assert parse_value(declared["orders"], "all") == ("random", "most_salient_first", "least_salient_first")
    assert not is_all(declared["shares"], "all")  # numbers have no choices
    with pytest.raises(ValueError, match="shares is 'all'; give a number"):
        parse_value(declared["shares"], "all")


def test_a_misspelt_choice_is_offered_rightly():
    from masking.benchmarks.protocol.experiment import make_experiment

    with pytest.raises(ValueError, match=r"methods is 'blackuot'; it must be one of .*; did you mean blackout"):
        make_experiment("patch_removal", {"methods": ["blackuot"]})


def test_titles_hold_the_settings():
    assert entry_title(METHODS, "greyout") == METHODS["greyout"].title
    assert entry_title(METHODS, "greyout:grey=middle") == f"{METHODS['greyout'].title} (grey=middle)"
    assert entry_title(METHODS, "mine") == "mine"
