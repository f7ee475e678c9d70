import re

import pytest

from masking import ATTRIBUTIONS, BENCHMARKS, METHODS, SEGMENTATIONS
from masking.lessons.references import Reference, bibtex_entry, references

SOURCES = sorted(
    {
        part.strip()
        for registry in (METHODS, ATTRIBUTIONS, SEGMENTATIONS, BENCHMARKS)
        for entry in registry.values()
        for part in entry.source.split(";")
        if re.search(r"\b(19|20)\d\d\b", part)
    }
)


def test_a_paper_as_text():
    assert references()["lee2021"].text == (
        "Lee, J.-H. & Chang, J.-H. (2021). Attribution Mask: Filtering Out Irrelevant Features By Recursively Focusing "
        "Attention on Inputs of DNNs. arXiv 2102.07332."
    )
    assert references()["jain2022"].text.startswith("Jain, S., Salman, H., Wong, E., ")
    assert references()["jain2022"].text.endswith("International Conference on Learning Representations (ICLR).")


def test_a_paper_by_its_short_name():
    assert references()["jain2022"].short == "Jain et al. 2022"
    assert references()["balasubramanian2023"].short == "Balasubramanian & Feizi 2023"
    assert Reference("own", ("Nobody",), 2020, "Alone").short == "Nobody 2020"


def test_a_paper_as_bibtex():
    assert references()["balasubramanian2023"].bibtex == (
        "@inproceedings{balasubramanian2023,\n"
        "  author = {Balasubramanian, Sriram and Feizi, Soheil},\n"
        "  title = {{Towards Improved Input Masking for Convolutional Neural Networks}},\n"
        "  booktitle = {IEEE/CVF International Conference on Computer Vision (ICCV)},\n"
        "  year = {2023},\n"
        "  eprint = {2211.14646},\n"
        "  archivePrefix = {arXiv},\n"
        "}"
    )
    kinds = {paper.bibtex.partition("{")[0] for paper in references().values()}
    assert kinds == {"@inproceedings", "@article", "@misc"}


def test_a_field_without_a_value_is_left_out():
    assert bibtex_entry("misc", "key", {"title": "A", "year": ""}) == "@misc{key,\n  title = {A},\n}"


def test_keys_are_the_first_author_and_the_year():
    for key, paper in references().items():
        assert key == f"{paper.authors[0].partition(',')[0].lower()}{paper.year}"
        assert not (paper.venue and paper.journal)


@pytest.mark.parametrize("source", SOURCES)
def test_what_a_method_names_as_its_source_is_a_reference(source):
    papers = references().values()
    named = [paper for paper in papers if paper.authors[0].partition(",")[0] in source and str(paper.year) in source]
    assert named
    if number := re.search(r"arXiv ([\w./-]+)", source):
        assert number[1] in [paper.arxiv for paper in named]


def test_a_paper_without_an_address_has_none():
    assert references()["ribeiro2016"].address == ""
    assert references()["jain2022"].address == "https://arxiv.org/abs/2204.08945"
