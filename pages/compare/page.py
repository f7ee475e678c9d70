"""The bench of Compare: editor on one side, cards on the other, everything that follows from them below."""

import streamlit as st
from PIL import Image
from torch import Tensor

from masking.image import digest
from masking.inference.predict import USUAL_METHODS, Comparison, compare
from masking.inference.random_removal import Removal, random_removal
from masking.masks.mask import Mask
from masking.methods import METHODS, Method
from masking.models.classifier import Classifier
from masking.registry.params import params
from pages.compare.figures import CONFIG, removal_figure
from pages.components.cards import show_cards, show_paint
from pages.components.forms import form
from pages.mask_editor.editor import edit_mask
from pages.mask_editor.tools import source_of
from pages.pickers.picture import original_picture_size, picture_credit, picture_name, picture_object_mask
from pages.shell import links
from pages.shell.errors import as_sentence
from pages.shell.jobs import Job, jobs, long_job, show_failure, show_progress, start_long

EDITOR_WIDTH = 400
BATCH = 8
"""Random masks between two looks at Cancel."""
PATIENCE_SECONDS = 0.8
"""How long a rerun waits for a comparison before it shows progress instead."""


def pick_methods(classifier: Classifier) -> dict[str, Method]:
    """The masking methods to show, with their parameters; impossible ones are not offered."""
    reasons = {name: method().supports(classifier) for name, method in METHODS.items()}
    able = [name for name, reason in reasons.items() if reason is None]
    links.url_choices("methods", list(METHODS), list(USUAL_METHODS), "masking methods")
    wanted: list[str] = st.session_state["methods"]
    links.write_to_url("methods", list(USUAL_METHODS))
    st.session_state["shown-methods"] = [name for name in wanted if name in able]

    def choose() -> None:
        unable = [name for name in wanted if name not in able]  # they come back with another classifier
        st.session_state["methods"] = [*st.session_state["shown-methods"], *unable]

    picker, button = st.columns([5, 1], vertical_alignment="bottom")
    chosen = picker.multiselect(
        "Masking methods",
        able,
        format_func=lambda name: METHODS[name].title,
        key="shown-methods",
        on_change=choose,
        help="Which ways of hiding pixels to compare",
    )
    for name, reason in reasons.items():
        if reason is not None:
            st.caption(f"{METHODS[name].title}: {reason}.")
    with button.popover("Settings", icon=":material/tune:", width="stretch", help="Parameters of the chosen methods"):
        return _tuned(chosen)


def _tuned(names: list[str]) -> dict[str, Method]:
    """The methods with the parameters set in their forms."""
    found: dict[str, Method] = {}
    for name in names:
        kind = METHODS[name]
        if params(kind):
            st.markdown(f"**{kind.title}**")
        found[name] = form(kind, name)
    if not any(params(METHODS[name]) for name in names):
        st.caption("The chosen methods have nothing to set.")
    return found


@st.fragment
def compare_page(classifier: Classifier, picture: Image.Image, methods: dict[str, Method]) -> None:
    """Edit the mask and see every method's answer; a stroke redraws this part of the page only."""
    with st.container(horizontal=True, gap="medium", key="bench"):
        image, mask = editor(classifier, picture)
        with st.container(key="answers"):
            comparison = _comparison(classifier, image, mask, methods)
            if comparison is None:
                return
            _removal(classifier, image, mask, comparison)
            _exports(comparison)


def editor(classifier: Classifier, picture: Image.Image) -> tuple[Tensor, Mask]:
    """The editor's side of a bench: the picture as the classifier takes it (1, 3, h, w), and the mask as it stands."""
    name = picture_name()
    st.session_state["picture_size"] = original_picture_size(name, picture)
    image = _prepared(classifier, picture)
    with st.container(width=EDITOR_WIDTH, key="editor"):
        mask = edit_mask(classifier, image, known_object(classifier, name))
        st.caption(f"Picture: {picture_credit(name)}.")
    return image, mask


def known_object(classifier: Classifier, name: str) -> Mask | None:
    """The mask that hides a picture's object exactly, where that is known."""
    data = picture_object_mask(name)
    return None if data is None else classifier.prepare_mask(data, Mask.from_png(data).size)


def _prepared(classifier: Classifier, picture: Image.Image) -> Tensor:
    return classifier.prepare(picture).cpu()


