"""What was asked of LIME: one job per masking method, kept under what it was asked."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any

import streamlit as st
from torch import Tensor

from masking.attribution import LimeExplanation, LimeSettings, lime
from masking.image import digest
from masking.methods import METHODS, Method
from masking.models.classifier import Classifier
from pages.compare.page import PATIENCE_SECONDS
from pages.lime.segments import PictureSegments
from pages.shell.errors import as_sentence
from pages.shell.jobs import Cancelled, Job, jobs, long_jobs, show_failure, show_progress

RUNNING = "lime_running"
"""What this session has asked for: by key of the run, what tells it from another."""


@dataclass(frozen=True, eq=False)
class LimeRequest:
    """An image (1, 3, h, w) and its segments, to be explained under every method.

    Any target, and any other fit of the answers, can be read out later.
    """

    classifier: Classifier
    image: Tensor
    cut: PictureSegments
    methods: dict[str, Method]
    settings: LimeSettings
    picture: str

    @property
    def differs(self) -> dict[str, str]:
        """What tells this question from another, in words."""
        return {
            "picture": self.picture,
            "classifier": self.classifier.name,
            "segments": str(self.cut.made_by or "of a label map"),
            "samples": str(self.settings.samples),
            "seed": str(self.settings.seed),
        }

    def key(self, name: str) -> str:
        """Names the answer under one method."""
        model = f"{self.classifier.name} {self.classifier.weights_digest} {self.classifier.device}"
        picture = f"{self.cut.made_by} {digest(self.image, self.cut.labels)}"
        return f"lime {model} {self.methods[name]} {self.settings.samples} {self.settings.seed} {picture}"

    def start(self) -> None:
        """Ask under the methods that are `todo`; an earlier run of this session ends.

        Of those that have a part of their answer, this stays until there is more.
        """
        todo, keys = self.todo, [self.key(name) for name in self.methods]
        for old in set(st.session_state.get(RUNNING, {})) - set(keys):
            long_jobs().drop(old)
        st.session_state[RUNNING] = dict.fromkeys(keys, self.differs)
        for name in todo:
            key = self.key(name)
            before = long_jobs().get(key)
            part = None if before is None else before.result
            long_jobs().forget(key)
            long_jobs().start(key, METHODS[name].title, self._work(name, part), part)

    def jobs(self) -> dict[str, Job]:
        """What has been asked so far, by method."""
        found = {name: long_jobs().get(self.key(name)) for name in self.methods}
        return {name: job for name, job in found.items() if job is not None}

    def found(self, target: str) -> dict[str, LimeExplanation]:
        """The answers by method as far as they go, fitted as asked, for a target."""
        results = {name: job.result for name, job in self.jobs().items()}
        return {name: _fitted(one, target, self.settings) for name, one in results.items() if one is not None}

    @property
    def unasked(self) -> list[str]:
        """Methods without any answer that are not under way."""
        asked = {name for name, job in self.jobs().items() if not job.finished or job.result is not None}
        return [name for name in self.methods if name not in asked]

    @property
    def partial(self) -> list[str]:
        """Methods that were cancelled on the way."""
        return [name for name, job in self.jobs().items() if job.finished and not whole(job) and job.result is not None]

    @property
    def todo(self) -> list[str]:
        """What Run will ask: what has no answer; where nothing is without, what has a part."""
        return self.unasked or self.partial

    def _work(self, name: str, part: LimeExplanation | None) -> Callable[[Job], LimeExplanation]:
        segments = self.cut.made_by or self.cut.labels
        samples, seed = self.settings.samples, self.settings.seed

        def work(job: Job) -> LimeExplanation:
            def progress(done: int, found: LimeExplanation) -> None:
                if part is None or done > part.samples:
                    job.result = found  # so that it can be looked at meanwhile
                job.step(done / samples, f"{done} of {samples} samples")

            try:
                method = self.methods[name]
                return lime(self.classifier, self.image, method, None, segments, samples, seed, progress)
            except Cancelled:
                return job.result

        return work


def whole(job: Job) -> bool:
    """Whether it is there, with all samples."""
    return job.finished and job.result is not None and job.result.samples == job.result.settings.samples


def _fitted(found: LimeExplanation, target: str, settings: LimeSettings) -> LimeExplanation:
    """The same samples explained for the `predicted` class, the `second`, or the one with this index; fitted anew."""
    wanted = replace(found.settings, kernel_width=settings.kernel_width, alpha=settings.alpha)
    found = replace(found, settings=wanted, manifest={**found.manifest, "lime": asdict(wanted)})
    likely = found.logits[0].argsort(descending=True).tolist()
    places = {"predicted": likely[0], "second": likely[min(1, len(likely) - 1)]}
    return found.for_target(places[target] if target in places else int(target))


def run_in_background(key: str, title: str, work: Callable[[Job], Any]) -> Any:
    """What `work` gives, once it is there: kept under `key`; until then, progress and None."""
    job = jobs().start(key, title, work)
    job.wait(PATIENCE_SECONDS)
    if not job.finished:
        show_progress(job, title)
    elif job.error:
        show_failure(as_sentence(job.error), key, title)
    return job.result
