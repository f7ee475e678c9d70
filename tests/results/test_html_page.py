import base64
import hashlib
import re
from html.parser import HTMLParser

import pytest

from masking import Mask
from masking.results.html_page import HtmlPage, html_figure

EVIL = '<script>alert("&")</script>'


class Reader(HTMLParser):
    """Notes the tags of a page, and which of them are open."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.open = [], []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        if tag not in ("meta", "img"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def whole_page():
    page = HtmlPage(EVIL, EVIL)
    page.add_heading(EVIL)
    page.add_text(EVIL)
    page.add_figures([html_figure(EVIL, Mask.full(4).to_png(), EVIL, [EVIL, "", "second"])] * 3)
    page.add_table([{EVIL: EVIL, "number": "1"}], EVIL)
    page.add_facts({EVIL: EVIL})
    page.add_manifest({EVIL: [EVIL, 1.5]})
    return page.to_html()


def test_a_page_is_well_formed_and_escapes_every_text():
    page = whole_page()
    reader = Reader(page)
    assert reader.open == []
    assert "script" not in reader.tags
    assert reader.tags.count("img") == reader.tags.count("figure") == 3
    assert page.count("<p>second</p>") == 3
    assert "<p></p>" not in page


def test_a_page_needs_nothing_else():
    addresses = re.findall(r'(?:src|href)="([^"]{5})|url\(|@import', whole_page())
    assert set(addresses) == {"data:"}


def test_a_page_forbids_every_request_and_every_script_but_its_own():
    page = HtmlPage("Heading", language="de")
    page.add_script("document.title = 'there';")
    own = base64.b64encode(hashlib.sha256(b"document.title = 'there';").digest()).decode()
    for policy, scripts in ((whole_page(), ""), (page.to_html(), f"; script-src 'sha256-{own}'")):
        content = re.search('http-equiv="Content-Security-Policy" content="([^"]*)"', policy)[1]
        assert content == f"default-src 'none'; img-src data:; style-src 'unsafe-inline'{scripts}"
    assert '<html lang="de">' in page.to_html()


@pytest.mark.parametrize("text", ["'</script>'", "'</SCRIPT>'", "<!-- <script>"])
def test_scripts_and_style_sheets_that_would_end_their_element_are_refused(text):
    with pytest.raises(ValueError, match="end its element"):
        HtmlPage("Heading").add_script(text)
    with pytest.raises(ValueError, match="end its element"):
        HtmlPage("Heading").add_style("p::after { content: '</style>' }")


def test_the_least_page():
    assert Reader(HtmlPage("Heading").to_html()).tags.count("p") == 0


def test_every_table_has_a_name_of_its_own():
    page = HtmlPage("Heading")
    for _ in range(2):
        page.add_table([{"a": "1"}])
    page.add_heading("Section")
    page.add_table([{"a": "1"}])
    names = re.findall('role="region" aria-label="([^"]*)"', page.to_html())
    assert names == ["Table 1: Heading", "Table 2: Heading", "Table 3: Section"]


def test_the_first_line_below_a_picture_is_its_main_one():
    data = Mask.full(4).to_png()
    assert '<p class="answer">first</p><p>second</p>' in html_figure("T", data, "t", ["first", "", "second"])
    whole = html_figure(
        "T", data, "t", ["why"], answer="cat", bars=[("cat", 0.0004, True)], facts={"a": "b"}, word="Leak"
    )
    order = ['<p class="answer">cat</p>', "bar marked", "&lt; 0.1 %", "<dt>a</dt><dd>b</dd>", "Leak", "<p>why</p>"]
    assert [whole.index(part) for part in order] == sorted(whole.index(part) for part in order)
