"""The scene: a picture, or one rendered here and now with cues of any strength."""

from dataclasses import dataclass, replace

import streamlit as st
from PIL import Image
from torch import Tensor

from masking.datasets.gallery import samples
from masking.datasets.silhouettes.worlds import MEANINGS, WORLDS, World
from masking.datasets.sources.object_scenes import rendered_scenes
from masking.masks.mask import Mask
from masking.models.classifier import Classifier
from masking.registry.params import params
from pages.pickers.known_object import known_class
from pages.pickers.picture import (
    object_mask_for,
    original_picture_size,
    pick_picture,
    picture_credit,
    picture_name,
    picture_title,
    prepare_picture,
)
from pages.shell import links

SOURCE, WORLD, SEED = "source", "world", "scene"
SOURCES = {"picture": "Picture", "rendered": "Rendered"}
CUES = {cue.name: cue for cue in params(World) if isinstance(cue.default, float)}
LAST_SEED = 2**31 - 1


@dataclass(frozen=True, eq=False)
class Scene:
    """A scene in a classifier's frame.

    Attributes:
        name: tells it from other scenes.
        image: (1, 3, h, w) in [0, 1].
        object_mask: hides its object exactly; None where that is not known.
        object_class: name of the object's class; None where that is not known, or the classifier lacks it.
        title: as headings and the names of files call it.
        credit: whom to thank for it.
        size: (h, w) of the picture itself, in pixels.
    """

    name: str
    image: Tensor
    object_mask: Mask | None
    object_class: str | None
    title: str
    credit: str
    size: tuple[int, int]


def current_world() -> World:
    """Return the world that the cue sliders describe."""
    state = st.session_state
    links.url_choice(WORLD, list(WORLDS), "ordinary", "world")
    world = WORLDS[state[WORLD]]
    for name, cue in CUES.items():
        links.url_parameter(f"cue-{name}", replace(cue, name=f"cue-{name}", default=getattr(world, name)))
    return replace(world, **{name: state[f"cue-{name}"] for name in CUES})


def pick_kind() -> str:
    """Return the kind of scene, a key of `SOURCES`."""
    links.url_choice(SOURCE, list(SOURCES), "picture", "kind of scene")
    kind = st.segmented_control(
        "Scene", list(SOURCES), format_func=SOURCES.__getitem__, key=SOURCE, required=True, persist_state="session",
        help="A rendered scene has cues of the strengths that you set, and its right answer is known.",
    )  # fmt: skip
    links.write_to_url(SOURCE, "picture")
    return kind or "picture"


def pick_scene(kind: str) -> Image.Image | None:
    """Return a picture, or None for a scene of the chosen world."""
    if kind == "picture":
        return pick_picture()
    state = st.session_state
    current_world()

    def take_cues() -> None:
        for name in CUES:
            state[f"cue-{name}"] = getattr(WORLDS[state[WORLD]], name)

    def step() -> None:
        state[SEED] = state.get(SEED, 0) + 1

    with st.container(horizontal=True, vertical_alignment="bottom", wrap=False, gap="small", key="world-row"):
        st.selectbox(
            "World", list(WORLDS), format_func=str.capitalize, key=WORLD, on_change=take_cues, persist_state="session",
            help="  \n".join(f"**{name.capitalize()}**: {meaning}" for name, meaning in MEANINGS.items()),
        )  # fmt: skip
        st.button("Next", icon=":material/casino:", on_click=step, help="The next scene of this world")
    links.write_to_url(WORLD, "ordinary")
    return None


def pick_cues(kind: str) -> None:
    """Draw the sliders for the cues of a rendered scene, and its seed."""
    if kind == "picture":
        return
    world = WORLDS[st.session_state[WORLD]]
    links.url_number(SEED, 0, 0, LAST_SEED)
    columns = st.columns([*[3] * len(CUES), 1], gap="medium", vertical_alignment="bottom")
    for column, (name, cue) in zip(columns, CUES.items(), strict=False):
        column.slider(
            f"{name.capitalize()} cue", 0.0, 1.0, step=0.05, key=f"cue-{name}", persist_state="session",
            help=f"{cue.meaning.capitalize()}. In the other scenes the cue is that of a random class.",
        )  # fmt: skip
        links.write_to_url(f"cue-{name}", getattr(world, name))
    columns[-1].number_input("Seed", 0, LAST_SEED, key=SEED, persist_state="session")
    links.write_to_url(SEED, 0)


def open_scene(classifier: Classifier, picture: Image.Image | None) -> Scene:
    """Return the picture that `pick_scene` gave, or a rendered scene, in the classifier's frame."""
    if picture is None:
        return _render(classifier, current_world(), st.session_state[SEED])
    name = picture_name()
    return Scene(
        name=name,
        image=prepare_picture(classifier, picture),
        object_mask=object_mask_for(classifier, name),
        object_class=known_class(classifier, name),
        title=picture_title(name),
        credit=picture_credit(name),
        size=original_picture_size(name, picture),
    )


def _render(classifier: Classifier, world: World, seed: int) -> Scene:
    with st.spinner("Preparing the renderer …"):
        scenes = rendered_scenes(world, 1, seed).read(classifier, 0, 1)
    label = int(scenes.labels[0])
    object_class = classifier.categories[label] if label >= 0 else None
    return Scene(
        name=f"{world} {seed}",
        image=scenes.images,
        object_mask=Mask(~scenes.objects),
        object_class=object_class,
        title=f"Rendered scene {seed}",
        credit=f"rendered here: {object_class}" if object_class else "rendered here",
        size=classifier.input_size,
    )


@st.cache_data(show_spinner=False)
def _outlines() -> dict[str, bytes]:
    """Return the object masks (PNG) of the gallery's scenes by class."""
    return {
        sample.object_class: sample.object_mask.read_bytes()
        for sample in samples().values()
        if sample.object_class is not None and sample.object_mask is not None
    }


def pick_donor(classifier: Classifier) -> tuple[str, Mask]:
    """Return the class whose outline is transplanted, and the mask that hides such an object."""
    names = list(_outlines())
    links.url_choice("donor", names, "umbrella", "outline")
    name = st.selectbox(
        "Outline of", names, key="donor", persist_state="session", width=150,
        help="The hole “Transplanted” has the outline of this object",
    )  # fmt: skip
    links.write_to_url("donor", "umbrella")
    data = _outlines()[name]
    return name, classifier.prepare_mask(data, Mask.from_png(data).size)
