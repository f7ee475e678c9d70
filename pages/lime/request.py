"""A request for explanations: one job per masking method, and the progress of those that run."""

import functools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import streamlit as st
from torch import Tensor

from masking.attribution import LimeExplanation, LimeSettings
from masking.attribution.lime_explainer import iterate_lime
from masking.image import digest
from masking.methods import Method
from masking.methods.method import method_key
from masking.models.classifier import Classifier
from masking.results.sentences import join_names
from pages.components.method_names import method_title
from pages.lime.cards import Drawing, show_explanations
from pages.lime.segments import PictureSegments
from pages.lime.turns import Turns
from pages.shell.jobs import Claim, Job, long_jobs, seconds_left

SLOT = "lime"
"""The place on the page that waits for the jobs."""
RUNNING = "lime_running"
"""Session key of the runs that this session waits for: by key of the job, the settings in words."""
REDRAW_SECONDS = 0.7


@dataclass(frozen=True, eq=False)
class LimeRequest:
    """An image (1, 3, h, w) and its segments, to be explained under every method.

    The answers serve any target class and any fit: `explanations` computes these from the same samples.
    """

    classifier: Classifier
    image: Tensor
    segments: PictureSegments
    methods: dict[str, Method]
    settings: LimeSettings
    picture: str
    most: int = 0
    """At most so many segments have a weight, selected by K-LASSO; 0 for all."""
    target: str = "predicted"
    """The class to explain; only a run until it is stable depends on it."""

    @property
    def summary(self) -> dict[str, str]:
        """The settings in words, to tell this request from another."""
        return {
            "picture": self.picture,
            "classifier": self.classifier.name,
            "segments": str(self.segments.made_by or "of a label map"),
            "samples": str(self.settings.samples),
            "seed": str(self.settings.seed),
            "sampling": self.settings.sampling,
            "strongest segments": str(self.settings.until_stable or "any"),
        }

    def key(self, name: str) -> str:
        """Return the key of the job of one method."""
        picture = f"{self.segments.made_by} {digest(self.image, self.segments.labels)}"
        sampling = f"{self.settings.samples} {self.settings.seed} {self.settings.sampling}"
        if self.settings.until_stable:  # fit and target decide when it ends
            sampling += f" {self.settings} {self.target} {self.most}"
        method = method_key({name: self.methods[name]}, self.classifier)
        return f"lime {self.classifier.key} {method} {sampling} {picture}"

    def start(self) -> None:
        """Start the methods in `todo`; cancel the earlier runs of this session.

        A method that was cancelled half-way keeps its result until the new run has more samples.
        """
        todo, keys = self.todo, [self.key(name) for name in self.methods]
        for old in set(st.session_state.get(RUNNING, {})) - set(keys):
            long_jobs().drop(old, SLOT)
        st.session_state[RUNNING] = dict.fromkeys(keys, self.summary)
        with Turns() as turns:
            for name in todo:
                key = self.key(name)
                before = long_jobs().get(key, SLOT)
                partial = None if before is None else before.result
                long_jobs().forget(key, SLOT)
                turns.start(
                    functools.partial(_start_job, key, method_title(name), partial),
                    functools.partial(self._explain, name, partial),
                )

    def jobs(self) -> dict[str, Claim]:
        """Return the jobs that exist, by method. The session waits for those that run, also after a reload."""
        jobs = {name: long_jobs().join(self.key(name), SLOT) for name in self.methods}
        present = {name: job for name, job in jobs.items() if job is not None}
        for job in present.values():
            if not job.finished:
                st.session_state.setdefault(RUNNING, {}).setdefault(job.key, self.summary)
        return present

    def explanations(self, target: str) -> dict[str, LimeExplanation]:
        """Return the explanations of a target class by method, from the samples that are there so far."""
        results = {name: job.result for name, job in self.jobs().items()}
        present = {name: result for name, result in results.items() if result is not None}
        return {name: self._fit(name, each, target) for name, each in present.items()}

    @property
    def missing(self) -> list[str]:
        """Methods that have no result and do not run."""
        present = {name for name, job in self.jobs().items() if not job.finished or job.result is not None}
        return [name for name in self.methods if name not in present]

    @property
    def partial(self) -> list[str]:
        """Methods that were cancelled half-way."""
        stopped = {name: job for name, job in self.jobs().items() if job.finished and job.result is not None}
        return [name for name, job in stopped.items() if not is_complete(job)]

    @property
    def todo(self) -> list[str]:
        """Methods that Run starts: those without a result or, if all have one, those that were cancelled half-way."""
        return self.missing or self.partial

    def _explain(self, name: str, partial: LimeExplanation | None, job: Job) -> Iterator[LimeExplanation]:
        """Yield one method's explanation after each batch; the page shows the job's result while it runs."""
        segments = self.segments.made_by or self.segments.labels
        samples, fit = self.settings.samples, LimeSettings()
        settings = replace(self.settings, kernel_width=fit.kernel_width, alpha=fit.alpha)
        for so_far in iterate_lime(self.classifier, self.image, self.methods[name], None, segments, settings):
            text, stable = f"{len(so_far)} of {samples} samples", False
            if settings.until_stable:
                fitted = self._fit(name, so_far, self.target)
                wanted = min(settings.until_stable, len(fitted.kept))
                text = f"{len(so_far)} of at most {samples} samples, {min(fitted.certain, wanted)} of {wanted} certain"
                stable = fitted.is_stable and len(so_far) < samples
            if stable or partial is None or len(so_far) > len(partial):
                job.result = replace(so_far, stopped=stable)
            job.step(len(so_far) / samples, text)
            yield so_far
            if stable:
                return

    def _fit(self, name: str, explanation: LimeExplanation, target: str) -> LimeExplanation:
        refitted = _refit(name, explanation, target, self.settings)
        return refitted.only(self.most) if self.most else refitted


