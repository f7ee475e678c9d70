"""The Shape leakage page: the object's editor on one side, what its hole reveals on the other."""

import streamlit as st

from masking.image import digest
from masking.leakage import Cutout, cut_out
from masking.masks.holes import HOLES
from masking.masks.mask import Mask
from masking.methods import Method
from masking.methods.method import method_key
from masking.models.classifier import Classifier
from pages.components.exports import file_name, show_downloads, show_link
from pages.components.method_names import method_title
from pages.leakage.cutouts import show_cutouts, show_reading
from pages.leakage.measurement import measure
from pages.leakage.scene import Scene, pick_donor
from pages.mask_editor.editor import KEY as MASK
from pages.mask_editor.editor import edit_mask, open_editor
from pages.mask_editor.panel import EDITOR_WIDTH
from pages.mask_editor.state import has_state
from pages.shell import links
from pages.shell.errors import escape_markdown
from pages.shell.jobs import Job, LatestResult, run_latest

HOLE = "holes"
USUAL_HOLES = ["exact", "grown_4", "hull", "box", "disc", "transplanted"]
_LAST_SCENE = "cut_scene"
"""Session key: the name of the last scene."""


@st.fragment
def leakage_page(classifier: Classifier, scene: Scene, methods: dict[str, Method]) -> None:
    """Mark the object and see what the hole reveals; a stroke redraws this part of the page only."""
    _start_scene(classifier, scene)
    reading = st.container()
    with st.container(horizontal=True, gap="medium", key="bench"):
        with st.container(width=EDITOR_WIDTH, key="editor"):
            object_mask = edit_mask(
                classifier, scene.image, scene.object_mask, scene.size, first=_first_mask(classifier, scene),
                name=scene.name, title=scene.title,
            )  # fmt: skip
            st.caption(escape_markdown(f"Hide the whole object. Picture: {scene.credit}."))
        with st.container(key="answers"):
            latest = _cut_out(classifier, scene, object_mask, methods)
            if latest is not None:
                show_cutouts(latest.result, waiting=not latest.is_current)
            _show_exports(scene, latest.result if latest is not None and latest.is_current else None)
    if latest is not None:
        with reading:
            show_reading(latest.result)
    measure(classifier, methods)


def _start_scene(classifier: Classifier, scene: Scene) -> None:
    """Begin a new scene with its object hidden; where that is not known, with nothing hidden but what the user marked.

    A mask that a link brought stays in any case, and one made on another picture comes back with that.
    """
    state = st.session_state
    is_linked = not has_state() and st.query_params.get(MASK)
    last, state[_LAST_SCENE] = state.get(_LAST_SCENE), scene.name
    if last == scene.name or is_linked:
        return
    editor = open_editor(classifier, _first_mask(classifier, scene))
    if scene.object_mask is not None or editor.is_untouched:
        editor.put_first(_first_mask(classifier, scene))


def _first_mask(classifier: Classifier, scene: Scene) -> Mask:
    """Return what a new scene hides: its object, or nothing where that is not known."""
    return scene.object_mask or Mask.full(classifier.input_size)


def _cut_out(
    classifier: Classifier, scene: Scene, object_mask: Mask, methods: dict[str, Method]
) -> LatestResult | None:
    """Draw the choice of holes; return the answers under each, or the last ones while these are computed."""
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
    is_hidden = scene.object_mask is not None and (object_mask & scene.object_mask).digest == object_mask.digest
    is_certain = is_hidden and scene.object_class is not None
    images = digest(scene.image, object_mask.keep)
    answers = f"{classifier.key} {method_key(methods, classifier)}"
    key = f"cut {answers} {holes} {donor[0]} {seed} {is_certain} {scene.object_class} {images}"

    def work(job: Job) -> Cutout:
        order = list(methods)

        def report(name: str) -> None:
            job.step(order.index(name) / len(order), method_title(name))

        return cut_out(
            classifier, scene.image, object_mask, methods, holes, donor, is_certain, seed, report, scene.object_class
        )  # fmt: skip

    return run_latest("cutting", key, "Cutting out", work)


def _show_exports(scene: Scene, cutout: Cutout | None) -> None:
    """Draw the page's link, and the files of what it shows once that is there."""
    with st.container(horizontal=True):
        show_link("scene, object, classifier, methods, holes and the number of scenes to measure")
        if cutout is None:
            return

        def name(ending: str) -> str:
            return file_name("shape-leakage", scene.title, cutout.object_name, ending=ending)

        show_downloads(
            [
                ("PNG", lambda: cutout.to_png(scene.title), name("png"), "image/png"),
                ("SVG", lambda: cutout.to_svg(scene.title), name("svg"), "image/svg+xml"),
                ("HTML", lambda: cutout.to_html(scene.title), name("html"), "text/html"),
                ("CSV", cutout.to_csv, name("csv"), "text/csv"),
                ("JSON", cutout.to_json, name("json"), "application/json"),
            ]
        )
