"""The pictures of films, made in a job once each."""

from collections.abc import Mapping

import streamlit as st

from masking.attribution import AttributionMasks
from pages.ui.attribution_strips import CHANNELS, Strip, strip
from pages.ui.bench import PATIENCE_SECONDS
from pages.ui.errors import sentence
from pages.ui.jobs import Job, jobs, show_failure, show_progress

CHANNEL, STRETCHED = "channel-of", "stretched"


def drawn(found: Mapping[str, AttributionMasks], all_pictures: bool) -> list[Strip] | None:
    """The films, by what they were asked, as the player takes them; until they are drawn, progress and None."""
    channel: str = st.session_state[CHANNEL]
    stretched: bool = st.session_state[STRETCHED]

    def work(job: Job) -> list[Strip]:
        strips: list[Strip] = []
        for one in found.values():
            job.step(len(strips) / len(found), CHANNELS[channel])
            strips.append(strip(one, channel, stretched, all_pictures))
            job.bytes += strips[-1].bytes
        return strips

    key = f"strips {channel} {stretched} {list(found)}"
    slot = "strips" if all_pictures else "label-strips"
    job = jobs().start(key, "Drawing the film", work)
    job.wait(PATIENCE_SECONDS)
    if not job.finished:
        show_progress(job, slot)
    elif job.error:
        show_failure(sentence(ValueError(job.error)), key, slot)
    return job.result
