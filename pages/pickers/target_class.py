"""Classes that stay chosen: in links, by their index or name, and under another classifier, by their name."""

from collections.abc import Sequence

import streamlit as st

from masking.models.categories import find_class, is_number
from masking.models.classifier import Classifier
from pages.shell import links
from pages.shell.errors import escape_markdown

_CATEGORIES = "categories of "
"""Before a widget's key: the session key of the class names that the choice was made from."""


def linked_class(key: str, options: Sequence[str], categories: Sequence[str]) -> dict[str, str]:
    """Return the index of the class that the link names, by that name; empty if it names none, or gives an option.

    A number in a link is always an index, so links keep their meaning where classes are called by numbers.
    """
    linked = st.query_params.get(key, "")
    if not linked or linked in options or is_number(linked):
        return {}
    index = find_class(linked, categories)
    return {} if index is None else {linked: str(index)}


def carried_class(key: str, choice: str | None, classifier: Classifier, what: str, instead: str) -> str | None:
    """Return a choice of a class under another classifier: the class of the same name; None if it has none.

    Args:
        key: of the widget.
        choice: the index of a class as text; any other text, and None, stay as they are.
        classifier: the classifier now.
        what: names the choice in the link warning that an unknown class gives.
        instead: names what the page goes on with then.
    """
    state, categories = st.session_state, classifier.categories
    before = state.get(_CATEGORIES + key, categories)
    state[_CATEGORIES + key] = categories
    if before == categories or choice is None or not is_number(choice) or int(choice) >= len(before):
        return choice
    index = find_class(before[int(choice)], categories)
    if index is None:
        unknown = f"{escape_markdown(classifier.name)} does not know the {what} {escape_markdown(before[int(choice)])}"
        links.add_link_warning(key, f"{unknown}; going on with {instead}.")
    return None if index is None else str(index)
