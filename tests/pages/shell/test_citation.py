import re

from masking import __version__
from pages.shell.citation import PAPERS, VERSION, citation_html
from tests.pages.compare_page import ROOT
from tests.pages.html import parse

FILE = (ROOT / "CITATION.cff").read_text("utf-8")


def test_the_footer_cites_what_the_citation_file_does():
    cited = parse(citation_html())
    items = cited.texts("li")
    assert len(items) == 1 + len(PAPERS)
    assert f"version {__version__}" in items[0]
    assert __version__ == VERSION
    assert re.search(r"date-released: (\d{4})", FILE)[1] in items[0]
    titles = re.findall(r'^ +title: "?([^"\n]+)', FILE, re.MULTILINE)
    assert len(titles) == len(PAPERS)
    for title, item in zip(titles, items[1:], strict=True):
        assert title in item


def test_only_addresses_of_the_citation_file_are_linked():
    links = [link.attributes["href"] for link in parse(citation_html()).all("a")]
    assert links == re.findall(r"url: (\S+)", FILE)
