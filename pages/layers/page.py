"""The Layers page: the mask editor on one side, the walk through the network on the other."""

import html
import threading
from collections import OrderedDict

import streamlit as st
from PIL import Image
from torch import Tensor

from masking.image import digest
from masking.layer_trace import LayerTrace, refusal, trace_layers
from masking.masks.mask import Mask
from masking.methods import METHODS, Fill
from masking.models.classifier import Classifier
from pages.compare.page import PATIENCE_SECONDS, editor
from pages.layers.explorer import Walked, explore
from pages.mask_editor.draft import MaskDraft
from pages.mask_editor.editor import KEY as MASK
from pages.shell import links
from pages.shell.errors import as_sentence
from pages.shell.jobs import Job, jobs, show_failure, show_progress

FILL = "fill"
KEPT = 8
"""Finished walks that the server remembers; each takes a few megabytes."""


def pick_fill() -> str:
    """The fill to set beside layer masking."""
    fills = [name for name, method in METHODS.items() if issubclass(method, Fill)]
    links.url_choice(FILL, fills, "greyout", "fill")
    fill = st.selectbox(
        "Fill", fills, key=FILL, persist_state="session", format_func=lambda name: METHODS[name].title,
        help="How hidden pixels are painted in the run beside layer masking",
    )  # fmt: skip
    links.write_to_url(FILL, "greyout")
    return fill


def walkable(classifier: Classifier) -> bool:
    """Whether there is a walk through this network; if not, says why."""
    if (reason := refusal(classifier)) is not None:
        st.info(f"{as_sentence(reason)} Choose another classifier to see its layers.", icon=":material/info:")
    return reason is None


@st.fragment
def layers_page(classifier: Classifier, picture: Image.Image, fill: str) -> None:
    """Edit the mask and walk through the network; a stroke redraws this part of the page only."""
    _first_mask(classifier)
    with st.container(horizontal=True, gap="medium", key="bench"):
        image, mask = editor(classifier, picture)
        with st.container(key="answers"):
            walked = _walked(classifier, image, mask, fill)
            if walked is not None:
                st.html(f"<p class='mx-reading' role='status'>{html.escape(walked.walk.sentence)}</p>")
                explore(walked)


def _first_mask(classifier: Classifier) -> None:
    """Who comes here first sees random patches: they leave something of everything to see."""
    if "sheet" not in st.session_state and not st.query_params.get(MASK):
        size = classifier.input_size
        mask = Mask.random_patches(size, 0.5, min(16, max(1, min(size) // 4)))
        st.session_state["sheet"] = MaskDraft(mask, classifier.view_share)


class Walks:
    """What was walked last on this server, so that results do not pile up among the jobs."""

    def __init__(self):
        self._asked: OrderedDict[str, None] = OrderedDict()
        self._lock = threading.Lock()

    def note(self, asked: str) -> None:
        """This walk is the latest; the one longest unasked is forgotten."""
        with self._lock:
            self._asked[asked] = None
            self._asked.move_to_end(asked)
            while len(self._asked) > KEPT:
                jobs().forget(self._asked.popitem(last=False)[0])


@st.cache_resource(show_spinner=False)
def walks() -> Walks:
    """The server's walks."""
    return Walks()


def _walked(classifier: Classifier, image: Tensor, mask: Mask, fill: str) -> Walked | None:
    """The walk, computed in a job; until it is there, the last one of this classifier with progress above it."""
    state = st.session_state
    weights = f"{classifier.name} {classifier.weights_digest} {classifier.device}"
    asked = f"walk {weights} {fill} {digest(image, mask.keep)}"

    def work(job: Job) -> LayerTrace:
        return trace_layers(classifier, image, mask, fill, job.step)

    if (last := state.get("walking", asked)) != asked:
        jobs().drop(last)  # nobody waits for it any more
    state["walking"] = asked
    job = jobs().start(asked, "Walking through the network", work)
    walks().note(asked)
    job.wait(PATIENCE_SECONDS)
    if job.finished and job.error:
        show_failure(as_sentence(job.error), asked, "walking")
        return None
    if job.finished:
        state["walked"] = Walked(job.result, classifier, image, mask, asked)
    else:
        show_progress(job, "walking")
    shown: Walked | None = state.get("walked")
    return shown if shown is not None and shown.classifier is classifier else None
