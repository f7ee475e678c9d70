import re
import tomllib

import pytest

from masking.lessons.text import ENGLISH, TEXTS, languages, load_text

PLACEHOLDER = re.compile(r"{(\w*)[^}]*}")
MEASURED = re.compile(r"\d+([.,]\d+)? ?(%(?! interval)|bits?\b|Bits?\b|percent|Prozent)")
"""A number with a unit, other than the level of an interval: words may not hold what was measured."""
OTHERS = [language for language in languages() if language != ENGLISH]


def test_numbers_are_written_as_the_language_does():
    english, german = load_text("en"), load_text("de")
    assert (english.number(1234.5, 1), german.number(1234.5, 1)) == ("1,234.5", "1.234,5")
    assert (english.percent(0.986, 1), german.percent(0.986, 1)) == ("98.6 %", "98,6 %")
    assert (english.separators, german.separators) == (".,", ",.")
    assert english.number(-0.25) == "−0.25"
    assert english.number(-0.001) == "0.00"


def test_a_share_that_is_not_all_or_nothing_is_never_called_so():
    text = load_text("de")
    assert text.percent(0.99999, 1) == "> 99,9 %"
    assert text.percent(0.00001, 1) == "< 0,1 %"
    assert (text.percent(0, 1), text.percent(1, 1)) == ("0,0 %", "100,0 %")


def test_english_stands_in_for_words_that_a_language_lacks(monkeypatch):
    german = load_text("de")
    assert german("lesson.title") == "Lernen"
    monkeypatch.delitem(german.entries, "lesson.title")
    assert german("lesson.title") == "Learn"
    assert german.has("lesson.title")


def test_an_unknown_language_or_entry_is_refused_by_name():
    with pytest.raises(KeyError, match="language 'xx'; choose from en, de"):
        load_text("xx")
    with pytest.raises(KeyError, match=r"no text 'hiding\.nothing'"):
        load_text()("hiding.nothing")
    assert not load_text().has("hiding.nothing")


@pytest.mark.parametrize("language", OTHERS)
def test_every_language_has_the_same_entries_with_the_same_placeholders(language):
    english, other = load_text().entries, load_text(language).entries
    assert other.keys() == english.keys()
    for key, entry in english.items():
        assert sorted(PLACEHOLDER.findall(other[key])) == sorted(PLACEHOLDER.findall(entry)), key


@pytest.mark.parametrize("language", languages())
def test_words_hold_no_measured_numbers(language):
    measured = {key: entry for key, entry in load_text(language).entries.items() if MEASURED.search(entry)}
    assert not measured, "put a placeholder there, and fill it from facts"


def test_every_file_of_words_can_be_read():
    files = sorted(TEXTS.rglob("*.toml"))
    assert files
    for file in files:
        assert tomllib.loads(file.read_text("utf-8")), file
