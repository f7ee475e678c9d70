"""Names and numbers of classes have one reading, or none."""

import unicodedata

import numpy as np
import pytest

from masking.attribution import targets
from masking.models.categories import candidates, class_index, class_text, find_class, parse_categories, read_categories

ANIMALS = ("tench, Tinca tinca", "crane, bird", "crane, machine", "guitar", "Cardigan, Welsh corgi", "cardigan")
DIGITS = tuple(sorted(map(str, range(12))))
"""Numbers as a folder of classes sorts them: 0, 1, 10, 11, 2 …"""


def literal_candidates(name, categories):
    """The rule in words: whole categories, then synonyms, then both without regard to how they are written."""

    def plain(text):
        return " ".join(unicodedata.normalize("NFC", text).replace("_", " ").split()).casefold()

    parts = [[part.strip() for part in category.split(",")] for category in categories]
    steps = (
        [index for index, category in enumerate(categories) if category == name],
        [index for index, names in enumerate(parts) if name in names],
        [
            index
            for index, names in enumerate(parts)
            if plain(name) in {plain(text) for text in (categories[index], *names)}
        ],
    )
    return next(filter(None, steps), [])


@pytest.mark.parametrize(
    "name",
    ["tench", "Tinca_tinca", "TENCH", "crane", "crane, bird", "Cardigan", "cardigan", "CARDIGAN", "corgi", "guitar "],
)
def test_candidates_are_those_of_the_literal_rule(name):
    assert candidates(name, ANIMALS) == literal_candidates(name, ANIMALS)


@pytest.mark.parametrize(
    ("target", "categories", "index"),
    [
        ("10", DIGITS, 2),
        ("2", DIGITS, 4),
        ("#2", DIGITS, 2),
        ("missile", ("projectile, missile", "missile"), 1),
        ("#2", ANIMALS, 2),
        ("#2", ("cat", "dog", "bird", "#2"), 3),
        (10, DIGITS, 10),
        (np.int64(3), DIGITS, 3),
        ("3", ANIMALS, 3),
        ("Tinca_Tinca", ANIMALS, 0),
        ("Cardigan", ANIMALS, 4),
        ("cardigan", ANIMALS, 5),
        ("n01440764", ("n01440764 tench, Tinca tinca", "n01443537 goldfish"), 0),
        ("goldfish", ("n01440764 tench, Tinca tinca", "n01443537 goldfish"), 1),
        (unicodedata.normalize("NFD", "café"), ("bar", "café"), 1),
    ],
)
def test_a_target_has_one_reading(target, categories, index):
    assert class_index(target, categories) == index
    assert targets.class_index(target, categories) == index


@pytest.mark.parametrize(
    ("target", "categories", "sentence"),
    [
        ("crane", ANIMALS, r"'crane' may be any of 1 \(crane, bird\), 2 \(crane, machine\); give one as #1"),
        ("crane", ("crane", "kite", "crane"), r"may be any of 0 \(crane\), 2 \(crane\)"),
        ("CARDIGAN", ANIMALS, r"may be any of 4 .*, 5 "),
        (
            "0",
            ("1", "2", "3"),
            "there is no class '0'; numbers are names here, write #0 for an index; choose from",
        ),
        ("1", ("1", "cat", "1"), "may be any of 0"),
        ("12", DIGITS, "there is no class '12'"),
        ("9", ANIMALS, "there is no class 9; they go from 0 to 5"),
        ("#12", DIGITS, "there is no class 12; they go from 0 to 11"),
        ("#x", DIGITS, "there is no class '#x'"),
        (12, DIGITS, "there is no class 12; they go from 0 to 11"),
        (-1, DIGITS, "there is no class -1"),
        ("tensch", ("tench", "goldfish"), "did you mean tench"),
        (True, ANIMALS, "the target is True"),
        (1.0, ANIMALS, "the target is 1.0"),
    ],
)
def test_a_target_without_one_reading_is_refused(target, categories, sentence):
    with pytest.raises(ValueError, match=sentence):
        class_index(target, categories)


@pytest.mark.parametrize("categories", [ANIMALS, DIGITS, ("1", "cat", "1"), ("crane", "crane")])
def test_every_class_has_a_text_that_means_it(categories):
    for index in range(len(categories)):
        assert class_index(class_text(index, categories), categories) == index
    assert class_text(1, ANIMALS) == "1"


def test_an_unclear_name_finds_no_class():
    assert find_class("crane", ANIMALS) is None
    assert find_class("violin", ANIMALS) is None
    assert find_class("guitar", ANIMALS) == 3


@pytest.mark.parametrize(
    "content",
    [
        "cat\ndog\n",
        "\ufeffcat\ndog\n",
        "cat\r\ndog\r\n\r\n",
        "\ufeffcat\r\n\ufeffdog",
        '"cat"\n"dog"\n',
        "  cat \n\n\tdog",
    ],
)
def test_class_names_are_read_however_the_file_was_saved(tmp_path, content):
    (tmp_path / "names.txt").write_bytes(content.encode())
    assert read_categories(tmp_path / "names.txt") == ("cat", "dog")
    assert parse_categories(content.encode(), "it") == ("cat", "dog")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("cat\ndog".encode("utf-16"), r"names\.txt is not UTF-8 text but UTF-16 or none at all; save it as UTF-8"),
        ("cat\ndog".encode("utf-16-le"), "is not UTF-8 text but UTF-16"),
        ("café".encode("latin-1"), "is not UTF-8 text; save it as UTF-8"),
        (b"\xef\xbb\xbf\n \n", "is empty; give one name per class"),
    ],
)
def test_a_list_of_names_in_another_encoding_is_refused(tmp_path, content, sentence):
    (tmp_path / "names.txt").write_bytes(content)
    with pytest.raises(ValueError, match=sentence):
        read_categories(tmp_path / "names.txt")


def test_a_list_of_names_that_is_missing_is_named(tmp_path):
    with pytest.raises(ValueError, match=r"the category list .*gone\.txt cannot be read"):
        read_categories(tmp_path / "gone.txt")
