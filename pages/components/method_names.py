"""How pages call masking methods, by the word that names one, such as `blackout` or `greyout:grey=middle`."""

import re

from masking.methods import METHODS
from masking.registry.parsing import entry_title
from masking.results.series_style import series_styles


def method_title(word: str) -> str:
    """Return a method's title, with the parameters that its word sets; the word itself if there is no such method."""
    return entry_title(METHODS, word)


def option_title(word: str) -> str:
    """Return how a list of choices calls a method: by its title alone where the word sets no parameter."""
    return METHODS[word].title if word in METHODS else method_title(word)


def file_word(word: str) -> str:
    """Return a method's word as a part of a file's name, such as `greyout-grey-middle`."""
    return re.sub(r"\W+", "-", word)


def is_method(word: object) -> bool:
    """Return whether a word begins with the name of a masking method."""
    return isinstance(word, str) and word.partition(":")[0] in METHODS


def method_colour(word: str) -> str:
    """Return the colour (#rrggbb) in which charts draw a method."""
    return series_styles([word], METHODS)[word].colour
