"""The page of attribution masks: what is asked, the film, its curves, and whose label it is."""

from collections.abc import Mapping

import streamlit as st
from PIL import Image

from masking.attribution import ATTRIBUTIONS, Attribution, AttributionMasks
from masking.models.classifier import Classifier
from pages.ui import links, pictures
from pages.ui.attribution_asked import ANY, OTHER, Asked, true_class
from pages.ui.attribution_bridge import bridge
from pages.ui.attribution_drawn import CHANNEL, drawn
from pages.ui.attribution_exports import exports
from pages.ui.attribution_figures import curves_figure
from pages.ui.attribution_labels import labels
from pages.ui.attribution_reading import readings, telling
from pages.ui.attribution_strips import CHANNELS, NONE_YET
from pages.ui.bench import PATIENCE_SECONDS
from pages.ui.errors import sentence
from pages.ui.figures import CONFIG
from pages.ui.film_player import MOST, play, shown_step
from pages.ui.jobs import show_failure, show_progress

TARGET, ITERATIONS, TEN = "for", "iterations", 10
KNOWN_TARGETS = {"true": "True class", "predicted": "Predicted class", "second": "Second most probable"}


@st.fragment
def films(classifier: Classifier, picture: Image.Image, attributions: dict[str, Attribution]) -> None:
    """Everything below the pickers; who steps through the film redraws this part of the page only."""
    asked = _ask(classifier, picture, attributions)
    if asked is None:
        st.info("Choose at least one attribution above.", icon=":material/tune:")
        return
    found = _found(asked)
    if not found:
        return
    st.caption(f"Picture: {pictures.credit(pictures.shown())}.")
    first = found[next(iter(found))]
    controls = _controls(asked)
    step = shown_step(telling(first), first.iterations)
    _film(asked, found, controls, step)
    with st.container(key="film-curves"):
        titles = {ATTRIBUTIONS[name].title: one for name, one in found.items()}
        chart = curves_figure(titles, step)
        st.plotly_chart(chart, config=CONFIG, key="film-chart", alt="Probability, entropy and dead values by iteration")
    labels(asked, first, controls, step)
    bridge(asked, found, step)
    exports(asked, found, controls)


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
    for key, default in ((TARGET, known[0]), (ITERATIONS, TEN), (CHANNEL, "sum"), (OTHER, ANY)):
        links.keep(key, default)
    if not attributions:
        return None
    image = classifier.prepare(picture).cpu()
    return Asked(classifier, image, attributions, state[TARGET], truth, state[ITERATIONS], state[OTHER])


def _found(asked: Asked) -> dict[str, AttributionMasks]:
    """The films there are so far; progress for those to come, a sentence for those that failed."""
    started = asked.start()
    if any(job.cancelled for job in started.values()):
        for job in started.values():
            job.cancel()
    for job in started.values():
        job.wait(PATIENCE_SECONDS)
    under_way = [name for name, job in started.items() if not job.finished]
    if under_way:
        show_progress(started[under_way[0]], "film")
    for name, job in started.items():
        if job.finished and job.error:
            text = f"{ATTRIBUTIONS[name].title}: {sentence(ValueError(job.error))}"
            show_failure(text, asked.key(name), f"film-{name}", asked.pool(name))
    return {name: job.result for name, job in started.items() if job.finished and not job.error}


def _controls(asked: Asked) -> Mapping[str, AttributionMasks] | None:
    """The control films, if they are there."""
    job = asked.controls(start=not asked.slow)
    if job is None:
        return None
    job.wait(PATIENCE_SECONDS)
    return None if not job.finished or job.error else job.result


def _film(
    asked: Asked, found: dict[str, AttributionMasks], controls: Mapping[str, AttributionMasks] | None, step: int
) -> None:
    """The player with one row per attribution."""
    strips = drawn({asked.key(name): one for name, one in found.items()}, all_pictures=True)
    if strips is None:
        return
    rows = [
        {"title": ATTRIBUTIONS[name].title, "meaning": ATTRIBUTIONS[name].meaning, **one.plain()}
        for name, one in zip(found, strips, strict=True)
    ]
    first = next(iter(found.values()))
    play("film", rows, first.iterations, readings(asked.classifier.name, first, controls), NONE_YET, step)
