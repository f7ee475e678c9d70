"""The classifier and its device. Classifiers load in a job, so that nobody waits in front of a frozen page."""

import threading
from collections import OrderedDict

import streamlit as st
import torch
from streamlit.runtime.uploaded_file_manager import UploadedFile

from masking.models.categories import parse_categories
from masking.models.classifier import Classifier
from masking.models.packaged_networks import packaged_names
from masking.models.torchvision_networks import needs_download, torchvision_names
from masking.models.zoo import FIRST, bundled, load_classifier, load_named
from masking.registry import near_names
from masking.runtime.device import devices, pick_device
from masking.runtime.settings import Settings, load_settings
from pages.pickers.live import live_classifier, live_classifiers
from pages.shell import links, uploads
from pages.shell.errors import as_sentence, error_sentence, show_errors
from pages.shell.jobs import Job, jobs, show_failure, show_progress

KEY, DEVICE = "model", "device"
KEPT = 2
LOADING_PATIENCE_SECONDS = 2.0
"""How long a rerun waits for a classifier before it shows progress instead."""
UPLOADED = "shelf:"
"""How a link names an uploaded file; the word is that of version 0.1, so that old links open."""


class Models:
    """Classifiers in memory, the latest few; the one longest unused goes first and frees its GPU memory."""

    def __init__(self):
        self._loaded: OrderedDict[str, Classifier] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: str) -> Classifier | None:
        """Return the classifier, if it is in memory."""
        with self._lock:
            if key in self._loaded:
                self._loaded.move_to_end(key)
            return self._loaded.get(key)

    def put(self, key: str, classifier: Classifier) -> None:
        """Keep a classifier."""
        with self._lock:
            self._loaded[key] = classifier
            while len(self._loaded) > KEPT:
                self._loaded.popitem(last=False)
        if torch.cuda.is_available():
            torch.cuda.empty_cache()


@st.cache_resource(show_spinner=False)
def models() -> Models:
    """Return the server's classifiers."""
    return Models()


def settings() -> Settings:
    """Return the operator's settings; empty ones if their file is broken, which `pick_classifier` then says."""
    try:
        return load_settings()
    except (ValueError, OSError):
        return Settings()


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
        return load_named(name, settings(), device, progress)
    if architecture not in torchvision_names():  # a link could name anything here
        raise KeyError(f"there is no classifier {architecture!r}; {near_names(architecture, [*torchvision_names()])}")
    weights, categories = (*files, "")[:2]
    own = load_classifier(architecture, _open_file(weights), _read_lines(categories), device)
    own.name = classifier_label(name)
    return own


def split_name(name: str) -> list[str]:
    """Return the parts architecture, file and categories of own weights; a name of the settings is not divided."""
    return [name] if name in settings().classifiers else name.split("@")


def _open_file(name: str):
    return uploads.get(name.removeprefix(UPLOADED)) if name.startswith(UPLOADED) else settings().below(name)


def _read_lines(name: str):
    if not name:
        return None
    if not name.startswith(UPLOADED):
        return settings().below(name)
    return parse_categories(uploads.get(name.removeprefix(UPLOADED)), "the uploaded list of class names")


def classifier_label(name: str) -> str:
    """Return how the picker shows a classifier."""
    architecture, *files = split_name(name)
    if files:
        names = (f"uploaded {file[len(UPLOADED) :][:6]}" if file.startswith(UPLOADED) else file for file in files)
        return f"{architecture} ({', '.join(names)})"
    if name in (*bundled(), *packaged_names()):
        return f"{name} (bundled)"
    return name


def pick_classifier(first: str = FIRST) -> Classifier:
    """Draw the pickers and return the chosen classifier. The page stops while it loads.

    `first` is the bundled classifier that is chosen at first, unless `masking.explore` shows another; the page goes on
    with it if the chosen one cannot be loaded.
    """
    return _load_or_stop(pick_classifier_name(first), first)


