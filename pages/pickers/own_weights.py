"""Own weights for one of torchvision's architectures: from the operator's folder, or uploaded.

A classifier with own weights is named architecture@file@categories.
"""

from collections.abc import Callable
from pathlib import Path

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from masking.models.categories import parse_categories
from masking.models.torchvision_networks import torchvision_names
from masking.registry import near_names
from masking.runtime.settings import Settings
from pages.shell import uploads
from pages.shell.errors import error_sentence, show_errors
from pages.shell.settings import operator_settings
from pages.shell.upload_memory import take_upload

UPLOADED = "shelf:"
"""How a link names an uploaded file; the word is that of version 0.1, so that old links open."""


def settings() -> Settings:
    """Return the operator's settings. Raises ValueError while their file is broken; no page is shown then."""
    return operator_settings()


def split_name(name: str) -> list[str]:
    """Return the parts architecture, file and categories of own weights; a name of the settings is not divided."""
    return [name] if name in settings().classifiers else name.split("@")


def check_architecture(name: str) -> None:
    """Raise KeyError unless own weights may be for this architecture: a link could name a file or a module here."""
    if name not in torchvision_names():
        raise KeyError(f"there is no classifier {name!r}; {near_names(name, [*torchvision_names()])}")


def check_own_weights() -> None:
    """Raise ValueError where visitors may not bring weights of their own."""
    if settings().public:
        raise ValueError("this server takes no weights of visitors; choose a classifier of the list")


def open_file(name: str) -> bytes | Path:
    """Return the content of an uploaded file, or the path of one below the operator's folder."""
    check_own_weights()
    return uploads.get(name.removeprefix(UPLOADED)) if name.startswith(UPLOADED) else settings().below(name)


def read_lines(name: str) -> tuple[str, ...] | Path | None:
    """Return an uploaded list of class names, or the path of one below the operator's folder; None for no name."""
    if not name:
        return None
    check_own_weights()
    if not name.startswith(UPLOADED):
        return settings().below(name)
    return parse_categories(uploads.get(name.removeprefix(UPLOADED)), "the uploaded list of class names")


def pick_own_weights(use: Callable[[str], None]) -> None:
    """Draw the pickers for weights from the operator's folder or an upload, for one of torchvision's architectures.

    Args:
        use: takes the name of the classifier once somebody asks for it. Its ValueError, KeyError and OSError are shown.
    """
    operator = settings()
    st.selectbox("Architecture", torchvision_names(), key="own-architecture", persist_state="session")
    if operator.weights_folder is None:
        st.caption("To offer files from a folder here, name the folder in masking.toml under [weights].")
    else:
        files: list[str] = []
        lists: list[str] = []
        with show_errors():
            files, lists = operator.files(".safetensors", ".pth", ".pt"), operator.files(".txt")
        st.selectbox("Weights file in the folder", files, index=None, key="own-file", accept_new_options=True)
        st.selectbox(
            "List of categories in the folder (one name a line)",
            lists,
            index=None,
            key="own-list",
            accept_new_options=True,
            help="Without a list: ImageNet's 1,000 categories",
        )
    st.file_uploader("Or upload weights", type=["safetensors"], key="own-upload")
    st.file_uploader("And upload their list of categories", type=["txt"], key="own-list-upload")
    st.button("Use these weights", on_click=_use_weights, args=[use], type="primary")
    if error := st.session_state.get("own_error"):
        st.error(error)


def _use_weights(use: Callable[[str], None]) -> None:
    state = st.session_state
    state.pop("own_error", None)
    try:
        weights = _name_of(state.get("own-upload"), state.get("own-file"))
        if weights is None:
            raise ValueError("choose a weights file or upload one")
        name = f"{state['own-architecture']}@{weights}"
        if categories := _name_of(state.get("own-list-upload"), state.get("own-list")):
            name += f"@{categories}"
        use(name)
    except (ValueError, KeyError, OSError) as error:
        state["own_error"] = error_sentence(error)


def _name_of(upload: UploadedFile | None, path: str | None) -> str | None:
    check_own_weights()
    if name := take_upload(upload, lambda file: UPLOADED + uploads.put(file.getvalue()), remember=True):
        return name
    if path:
        settings().below(path)  # refuses to leave the folder
    return path