def _start_job(key: str, title: str, so_far: Any, work: Callable[[Job], Any], turns: Turns) -> Claim:
    return long_jobs().start(key, title, work, so_far, SLOT, turns)


def is_complete(job: Claim) -> bool:
    """Return whether a job has its result with all samples, or stopped because it was stable."""
    if not job.finished or job.result is None:
        return False
    return job.result.stopped or job.result.samples == job.result.settings.samples


def _refit(name: str, explanation: LimeExplanation, target: str, settings: LimeSettings) -> LimeExplanation:
    """Fit the same samples anew, for the `predicted` class, the `second`, or the class of this index.

    The explanation gets the method's name on the page, which may carry a parameter.
    """
    fit = replace(explanation.settings, kernel_width=settings.kernel_width, alpha=settings.alpha)
    manifest = {**explanation.manifest, "lime": asdict(fit)}
    explanation = replace(explanation, method=name, title=method_title(name), settings=fit, manifest=manifest)
    ranking = explanation.logits[0].argsort(descending=True).tolist()
    indices = {"predicted": ranking[0], "second": ranking[min(1, len(ranking) - 1)]}
    return explanation.for_target(indices[target] if target in indices else int(target))


def watch(request: LimeRequest, target: str, drawing: Drawing) -> None:
    """Draw the progress of a request with the explanations so far; rerun the page when all jobs are finished."""

    @st.fragment(run_every=REDRAW_SECONDS)
    def draw() -> None:
        jobs = request.jobs()
        unfinished = [job for job in jobs.values() if not job.finished]
        if not unfinished:
            st.rerun()
        _draw_bar(_progress(jobs, unfinished), unfinished, "lime-cancel")
        if explanations := request.explanations(target):
            show_explanations(explanations, drawing, settled=False, notes=dict.fromkeys(request.methods, ""))

    draw()


def watch_earlier(visible: set[str], current: Mapping[str, str]) -> None:
    """Draw one line about earlier runs of this session that still go on, with other settings than those on the page.

    Args:
        visible: keys of the jobs that the page shows.
        current: the settings on the page in words; the line names those in which the earlier run differs.
    """

    def find_unfinished() -> dict[str, Claim]:
        jobs = {key: long_jobs().get(key, SLOT) for key in st.session_state.get(RUNNING, {}) if key not in visible}
        return {key: job for key, job in jobs.items() if job is not None and not job.finished}

    if not find_unfinished():
        return

    @st.fragment(run_every=REDRAW_SECONDS)
    def draw() -> None:
        unfinished = find_unfinished()
        if not unfinished:
            st.rerun()
        first = next(iter(unfinished))
        share, text = _progress(unfinished, list(unfinished.values()))
        if not unfinished[first].cancelled:
            difference = _difference(st.session_state[RUNNING][first], current)
            text = f"Still running{difference}: {text}. Run cancels it."
        _draw_bar((share, text), list(unfinished.values()), "earlier-cancel")

    draw()


def _difference(earlier: Mapping[str, str], current: Mapping[str, str]) -> str:
    """Name the settings of an earlier request that are not the current ones, such as ` for seed 0`."""
    words = [f"{name} {value}" for name, value in earlier.items() if current.get(name) != value]
    return f" for {', '.join(words)}" if words else ""


def _draw_bar(progress: tuple[float, str], unfinished: list[Claim], key: str) -> None:
    bar, button = st.columns([5, 1], vertical_alignment="center")
    bar.progress(*progress)
    cancelled = all(job.cancelled for job in unfinished)
    button.button("Cancel", key=key, on_click=_cancel, args=[unfinished], disabled=cancelled, width="stretch")


def _progress(jobs: Mapping[str, Claim], unfinished: list[Claim]) -> tuple[float, str]:
    """Return the finished share of the jobs that were started together, and a line with the time left."""
    first = min(job.started for job in unfinished)
    together = [job for job in jobs.values() if job.started >= first - 1]
    share = sum(1.0 if job.finished else job.share for job in together) / len(together)
    slowest = min(unfinished, key=lambda job: job.share)
    left = seconds_left(max((job.seconds_left or 0 for job in unfinished), default=0))
    if any(job.cancelled for job in unfinished):
        return share, "Cancelling …"
    return share, f"{join_names([job.title for job in unfinished])}: {slowest.line or slowest.note or 'starting'}{left}"


def _cancel(unfinished: list[Claim]) -> None:
    for job in unfinished:
        job.cancel()
