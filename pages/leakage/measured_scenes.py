"""The scenes that Measure takes: rendered ones, or those of the data set that the picture is from."""

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from masking.datasets.fitting import known_kind
from masking.datasets.silhouettes.worlds import World
from masking.datasets.sources.object_scenes import ObjectScenes, SourceScenes, rendered_scenes
from masking.models.classifier import Classifier
from masking.models.picture_kinds import PictureKind
from pages.leakage.scene import CUES, SOURCE, current_world
from pages.pickers import data_set
from pages.pickers.picture import picture_name

COUNT = "scenes"
"""Key of the link: how many scenes."""
REFUSAL = (
    "{name} was trained on photographs and does not know the drawn objects that are measured here. Choose a classifier "
    "of drawn scenes, or a picture from a data set of your own whose objects are known: then this measures that set."
)


@dataclass(frozen=True, eq=False)
class MeasuredScenes:
    """What a press on Measure would measure.

    Attributes:
        read: makes the scenes; takes a moment.
        name: in a few words; it tells them from other scenes.
        note: a sentence beside the button.
        world: the rendered world that they are of; None for pictures of a data set.
    """

    read: Callable[[], ObjectScenes]
    name: str
    note: str
    world: World | None = None


def pick_scenes(classifier: Classifier) -> MeasuredScenes | str:
    """Return the scenes to measure on, or a sentence that says why this classifier cannot be measured."""
    count: int = st.session_state[COUNT]
    name = picture_name() if st.session_state[SOURCE] == "picture" else ""
    if (own := data_set.own_objects(name)) is not None:
        title, source = own
        numbers = source.pick_indices(count)
        return MeasuredScenes(
            read=lambda: SourceScenes(source, numbers),
            name=f"{len(numbers)} pictures of {title}",
            note=f"Measures {len(numbers)} pictures of {title}, whose objects are known.",
        )
    if known_kind(classifier) is PictureKind.PHOTOGRAPH:
        return REFUSAL.format(name=classifier.name)
    world = current_world()
    cues = ", ".join(f"{cue} {getattr(world, cue):g}" for cue in CUES)
    return MeasuredScenes(
        read=lambda: rendered_scenes(world, count),
        name=f"{count} rendered scenes with cue strengths {cues}",
        note=f"Uses {count} newly rendered scenes (cue strengths: {cues}), not the picture above.",
        world=world,
    )
