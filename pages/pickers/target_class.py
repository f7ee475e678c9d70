"""Classes in links: by their index, as the pages write them, or by their name, as people do."""

from collections.abc import Sequence

import streamlit as st

from masking.models.categories import find_class, is_number


def linked_class(key: str, options: Sequence[str], categories: Sequence[str]) -> dict[str, str]:
    """Return the index of the class that the link names, by that name; empty if it names none, or gives an option.

    A number in a link is always an index, so links keep their meaning where classes are called by numbers.
    """
    linked = st.query_params.get(key, "")
    if not linked or linked in options or is_number(linked):
        return {}
    index = find_class(linked, categories)
    return {} if index is None else {linked: str(index)}
