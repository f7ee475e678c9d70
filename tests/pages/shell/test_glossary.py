import json

import pytest

from masking.lessons.glossary import glossary
from pages.shell.glossary import glossary_data
from pages.shell.language import languages

LARGEST = 60_000
"""Bytes: every page sends them."""


@pytest.mark.parametrize("language", languages())
def test_the_browser_gets_every_term_of_the_library(language):
    data = glossary_data(language)
    assert len(json.dumps(data)) < LARGEST
    assert [(term["key"], term["definition"], term["source"]) for term in data["terms"]] == [
        (term.key, term.definition, term.source) for term in glossary(language).values()
    ]
    assert all(data["words"].values())


def test_the_browser_fills_in_counts_and_sources_itself():
    words = glossary_data("en")["words"]
    assert "{count}" in words["count"]
    assert "{source}" in words["source"]


def test_each_language_has_a_digest_of_its_own():
    assert len({glossary_data(language)["digest"] for language in languages()}) == len(languages())
