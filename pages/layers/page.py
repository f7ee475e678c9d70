"""The Layers page: the mask editor on one side, the trace through the network on the other."""

import html

import streamlit as st
from PIL import Image
from torch import Tensor

from masking.image import digest
from masking.layer_trace import LayerTrace, refusal, trace_layers
from masking.masks.mask import Mask
from masking.methods import METHODS, Fill
from masking.models.classifier import Classifier
from pages.layers.depth import show_depth
from pages.layers.explorer import TracedPicture, explore
from pages.layers.window import show_window
from pages.mask_editor.draft import MaskDraft
from pages.mask_editor.editor import KEY as MASK
from pages.mask_editor.editor import usual_patches
from pages.mask_editor.panel import show_editor
from pages.mask_editor.state import current_state, has_state, start
from pages.mask_editor.tools import change
from pages.pickers.known_object import known_object
from pages.pickers.picture import picture_name, picture_title
from pages.shell import frame, links
from pages.shell.errors import as_sentence
from pages.shell.jobs import Job, run_latest

FILL = "fill"


def pick_fill() -> str:
    """Return the name of the fill to set beside layer masking."""
    fills = [name for name, method in METHODS.items() if issubclass(method, Fill)]
    links.url_choice(FILL, fills, "greyout", "fill")
    fill = st.selectbox(
        "Fill", fills, key=FILL, persist_state="session", format_func=lambda name: METHODS[name].title,
        help="How hidden pixels are painted in the run beside layer masking",
    )  # fmt: skip
    links.write_to_url(FILL, "greyout")
    return fill


def can_trace(classifier: Classifier) -> bool:
    """Return whether the layers of this network can be traced; if not, say why."""
    if (reason := refusal(classifier)) is not None:
        st.info(f"{as_sentence(reason)} Choose another classifier to see its layers.", icon=":material/info:")
    return reason is None


def layers_page(classifier: Classifier, picture: Image.Image, fill: str) -> None:
    """Edit the mask and go through the network."""
    if _start_with_patches(classifier):
        st.caption(
            "This page begins with random patches: they leave some of the object to see. Undo brings your mask back."
        )
    _edit_and_trace(classifier, picture, fill)


@st.fragment
def _edit_and_trace(classifier: Classifier, picture: Image.Image, fill: str) -> None:
    """Draw the editor and the trace; a stroke redraws this part of the page only."""
    reading = st.container()
    with st.container(horizontal=True, gap="medium", key="bench"):
        image, mask = show_editor(classifier, picture)
        answers = st.container(key="answers")
    with answers:
        traced = _trace(classifier, image, mask, fill)
        layer = explore(traced, picture_title(picture_name())) if traced is not None else ""
    if traced is not None:
        with reading:
            _show_reading(traced.trace)
        show_depth(traced.trace, layer)
        show_window(traced)


def _show_reading(trace: LayerTrace) -> None:
    """Say what the trace shows, with the way to a mask that shows more."""
    st.html(f"<p class='mx-reading' role='status'>{html.escape(trace.sentence)}</p>")
    if not trace.tells_apart:
        st.button(
            "Hide random patches instead", icon=":material/grid_view:", on_click=change,
            args=[lambda mask: usual_patches(mask.size)],
        )  # fmt: skip


def _start_with_patches(classifier: Classifier) -> bool:
    """Begin with random patches where nobody has made a mask yet; return whether another page's default was replaced.

    A mask that hides the object and nothing else shows nothing of what paint does to the rest of the picture.
    """
    patches = usual_patches(classifier.input_size)
    if not has_state():
        if not st.query_params.get(MASK):
            start(MaskDraft(patches, classifier.view_share))
        return False
    if not frame.arrived() or not current_state().is_untouched or current_state().draft.mask.digest == patches.digest:
        return False
    change(lambda _: patches)
    return True


def _trace(classifier: Classifier, image: Tensor, mask: Mask, fill: str) -> TracedPicture | None:
    """Return the trace; until it is there, show progress and return this classifier's last one."""
    object_mask, object_class = known_object(classifier)
    known = f"{object_class} {object_mask.digest}" if object_mask else "unknown"
    key = f"trace {classifier.key} {fill} {known} {digest(image, mask.keep)}"

    def work(job: Job) -> LayerTrace:
        return trace_layers(classifier, image, mask, fill, job.step, object_mask, object_class)

    latest = run_latest("tracing", key, "Going through the network", work, context=(classifier, image, mask))
    if latest is None:
        return None
    traced_classifier, traced_image, traced_mask = latest.context
    traced = TracedPicture(latest.result, traced_classifier, traced_image, traced_mask, latest.key)
    return traced if traced.classifier is classifier else None
