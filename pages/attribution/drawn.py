"""The pictures of films, made in a job once each."""

from collections.abc import Callable, Mapping

import streamlit as st

from masking.attribution import AttributionMasks
from pages.attribution.rendering import Frames, render_frames
from pages.shell.errors import as_sentence
from pages.shell.jobs import PATIENCE_SECONDS, Job, jobs, show_failure, show_progress

CHANNEL, STRETCHED = "channel-of", "stretched"


def render_iterations(found: Mapping[str, AttributionMasks], all_pictures: bool) -> list[Frames] | None:
    """The films, by what they were asked, as the player takes them; until all are drawn, progress and None."""
    channel: str = st.session_state[CHANNEL]
    stretched: bool = st.session_state[STRETCHED]

    def work(one: AttributionMasks) -> Callable[[Job], Frames]:
        def draw(job: Job) -> Frames:
            made = render_frames(one, channel, stretched, all_pictures)
            job.bytes += made.bytes
            return made

        return draw

    slot = "strips" if all_pictures else "label-strips"
    drawing = {f"{slot} {channel} {stretched} {asked}": one for asked, one in found.items()}
    started = {key: jobs().start(key, "Drawing the film", work(one)) for key, one in drawing.items()}
    for key, job in started.items():
        job.wait(PATIENCE_SECONDS)
        if not job.finished:
            show_progress(job, slot)
            return None
        if job.error:
            show_failure(as_sentence(job.error), key, slot)
            return None
    return [job.result for job in started.values()]
