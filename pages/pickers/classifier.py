"""The classifier and its device. Classifiers load in a job, so that nobody waits in front of a frozen page."""

from dataclasses import dataclass
from typing import NoReturn

import streamlit as st
import torch

from masking.benchmarks.specification.allowance import check_network_allowed
from masking.datasets.fitting import fitting_classifier
from masking.models.classifier import Classifier
from masking.models.packaged_networks import packaged_names
from masking.models.picture_kinds import PictureKind
from masking.models.torchvision_networks import needs_download, torchvision_names
from masking.models.zoo import FIRST, bundled, load_classifier, load_named
from masking.runtime.byte_cache import ByteCache
from masking.runtime.device import devices, pick_device
from pages.pickers.availability import Availability
from pages.pickers.live import live_classifier, live_classifiers
from pages.pickers.own_weights import (
    UPLOADED,
    check_architecture,
    open_file,
    pick_own_weights,
    read_lines,
    settings,
    split_name,
)
from pages.shell import links
from pages.shell.errors import as_sentence
from pages.shell.jobs import Job, jobs, run_in_background, show_progress
from pages.shell.server_wide import server_wide

KEY, DEVICE, FAILURE = "model", "device", "classifier_failure"
_START, _BEFORE, _DOOR = "classifier_at_start", "classifier_before", "own-door"
"""Session keys: the classifier that fits, what was chosen when one was last shown, and the door of own weights."""
KEPT_BYTES = 2**30
"""Of the classifiers in memory that no session uses; a torchvision network takes 5 to 1,200 MB."""
MOST_OWN = 50
"""Own weights that a session offers; a list of thousands of links would slow every page down."""
LOADING_PATIENCE_SECONDS = 2.0
"""How long a rerun waits for a classifier before it shows progress instead."""


@dataclass(frozen=True)
class Failure:
    """A classifier that could not be loaded, and a sentence that says why and what the page goes on with."""

    name: str
    sentence: str


class Models:
    """Classifiers in memory, the latest ones; the one longest unused goes first and frees its GPU memory.

    `cannot_download` says whether the latest download on this server failed.
    """

    def __init__(self):
        self.cannot_download = False
        self._loaded: ByteCache[Classifier] = ByteCache(KEPT_BYTES)

    def get(self, key: str) -> Classifier | None:
        """Return the classifier, if it is in memory."""
        return self._loaded.get(key)

    def put(self, key: str, classifier: Classifier) -> None:
        """Keep a classifier."""
        self._loaded.put(key, classifier)
        if torch.cuda.is_available():
            torch.cuda.empty_cache()


@server_wide
def models() -> Models:
    """Return the server's classifiers."""
    return Models()


def current_device() -> str:
    """Return the chosen device. "auto" stays with the first one found: loaded models change what is free."""
    name = st.session_state.get(DEVICE, "auto")
    if name != "auto":
        return str(pick_device(name))
    if "auto_device" not in st.session_state:
        st.session_state["auto_device"] = str(pick_device())
    return st.session_state["auto_device"]


def load(name: str, device: str, job: Job | None = None) -> Classifier:
    """Return a classifier by its name in the picker; own weights are written architecture@file@categories.

    Raises:
        KeyError: no such name.
        ValueError: the classifier cannot be loaded; one sentence.
    """

    def progress(done: int, total: int) -> None:
        if job:
            job.step(done / total if total else 0, f"{done / 2**20:.0f} MB downloaded")

    if name in live_classifiers():
        return live_classifier(name, device)
    architecture, *files = split_name(name)
    if not files:
        check_network_allowed(name, settings())
        return load_named(name, settings(), device, progress)
    check_architecture(architecture)
    weights, categories = (*files, "")[:2]
    own = load_classifier(architecture, open_file(weights), read_lines(categories), device)
    own.name = classifier_label(name)
    return own


def classifier_label(name: str) -> str:
    """Return how the page calls a classifier; how it is found stands in `availability`."""
    architecture, *files = split_name(name)
    if files:
        names = (f"uploaded {file[len(UPLOADED) :][:6]}" if file.startswith(UPLOADED) else file for file in files)
        return f"{architecture} ({', '.join(names)})"
    return name


