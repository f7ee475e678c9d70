"""Shape leakage: the object's editor on one side, what its hole gives away on the other."""

from collections.abc import Callable

import streamlit as st

from masking.image import digest
from masking.leakage import Cutout, cut_out
from masking.masks.holes import HOLES
from masking.masks.mask import Mask
from masking.methods import METHODS, Method
from masking.models.classifier import Classifier
from pages.compare.page import EDITOR_WIDTH, PATIENCE_SECONDS
from pages.leakage.cutouts import show_cutouts
from pages.leakage.measurement import Measured, measure
from pages.leakage.scene import Scene, pick_donor
from pages.mask_editor.editor import KEY as MASK
from pages.mask_editor.editor import edit_mask, middle_box, open_draft
from pages.mask_editor.tools import change
from pages.shell import links
from pages.shell.errors import as_sentence
from pages.shell.jobs import Job, jobs, show_failure, show_progress

HOLE = "holes"
USUAL_HOLES = ["exact", "grown_4", "hull", "box", "disc", "transplanted"]


@st.fragment
def leakage_page(classifier: Classifier, scene: Scene, methods: dict[str, Method]) -> None:
    """Mark the object and see what the hole tells; a stroke redraws this part of the page only."""
    _new_scene(classifier, scene)
    with st.container(horizontal=True, gap="medium", key="bench"):
        with st.container(width=EDITOR_WIDTH, key="editor"):
            st.session_state["picture_size"] = scene.size
            cutout = edit_mask(classifier, scene.image, scene.cutout)
            st.caption(f"Hide the whole object. Picture: {scene.credit}.")
        with st.container(key="answers"):
            shown = _cutouts(classifier, scene, cutout, methods)
            _exports(shown, measure(classifier, methods))


def _new_scene(classifier: Classifier, scene: Scene) -> None:
    """A scene begins with its object cut out; where that is not known, with nothing hidden but what the user marked.

    A mask that a link brought stays in any case.
    """
    state = st.session_state
    linked = "sheet" not in state and st.query_params.get(MASK)
    last, state["cut_scene"] = state.get("cut_scene"), scene.name
    if last == scene.name or linked:
        return
    begin = scene.cutout or Mask.full(classifier.input_size)
    present = open_draft(classifier, begin).mask().digest
    marked = present not in (state.get("cut_first"), middle_box(classifier).digest)
    state["cut_first"] = begin.digest
    if present != begin.digest and (scene.cutout is not None or not marked):
        change(lambda _: begin)


def _cutouts(classifier: Classifier, scene: Scene, cutout: Mask, methods: dict[str, Method]) -> Cutout | None:
    """The matrix, computed in a job; until it is there, the last one greyed out with progress."""
    links.url_choices(HOLE, list(HOLES), USUAL_HOLES, "holes")
    with st.container(horizontal=True, vertical_alignment="bottom", key="hole-row"):
        holes = st.multiselect(
            "Holes", list(HOLES), format_func=lambda name: HOLES[name].title, key=HOLE, persist_state="session",
            help="  \n".join(f"**{hole.title}**: {hole.meaning}" for hole in HOLES.values()),
        )  # fmt: skip
        donor = pick_donor(classifier)
    links.write_to_url(HOLE, USUAL_HOLES)
    if not cutout.hidden_share or not holes or not methods:
        what = "Mark the object on the left" if not cutout.hidden_share else "Choose at least one method and one hole"
        st.info(f"{what} to see what its hole gives away.", icon=":material/draw:")
        return None
    seed = st.session_state["seed"]
    certain = scene.cutout is not None and (cutout & scene.cutout).digest == cutout.digest
    asked = f"cut {classifier.key} {methods} {holes} {donor[0]} {seed} {certain} {digest(scene.image, cutout.keep)}"

    def work(job: Job) -> Cutout:
        order = list(methods)

        def progress(name: str) -> None:
            job.step(order.index(name) / len(order), METHODS[name].title)

        return cut_out(classifier, scene.image, cutout, methods, holes, donor, certain, seed, progress)

    if (last := st.session_state.get("cutting", asked)) != asked:
        jobs().drop(last)  # nobody waits for it any more
    st.session_state["cutting"] = asked
    job = jobs().start(asked, "Cutting out", work)
    job.wait(PATIENCE_SECONDS)
    if job.finished and job.error:
        show_failure(as_sentence(job.error), asked, "cutting")
        return None
    if job.finished:
        st.session_state["cut"] = job.result
    else:
        show_progress(job, "cutting")
    shown: Cutout | None = st.session_state.get("cut")
    if shown is not None:
        show_cutouts(shown, waiting=not job.finished)
    return shown if job.finished else None


def _exports(shown: Cutout | None, measured: Measured | None) -> None:
    offered: list[tuple[str, Callable[[], bytes | str], str, str]] = []
    if shown is not None:
        offered += [
            ("PNG", shown.to_png, "cutouts.png", "image/png"),
            ("CSV", shown.to_csv, "cutouts.csv", "text/csv"),
            ("JSON", shown.to_json, "cutouts.json", "application/json"),
        ]
    if measured is not None:
        offered += [
            ("Measured CSV", measured.to_csv, "leakage.csv", "text/csv"),
            ("Measured JSON", measured.to_json, "leakage.json", "application/json"),
        ]
    with st.container(horizontal=True):
        with st.popover("Copy link", icon=":material/link:"):
            st.caption("Restores scene, object, classifier, methods, holes and what is to be measured.")
            st.code(links.page_address(), language=None, wrap_lines=True)
        for label, data, name, mime in offered:
            key = f"download-{label.replace(' ', '-')}"
            st.download_button(label, data, name, mime, icon=":material/download:", on_click="ignore", key=key)
