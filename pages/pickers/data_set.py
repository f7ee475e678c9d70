"""Pictures of data sets by their number: rendered scenes without end, and the sets that masking.toml names."""

import streamlit as st
import torch
from PIL import Image

from masking.datasets.sources import ImageSource, LabelledPicture
from masking.datasets.sources.labels import UNKNOWN
from masking.datasets.sources.named_sets import source_of
from masking.masks.mask import Mask
from masking.models.classifier import Classifier
from masking.models.picture_kinds import PictureKind
from masking.runtime.paths import quote_name
from masking.runtime.settings import OwnData
from pages.pickers.classifier import settings
from pages.shell import links

PREFIX = "data:"
SCENES = OwnData("Silhouettes scenes", "silhouettes", {})
NUMBER = "picture"
LAST = 999_999


def data_set_titles() -> dict[str, str]:
    """Return the titles of the data sets that can be chosen, by name."""
    titles = {SCENES.name: "Drawn scenes"}
    return {PREFIX + name: titles.get(name, name) for name in _list_sets()}


def pick_number(name: str) -> str:
    """Draw the number of the picture below the picker; return a name that tells this picture from all others."""
    last = (_open_set(name).count or LAST + 1) - 1
    state = st.session_state
    if state.get(NUMBER, 0) > last:
        state[NUMBER] = 0  # the number was for a larger set
    links.url_number(NUMBER, 0, 0, last)
    st.number_input(
        "Number", 0, last, key=NUMBER, persist_state="session",
        help=f"0 to {last:,}. The same number is always the same picture.",
    )  # fmt: skip
    links.write_to_url(NUMBER, 0)
    return f"{name}:{state[NUMBER]}"


def open_picture(picture: str) -> Image.Image:
    """Return the picture of a name from `pick_number`. Raises ValueError or KeyError where it cannot be had."""
    return _read_item(picture).picture


def true_class(picture: str, classifier: Classifier) -> int | None:
    """Return the index of the class that it shows; None where that is unknown, or the classifier lacks the class."""
    name, index = _split(picture)
    label = _open_set(name).label(classifier, index)
    return None if label == UNKNOWN else label


def object_mask(picture: str) -> bytes | None:
    """Return the mask picture that hides its object exactly; None where that is not known."""
    outline = _read_item(picture).object_mask
    return None if outline is None else Mask(~torch.from_numpy(outline)[None, None]).to_png()


def credit(picture: str) -> str:
    """Say which picture of which set it is, and what it shows."""
    name, index = _split(picture)
    label = _read_item(picture).label
    shows = f", {label}" if isinstance(label, str) else ""
    return f"{name.removeprefix(PREFIX)}, number {index:,}{shows}"


def own_data_sets() -> dict[str, OwnData]:
    """Return the data sets that masking.toml names, by name."""
    return settings().data


def own_objects(picture: str) -> tuple[str, ImageSource] | None:
    """Return title and source of the own data set that a picture is from; None if there is none with known objects."""
    name = _split(picture)[0] if picture.startswith(PREFIX) else ""
    title = name.removeprefix(PREFIX)
    if title not in own_data_sets() or not _open_set(name).has_objects:
        return None
    return title, _open_set(name)


def picture_kind(name: str) -> PictureKind:
    """Return whether a picture of a data set is a photograph or a drawn scene."""
    return source_kind(_list_sets()[_split(name)[0].removeprefix(PREFIX)].source)


def source_kind(source: str) -> PictureKind:
    """Return what the pictures of a data source are, by its registered name."""
    return PictureKind.DRAWN if source == SCENES.source else PictureKind.PHOTOGRAPH


def _list_sets() -> dict[str, OwnData]:
    return {SCENES.name: SCENES, **own_data_sets()}


def _split(picture: str) -> tuple[str, int]:
    name, _, index = picture.rpartition(":")
    return name, int(index)


def _source_and_settings(name: str) -> tuple[str, str, tuple[tuple[str, object], ...]]:
    """Return what an open set is cached under: when its settings change, it is opened again.

    Raises:
        ValueError: there is no data set of that name any longer.
    """
    title = name.removeprefix(PREFIX)
    if title not in _list_sets():
        raise ValueError(f"the data set {quote_name(title)} is not in masking.toml; choose another")
    data = _list_sets()[title]
    return title, data.source, tuple(sorted(data.settings.items()))


def _open_set(name: str) -> ImageSource:
    return _open(*_source_and_settings(name))


def _read_item(picture: str) -> LabelledPicture:
    name, index = _split(picture)
    return _open_item(*_source_and_settings(name), index)


@st.cache_resource(max_entries=8, show_spinner="Opening the data set …")
def _open(name: str, source: str, values: tuple[tuple[str, object], ...]) -> ImageSource:
    return source_of(OwnData(name, source, dict(values))).open()


@st.cache_data(max_size="128MB", show_spinner="Preparing the picture …")
def _open_item(name: str, source: str, values: tuple[tuple[str, object], ...], index: int) -> LabelledPicture:
    return _open(name, source, values).item(index)
