"""Class entropy: the answers to many random masks of the same share, on request."""

import streamlit as st
from torch import Tensor

from masking.image import digest
from masking.inference.comparison import Comparison
from masking.inference.random_removal import random_removal
from masking.inference.removal import Removal
from masking.masks.mask import Mask
from masking.masks.shares import share_text
from masking.methods.method import method_key
from masking.models.classifier import Classifier
from pages.compare.figures import removal_figure
from pages.components.charts import CONFIG
from pages.components.method_names import method_title
from pages.pickers.picture import picture_name, picture_title
from pages.shell import links
from pages.shell.errors import escape_markdown
from pages.shell.jobs import Job
from pages.shell.jobs.on_press import run_on_press

BATCH = 8
"""Random masks between two checks for Cancel."""
MASKS = "masks"
QUESTION = (
    "Do the answers depend on *what* is hidden? The same share of the picture is hidden many times at random. "
    "Few different answers (0 bits) are good if they are the picture's, and bad if the network always gives the same "
    "wrong one, such as “maze”."
)


def show_class_entropy(classifier: Classifier, image: Tensor, mask: Mask, comparison: Comparison) -> Comparison:
    """Draw the button for class entropy, and its chart. Returns the comparison, with what the chart shows if it fits.

    The random masks hide the share that the mask hides, in patches of the size in the mask editor.
    """
    share, patch = round(mask.hidden_share, 3), min(st.session_state["patch"], *mask.size)
    seed = st.session_state["seed"]
    hidden = share_text(Mask.random_patches(mask.size, share, patch, seed).hidden_share)  # whole patches only
    count, is_pressed = _draw_controls(f"{hidden} of this picture", patch, seed, bool(comparison.methods))

    def work(job: Job) -> dict[str, Removal]:
        names, total = list(comparison.methods), len(comparison.methods) * count

        def report(name: str, done: int) -> None:
            job.step((names.index(name) * count + done) / total, method_title(name))

        return random_removal(classifier, image, comparison.methods, share, patch, count, seed, BATCH, report)

    methods = method_key(comparison.methods, classifier)
    key = f"removal {classifier.key} {methods} {share} {patch} {count} {seed} {digest(image)}"
    settings = (
        f"{picture_title(picture_name())}, {classifier.name}, {hidden} hidden {count} times in patches of {patch} px, "
        f"seed {seed}"
    )
    latest = run_on_press(is_pressed, "removal", key, "Class entropy", work, settings)
    if latest is None:
        return comparison
    st.caption(escape_markdown(latest.origin or f"{settings}."))
    alt = "How often the answer is that to the whole picture, and class entropy, by method"
    st.plotly_chart(removal_figure(latest.result), config=CONFIG, key="removal-chart", alt=alt)
    if not latest.is_current:
        return comparison
    return comparison.with_removal(latest.result, {"share": share, "patch": patch, "seed": seed})


def _draw_controls(hidden: str, patch: int, seed: int, has_methods: bool) -> tuple[int, bool]:
    """Draw the number of masks and the button; return the number, and whether the button has been pressed."""
    links.url_number(MASKS, 64, 8, 1024)
    left, right = st.columns([1, 3], vertical_alignment="bottom")
    count = left.number_input(
        "Random masks", 8, 1024, step=8, key=MASKS, persist_state="session",
        help="How many random masks to count the answers over",
    )  # fmt: skip
    links.write_to_url(MASKS, 64)
    is_pressed = right.button(
        "Class entropy", type="primary", icon=":material/bar_chart:", disabled=not has_methods, help=QUESTION
    )
    right.caption(
        f"Hides {hidden} {count} times at random (patches of {patch} px, seed {seed}) and counts the answers."
    )
    return count, is_pressed
