"""The Compare page: the mask editor on one side, every method's answer on the other."""

import streamlit as st
from PIL import Image
from torch import Tensor

from masking.image import digest
from masking.inference.comparison import Comparison
from masking.inference.predict import compare
from masking.inference.random_removal import Removal, random_removal
from masking.masks.mask import Mask
from masking.masks.shares import share_text
from masking.methods import METHODS, Method
from masking.models.classifier import Classifier
from pages.compare.figures import removal_figure
from pages.components.cards import show_cards, show_fill_values
from pages.components.charts import CONFIG
from pages.components.exports import show_downloads, show_link
from pages.mask_editor.panel import show_editor
from pages.mask_editor.tools import mask_source
from pages.shell import frame, links
from pages.shell.jobs import Job, run_latest, run_on_press

BATCH = 8
"""Random masks between two checks for Cancel."""
MASKS = "masks"
QUESTION = (
    "Do the answers depend on *what* is hidden? The same share of the picture is hidden many times at random. "
    "Few different answers (0 bits) are good if they are the picture's, and bad if the network always gives the same "
    "wrong one, such as “maze”."
)


@st.fragment
def compare_page(classifier: Classifier, picture: Image.Image, methods: dict[str, Method]) -> None:
    """Edit the mask and see every method's answer; a stroke redraws this part of the page only."""
    with st.container(horizontal=True, gap="medium", key="bench"):
        image, mask = show_editor(classifier, picture)
        with st.container(key="answers"):
            comparison = _compare(classifier, image, mask, methods)
            if comparison is not None:
                _show_class_entropy(classifier, image, mask, comparison)
                _show_exports(comparison)


def _compare(classifier: Classifier, image: Tensor, mask: Mask, methods: dict[str, Method]) -> Comparison | None:
    """Show the comparison, or the last one greyed out while it is computed. Returns it once it is there."""
    source = mask_source(mask)
    key = f"{classifier.key} {methods} {source} {digest(image, mask.keep)}"

    def work(job: Job) -> Comparison:
        names = list(methods)

        def report(name: str) -> None:
            job.step(names.index(name) / len(names), METHODS[name].title)

        return compare(classifier, image, mask, methods, report, source)

    latest = run_latest("comparing", key, "Comparing", work)
    if latest is None:
        return None
    show_cards(latest.result, waiting=not latest.is_current)
    with st.expander("What goes into the network at the hidden pixels?", expanded=frame.is_first_visit()):
        show_fill_values(latest.result, classifier)
    return latest.result if latest.is_current else None


def _show_class_entropy(classifier: Classifier, image: Tensor, mask: Mask, comparison: Comparison) -> None:
    """Draw the button for class entropy over many random masks of the same share and patch size, and its chart."""
    share, patch = round(mask.hidden_share, 3), min(st.session_state["patch"], *mask.size)
    seed = st.session_state["seed"]
    left, right = st.columns([1, 3], vertical_alignment="bottom")
    links.url_number(MASKS, 64, 8, 1024)
    count = left.number_input(
        "Random masks", 8, 1024, step=8, key=MASKS, persist_state="session",
        help="How many random masks to count the answers over",
    )  # fmt: skip
    links.write_to_url(MASKS, 64)

    def work(job: Job) -> dict[str, Removal]:
        names, total = list(comparison.methods), len(comparison.methods) * count

        def report(name: str, done: int) -> None:
            job.step((names.index(name) * count + done) / total, METHODS[name].title)

        return random_removal(classifier, image, comparison.methods, share, patch, count, seed, BATCH, report)

    is_pressed = right.button(
        "Class entropy", type="primary", icon=":material/bar_chart:", disabled=not comparison.methods, help=QUESTION
    )
    hidden = share_text(Mask.random_patches(mask.size, share, patch, seed).hidden_share)  # whole patches only
    right.caption(
        f"Hides {hidden} of this picture {count} times at random (patches of {patch} px, seed {seed}) and counts the "
        "answers."
    )
    key = f"removal {classifier.key} {comparison.methods} {share} {patch} {count} {seed} {digest(image)}"
    latest = run_on_press(is_pressed, "removal", key, "Class entropy", work)
    if latest is not None:
        if not latest.is_current:
            st.caption("This chart is for the settings when the button was last pressed.")
        alt = "Agreement with the whole picture's answer, and class entropy, by method"
        st.plotly_chart(removal_figure(latest.result), config=CONFIG, key="removal-chart", alt=alt)


def _show_exports(comparison: Comparison) -> None:
    with st.container(horizontal=True):
        show_link("picture, classifier, methods and mask")
        show_downloads(
            [
                ("PNG", comparison.to_png, "comparison.png", "image/png"),
                ("CSV", comparison.to_csv, "comparison.csv", "text/csv"),
                ("JSON", comparison.to_json, "comparison.json", "application/json"),
                ("Mask", comparison.mask.to_png, "mask.png", "image/png"),
            ]
        )
