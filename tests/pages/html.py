"""HTML as a tree, so that tests ask for what a person sees instead of reading markup."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

EMPTY = {"br", "img", "input", "hr", "meta"}
SENTENCES = {"p", "h3", "h4", "pre"}


@dataclass
class Element:
    """One element, its attributes, and what is inside: elements and pieces of text."""

    tag: str = ""
    attributes: dict[str, str] = field(default_factory=dict)
    inside: list["Element | str"] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.tag)

    @property
    def marks(self) -> set[str]:
        """The classes of the element."""
        return set(self.attributes.get("class", "").split())

    @property
    def text(self) -> str:
        """All text inside; that of different elements is apart, except in sentences."""
        pieces = [piece if isinstance(piece, str) else piece.text for piece in self.inside]
        return ("" if self.tag in SENTENCES else " ").join(pieces)

    def __iter__(self) -> Iterator["Element"]:
        """Go through the element and everything inside, from the top."""
        yield self
        for piece in self.inside:
            if isinstance(piece, Element):
                yield from piece

    def all(self, tag: str = "", mark: str = "") -> list["Element"]:
        """Return the elements inside with this tag and this class."""
        elements = (element for element in self if element is not self)
        return [element for element in elements if tag in ("", element.tag) and (not mark or mark in element.marks)]

    def first(self, tag: str = "", mark: str = "") -> "Element":
        """Return the first of `all`, or an element without tag or text."""
        return next(iter(self.all(tag, mark)), Element())

    def texts(self, tag: str = "", mark: str = "") -> list[str]:
        """Return the text of each of `all`."""
        return [element.text for element in self.all(tag, mark)]


class _Parser(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open = [Element()]

    def handle_starttag(self, tag, attrs) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.open[-1].inside.append(element)
        if tag not in EMPTY:
            self.open.append(element)

    def handle_startendtag(self, tag, attrs) -> None:
        self.open[-1].inside.append(Element(tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag) -> None:
        assert self.open.pop().tag == tag, f"</{tag}> closes nothing"

    def handle_data(self, data) -> None:
        self.open[-1].inside.append(data)


def parse(text: str) -> Element:
    """Return an element without a tag that holds all of a text; an element that is not closed fails."""
    parser = _Parser()
    parser.feed(text)
    parser.close()
    (whole,) = parser.open
    return whole
