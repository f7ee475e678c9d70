"""How names, WordNet ids and numbers of classes become indices of a classifier's categories."""

from pathlib import Path

import pytest

from masking.datasets.sources.labels import (
    UNKNOWN,
    SourceLabels,
    check_labels,
    describe_labels,
    imagenet_categories,
    label_facts,
    wordnet_ids,
)
from tests.datasets.sources.files import NAMES

IMAGENET_IDS = tuple(f"n{number:08}" for number in range(1000))
"""A thousand ids in ascending order, which ImageNet's are."""
CRANES = [index for index, name in enumerate(imagenet_categories()) if name.startswith("crane")]


def read(labels, categories, **source):
    reader = SourceLabels(**source).reader(categories)
    return [reader.index(label) for label in labels]


def test_names_of_classes():
    labels = ["tench", "Tinca_Tinca", "crane, bird", "crane", 3, 9, -1, None, "violin"]
    assert read(labels, NAMES) == [0, 0, 1, UNKNOWN, 3, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN]


def test_wordnet_ids_name_classes_too(tmp_path):
    (tmp_path / "imagenet_wnids.txt").write_bytes(b"\xef\xbb\xbfn0\r\n\r\nn1 a fish\r\nn2, a bird\r\nn3\r\n")
    ids = wordnet_ids(tmp_path / "pictures")
    assert ids == wordnet_ids(tmp_path) == ("n0", "n1", "n2", "n3")
    assert wordnet_ids(tmp_path / "far" / "away") == ()
    assert read(["n2", "guitar", "n4"], NAMES, wordnet_ids=ids) == [2, 3, UNKNOWN]


# --- lists of WordNet ids of other classes ---------------------------------------------------------------------------


def test_imagenets_ids_are_lines_of_an_imagenet_classifier():
    labels = [IMAGENET_IDS[0], IMAGENET_IDS[CRANES[0]], IMAGENET_IDS[CRANES[1]], "crane"]
    assert read(labels, imagenet_categories(), wordnet_ids=IMAGENET_IDS) == [0, *CRANES, CRANES[1]]


@pytest.mark.parametrize(
    ("categories", "expected"),
    [
        (("goldfish", "tench", "church"), [1, 0, UNKNOWN, UNKNOWN]),  # ImageNet's names of the ids
        (("crane", "goldfish", "cat"), [UNKNOWN, 1, UNKNOWN, UNKNOWN]),  # ImageNet calls the other bird "crane bird"
        ((IMAGENET_IDS[1], "tench", IMAGENET_IDS[0]), [2, 0, UNKNOWN, UNKNOWN]),  # the categories' own ids come first
        (tuple(reversed(imagenet_categories())), [999, 998, 999 - CRANES[0], UNKNOWN]),  # as many, in another order
    ],
    ids=["three", "crane", "ids", "reversed"],
)
def test_ids_of_a_thousand_classes_beside_another_classifier(categories, expected):
    labels = [IMAGENET_IDS[0], IMAGENET_IDS[1], IMAGENET_IDS[CRANES[0]], IMAGENET_IDS[700]]
    expected = [*expected[:3], read([imagenet_categories()[700]], categories)[0]]
    assert read(labels, categories, wordnet_ids=IMAGENET_IDS) == expected


def test_a_name_of_the_set_itself_beats_the_line_of_a_short_list():
    aliases = {"n0": ("dog",), "n1": ("cat",)}
    assert read(["n0", "n1"], ("cat", "dog"), wordnet_ids=("n0", "n1"), aliases=aliases) == [1, 0]
    assert read(["n0", "n1"], ("cat", "dog"), wordnet_ids=("n0", "n1")) == [0, 1]


# --- numbers ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("categories", "numbers", "expected"),
    [
        (("0", "1", "10", "11", "2"), ("10", "2"), [2, 4]),  # names
        (NAMES, ("1", "3"), [1, 3]),  # indices
        (NAMES, ("1", "4"), [UNKNOWN, UNKNOWN]),  # counted from 1
        (("1", "2", "3"), ("1", "0"), [0, UNKNOWN]),  # a name, and a number that is none
        (("cat", "7", "dog"), ("1", "2"), [UNKNOWN, UNKNOWN]),  # a class is called by a number
    ],
    ids=["names", "indices", "from 1", "mixed", "one number"],
)
def test_numbers_are_names_or_indices(categories, numbers, expected):
    assert read(numbers, categories, numbers=numbers) == expected


def test_a_number_is_no_index_unless_the_source_says_so():
    assert read(["1"], NAMES) == [UNKNOWN]


# --- what a run says about it ----------------------------------------------------------------------------------------


def test_unknown_labels_are_counted_and_named():
    reader = SourceLabels().reader(NAMES)
    facts = label_facts(reader, ["tench", "violin", "drum", "violin", None])
    assert facts == {"unknown": 4, "of": 5, "examples": ["violin", "drum"]}
    sentence = "The class of 4 of 5 images is unknown to net (such as 'violin', 'drum'); they have no true label."
    assert describe_labels(facts, "net") == sentence
    assert describe_labels(label_facts(reader, [None]), "net").startswith(
        "The class of 1 of 1 images is unknown to net;"
    )


@pytest.mark.parametrize(
    ("categories", "label"),
    [(("crane", "tench", "crane"), "crane"), (("Ash", "ASH"), "ash"), (("ash, fraxinus", "ash, ruin"), "ash")],
)
def test_names_of_several_classes_are_called_so(categories, label):
    facts = label_facts(SourceLabels().reader(categories), [label, "violin"])
    assert facts == {"unknown": 2, "of": 2, "examples": [label, "violin"], "ambiguous": [label]}
    assert describe_labels(facts, "net").endswith(f"they have no true label. Several classes are called '{label}'.")


def test_numbers_that_count_as_indices_are_named():
    reader = SourceLabels(numbers={"1", "3"}).reader(NAMES)
    assert label_facts(reader, ["3", "1"]) == {"indices": ["3", "1"]}
    assert describe_labels({"indices": ["3", "1"]}, "net").endswith("(such as 3, 1) count as indices of net's classes.")


def test_nothing_is_said_where_all_is_well():
    assert label_facts(SourceLabels().reader(NAMES), ["tench", "guitar"]) == {}
    assert describe_labels({}, "net") == ""


@pytest.mark.parametrize(
    ("labels", "sentence"),
    [
        ([], "a holds no pictures; check the path"),
        ([0, 2], "a has labels from 0 to 2 but 2 class names; fix the file"),
        ([-1, 1], "a has labels from -1 to 1 but 2 class names; fix the file"),
    ],
)
def test_labels_without_a_class_name_are_refused(labels, sentence):
    check_labels([0, 1], ("x", "y"), Path("a"))
    with pytest.raises(ValueError, match=sentence):
        check_labels(labels, ("x", "y"), Path("a"))
