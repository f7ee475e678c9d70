"""The landing page: what missingness bias is, one live example, doors to the pages."""

import streamlit as st

from masking.datasets.gallery import first_sample, open_sample
from masking.inference.comparison import Comparison
from masking.inference.predict import USUAL_METHODS, compare
from masking.models.picture_kinds import PictureKind
from masking.models.zoo import bundled
from pages.components.cards import show_cards
from pages.pickers.classifier import load
from pages.pickers.picture import object_mask_for

LEAD = (
    "How much does a part of a picture matter to an image classifier? The usual test hides that part and asks again. "
    "But a network has never seen “nothing”: painted black or grey, the hole is a strange new object, and its "
    "<b>shape alone</b> can tell the network what stood there. That is <b>missingness bias</b>. This tool puts "
    "the ways of hiding pixels side by side, among them <b>layer masking</b>, which lets a network compute from the "
    "visible pixels only."
)
DOORS = {
    "pages/1_Compare.py": ("Compare on your own photograph", ":material/arrow_forward:"),
    "pages/2_Layers.py": ("See why, layer by layer", ":material/layers:"),
    "pages/3_Shape_leakage.py": ("Measure what a hole reveals", ":material/straighten:"),
    "pages/4_LIME.py": ("Explain under each method", ":material/lightbulb:"),
    "pages/5_Attribution_masks.py": ("Watch a mask write its label", ":material/movie:"),
    "pages/6_Benchmarks.py": ("Measure on many images", ":material/monitoring:"),
}


@st.cache_resource(show_spinner=False)
def _example() -> Comparison:
    """Return a scene whose object is hidden exactly, as the bundled classifier answers it here and now."""
    classifier = load(next(iter(bundled())), "cpu")
    name = first_sample(PictureKind.DRAWN).name
    mask = object_mask_for(classifier, name)
    if mask is None:
        raise ValueError(f"the sample {name} has no object mask; run `missingness scenes`")
    return compare(classifier, open_sample(name), mask, USUAL_METHODS)


def landing_page() -> None:
    """Draw the page."""
    st.title("What does the model do when this part of the image is missing?")
    st.html(f"<p class='mx-lead'>{LEAD}</p>")
    with st.container(horizontal=True, key="door"):
        for path, (label, icon) in DOORS.items():
            st.page_link(path, label=f"**{label}**", icon=icon)
    st.subheader("A live example: the object is hidden exactly, so nothing of it is left to see")
    with st.spinner("Computing the example on this machine …"):
        example = _example()
    hidden = example.whole.category
    st.markdown(
        f"Nothing of the {hidden} is visible. Where the network still says “{hidden}”, it has read the shape of the "
        "hole. The other answers are guesses, as they should be: the network has to name one of its "
        f"{len(example.whole.categories)} classes."
    )
    show_cards(example)
    st.caption(
        "This small network knows sixteen kinds of objects by their outlines, over backgrounds that say nothing about "
        "them. Some objects in these scenes are black or grey, so a hole of that colour even looks like one."
    )
