"""Four tests of an attribution mask: does it find the object, or does it write the label?"""

from collections.abc import Mapping

import streamlit as st

from masking.attribution import ATTRIBUTIONS, AttributionMasks
from masking.attribution.mask_sentences import label_of
from pages.attribution.film_player import follow
from pages.attribution.rendering import render_in_background
from pages.attribution.request import ANY, OTHER, SLOT, FilmRequest
from pages.attribution.text import MEANINGS, RANDOM_CLASS, TITLES
from pages.shell import links
from pages.shell.errors import as_sentence
from pages.shell.jobs import show_failure, show_progress

AS_ASKED = "As asked"
EXPLANATION = (
    "Four tests: another class, pure noise, the network’s own guess, and five untrained networks, because a single one "
    "is one draw of its weights. If they reach their label too, the mask writes the label instead of finding the "
    "object. Over many images, the share that gets its true label once masked for it is the paper’s MIA; it is no "
    "accuracy on new data, because the mask knows the label."
)
SAME_CLASS = "The masks above are made for {} already, so the first test draws a random class instead."


def show_controls(
    request: FilmRequest, masks: AttributionMasks, controls: Mapping[str, AttributionMasks] | None
) -> None:
    """Show the tests side by side; they follow the player."""
    target = str(int(masks.target[0]))
    categories = request.classifier.categories
    classes = [ANY, *(str(index) for index in range(len(categories)) if str(index) != target)]
    if st.session_state[OTHER] not in classes:
        st.session_state[OTHER] = ANY
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium", key="label-row"):
        st.subheader("Does the mask find the object or write the label?", anchor=False)
        st.selectbox(
            "Other class", classes, key=OTHER, persist_state="session", width=220,
            format_func=lambda name: "Random" if name == ANY else categories[int(name)],
            help="The class that the first test makes its mask for", on_change=links.remember_choice, args=(OTHER,),
        )  # fmt: skip
    same = f" {SAME_CLASS.format(label_of(masks))}" if request.other == target else ""
    st.caption(f"{EXPLANATION} All tests use {ATTRIBUTIONS[request.first].title}.{same}")
    if controls is None:
        _show_missing(request)
        return
    together = with_tests(masks, controls)
    frames = render_in_background(
        {f"{request.controls_key} {title}": each for title, each in together.items()}, all_pictures=False
    )
    if frames is None:
        return
    meanings = [
        f"The mask made for {label_of(masks)}, as above.",
        *(_meaning(name, request.other in {ANY, target}) for name in controls if name in TITLES),
    ]
    rows = [
        {"title": f"{title}: {label_of(each)}", "meaning": meaning, **rendered.to_player()}
        for (title, each), meaning, rendered in zip(together.items(), meanings, frames, strict=True)
    ]
    follow("label-films", rows, masks.iterations)


def with_tests(masks: AttributionMasks, controls: Mapping[str, AttributionMasks]) -> dict[str, AttributionMasks]:
    """Return the masks as asked together with those of the tests, by title."""
    return {AS_ASKED: masks, **{TITLES[name]: each for name, each in controls.items() if name in TITLES}}


def _meaning(name: str, is_random: bool) -> str:
    return f"{MEANINGS[name]} {RANDOM_CLASS}" if is_random and name == "another_label" else MEANINGS[name]


def _show_missing(request: FilmRequest) -> None:
    """Show the progress of the tests, why they failed, or a button that starts them."""
    job = request.controls_job()
    if job is None:
        st.button(
            "Run the four tests", on_click=request.start_controls, key="make-controls",
            icon=":material/play_arrow:", type="primary",
            help="This takes about eight times as long as the iterations above",
        )  # fmt: skip
    elif not job.finished:
        show_progress(job, "controls")
    elif not job.error:
        st.rerun()  # the job has finished since the page looked for its result
    else:
        show_failure(as_sentence(job.error), request.controls_key, "controls", request.queue(request.first), SLOT)