def pick_classifier(kind: PictureKind = PictureKind.DRAWN, for_drawn: str = FIRST) -> str:
    """Draw the pickers in a `picker_row` and return the chosen name; `load_picked` loads it.

    It is the classifier that fits the picture, until somebody chooses; where `masking.explore` shows one, that one.

    Args:
        kind: of the picture on the page.
        for_drawn: the bundled classifier that fits drawn scenes on this page.
    """
    own: list[str] = st.session_state.setdefault("own_models", [])
    linked = links.requested_value(KEY)
    live = live_classifiers()
    listed_names = [*live, *packaged_names(), *bundled(), *settings().classifiers]
    public = settings().public
    if "@" in linked and linked not in (*own, *listed_names) and not public and len(own) < MOST_OWN:
        own.append(linked)
    here = Availability(settings(), models().cannot_download)
    published = [name for name in here.in_order(torchvision_names()) if not (public and needs_download(name))]
    options = list(dict.fromkeys([*listed_names, *own, *published]))
    start = st.session_state[_START] = next(reversed(live), fitting_classifier(kind, for_drawn))
    if live:
        links.follow_start(KEY)
    links.url_choice_or_start(KEY, options, start, for_drawn, "classifier")
    name = st.selectbox(
        "Classifier", options, format_func=lambda name: here.label(name, classifier_label(name)), key=KEY,
        persist_state="session", on_change=_choose, filter_mode="contains",
    )  # fmt: skip
    if not public:
        with st.popover("Own weights …", key=_DOOR, on_change="rerun"):
            pick_own_weights(_use_own_weights)
    return name


def choose_classifier(name: str) -> None:
    """Choose a classifier; the one that the page would begin with is no choice, so it goes on following the picture."""
    st.session_state.pop(FAILURE, None)
    links.replace_choice(KEY, None if name == st.session_state[_START] else name)


def _choose() -> None:
    st.session_state.pop(FAILURE, None)
    links.remember_choice(KEY)


def pick_device_name() -> None:
    """Draw the device picker; `pick_classifier` reads its value."""
    by_name = {device.name: device for device in devices()}
    options = ["auto", *by_name]
    titles = {name: device.label if name == "cpu" else f"{device.label} ({name})" for name, device in by_name.items()}
    links.url_choice(DEVICE, options, "auto", "device")
    current = by_name.get(current_device())  # its free memory stands in the label: an option's title must not change
    free = f" ({current.free_gib:.0f} GiB free)" if current is not None and current.free_gib is not None else ""
    titles |= {"auto": "Auto"}
    st.selectbox(f"Device{free}", options, format_func=titles.__getitem__, key=DEVICE, persist_state="session")
    links.write_to_url(DEVICE, "auto")


def load_picked(name: str) -> Classifier:
    """Return the classifier that `pick_classifier` named. The page stops while it loads.

    If it cannot be loaded, the picker goes back to the last one, and `show_notices` says why.
    """
    classifier = _load_or_go_back(name)
    st.session_state[_BEFORE] = links.chosen_value(KEY)
    return classifier


def load_beside(name: str) -> Classifier | None:
    """Return a classifier for a part of a page that can do without; None, with progress or why, while there is none."""
    device = current_device()
    if name in live_classifiers():
        return live_classifier(name, device)
    key = f"{name} on {device}"

    def work(job: Job) -> bool:
        models().put(key, load(name, device, job))
        return True

    if models().get(key) is None:
        run_in_background(f"load {key}", f"Loading {classifier_label(name)}", work)
    return models().get(key)


def _load_or_go_back(name: str) -> Classifier:
    device = current_device()
    if name in live_classifiers():
        return live_classifier(name, device)
    key = f"{name} on {device}"
    if (classifier := models().get(key)) is not None:
        return classifier
    missing = needs_download(name)

    def work(job: Job) -> None:
        models().put(key, load(name, device, job))
        if missing:
            models().cannot_download = False

    last = jobs().get(f"load {key}")
    if last is not None and last.finished and not last.error:
        jobs().forget(f"load {key}")  # loaded once, pushed out of memory since
    job = jobs().start(f"load {key}", f"Fetching {missing}" if missing else f"Loading {classifier_label(name)}", work)
    job.wait(LOADING_PATIENCE_SECONDS)
    if not job.finished:
        show_progress(job, "loading")
        st.stop()
    if (classifier := models().get(key)) is None:
        jobs().forget(f"load {key}")  # so that choosing it again tries again
        if not job.error:  # others loaded so much meanwhile that it was pushed out
            st.rerun()
        models().cannot_download |= missing is not None and not job.cancelled
        _go_back(name, job.error)
    return classifier


def _go_back(name: str, error: str) -> NoReturn:
    """Choose the classifier again that was shown before this one failed, and say why.

    If there was none, that is the one which the page begins with; if that one fails, the first bundled one.
    """
    state = st.session_state
    if name == FIRST:
        st.error(as_sentence(error), icon=":material/error:")
        st.stop()
    if name in state["own_models"]:
        state["own_models"].remove(name)
    before, start = state.pop(_BEFORE, None), state[_START]
    if name == (before or start):
        before = None if name != start else FIRST
    links.replace_choice(KEY, before)
    state[FAILURE] = Failure(name, f"{as_sentence(error)} Going on with {before or start}.")
    st.rerun()


def _use_own_weights(name: str) -> None:
    models().put(f"{name} on {current_device()}", load(name, current_device()))
    if name not in st.session_state["own_models"]:
        st.session_state["own_models"].append(name)
    choose_classifier(name)
    st.session_state[_DOOR] = False
