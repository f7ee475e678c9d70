"""Which scene: a picture, or one rendered here and now with cues of any strength."""

from dataclasses import dataclass, replace

import streamlit as st
from PIL import Image
from torch import Tensor

from masking.datasets.gallery import samples
from masking.datasets.silhouettes.worlds import MEANINGS, WORLDS, World
from masking.datasets.sources.object_scenes import rendered_scenes
from masking.masks.mask import Mask
from masking.models.classifier import Classifier
from masking.registry.params import Param, params
from pages.pickers.picture import original_picture_size, pick_picture, picture_credit, picture_name, picture_object_mask
from pages.shell import links

SOURCE, WORLD, SEED = "source", "world", "scene"
SOURCES = {"picture": "Picture", "rendered": "Rendered live"}
CUES = {one.name: one for one in params(World) if isinstance(one.default, float)}
LAST_SEED = 2**31 - 1


@dataclass(frozen=True, eq=False)
class Scene:
    """An image (1, 3, h, w) in a classifier's frame; `cutout` hides its object exactly, where that is known."""

    name: str
    image: Tensor
    cutout: Mask | None
    credit: str
    size: tuple[int, int]


def world() -> World:
    """The world that the cue sliders describe."""
    state = st.session_state
    links.url_choice(WORLD, list(WORLDS), "ordinary", "world")
    chosen = WORLDS[state[WORLD]]
    for name, cue in CUES.items():
        links.url_parameter(f"cue-{name}", _param(cue, chosen))
    return replace(chosen, **{name: state[f"cue-{name}"] for name in CUES})


def _param(cue: Param, chosen: World) -> Param:
    return replace(cue, name=f"cue-{cue.name}", default=getattr(chosen, cue.name))


def pick_kind() -> str:
    """A key of `SOURCES`."""
    links.url_choice(SOURCE, list(SOURCES), "picture", "kind of scene")
    kind = st.segmented_control(
        "Scene", list(SOURCES), format_func=SOURCES.get, key=SOURCE, required=True, persist_state="session",
        help="Rendered: its cues have the strengths that you set, and the right answer is known.",
    )  # fmt: skip
    links.write_to_url(SOURCE, "picture")
    return kind


def pick_scene(kind: str) -> Image.Image | None:
    """A picture, or None for a scene of the chosen world."""
    if kind == "picture":
        return pick_picture()
    state = st.session_state
    world()

    def adopt() -> None:
        for name in CUES:
            state[f"cue-{name}"] = getattr(WORLDS[state[WORLD]], name)

    def another() -> None:
        state[SEED] = state.get(SEED, 0) + 1

    with st.container(horizontal=True, vertical_alignment="bottom", wrap=False, gap="small", key="world-row"):
        st.selectbox(
            "World", list(WORLDS), format_func=str.capitalize, key=WORLD, on_change=adopt, persist_state="session",
            help="  \n".join(f"**{name.capitalize()}**: {meaning}" for name, meaning in MEANINGS.items()),
        )  # fmt: skip
        st.button("Next", icon=":material/casino:", on_click=another, help="The next scene of this world")
    links.write_to_url(WORLD, "ordinary")
    return None


def pick_cues(kind: str) -> None:
    """How strong the cues of a rendered scene are, and which scene it is."""
    if kind == "picture":
        return
    chosen = WORLDS[st.session_state[WORLD]]
    links.url_number(SEED, 0, 0, LAST_SEED)
    columns = st.columns([*[3] * len(CUES), 1], gap="medium", vertical_alignment="bottom")
    for column, (name, cue) in zip(columns, CUES.items(), strict=False):
        column.slider(
            f"{name.capitalize()} cue", 0.0, 1.0, step=0.05, key=f"cue-{name}", persist_state="session",
            help=f"{cue.meaning.capitalize()}; in other scenes it is borrowed from any class.",
        )  # fmt: skip
        links.write_to_url(f"cue-{name}", getattr(chosen, name))
    columns[-1].number_input("Seed", 0, LAST_SEED, key=SEED, persist_state="session")
    links.write_to_url(SEED, 0)


def seen_by(classifier: Classifier, picture: Image.Image | None) -> Scene:
    """What `pick_scene` gave, as a classifier sees it."""
    if picture is None:
        return _rendered(classifier, world(), st.session_state[SEED])
    name = picture_name()
    data = picture_object_mask(name)
    cutout = None if data is None else classifier.prepare_mask(data, Mask.from_png(data).size)
    size = original_picture_size(name, picture)
    return Scene(name, classifier.prepare(picture).cpu(), cutout, picture_credit(name), size)


def _rendered(classifier: Classifier, shown: World, seed: int) -> Scene:
    with st.spinner("Preparing the renderer …"):
        scenes = rendered_scenes(shown, 1, seed).read(classifier, 0, 1)
    label = int(scenes.labels[0])
    what = f"rendered here: {classifier.categories[label]}" if label >= 0 else "rendered here"
    return Scene(f"{shown} {seed}", scenes.images, Mask(~scenes.objects), what, classifier.input_size)


@st.cache_data(show_spinner=False)
def _outlines() -> dict[str, bytes]:
    """Object masks (PNG) of the gallery's scenes by class."""
    with_object = [sample for sample in samples().values() if sample.object_mask is not None]
    return {sample.title.rpartition(" ")[2]: sample.object_mask.read_bytes() for sample in with_object}


def pick_donor(classifier: Classifier) -> tuple[str, Mask]:
    """The class whose outline is transplanted, and the mask that hides such an object."""
    names = list(_outlines())
    links.url_choice("donor", names, "umbrella", "outline")
    name = st.selectbox(
        "Transplant", names, key="donor", persist_state="session", width=150,
        help="Whose outline the hole “Transplanted” has",
    )  # fmt: skip
    links.write_to_url("donor", "umbrella")
    data = _outlines()[name]
    return name, classifier.prepare_mask(data, Mask.from_png(data).size)
