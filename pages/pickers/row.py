"""The row in which the pickers of a page stand; it wraps where there is no room for their names."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator


def picker_row() -> DeltaGenerator:
    """Return the row."""
    return st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="pickers")
