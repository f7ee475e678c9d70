"""The Compare page: the mask editor on one side, every method's answer on the other."""

import streamlit as st
from PIL import Image
from torch import Tensor

from masking.image import digest
from masking.inference.comparison import Comparison
from masking.inference.predict import compare
from masking.masks.mask import Mask
from masking.masks.shares import share_text
from masking.methods import Method
from masking.methods.method import method_key
from masking.models.classifier import Classifier
from pages.compare.class_entropy import show_class_entropy
from pages.compare.fill_values import show_fill_values
from pages.components.cards import show_cards
from pages.components.exports import file_name, show_downloads, show_link
from pages.components.method_names import method_title
from pages.mask_editor.panel import show_editor
from pages.mask_editor.tools import mask_source
from pages.pickers.known_object import known_object
from pages.pickers.picture import picture_name, picture_title
from pages.shell import frame
from pages.shell.jobs import Job, run_latest


@st.fragment
def compare_page(classifier: Classifier, picture: Image.Image, methods: dict[str, Method]) -> None:
    """Edit the mask and see every method's answer; a stroke redraws this part of the page only."""
    with st.container(horizontal=True, gap="medium", key="bench"):
        image, mask = show_editor(classifier, picture)
        with st.container(key="answers"):
            comparison = _compare(classifier, image, mask, methods)
            if comparison is not None:
                _show_exports(show_class_entropy(classifier, image, mask, comparison))


def _compare(classifier: Classifier, image: Tensor, mask: Mask, methods: dict[str, Method]) -> Comparison | None:
    """Show the comparison, or the last one pale while it is computed. Returns it once it is there."""
    source, (object_mask, object_class) = mask_source(mask), known_object(classifier)
    known = f"{object_class} {object_mask.digest}" if object_mask else "unknown"
    key = f"{classifier.key} {method_key(methods, classifier)} {source} {known} {digest(image, mask.keep)}"

    def work(job: Job) -> Comparison:
        names = list(methods)

        def report(name: str) -> None:
            job.step(names.index(name) / len(names), method_title(name))

        return compare(classifier, image, mask, methods, report, source, object_mask, object_class)

    latest = run_latest("comparing", key, "Comparing", work)
    if latest is None:
        return None
    show_cards(latest.result, waiting=not latest.is_current)
    if methods:
        with st.expander("What goes into the network at the hidden pixels?", expanded=frame.is_first_visit()):
            show_fill_values(latest.result, classifier)
    return latest.result if latest.is_current else None


def _show_exports(comparison: Comparison) -> None:
    """Draw the link and the downloads; class entropies are in each file that has room for them."""
    title = picture_title(picture_name())
    parts = title, comparison.whole.named.name, share_text(comparison.mask.hidden_share, 0)

    def name(ending: str) -> str:
        return file_name("compare", *parts, ending=ending)

    with st.container(horizontal=True):
        show_link("picture, classifier, methods and mask")
        show_downloads(
            [
                ("PNG", lambda: comparison.to_png(title), name("png"), "image/png"),
                ("SVG", lambda: comparison.to_svg(title), name("svg"), "image/svg+xml"),
                ("HTML", lambda: comparison.to_html(title), name("html"), "text/html"),
                ("CSV", comparison.to_csv, name("csv"), "text/csv"),
                ("JSON", comparison.to_json, name("json"), "application/json"),
                ("Mask", comparison.mask.to_png, file_name("mask", *parts, ending="png"), "image/png"),
            ]
        )
