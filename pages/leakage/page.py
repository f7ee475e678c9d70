"""The Shape leakage page: the object's editor on one side, what its hole reveals on the other."""

import streamlit as st

from masking.image import digest
from masking.leakage import Cutout, cut_out
from masking.masks.holes import HOLES
from masking.masks.mask import Mask
from masking.methods import METHODS, Method
from masking.models.classifier import Classifier
from pages.components.exports import Download, show_downloads, show_link
from pages.leakage.cutouts import show_cutouts
from pages.leakage.measurement import Measured, measure
from pages.leakage.scene import Scene, pick_donor
from pages.mask_editor.editor import KEY as MASK
from pages.mask_editor.editor import edit_mask, middle_box, open_editor
from pages.mask_editor.panel import EDITOR_WIDTH
from pages.mask_editor.state import has_state
from pages.mask_editor.tools import change
from pages.shell import links
from pages.shell.jobs import Job, run_latest

HOLE = "holes"
USUAL_HOLES = ["exact", "grown_4", "hull", "box", "disc", "transplanted"]
_LAST_SCENE, _LAST_START = "cut_scene", "cut_first"
"""Session keys: the name of the last scene, and the digest of the mask that it began with."""


@st.fragment
def leakage_page(classifier: Classifier, scene: Scene, methods: dict[str, Method]) -> None:
    """Mark the object and see what the hole reveals; a stroke redraws this part of the page only."""
    _start_scene(classifier, scene)
    with st.container(horizontal=True, gap="medium", key="bench"):
        with st.container(width=EDITOR_WIDTH, key="editor"):
            object_mask = edit_mask(classifier, scene.image, scene.object_mask, scene.size, name=scene.name)
            st.caption(f"Hide the whole object. Picture: {scene.credit}.")
        with st.container(key="answers"):
            cutout = _cut_out(classifier, scene, object_mask, methods)
            _show_exports(cutout, measure(classifier, methods))


def _start_scene(classifier: Classifier, scene: Scene) -> None:
    """Begin a new scene with its object hidden; where that is not known, with nothing hidden but what the user marked.

    A mask that a link brought stays in any case.
    """
    state = st.session_state
    is_linked = not has_state() and st.query_params.get(MASK)
    last, state[_LAST_SCENE] = state.get(_LAST_SCENE), scene.name
    if last == scene.name or is_linked:
        return
    first = scene.object_mask or Mask.full(classifier.input_size)
    present = open_editor(classifier, first).draft.mask.digest
    is_marked = present not in (state.get(_LAST_START), middle_box(classifier).digest)
    state[_LAST_START] = first.digest
    if present != first.digest and (scene.object_mask is not None or not is_marked):
        change(lambda _: first)


def _cut_out(classifier: Classifier, scene: Scene, object_mask: Mask, methods: dict[str, Method]) -> Cutout | None:
    """Show the matrix, or the last one greyed out while it is computed. Returns it once it is there."""
    links.url_choices(HOLE, list(HOLES), USUAL_HOLES, "holes")
    with st.container(horizontal=True, vertical_alignment="bottom", key="hole-row"):
        holes = st.multiselect(
            "Holes", list(HOLES), format_func=lambda name: HOLES[name].title, key=HOLE, persist_state="session",
            help="  \n".join(f"**{hole.title}**: {hole.meaning}" for hole in HOLES.values()),
        )  # fmt: skip
        donor = pick_donor(classifier)
    links.write_to_url(HOLE, USUAL_HOLES)
    if not object_mask.hidden_share or not holes or not methods:
        step = "Choose at least one method and one hole" if object_mask.hidden_share else "Mark the object on the left"
        st.info(f"{step} to see what the hole reveals.", icon=":material/draw:")
        return None
    seed = st.session_state["seed"]
    is_certain = scene.object_mask is not None and (object_mask & scene.object_mask).digest == object_mask.digest
    images = digest(scene.image, object_mask.keep)
    key = f"cut {classifier.key} {methods} {holes} {donor[0]} {seed} {is_certain} {images}"

    def work(job: Job) -> Cutout:
        order = list(methods)

        def report(name: str) -> None:
            job.step(order.index(name) / len(order), METHODS[name].title)

        return cut_out(classifier, scene.image, object_mask, methods, holes, donor, is_certain, seed, report)

    latest = run_latest("cutting", key, "Cutting out", work)
    if latest is None:
        return None
    show_cutouts(latest.result, waiting=not latest.is_current)
    return latest.result if latest.is_current else None


def _show_exports(cutout: Cutout | None, measured: Measured | None) -> None:
    downloads: list[Download] = []
    if cutout is not None:
        downloads += [
            ("PNG", cutout.to_png, "cutouts.png", "image/png"),
            ("CSV", cutout.to_csv, "cutouts.csv", "text/csv"),
            ("JSON", cutout.to_json, "cutouts.json", "application/json"),
        ]
    if measured is not None:
        downloads += [
            ("Measured CSV", measured.to_csv, "leakage.csv", "text/csv"),
            ("Measured JSON", measured.to_json, "leakage.json", "application/json"),
        ]
    with st.container(horizontal=True):
        show_link("scene, object, classifier, methods, holes and the number of scenes to measure")
        show_downloads(downloads)
