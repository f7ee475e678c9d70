"""The pictures that a calibration is fitted to: drawn scenes, a data set of masking.toml, or files on this machine."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any

import streamlit as st
from torch import Tensor

from masking.datasets.fitting import known_kind
from masking.datasets.sources import SOURCES, Source
from masking.datasets.sources.fit_pictures import FIRST_SCENE, own_world, read_pictures
from masking.datasets.sources.named_sets import source_of
from masking.models.classifier import Classifier
from masking.models.picture_kinds import PictureKind
from masking.registry.params import param_values
from masking.runtime.settings import OwnData
from pages.components.forms import InvalidValueError, draw_form
from pages.pickers.data_set import PREFIX, own_data_sets
from pages.shell.errors import show_errors

SCENES = "silhouettes"
FEWEST, USUAL, MOST = 16, 512, 2048
KEYS = {"source": "fit-source", "count": "fit-count", "first": "fit-first"}


@dataclass(frozen=True)
class FitPictures:
    """Pictures to fit to.

    Attributes:
        source: where they are from, by its registered name.
        settings: of the source.
        count: how many.
        first: how many pictures of the source are left out before them.
    """

    source: str
    settings: Mapping[str, Any]
    count: int
    first: int

    def read(self, classifier: Classifier, report: Callable[[int, int], None]) -> tuple[Tensor, dict[str, Any]]:
        """Return images (n, 3, h, w) in the classifier's frame, on the CPU, and where they are from.

        Args:
            classifier: the classifier.
            report: called with the numbers of pictures read and of all; may raise to cancel.

        Raises:
            ValueError: the source cannot be read; one sentence.
        """
        opened = source_of(OwnData(self.source, self.source, dict(self.settings))).open()
        images, facts = read_pictures(opened, classifier, self.count, self.first, report)
        return images, {**asdict(self), **opened.facts, **facts}


def pick_pictures(classifier: Classifier) -> FitPictures | None:
    """Draw the choice of pictures; return None, with a sentence beside the setting, if one is wrong."""
    titles = _titles(classifier)
    if st.session_state.get(KEYS["source"]) not in titles:
        st.session_state[KEYS["source"]] = next(iter(titles))
    left, middle, right = st.columns([3, 1, 1], vertical_alignment="bottom")
    name = left.selectbox(
        "Pictures", list(titles), format_func=titles.__getitem__, key=KEYS["source"], persist_state="session",
        help="The calibration learns what the network says of these pictures as a whole; it needs no labels",
    )  # fmt: skip
    count = middle.number_input(
        "How many", FEWEST, MOST, USUAL, key=KEYS["count"], persist_state="session",
        help="All of them, if there are fewer",
    )  # fmt: skip
    first = right.number_input(
        "Pictures to skip", 0, 10_000_000, FIRST_SCENE if name == SCENES else 0, persist_state="session",
        key=f"{KEYS['first']}-{name}", help="Judge a calibration by other pictures than those that it was fitted to",
    )  # fmt: skip
    own = own_data_sets().get(name.removeprefix(PREFIX)) if name.startswith(PREFIX) else None
    if own is not None:
        return FitPictures(own.source, own.settings, count, first)
    if name == SCENES:
        return FitPictures(SCENES, {"world": world_for(classifier)}, count, first)
    with show_errors(), suppress(InvalidValueError):
        return FitPictures(name, param_values(draw_form(SOURCES[name], f"fit-{name}")), count, first)
    return None


def needs_path(classifier: Classifier) -> bool:
    """Return whether somebody has to say where the pictures are."""
    return known_kind(classifier) is PictureKind.PHOTOGRAPH and not own_data_sets()


def world_for(classifier: Classifier) -> str:
    """Return the name of the world that a classifier was trained on; the ordinary one where nobody knows."""
    return own_world(classifier) or "ordinary"


def _titles(classifier: Classifier) -> dict[str, str]:
    """Return the titles of the sources by name; drawn scenes first where the classifier may know them."""
    kinds: dict[str, type[Source]] = dict(SOURCES)
    kinds.pop(SCENES)
    scenes = {SCENES: f"Drawn scenes of the {world_for(classifier)} world"}
    if known_kind(classifier) is PictureKind.PHOTOGRAPH:
        scenes = {}
    own = {PREFIX + name: name for name in own_data_sets()}
    return {**scenes, **own, "folder": SOURCES["folder"].title, **{name: kind.title for name, kind in kinds.items()}}
