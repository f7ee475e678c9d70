"""The landing page: what missingness bias is, one live example, doors to the pages."""

import streamlit as st

from masking.datasets.gallery import open_sample, samples
from masking.mask import Mask
from masking.models.zoo import bundled
from masking.predict import USUAL_METHODS, Comparison, compare
from pages.ui.cards import show_cards
from pages.ui.classifiers import load

LEAD = (
    "To ask an image classifier what a part of a picture is worth, one hides that part and looks again. "
    "But a network has never seen “nothing”: painted black or grey, the hole is a strange new object, and its "
    "<b>shape alone</b> can tell the network what stood there. That is <b>missingness bias</b>, and this tool puts "
    "the ways of hiding pixels side by side, among them <b>layer masking</b>, which lets a network compute from the "
    "visible pixels only."
)


@st.cache_resource(show_spinner=False)
def _example() -> Comparison:
    """A scene whose object is hidden in random patches, on the bundled classifier, computed here and now."""
    classifier = load(next(iter(bundled())), "cpu")
    mask = Mask.random_patches(classifier.input_size, 0.5, patch=16, seed=0)
    return compare(classifier, open_sample(next(iter(samples()))), mask, USUAL_METHODS)


def landing() -> None:
    """Draw the page."""
    st.title("What does the model do when this part of the image is missing?")
    st.html(f"<p class='mx-lead'>{LEAD}</p>")
    st.page_link("pages/1_Compare.py", label="**Compare on your own photograph**", icon=":material/arrow_forward:")
    st.subheader("A live example: half of the picture is hidden")
    with st.spinner("Computing the example on this machine …"):
        example = _example()
    show_cards(example)