def _comparison(classifier: Classifier, image: Tensor, mask: Mask, methods: dict[str, Method]) -> Comparison | None:
    """The comparison, computed in a job; until it is there, the last one greyed out with progress."""
    source = source_of(mask)
    model = f"{classifier.name} {classifier.weights_digest} {classifier.device}"
    asked = f"{model} {methods} {source} {digest(image, mask.keep)}"

    def work(job: Job) -> Comparison:
        names = list(methods)

        def progress(name: str) -> None:
            job.step(names.index(name) / len(names), METHODS[name].title)

        return compare(classifier, image, mask, methods, progress, source)

    if (last := st.session_state.get("comparing", asked)) != asked:
        jobs().drop(last)  # nobody waits for it any more
    st.session_state["comparing"] = asked
    job = jobs().start(asked, "Comparing", work)
    job.wait(PATIENCE_SECONDS)
    if job.finished and job.error:
        show_failure(as_sentence(job.error), asked, "comparing")
        return None
    if job.finished:
        st.session_state["shown"] = job.result
    shown: Comparison | None = st.session_state.get("shown")
    if not job.finished:
        show_progress(job, "comparing")
    if shown is None:
        return None
    show_cards(shown, waiting=not job.finished)
    with st.expander("What exactly did each method show at the hidden pixels?"):
        show_paint(shown, classifier)
    return shown if job.finished else None


def _removal(classifier: Classifier, image: Tensor, mask: Mask, comparison: Comparison) -> None:
    """Class entropy over many random masks of the same share and patch size."""
    share, patch = round(mask.hidden_share, 3), min(st.session_state["patch"], *mask.size)
    left, right = st.columns([1, 3], vertical_alignment="bottom")
    links.url_number("masks", 64, 8, 1024)
    count = left.number_input(
        "Random masks", 8, 1024, step=8, key="masks", persist_state="session", help="How many to draw for class entropy"
    )
    links.write_to_url("masks", 64)
    seed = st.session_state["seed"]
    asked = (
        f"removal {classifier.name} {classifier.weights_digest} {classifier.device} {comparison.methods} "
        f"{share} {patch} {count} {seed} {digest(image)}"
    )
    if right.button(
        "Class entropy",
        type="primary",
        icon=":material/bar_chart:",
        disabled=not comparison.methods,
        help="How varied are the predicted classes when many different parts are missing? "
        "A model that answers the same whatever is missing has 0 bits.",
    ):

        def work(job: Job) -> dict[str, Removal]:
            names, total = list(comparison.methods), len(comparison.methods) * count

            def progress(name: str, done: int) -> None:
                job.step((names.index(name) * count + done) / total, METHODS[name].title)

            return random_removal(classifier, image, comparison.methods, share, patch, count, seed, BATCH, progress)

        start_long("removal", asked, "Class entropy", work).wait(PATIENCE_SECONDS)
    real = Mask.random_patches(mask.size, share, patch, seed).hidden_share  # whole patches only
    right.caption(f"{count} random masks that hide {real:.1%} in patches of {patch} px, seed {seed}.")
    pressed, job = long_job("removal", asked)
    if job is None:
        return
    if not job.finished:
        show_progress(job, "removal")
    elif job.error:
        st.info(as_sentence(job.error))
    else:
        if pressed != asked:
            st.caption("Of the settings when the button was last pressed:")
        st.plotly_chart(
            removal_figure(job.result), config=CONFIG, key="removal-chart", alt="Agreement and class entropy by method"
        )


def _exports(comparison: Comparison) -> None:
    with st.container(horizontal=True):
        with st.popover("Copy link", icon=":material/link:"):
            st.caption("Restores picture, classifier, methods and mask.")
            st.code(links.page_address(), language=None, wrap_lines=True)
        for label, data, name, mime in (
            ("PNG", comparison.to_png, "comparison.png", "image/png"),
            ("CSV", comparison.to_csv, "comparison.csv", "text/csv"),
            ("JSON", comparison.to_json, "comparison.json", "application/json"),
            ("Mask", comparison.mask.to_png, "mask.png", "image/png"),
        ):
            st.download_button(
                label, data, name, mime, icon=":material/download:", on_click="ignore", key=f"download-{label}"
            )
