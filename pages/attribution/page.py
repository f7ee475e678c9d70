"""The page of attribution masks: the request, the iterations, their curves, and the tests."""

import dataclasses
import time
from collections.abc import Mapping
from dataclasses import dataclass

import streamlit as st
from PIL import Image

from masking.attribution import ATTRIBUTIONS, Attribution, AttributionMasks
from masking.models.classifier import Classifier
from pages.attribution.controls import show_controls, with_tests
from pages.attribution.exports import show_exports
from pages.attribution.figures import DOTS, RANGES, controls_figure, doubt_figure, probability_figure
from pages.attribution.film_player import MOST, current_step, follow_the_player, play
from pages.attribution.measured import measured_film
from pages.attribution.rendering import CHANNEL, CHANNELS, COMING, STRETCHED, Frames, mask_table, render_in_background
from pages.attribution.request import ANY, OTHER, SLOT, FilmRequest, true_class
from pages.attribution.send_to_compare import send_to_compare
from pages.attribution.text import (
    TITLES,
    UNTRAINED,
    describe_fading,
    first_step,
    step_sentences,
    untrained_draws,
)
from pages.components.charts import CONFIG
from pages.pickers.picture import picture_credit, picture_name, prepare_picture
from pages.pickers.target_class import carried_class, linked_class
from pages.shell import links
from pages.shell.errors import as_sentence, escape_markdown
from pages.shell.jobs import PATIENCE_SECONDS, Claim, show_failure, show_progress

TARGET, ITERATIONS, TEN = "for", "iterations", 10
LATEST = "attribution_latest"
"""Session key of the results on the page."""
RANKED_TARGETS = {"true": "True class", "predicted": "Predicted class", "second": "Second most probable"}


@dataclass(frozen=True, eq=False)
class Results:
    """The results on the page; they stay while others are computed.

    Attributes:
        request: with the attributions that have a result.
        masks: by name of the attribution.
        frames: the same, rendered.
        rows: names of all attributions with a row on the page, also of those that are still computed.
    """

    request: FilmRequest
    masks: dict[str, AttributionMasks]
    frames: dict[str, Frames]
    rows: tuple[str, ...]


@st.fragment
def attribution_page(classifier: Classifier, picture: Image.Image, attributions: dict[str, Attribution]) -> None:
    """Draw the page below the pickers; a fragment, so that another class or number of iterations redraws only this."""
    request = _pick_request(classifier, picture, attributions)
    if request is None:
        st.info("Choose at least one attribution above.", icon=":material/tune:")
        return
    started = _start(request)
    unfinished = sorted((name for name in started if not started[name].finished), key=request.is_slow)
    ready = [job for job in started.values() if job.finished and not job.error]
    with st.container(key="film-news"):
        if unfinished and not ready:
            show_progress(started[unfinished[0]], "film")
        results = _collect(request, started)
    if results is None:
        return
    first = results.masks[results.request.first]
    has_controls = results.rows[0] == results.request.first  # the tests use the first attribution of the page
    controls = results.request.controls() if has_controls else None
    if results.request.context != request.context:
        st.caption(f"Still shown: {escape_markdown(results.request.describe(first))}. The new film is being computed.")
    _show_player(results, first, controls)
    if unfinished and ready:  # below the player, which then stays where it is
        show_progress(started[unfinished[0]], "film")
    if has_controls:
        show_controls(results.request, first, controls)
    _show_step(results, controls)


def _pick_request(
    classifier: Classifier, picture: Image.Image, attributions: dict[str, Attribution]
) -> FilmRequest | None:
    """Draw the row above the player (class, iterations, channel); None without an attribution."""
    state, truth = st.session_state, true_class(classifier)
    ranked = [name for name in RANKED_TARGETS if name != "true" or truth is not None]
    classes = list(map(str, range(len(classifier.categories))))
    for key, what, instead in ((TARGET, "target class", "the default"), (OTHER, "other class", "a random one")):
        choice = carried_class(key, links.chosen_value(key), classifier, what, instead)
        if choice != links.chosen_value(key):
            links.replace_choice(key, choice)
    measured = measured_film(classifier, picture_name())
    names = linked_class(TARGET, [*ranked, *classes], classifier.categories)
    _prepare_class(TARGET, [*ranked, *classes], measured.label if measured else "", "target class", names)
    links.url_number(ITERATIONS, TEN, 0, MOST)
    links.url_choice(CHANNEL, list(CHANNELS), "sum", "channel")
    others = linked_class(OTHER, [ANY, *classes], classifier.categories)
    _prepare_class(OTHER, [ANY, *classes], measured.other if measured else "", "other class", others)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="film-row"):
        st.selectbox(
            "Mask made for", [*ranked, *classes], key=TARGET, persist_state="session", width=260,
            format_func=lambda name: RANKED_TARGETS.get(name) or classifier.categories[int(name)],
            help="The class whose logit is attributed; it can also be a class that the picture does not show",
            on_change=links.remember_choice, args=(TARGET,),
        )  # fmt: skip
        with st.popover("Settings", icon=":material/tune:", key="film-settings"):
            _pick_settings()
    if not attributions:
        return None
    image = prepare_picture(classifier, picture)
    choices = state[TARGET], truth, state[ITERATIONS], state[OTHER]
    return FilmRequest(classifier, image, attributions, *choices, picture_name())


