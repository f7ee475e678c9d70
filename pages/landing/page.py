"""The landing page: what missingness bias is, one live example, doors to the pages."""

import streamlit as st

from masking.datasets.gallery import open_sample, samples
from masking.inference.predict import USUAL_METHODS, Comparison, compare
from masking.masks.mask import Mask
from masking.models.zoo import bundled
from pages.components.cards import show_cards
from pages.pickers.classifier import load
from pages.pickers.picture import object_mask

LEAD = (
    "To ask an image classifier what a part of a picture is worth, one hides that part and looks again. "
    "But a network has never seen “nothing”: painted black or grey, the hole is a strange new object, and its "
    "<b>shape alone</b> can tell the network what stood there. That is <b>missingness bias</b>, and this tool puts "
    "the ways of hiding pixels side by side, among them <b>layer masking</b>, which lets a network compute from the "
    "visible pixels only."
)


@st.cache_resource(show_spinner=False)
def _example() -> Comparison:
    """A scene whose object is cut out exactly, shown to the bundled classifier here and now."""
    classifier = load(next(iter(bundled())), "cpu")
    name = next(iter(samples()))
    hidden = object_mask(name)
    if hidden is None:
        raise ValueError(f"the sample {name} has no object mask; run `missingness scenes`")
    mask = classifier.prepare_mask(hidden, Mask.from_png(hidden).size)
    return compare(classifier, open_sample(name), mask, USUAL_METHODS)


def landing_page() -> None:
    """Draw the page."""
    st.title("What does the model do when this part of the image is missing?")
    st.html(f"<p class='mx-lead'>{LEAD}</p>")
    with st.container(horizontal=True, key="door"):
        st.page_link("pages/1_Compare.py", label="**Compare on your own photograph**", icon=":material/arrow_forward:")
        st.page_link("pages/2_Layers.py", label="**See why, layer by layer**", icon=":material/layers:")
        st.page_link("pages/3_Shape_leakage.py", label="**Measure what a hole tells**", icon=":material/straighten:")
        st.page_link("pages/4_LIME.py", label="**Explain under each method**", icon=":material/lightbulb:")
        st.page_link("pages/5_Attribution_masks.py", label="**Watch a mask write its label**", icon=":material/movie:")
        st.page_link("pages/6_Benchmarks.py", label="**Measure on many images**", icon=":material/monitoring:")
    st.subheader("A live example: the object is cut out, so nothing of it is left to see")
    with st.spinner("Computing the example on this machine …"):
        example = _example()
    show_cards(example)
    st.caption(
        "A small network that knows sixteen kinds of objects by their outlines, over backgrounds that say nothing. "
        "A method under which it still gives the right answer has told it by the shape of the hole. "
        "(Some objects of this world are black or grey, so that such a hole even looks like one.)"
    )
