"""What the Compare page must show for its address, computed again without a server."""

import re
from functools import cache

import torch

from masking import Classifier, Mask, compare, load_classifier
from masking.datasets.gallery import open_sample
from masking.methods import METHODS
from pages.components.cards import cards_html

ROUNDING = 0.15
"""Shown numbers are rounded to one decimal; those of other numbers of threads may fall on the other side."""
_NUMBER = re.compile(r"[-−]?\d+(?:\.\d+)?")


def answer_differs(html: str, address: dict[str, str]) -> str:
    """Return how the cards of a page differ from what its address asks for; empty if they do not."""
    torch.set_num_threads(1)  # the machine may be busy with what is measured
    classifier = _classifier(address["model"])
    mask = Mask.from_text(address["mask"])
    image = classifier.prepare(open_sample(address["image"]))
    methods = {name: METHODS[name]() for name in address["methods"].split(",")}
    expected = cards_html(compare(classifier, image, mask, methods))
    return text_differs(shown_text(html), shown_text(expected))


def shown_text(html: str) -> str:
    """Return the words of the cards, without pictures and tags."""
    return " ".join(re.sub(r"<[^>]*>", " ", html).split())


def text_differs(shown: str, expected: str) -> str:
    """Return the words and numbers in which two texts differ beyond rounding, for a message; empty if in none."""
    if _NUMBER.sub("#", shown) != _NUMBER.sub("#", expected):
        return f"{shown[:200]!r} instead of {expected[:200]!r}"
    pairs = zip(_NUMBER.findall(shown), _NUMBER.findall(expected), strict=True)
    wrong = [pair for pair in pairs if abs(_value(pair[0]) - _value(pair[1])) > ROUNDING]
    return f"numbers differ: {wrong[:5]}" if wrong else ""


def _value(text: str) -> float:
    return float(text.replace("−", "-"))


@cache
def _classifier(name: str) -> Classifier:
    return load_classifier(name)
