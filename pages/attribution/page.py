"""The page of attribution masks: what is asked, the film, its curves, and whose label it is."""

import dataclasses
import time
from collections.abc import Mapping
from dataclasses import dataclass

import streamlit as st
from PIL import Image

from masking.attribution import ATTRIBUTIONS, Attribution, AttributionMasks
from masking.models.classifier import Classifier
from pages.attribution.controls import show_controls
from pages.attribution.drawn import CHANNEL, STRETCHED, render_iterations
from pages.attribution.exports import exports
from pages.attribution.figures import curves_figure
from pages.attribution.film_player import MOST, play, shown_step
from pages.attribution.rendering import CHANNELS, COMING, Frames
from pages.attribution.request import ANY, OTHER, FilmRequest, true_class
from pages.attribution.send_to_compare import send_to_compare
from pages.attribution.text import fading, readings, telling
from pages.components.charts import CONFIG
from pages.pickers.picture import picture_credit, picture_name
from pages.shell import links
from pages.shell.errors import as_sentence
from pages.shell.jobs import PATIENCE_SECONDS, Job, show_failure, show_progress

TARGET, ITERATIONS, TEN = "for", "iterations", 10
SHOWN = "films_shown"
KNOWN_TARGETS = {"true": "True class", "predicted": "Predicted class", "second": "Second most probable"}


@dataclass(frozen=True, eq=False)
class Shown:
    """The films on the page, each with its pictures; they stay while others are under way.

    `rows` names what has a place on the page: the films, and those that are still being made.
    """

    asked: FilmRequest
    found: dict[str, AttributionMasks]
    strips: dict[str, Frames]
    rows: tuple[str, ...]


@st.fragment
def attribution_page(classifier: Classifier, picture: Image.Image, attributions: dict[str, Attribution]) -> None:
    """Everything below the pickers; who steps through the film redraws this part of the page only."""
    asked = _ask(classifier, picture, attributions)
    if asked is None:
        st.info("Choose at least one attribution above.", icon=":material/tune:")
        return
    started = _started(asked)
    under_way = sorted((name for name in started if not started[name].finished), key=asked.takes_long)
    ready = [job for job in started.values() if job.finished and not job.error]
    with st.container(key="film-news"):
        if under_way and not ready:
            show_progress(started[under_way[0]], "film")
        shown = _shown(asked, started)
    if shown is None:
        return
    first = shown.found[shown.asked.first]
    step = shown_step(telling(first), first.iterations)
    controlled = shown.rows[0] == shown.asked.first  # else that whose controls are wanted is under way
    controls = shown.asked.made_controls() if controlled else None
    _film(shown, first, controls, step)
    if under_way and ready:  # below the film, which then stays where it is
        show_progress(started[under_way[0]], "film")
    _curves(shown, step)
    if controlled:
        show_controls(shown.asked, first, controls, step)
    send_to_compare(shown.asked, shown.found, step)
    exports(shown.asked, shown.found, controls)


