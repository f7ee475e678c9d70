import re

import pytest

from masking.lessons import all_ideas, languages
from masking.lessons.glossary import glossary, read_glossary
from masking.lessons.references import references

NEEDED = {
    "attribution", "bit", "blackout", "bootstrap", "class_entropy", "confidence_interval", "entropy", "greyout", "gxsi",
    "held_out", "inpainting", "layer_masking", "leakage", "lime", "logit", "mia", "min_max_normalisation",
    "missingness_bias", "neighbour_padding", "nib", "occlusion", "out_of_distribution", "partial_convolution",
    "predictive_entropy", "r2", "reliance_error", "softmax", "superpixel", "token_dropping", "transplant",
}  # fmt: skip
every_language = pytest.mark.parametrize("language", languages())


def write(folder, text):
    (folder / "glossary.toml").write_text(f'[sources]\nbook = {{ en = "a book", de = "ein Buch" }}\n{text}', "utf-8")
    return folder


@every_language
def test_every_term_is_explained_in_one_sentence_and_has_a_source(language):
    terms = glossary(language)
    assert set(terms) >= NEEDED
    for key, term in terms.items():
        assert re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", key)
        assert term.definition.endswith(".")
        assert not re.search(r"[.!?] [A-ZÄÖÜ]", term.definition), key
        assert term.source
        assert term.reference in {"", *references()}


def test_german_terms_are_german():
    english, german = glossary("en"), glossary("de")
    assert set(english) == set(german)
    assert not [key for key in english if english[key].definition == german[key].definition]


@every_language
def test_a_spelling_belongs_to_one_term(language):
    spellings = [spelling.casefold() for term in glossary(language).values() for spelling in set(term.spellings)]
    repeated = {spelling for spelling in spellings if spellings.count(spelling) > 1}
    # "Patch" and "patch" are the same spelling of the same term
    assert {spelling for spelling in repeated if len(owners(spelling, language)) > 1} == set()
    assert all(term.spellings for term in glossary(language).values())


def owners(spelling, language):
    return {key for key, term in glossary(language).items() if spelling in {each.casefold() for each in term.spellings}}


def test_terms_are_in_the_order_of_their_names():
    for language in languages():
        names = [term.name.casefold() for term in glossary(language).values()]
        assert names == sorted(names)


@pytest.mark.parametrize("idea", all_ideas(), ids=lambda idea: idea.name)
def test_an_idea_names_terms_and_references_that_exist(idea):
    assert set(idea.terms) <= set(glossary())
    assert set(idea.references) <= set(references())


def test_a_source_that_is_neither_a_paper_nor_described_fails(tmp_path):
    term = '[logit]\nsource = "nobody"\nen = { name = "Logit", definition = "A number.", spellings = ["logit"] }\n'
    with pytest.raises(KeyError, match=r"nobody.*logit"):
        read_glossary(write(tmp_path, term), "en", {})


def test_what_a_language_lacks_is_english_and_papers_have_their_short_names(tmp_path):
    words = 'en = { name = "Logit", definition = "A number.", spellings = ["logit"] }\n'
    folder = write(tmp_path, f'[logit]\nsource = "jain2022"\n{words}[other]\nsource = "book"\n{words}')
    terms = read_glossary(folder, "de", {"jain2022": "Jain et al. 2022"})
    assert (terms["logit"].name, terms["logit"].source, terms["logit"].reference) == (
        "Logit",
        "Jain et al. 2022",
        "jain2022",
    )
    assert (terms["other"].source, terms["other"].reference) == ("ein Buch", "")