def pick_classifier_name(first: str = FIRST) -> str:
    """Draw the pickers and return the chosen name; nothing is loaded."""
    own: list[str] = st.session_state.setdefault("own_models", [])
    linked = st.session_state.get(KEY) or st.query_params.get(KEY, "")
    live = live_classifiers()
    listed_names = [*live, *bundled(), *packaged_names(), *settings().classifiers]
    if "@" in linked and linked not in (*own, *listed_names):
        own.append(linked)
    with show_errors():
        load_settings()
    options = list(dict.fromkeys([*listed_names, *own, *torchvision_names()]))
    links.url_choice(KEY, options, next(reversed(live), first), "classifier")
    row = st.container(horizontal=True, vertical_alignment="bottom", wrap=False, gap="small", key="classifier-row")
    name = row.selectbox("Classifier", options, format_func=classifier_label, key=KEY, persist_state="session")
    links.write_to_url(KEY, first)
    with row.popover("Own weights …", key="own-door"):
        _pick_own_weights()
    return name


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


def _load_or_stop(name: str, fallback: str) -> Classifier:
    device = current_device()
    if name in live_classifiers():
        return live_classifier(name, device)
    key = f"{name} on {device}"
    if (classifier := models().get(key)) is not None:
        return classifier

    def work(job: Job) -> None:
        models().put(key, load(name, device, job))

    last = jobs().get(f"load {key}")
    if last is not None and last.finished and not last.error:
        jobs().forget(f"load {key}")  # loaded once, pushed out of memory since
    missing = needs_download(name)
    job = jobs().start(f"load {key}", f"Fetching {missing}" if missing else f"Loading {classifier_label(name)}", work)
    job.wait(LOADING_PATIENCE_SECONDS)
    if not job.finished:
        show_progress(job, "loading")
        st.stop()
    if (classifier := models().get(key)) is not None:
        return classifier
    if not job.error:  # others loaded so much meanwhile that it was pushed out
        jobs().forget(f"load {key}")
        st.rerun()
    show_failure(f"{as_sentence(job.error)} Going on with {fallback}.", f"load {key}", "loading")
    return _load_bundled(fallback, device)


def _load_bundled(name: str, device: str) -> Classifier:
    """Return a bundled classifier; these are small enough to be loaded at once."""
    key = f"{name} on {device}"
    if (classifier := models().get(key)) is None:
        classifier = load(name, device)
        models().put(key, classifier)
    return classifier


def _pick_own_weights() -> None:
    """Draw the pickers for weights from the operator's folder or an upload, for one of torchvision's architectures."""
    operator = settings()
    st.selectbox("Architecture", torchvision_names(), key="own-architecture", persist_state="session")
    if operator.weights_folder is None:
        st.caption("To offer files from a folder here, name the folder in masking.toml under [weights].")
    else:
        files = operator.files(".safetensors", ".pth", ".pt")
        st.selectbox("Weights file in the folder", files, index=None, key="own-file", accept_new_options=True)
        st.selectbox(
            "List of categories in the folder (one name a line)",
            operator.files(".txt"),
            index=None,
            key="own-list",
            accept_new_options=True,
            help="Without a list: ImageNet's 1,000 categories",
        )
    st.file_uploader("Or upload weights", type=["safetensors"], key="own-upload")
    st.file_uploader("And upload their list of categories", type=["txt"], key="own-list-upload")
    st.button("Use these weights", on_click=_use_own_weights, type="primary")
    if error := st.session_state.get("own_error"):
        st.error(error)


def _use_own_weights() -> None:
    state = st.session_state
    state.pop("own_error", None)
    try:
        weights = _name_of(state.get("own-upload"), state.get("own-file"))
        if weights is None:
            raise ValueError("choose a weights file or upload one")
        name = f"{state['own-architecture']}@{weights}"
        if categories := _name_of(state.get("own-list-upload"), state.get("own-list")):
            name += f"@{categories}"
        models().put(f"{name} on {current_device()}", load(name, current_device()))
    except (ValueError, KeyError, OSError) as error:
        state["own_error"] = error_sentence(error)
        return
    if name not in state["own_models"]:
        state["own_models"].append(name)
    state[KEY] = name


def _name_of(upload: UploadedFile | None, path: str | None) -> str | None:
    if upload is not None:
        return UPLOADED + uploads.put(upload.getvalue())
    if path:
        settings().below(path)  # refuses to leave the folder
    return path