def _ask(classifier: Classifier, picture: Image.Image, attributions: dict[str, Attribution]) -> FilmRequest | None:
    """The row above the film: class, iterations, channel."""
    state, truth = st.session_state, true_class(classifier)
    known = [name for name in KNOWN_TARGETS if name != "true" or truth is not None]
    classes = list(map(str, range(len(classifier.categories))))
    links.url_choice_or_default(TARGET, [*known, *classes], known[0], "target class")
    links.url_number(ITERATIONS, TEN, 0, MOST)
    links.url_choice(CHANNEL, list(CHANNELS), "sum", "channel")
    links.url_choice_or_default(OTHER, [ANY, *classes], ANY, "other class")
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium", key="film-row"):
        st.selectbox(
            "Mask made for", [*known, *classes], key=TARGET, persist_state="session", width=260,
            format_func=lambda one: KNOWN_TARGETS.get(one) or classifier.categories[int(one)],
            help="The class whose logit is attributed; any will do, and that is the point",
            on_change=links.remember_choice, args=(TARGET,),
        )  # fmt: skip
        st.slider(
            "Iterations", 0, MOST, key=ITERATIONS, persist_state="session", width=260,
            help="How often the picture is attributed and multiplied by the mask that this makes",
        )  # fmt: skip
        st.segmented_control(
            "Channels", list(CHANNELS), format_func=CHANNELS.get, key=CHANNEL, required=True,
            persist_state="session", help="Each colour channel has a mask of its own; summed shows all three together",
        )  # fmt: skip
        links.url_flag(STRETCHED)
        st.toggle(
            "Stretch contrast", key=STRETCHED, persist_state="session",
            help="Masks fade the picture to the mean colour; this shows what is left of it at full contrast",
        )  # fmt: skip
    for key, default in ((ITERATIONS, TEN), (CHANNEL, "sum"), (STRETCHED, False)):
        links.write_to_url(key, default)
    if not attributions:
        return None
    image = classifier.prepare(picture).cpu()
    told = state[TARGET], truth, state[ITERATIONS], state[OTHER]
    return FilmRequest(classifier, image, attributions, *told, picture_name())


def _started(asked: FilmRequest) -> dict[str, Job]:
    """The films' jobs by attribution, after a moment's patience; to cancel one cancels all that are under way."""
    started, until = asked.start(), time.monotonic() + PATIENCE_SECONDS
    if any(job.cancelled for job in started.values()):
        for job in started.values():
            job.cancel()
    for job in started.values():
        job.wait(max(0.0, until - time.monotonic()))
    return started


def _shown(asked: FilmRequest, started: Mapping[str, Job]) -> Shown | None:
    """The films that are ready, with places for those under way; until one is, the last ones."""
    for name, job in started.items():
        if job.finished and job.error:
            text = f"{ATTRIBUTIONS[name].title}: {as_sentence(job.error)}"
            show_failure(text, asked.key(name), f"film-{name}", asked.pool(name))
    rows = tuple(name for name, job in started.items() if not (job.finished and job.error))
    found = {name: started[name].result for name in rows if started[name].finished}
    last: Shown | None = st.session_state.get(SHOWN)
    if found:
        asked = dataclasses.replace(asked, attributions={name: asked.attributions[name] for name in found})
        strips = render_iterations({asked.key(name): one for name, one in found.items()}, all_pictures=True)
        if strips is not None:
            last = Shown(asked, found, dict(zip(found, strips, strict=True)), rows)
            st.session_state[SHOWN] = last
        return last
    return dataclasses.replace(last, rows=tuple(last.found)) if last and rows else None


def _film(shown: Shown, first: AttributionMasks, controls: Mapping[str, AttributionMasks] | None, step: int) -> None:
    """The player with one row per attribution."""
    coming = shown.strips[shown.asked.first].blank(COMING).plain()
    rows = [
        {
            "title": ATTRIBUTIONS[name].title,
            "meaning": ATTRIBUTIONS[name].meaning,
            **(shown.strips[name].plain() if name in shown.strips else coming),
        }
        for name in shown.rows
    ]
    play("film", rows, first.iterations, readings(shown.asked.classifier.name, first, controls), step)


def _curves(shown: Shown, step: int) -> None:
    with st.container(key="film-curves"):
        titles = {ATTRIBUTIONS[name].title: one for name, one in shown.found.items()}
        chart = curves_figure(titles, step, [ATTRIBUTIONS[name].title for name in shown.rows])
        st.plotly_chart(chart, config=CONFIG, key="film-chart", alt="Probability, entropy and dead values by iteration")
    name = shown.asked.classifier.name
    dots = "Filled dots: the picture is called by the class that the mask is made for."
    st.caption(f"{dots} {fading(name, shown.asked.blank())} Picture: {picture_credit(shown.asked.picture)}.")
