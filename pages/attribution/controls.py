"""“Whose label is it?”: the same film for another class, of noise, for the prediction, with an untrained network."""

from collections.abc import Mapping

import streamlit as st

from masking.attribution import ATTRIBUTIONS, AttributionMasks
from masking.attribution.mask_sentences import label
from pages.attribution.drawn import render_iterations
from pages.attribution.figures import labels_figure
from pages.attribution.film_player import follow
from pages.attribution.request import ANY, OTHER, FilmRequest
from pages.attribution.text import DRAWN, MEANINGS, TITLES
from pages.components.charts import CONFIG
from pages.shell import links
from pages.shell.errors import as_sentence
from pages.shell.jobs import show_failure, show_progress

AS_ASKED = "As asked"
WARNING = (
    "Over many images, the share that is called by its true label once masked for that label is the paper's MIA. It "
    "is no accuracy on unseen data, since the masked image has been made with its label in hand. Four films are its "
    "controls: where another label, noise or an untrained network get as far, it was the mask and not the object."
)

SAME = "The label chosen as another, {}, is the one that the mask is made for; another is drawn by lot instead."


def show_controls(
    asked: FilmRequest, found: AttributionMasks, controls: Mapping[str, AttributionMasks] | None, step: int
) -> None:
    """The panel: films side by side that follow the player, and each one's probability of its own label."""
    target = str(int(found.target[0]))
    classes = [ANY, *(str(index) for index in range(len(asked.classifier.categories)) if str(index) != target)]
    if st.session_state[OTHER] not in classes:
        st.session_state[OTHER] = ANY
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium", key="label-row"):
        st.subheader("Whose label is it?", anchor=False)
        st.selectbox(
            "Another label", classes, key=OTHER, persist_state="session", width=220,
            format_func=lambda one: "Any other" if one == ANY else asked.classifier.categories[int(one)],
            help="The class that the second film's mask is made for", on_change=links.remember_choice, args=(OTHER,),
        )  # fmt: skip
    same = f" {SAME.format(label(found))}" if asked.other == target else ""
    st.caption(f"{WARNING} All by {ATTRIBUTIONS[asked.first].title}.{same}")
    if controls is None:
        _missing(asked)
        return
    together = {AS_ASKED: found, **{TITLES[name]: one for name, one in controls.items()}}
    strips = render_iterations(
        {f"{asked.controls_key} {title}": one for title, one in together.items()}, all_pictures=False
    )
    if strips is None:
        return
    meanings = [
        f"The mask made for {label(found)}, as above.",
        *(_meaning(name, asked.other in {ANY, target}) for name in controls),
    ]
    cards = [
        {"title": f"{title}: {label(one)}", "meaning": meaning, **strip.plain()}
        for (title, one), meaning, strip in zip(together.items(), meanings, strips, strict=True)
    ]
    follow("label-films", cards, found.iterations)
    with st.container(key="film-curves-labels"):
        chart = labels_figure(together, step)
        st.plotly_chart(
            chart, config=CONFIG, key="label-chart", alt="Probability of each film's own label by iteration"
        )


def _meaning(control: str, lots: bool) -> str:
    return f"{MEANINGS[control]} {DRAWN}" if lots and control == "another_label" else MEANINGS[control]


def _missing(asked: FilmRequest) -> None:
    """Progress of the control films, why there are none, or a button that makes them."""
    job = asked.controls()
    if job is None:
        st.button(
            "Make the four control films", on_click=asked.start_controls, key="make-controls",
            icon=":material/play_arrow:", type="primary",
            help="Four more films, which take about four times as long as the one above",
        )  # fmt: skip
    elif not job.finished:
        show_progress(job, "controls")
    elif not job.error:
        st.rerun()  # it was finished in this moment
    else:
        show_failure(as_sentence(job.error), asked.controls_key, "controls", asked.pool(asked.first))
