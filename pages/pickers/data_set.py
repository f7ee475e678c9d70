"""Pictures of data sets, chosen by their number: rendered scenes without end, and sets that masking.toml names."""

import streamlit as st
import torch
from PIL import Image

from masking.datasets.sources import SOURCES, ImageSource, LabelledPicture
from masking.datasets.sources.labels import UNKNOWN
from masking.masks.mask import Mask
from masking.models.classifier import Classifier
from masking.runtime.settings import OwnData
from pages.pickers.classifier import settings
from pages.shell import links

PREFIX = "data:"
SCENES = OwnData("Silhouettes scenes", "silhouettes", {})
NUMBER = "picture"
LAST = 999_999


def data_set_titles() -> dict[str, str]:
    """The data sets that can be chosen, by name."""
    return {PREFIX + name: f"{name}, by number" for name in _sets()}


def pick_number(name: str) -> str:
    """Below the picker: which picture of the chosen set; what tells it from all others."""
    last = (_opened(name).count or LAST + 1) - 1
    state = st.session_state
    if state.get(NUMBER, 0) > last:
        state[NUMBER] = 0  # of a larger set
    links.url_number(NUMBER, 0, 0, last)
    st.number_input(
        f"Number, 0 to {last:,}", 0, last, key=NUMBER, persist_state="session",
        help="The same number is always the same picture",
    )  # fmt: skip
    links.write_to_url(NUMBER, 0)
    return f"{name}:{state[NUMBER]}"


def open_picture(picture: str) -> Image.Image:
    """The picture of a name that `pick_number` gave. Raises ValueError or KeyError where it cannot be had."""
    return _item(picture).picture


def true_class(picture: str, classifier: Classifier) -> int | None:
    """Index of what it shows; None where that is not known, or no class of the classifier's."""
    name, index = _parted(picture)
    label = _opened(name).label(classifier, index)
    return None if label == UNKNOWN else label


def object_mask(picture: str) -> bytes | None:
    """The mask picture that hides its object exactly; None where that is not known."""
    outline = _item(picture).object_mask
    return None if outline is None else Mask(~torch.from_numpy(outline)[None, None]).to_png()


def credit(picture: str) -> str:
    """Which picture of which set, and what it shows."""
    name, index = _parted(picture)
    label = _item(picture).label
    shows = f", {label}" if isinstance(label, str) else ""
    return f"{name.removeprefix(PREFIX)}, number {index:,}{shows}"


def _sets() -> dict[str, OwnData]:
    return {SCENES.name: SCENES, **settings().data}


def _parted(picture: str) -> tuple[str, int]:
    name, _, index = picture.rpartition(":")
    return name, int(index)


def _facts(name: str) -> tuple[str, tuple[tuple[str, object], ...]]:
    """What a set is kept under: when the settings change, it is opened again."""
    data = _sets()[name.removeprefix(PREFIX)]
    return data.source, tuple(sorted(data.settings.items()))


def _opened(name: str) -> ImageSource:
    return _open(*_facts(name))


def _item(picture: str) -> LabelledPicture:
    name, index = _parted(picture)
    return _open_item(*_facts(name), index)


@st.cache_resource(max_entries=8, show_spinner="Opening the data set …")
def _open(source: str, values: tuple[tuple[str, object], ...]) -> ImageSource:
    try:
        kind = SOURCES[source](**dict(values))
    except TypeError as error:
        raise ValueError(
            f"the data source {source} does not take these settings ({error}); mend them in masking.toml"
        ) from None
    return kind.open()


@st.cache_data(max_entries=64, show_spinner="Preparing the picture …")
def _open_item(source: str, values: tuple[tuple[str, object], ...], index: int) -> LabelledPicture:
    return _open(source, values).item(index)
