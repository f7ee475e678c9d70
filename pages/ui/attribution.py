"""The page of attribution masks: what is asked, the film, its curves, and whose label it is."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass

import streamlit as st
from PIL import Image

from masking.attribution import ATTRIBUTIONS, Attribution, AttributionMasks
from masking.models.classifier import Classifier
from pages.ui import links, pictures
from pages.ui.attribution_asked import ANY, OTHER, Asked, true_class
from pages.ui.attribution_bridge import bridge
from pages.ui.attribution_drawn import CHANNEL, STRETCHED, drawn
from pages.ui.attribution_exports import exports
from pages.ui.attribution_figures import curves_figure
from pages.ui.attribution_labels import labels
from pages.ui.attribution_reading import fading, readings, telling
from pages.ui.attribution_strips import CHANNELS, NONE_YET, Strip
from pages.ui.bench import PATIENCE_SECONDS
from pages.ui.errors import sentence
from pages.ui.figures import CONFIG
from pages.ui.film_player import MOST, play, shown_step
from pages.ui.jobs import show_failure, show_progress

TARGET, ITERATIONS, TEN = "for", "iterations", 10
SHOWN = "films_shown"
KNOWN_TARGETS = {"true": "True class", "predicted": "Predicted class", "second": "Second most probable"}


@dataclass(frozen=True, eq=False)
class Shown:
    """The films on the page, each with its pictures; they stay while others are under way."""

    asked: Asked
    found: dict[str, AttributionMasks]
    strips: list[Strip]


@st.fragment
def films(classifier: Classifier, picture: Image.Image, attributions: dict[str, Attribution]) -> None:
    """Everything below the pickers; who steps through the film redraws this part of the page only."""
    asked = _ask(classifier, picture, attributions)
    if asked is None:
        st.info("Choose at least one attribution above.", icon=":material/tune:")
        return
    with st.container(key="film-news"):
        shown = _shown(asked)
    if shown is None:
        return
    first = shown.found[shown.asked.first]
    step = shown_step(telling(first), first.iterations)
    controls = shown.asked.made_controls()
    _film(shown, first, controls, step)
    _curves(shown, step)
    labels(shown.asked, first, controls, step)
    bridge(shown.asked, shown.found, step)
    exports(shown.asked, shown.found, controls)


def _ask(classifier: Classifier, picture: Image.Image, attributions: dict[str, Attribution]) -> Asked | None:
    """The row above the film: class, iterations, channel."""
    state, truth = st.session_state, true_class(classifier)
    known = [name for name in KNOWN_TARGETS if name != "true" or truth is not None]
    classes = list(map(str, range(len(classifier.categories))))
    links.choice(TARGET, [*known, *classes], known[0], "target class")
    links.number(ITERATIONS, TEN, 0, MOST)
    links.choice(CHANNEL, list(CHANNELS), "sum", "channel")
    links.choice(OTHER, [ANY, *classes], ANY, "other class")
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium", key="film-row"):
        st.selectbox(
            "Mask made for", [*known, *classes], key=TARGET, persist_state="session", width=260,
            format_func=lambda one: KNOWN_TARGETS.get(one) or classifier.categories[int(one)],
            help="The class whose logit is attributed; any will do, and that is the point",
        )  # fmt: skip
        st.slider(
            "Iterations", 0, MOST, key=ITERATIONS, persist_state="session", width=260,
            help="How often the picture is attributed and multiplied by the mask that this makes",
        )  # fmt: skip
        st.segmented_control(
            "Channels", list(CHANNELS), format_func=CHANNELS.get, key=CHANNEL, required=True,
            persist_state="session", help="Each colour channel has a mask of its own; summed shows all three together",
        )  # fmt: skip
        links.flag(STRETCHED)
        st.toggle(
            "Stretch contrast", key=STRETCHED, persist_state="session",
            help="Masks fade the picture to the mean colour; this shows what is left of it at full contrast",
        )  # fmt: skip
    for key, default in ((TARGET, known[0]), (ITERATIONS, TEN), (CHANNEL, "sum"), (STRETCHED, False), (OTHER, ANY)):
        links.keep(key, default)
    if not attributions:
        return None
    image = classifier.prepare(picture).cpu()
    return Asked(classifier, image, attributions, state[TARGET], truth, state[ITERATIONS], state[OTHER])


def _shown(asked: Asked) -> Shown | None:
    """The films that were asked for; until they are there, progress and the last ones."""
    state, started = st.session_state, asked.start()
    if any(job.cancelled for job in started.values()):
        for job in started.values():
            job.cancel()
    for job in started.values():
        job.wait(PATIENCE_SECONDS)
    under_way = [job for job in started.values() if not job.finished]
    if under_way:
        show_progress(under_way[0], "film")
    for name, job in started.items():
        if job.finished and job.error:
            text = f"{ATTRIBUTIONS[name].title}: {sentence(ValueError(job.error))}"
            show_failure(text, asked.key(name), f"film-{name}", asked.pool(name))
    found = {name: job.result for name, job in started.items() if job.finished and not job.error}
    if found and not under_way:
        asked = dataclasses.replace(asked, attributions={name: asked.attributions[name] for name in found})
        strips = drawn({asked.key(name): one for name, one in found.items()}, all_pictures=True)
        if strips is not None:
            state[SHOWN] = Shown(asked, found, strips)
        return state.get(SHOWN)
    return state.get(SHOWN) if under_way else None


def _film(shown: Shown, first: AttributionMasks, controls: Mapping[str, AttributionMasks] | None, step: int) -> None:
    """The player with one row per attribution."""
    rows = [
        {"title": ATTRIBUTIONS[name].title, "meaning": ATTRIBUTIONS[name].meaning, **one.plain()}
        for name, one in zip(shown.found, shown.strips, strict=True)
    ]
    play("film", rows, first.iterations, readings(shown.asked.classifier.name, first, controls), NONE_YET, step)


def _curves(shown: Shown, step: int) -> None:
    with st.container(key="film-curves"):
        titles = {ATTRIBUTIONS[name].title: one for name, one in shown.found.items()}
        chart = curves_figure(titles, step)
        st.plotly_chart(chart, config=CONFIG, key="film-chart", alt="Probability, entropy and dead values by iteration")
    name = shown.asked.classifier.name
    dots = "Filled dots: the picture is called by the class that the mask is made for."
    st.caption(f"{dots} {fading(name, shown.asked.blank())} Picture: {pictures.credit(pictures.shown())}.")
