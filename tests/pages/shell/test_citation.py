import re

from masking import __version__
from masking.lessons.references import references
from pages.shell.citation import VERSION, YEAR, citation_html, papers, program_bibtex
from tests.pages.compare_page import ROOT
from tests.pages.html import parse

FILE = (ROOT / "CITATION.cff").read_text("utf-8")


def papers_of_the_file():
    """Title, year, families and address of every paper in CITATION.cff."""
    for entry in FILE.partition("references:\n")[2].split("  - type: ")[1:]:
        address = re.search(r"url: (\S+)", entry)
        yield (
            re.search(r'title: "?([^"\n]+)', entry)[1],
            int(re.search(r"year: (\d+)", entry)[1]),
            re.findall(r"family-names: (.+)", entry),
            address[1] if address else "",
        )


def test_the_citation_file_and_the_references_agree():
    by_title = {paper.title: paper for paper in references().values()}
    cited = list(papers_of_the_file())
    for title, year, families, address in cited:
        paper = by_title[title]
        assert (paper.year, paper.address) == (year, address)
        assert [author.partition(",")[0] for author in paper.authors] == families
    first = list(references().values())[: len(cited)]
    assert {paper.title for paper in first} == {title for title, *_ in cited}
    assert re.search(r"^version: (\S+)", FILE, re.MULTILINE)[1] == VERSION == __version__
    assert re.search(r"date-released: (\d{4})", FILE)[1] == YEAR


def test_the_footer_cites_the_program_and_every_paper():
    cited = parse(citation_html())
    assert f"version {__version__}" in cited.text
    assert cited.texts("pre") == [program_bibtex()]
    items = cited.all("li")
    for paper, item in zip(references().values(), items, strict=True):
        assert paper.text in item.text
        assert [link.attributes["href"] for link in item.all("a")] == ([paper.address] if paper.address else [])
        assert item.first("button").attributes["data-copy"] == paper.bibtex
        assert paper.short in item.first("button").attributes["aria-label"]


def test_the_footer_reads_the_same_papers_as_the_library():
    assert {key: paper.bibtex for key, paper in papers().items()} == {
        key: paper.bibtex for key, paper in references().items()
    }


def test_the_words_around_it_are_in_the_language_of_the_page():
    assert "BibTeX kopieren" in parse(citation_html("de")).texts("button")
