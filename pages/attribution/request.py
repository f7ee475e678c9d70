"""A request for attribution masks: one job per attribution, and one for the tests beside them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import streamlit as st
import torch
from torch import Tensor

from masking.attribution import (
    ATTRIBUTIONS,
    Attribution,
    AttributionMasks,
    attribution_masks,
    run_control,
    wrong_labels,
)
from masking.datasets.gallery import samples
from masking.image import digest
from masking.inference.predict import predict
from masking.inference.prediction import Prediction
from masking.models.categories import find_class
from masking.models.classifier import Classifier
from pages.attribution.text import FURTHER_DRAWS, UNTRAINED
from pages.pickers import data_set
from pages.pickers.picture import picture_name, picture_title
from pages.shell.jobs import Claim, Job, Jobs, jobs, long_jobs

SLOT = "film"
"""The place on the page that waits for the jobs."""
RUNNING = "attribution_running"
"""Session key of the jobs that this session started: pairs of a queue and a key."""
LARGE = 5_000_000
"""A classifier with more parameters is slow enough for the queue of long jobs."""
ANY, OTHER = "any", "other"
CONTROLS = ("another_label", "noise_image", "predicted_label", UNTRAINED)

MasksByName = Mapping[str, AttributionMasks]


@dataclass(frozen=True, eq=False)
class FilmRequest:
    """An image to be masked again and again by its attributions.

    Attributes:
        classifier: the network that is attributed and judges.
        image: (1, 3, h, w).
        attributions: by name.
        target: the class that the masks are made for: `true`, `predicted`, `second` or an index.
        truth: index of the true class, if it is known.
        iterations: how many masks.
        other: index of the class of the first test, or `any`; the target's index means `any`, too.
        picture: name of the picture.
    """

    classifier: Classifier
    image: Tensor
    attributions: dict[str, Attribution]
    target: str
    truth: int | None
    iterations: int
    other: str
    picture: str

    @cached_property
    def context(self) -> str:
        """What the masks are made of and for, apart from the attribution."""
        return f"{self.classifier.key} {self.target} {self.truth} {self.iterations} {digest(self.image)}"

    def key(self, name: str) -> str:
        """Return the key of the job of one attribution."""
        return f"masks {name} {self.attributions[name]} {self.context}"

    def describe(self, masks: AttributionMasks) -> str:
        """Return in words what masks of this request are made of and for."""
        return (
            f"{picture_title(self.picture)}, {self.classifier.name}, masks for “{masks.target_name()}”, "
            f"{self.iterations} iterations"
        )

    @property
    def controls_key(self) -> str:
        """Key of the job of the tests."""
        return f"controls {self.other} {self.key(self.first)}"

    @property
    def first(self) -> str:
        """Name of the attribution that the tests use."""
        return next(iter(self.attributions))

    def queue(self, name: str) -> Jobs:
        """Return the queue of an attribution's job: slow ones must not keep the quick ones waiting."""
        quick = ATTRIBUTIONS[name].relative_cost in {ATTRIBUTIONS["gxsi"].relative_cost, "none"}
        size = sum(parameter.numel() for parameter in self.classifier.network.parameters())
        return jobs() if quick and size <= LARGE else long_jobs()

    def is_slow(self, name: str) -> bool:
        """Return whether an attribution's job runs in the queue of long jobs."""
        return self.queue(name) is long_jobs()

    def start(self) -> dict[str, Claim]:
        """Return the jobs by attribution, new or from earlier; stop waiting for those that this session left behind."""
        keys = {name: self.key(name) for name in self.attributions}
        for queue, old in st.session_state.get(RUNNING, ()):
            if old not in {*keys.values(), self.controls_key}:
                queue.drop(old, SLOT)
        started = {
            name: self.queue(name).start(key, ATTRIBUTIONS[name].title, self._work(name), slot=SLOT)
            for name, key in keys.items()
        }
        own = [(self.queue(name), key) for name, key in keys.items()]
        st.session_state[RUNNING] = [*own, (self.queue(self.first), self.controls_key)]
        return started

    def start_controls(self) -> None:
        """Start the job of the tests, unless it exists."""
        self.queue(self.first).start(self.controls_key, "Tests", self._work_on_controls, slot=SLOT)

    def controls_job(self) -> Claim | None:
        """Return the job of the tests, if there is one. The session waits for it, also after a reload."""
        return self.queue(self.first).join(self.controls_key, SLOT)

    def controls(self) -> MasksByName | None:
        """Return the masks of the tests if they are finished; start them unless they are slow."""
        if not self.is_slow(self.first):
            self.start_controls()
        job = self.controls_job()
        return None if job is None or not job.finished or job.error else job.result

    def blank(self) -> Prediction:
        """Return what the classifier answers to the mean colour alone."""
        return predict(self.classifier, self.classifier.mean.cpu().expand_as(self.image))

    def _work(self, name: str) -> Callable[[Job], AttributionMasks]:
        def work(job: Job) -> AttributionMasks:
            def progress(done: int, total: int) -> None:
                job.step(done / total, f"step {done - 1} of {total - 1}")

            target = None if self.target == "predicted" else self._target_index()
            attribution = self.attributions[name]
            return _multiply(
                attribution_masks(self.classifier, self.image, target, attribution, self.iterations, progress)
            )

        return work

    def _target_index(self) -> Tensor:
        """Return the class that the masks are made for, int64 (1,)."""
        if self.target in {"predicted", "second"}:
            return _most_probable(self.classifier, self.image, self.target == "second")
        return torch.tensor([self.truth if self.target == "true" else int(self.target)])

    def _work_on_controls(self, job: Job) -> dict[str, AttributionMasks]:
        target, attribution = self._target_index(), self.attributions[self.first]
        is_random = self.other in {ANY, str(int(target))}
        classes = len(self.classifier.categories)
        other = wrong_labels(target, classes) if is_random else torch.tensor([int(self.other)])
        controls: dict[str, AttributionMasks] = {}
        for index, name in enumerate((*CONTROLS, *FURTHER_DRAWS)):

            def progress(done: int, total: int, index: int = index, name: str = name) -> None:
                job.step((index + done / total) / len((*CONTROLS, *FURTHER_DRAWS)), name.replace("_", " "))

            options: dict[str, Any] = {"attribution": attribution, "iterations": self.iterations, "on_step": progress}
            if name == "another_label":
                masks = attribution_masks(self.classifier, self.image, other, **options)
            else:
                seed = FURTHER_DRAWS.index(name) + 1 if name in FURTHER_DRAWS else 0
                control = UNTRAINED if seed else name
                masks, _ = run_control(control, self.classifier, self.image, target, seed, **options)
            controls[name] = _multiply(masks)
        return controls


def _multiply(masks: AttributionMasks) -> AttributionMasks:
    """Compute the products in the job, not in the page; so they also count among the bytes that the job keeps."""
    _ = masks.products
    return masks


def _most_probable(classifier: Classifier, image: Tensor, second: bool) -> Tensor:
    """Return the predicted class, or the second most probable, int64 (1,)."""
    order = predict(classifier, image).logits.argsort(descending=True)
    return order[min(int(second), len(order) - 1)][None].cpu()


def true_class(classifier: Classifier) -> int | None:
    """Return the index of the picture's true class; None if it is unknown or not a class of the classifier."""
    if (name := picture_name()).startswith(data_set.PREFIX):
        return data_set.true_class(name, classifier)
    sample = samples().get(name)
    if sample is None or sample.object_mask is None:
        return None
    category = sample.title.rpartition(" ")[2]
    return find_class(category, classifier.categories)
