"""What was asked of LIME: one job per masking method, kept under what it was asked."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import streamlit as st
from torch import Tensor

from masking.attribution import LimeExplanation, lime
from masking.image import digest
from masking.methods import METHODS, Method
from masking.models.classifier import Classifier
from pages.ui.bench import PATIENCE_SECONDS
from pages.ui.errors import sentence
from pages.ui.jobs import Cancelled, Job, jobs, long_jobs, show_failure, show_progress
from pages.ui.lime_segments import Cut

RUNNING = "lime_running"


@dataclass(frozen=True, eq=False)
class Asked:
    """An image (1, 3, h, w) and its segments, to be explained under every method. Any target can be read out later."""

    classifier: Classifier
    image: Tensor
    cut: Cut
    methods: dict[str, Method]
    samples: int
    seed: int

    def key(self, name: str) -> str:
        """Names the answer under one method."""
        model = f"{self.classifier.name} {self.classifier.weights_digest} {self.classifier.device}"
        sampled = f"{self.samples} {self.seed} {self.cut.made_by} {digest(self.image, self.cut.labels)}"
        return f"lime {model} {self.methods[name]} {sampled}"

    def start(self) -> None:
        """Ask under every method, but for what has been answered already; an earlier run of this session ends."""
        keys = {name: self.key(name) for name in self.methods}
        for old in set(st.session_state.get(RUNNING, ())) - set(keys.values()):
            long_jobs().drop(old)
        st.session_state[RUNNING] = list(keys.values())
        for name, key in keys.items():
            job = long_jobs().get(key)
            if job is not None and job.finished and not whole(job):
                long_jobs().forget(key)
            long_jobs().start(key, METHODS[name].title, self._work(name))

    def jobs(self) -> dict[str, Job]:
        """What has been asked so far, by method."""
        found = {name: long_jobs().get(self.key(name)) for name in self.methods}
        return {name: job for name, job in found.items() if job is not None}

    @property
    def answered(self) -> bool:
        """Whether there is nothing left to ask."""
        found = self.jobs()
        return len(found) == len(self.methods) and all(whole(job) for job in found.values())

    def _work(self, name: str) -> Callable[[Job], LimeExplanation]:
        segments = self.cut.made_by or self.cut.labels

        def work(job: Job) -> LimeExplanation:
            def progress(done: int, found: LimeExplanation) -> None:
                job.result = found  # so that it can be looked at meanwhile
                job.step(done / self.samples, f"{done} of {self.samples} samples")

            try:
                method = self.methods[name]
                return lime(self.classifier, self.image, method, None, segments, self.samples, self.seed, progress)
            except Cancelled:
                return job.result

        return work


def whole(job: Job) -> bool:
    """Whether it is there, with all samples."""
    return job.finished and job.result is not None and job.result.samples == job.result.settings.samples


def at_target(found: LimeExplanation, target: str) -> LimeExplanation:
    """The same samples explained for the `predicted` class, the `second`, or the one with this index."""
    likely = found.logits[0].argsort(descending=True).tolist()
    places = {"predicted": likely[0], "second": likely[min(1, len(likely) - 1)]}
    return found.for_target(places[target] if target in places else int(target))


def soon(key: str, title: str, work: Callable[[Job], Any]) -> Any:
    """What `work` gives, once it is there: kept under `key`; until then, progress and None."""
    job = jobs().start(key, title, work)
    job.wait(PATIENCE_SECONDS)
    if not job.finished:
        show_progress(job, title)
    elif job.error:
        show_failure(sentence(ValueError(job.error)), key, title)
    return job.result