def _prepare_class(key: str, options: list[str], measured: str, what: str, names: Mapping[str, str]) -> None:
    """Prepare a picker of classes; it begins with the measured class if there is one, else with the first option."""
    if measured:
        links.url_choice_or_start(key, options, measured, options[0], what, names)
    else:
        links.url_choice_or_default(key, options, options[0], what, names)


def _pick_settings() -> None:
    """Draw the number of iterations and how the pictures are shown."""
    st.slider(
        "Iterations", 0, MOST, key=ITERATIONS, persist_state="session",
        help="How often the picture is multiplied by a mask made from its own attribution",
    )  # fmt: skip
    st.segmented_control(
        "Channels", list(CHANNELS), format_func=CHANNELS.__getitem__, key=CHANNEL, required=True,
        persist_state="session", help="Each colour channel has its own mask; Summed shows all three together",
    )  # fmt: skip
    links.url_flag(STRETCHED)
    st.toggle(
        "Stretch contrast", key=STRETCHED, persist_state="session",
        help="Masks fade the picture to the mean colour; this shows what is left of it at full contrast",
    )  # fmt: skip
    for key, default in ((ITERATIONS, TEN), (CHANNEL, "sum"), (STRETCHED, False)):
        links.write_to_url(key, default)


def _start(request: FilmRequest) -> dict[str, Claim]:
    """Return the jobs by attribution after a short wait; cancelling one of them cancels them all."""
    started, deadline = request.start(), time.monotonic() + PATIENCE_SECONDS
    if any(job.cancelled for job in started.values()):
        for job in started.values():
            job.cancel()
    for job in started.values():
        job.wait(max(0.0, deadline - time.monotonic()))
    return started


def _collect(request: FilmRequest, started: Mapping[str, Claim]) -> Results | None:
    """Return the results that are ready, with rows for those to come; until the first is ready, the previous ones."""
    for name, job in started.items():
        if job.finished and job.error:
            text = f"{ATTRIBUTIONS[name].title}: {as_sentence(job.error)}"
            show_failure(text, request.key(name), f"film-{name}", request.queue(name), SLOT)
    rows = tuple(name for name, job in started.items() if not (job.finished and job.error))
    masks = {name: started[name].result for name in rows if started[name].finished}
    latest: Results | None = st.session_state.get(LATEST)
    if masks:
        request = dataclasses.replace(request, attributions={name: request.attributions[name] for name in masks})
        frames = render_in_background({request.key(name): each for name, each in masks.items()}, all_pictures=True)
        if frames is not None:
            latest = Results(request, masks, dict(zip(masks, frames, strict=True)), rows)
            st.session_state[LATEST] = latest
        return latest
    return dataclasses.replace(latest, rows=tuple(latest.masks)) if latest and rows else None


@st.fragment
def _show_step(results: Results, controls: Mapping[str, AttributionMasks] | None) -> None:
    """Show what depends on the step; a fragment, so that stepping does not send all frames to the browser again."""
    masks = results.masks[results.request.first]
    step = current_step(first_step(masks), masks.iterations)
    follow_the_player("film-page-step", step)
    _show_curves(results, controls, step)
    send_to_compare(results.request, results.masks, step)
    show_exports(results.request, results.masks, controls)


def _show_player(results: Results, first: AttributionMasks, controls: Mapping[str, AttributionMasks] | None) -> None:
    """Show the player with one row per attribution."""
    coming = results.frames[results.request.first].blank(COMING).to_player()
    rows = [
        {
            "title": ATTRIBUTIONS[name].title,
            "meaning": ATTRIBUTIONS[name].meaning,
            **(results.frames[name].to_player() if name in results.frames else coming),
        }
        for name in results.rows
    ]
    start = current_step(first_step(first), first.iterations)
    play("film", rows, first.iterations, step_sentences(results.request.classifier.name, first, controls), start)
    measured = measured_film(results.request.classifier, results.request.picture)
    if measured and measured.label == str(int(first.target[0])):
        st.caption(escape_markdown(measured.sentence))


def _show_curves(results: Results, controls: Mapping[str, AttributionMasks] | None, step: int) -> None:
    """Show how answers change over the iterations, and on demand the numbers behind the masks."""
    request = results.request
    st.subheader("How the answer changes", anchor=False)
    masks = {ATTRIBUTIONS[name].title: each for name, each in results.masks.items()}
    titles = [ATTRIBUTIONS[name].title for name in results.rows]
    charts = {
        "film-chart": (probability_figure(masks, step, titles), "Probability of the class, by iteration"),
        "doubt-chart": (doubt_figure(masks, step, titles), "Doubt (predictive entropy), by iteration"),
    }
    if controls is not None:
        tests = with_tests(next(iter(results.masks.values())), controls)
        figure = controls_figure(tests, step, {TITLES[UNTRAINED]: untrained_draws(controls)})
        charts["label-chart"] = figure, "Probability that each test gives to its own class, by iteration"
    with st.container(key="film-curves"):
        for key, (chart, alt) in charts.items():
            st.plotly_chart(chart, config=CONFIG, key=key, alt=alt)
    st.caption(DOTS if controls is None else f"{DOTS} {RANGES}")
    with st.expander("More numbers: how much of the picture the masks leave"):
        st.html(mask_table(masks))
        st.caption(escape_markdown(describe_fading(request.classifier.name, request.blank())))
    st.caption(escape_markdown(f"Picture: {picture_credit(request.picture)}."))
