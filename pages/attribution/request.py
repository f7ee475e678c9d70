"""What was asked of attribution masks: one job per attribution, and one for the controls that stand beside them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

import streamlit as st
import torch
from torch import Tensor

from masking.attribution import ATTRIBUTIONS, Attribution, AttributionMasks, attribution_masks, control, wrong_labels
from masking.datasets.gallery import samples
from masking.image import digest
from masking.inference.predict import Prediction, predict
from masking.models.classifier import Classifier
from pages.pickers import data_set
from pages.pickers.picture import picture_name
from pages.shell.jobs import Job, Jobs, jobs, long_jobs

RUNNING = "films_running"
LARGE = 5_000_000
"""A classifier of more parameters takes long enough to wait in the other queue."""
ANY, OTHER = "any", "other"
CONTROLS = ("another_label", "noise_image", "predicted_label", "untrained_network")

Films = Mapping[str, AttributionMasks]


@dataclass(frozen=True, eq=False)
class FilmRequest:
    """An image (1, 3, h, w) to be filtered by attributions for a class: `true`, `predicted`, `second` or an index.

    `other` is the index of another class for the control, or `any`; that of the same class means any, too.
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
    def _about(self) -> str:
        return f"{self.classifier.key} {self.target} {self.truth} {self.iterations} {digest(self.image)}"

    def key(self, name: str) -> str:
        """Names the film of one attribution."""
        return f"film {name} {self.attributions[name]} {self._about}"

    @property
    def controls_key(self) -> str:
        """Names the control films, which are of the first attribution."""
        return f"controls {self.other} {self.key(self.first)}"

    @property
    def first(self) -> str:
        """The attribution that the controls are about."""
        return next(iter(self.attributions))

    def pool(self, name: str) -> Jobs:
        """Who makes it: what takes long must not keep others waiting."""
        quick = ATTRIBUTIONS[name].relative_cost in {ATTRIBUTIONS["gxsi"].relative_cost, "none"}
        size = sum(one.numel() for one in self.classifier.network.parameters())
        return jobs() if quick and size <= LARGE else long_jobs()

    @property
    def slow(self) -> bool:
        """Whether the controls are made only when somebody asks for them."""
        return self.takes_long(self.first)

    def takes_long(self, name: str) -> bool:
        """Whether a film is made in the queue of those that take long."""
        return self.pool(name) is long_jobs()

    def start(self) -> dict[str, Job]:
        """The films' jobs by attribution; films that nobody waits for any more are dropped."""
        keys = {name: self.key(name) for name in self.attributions}
        for pool, old in st.session_state.get(RUNNING, ()):
            if old not in {*keys.values(), self.controls_key}:
                pool.drop(old)
        films = {
            name: self.pool(name).start(key, ATTRIBUTIONS[name].title, self._film(name)) for name, key in keys.items()
        }
        mine = [(self.pool(name), key) for name, key in keys.items()]
        st.session_state[RUNNING] = [*mine, (self.pool(self.first), self.controls_key)]
        return films

    def start_controls(self) -> None:
        """Ask for the control films."""
        self.pool(self.first).start(self.controls_key, "Controls", self._controls)

    def controls(self) -> Job | None:
        """The job of the control films, if there is one."""
        return self.pool(self.first).get(self.controls_key)

    def made_controls(self) -> Films | None:
        """The control films, if they are there; asked for unless they take long."""
        if not self.slow:
            self.start_controls()
        job = self.controls()
        return None if job is None or not job.finished or job.error else job.result

    def blank(self) -> Prediction:
        """What the classifier says of the mean colour alone."""
        return predict(self.classifier, self.classifier.mean.cpu().expand_as(self.image))

    def _film(self, name: str) -> Callable[[Job], AttributionMasks]:
        def work(job: Job) -> AttributionMasks:
            def progress(done: int, total: int) -> None:
                job.step(done / total, f"step {done - 1} of {total - 1}")

            label = self._label()
            given = None if self.target == "predicted" else label
            return _settled(
                attribution_masks(
                    self.classifier, self.image, given, self.attributions[name], self.iterations, progress
                )
            )

        return work

    def _label(self) -> Tensor:
        """The class that the masks are made for, (1,)."""
        if self.target in {"predicted", "second"}:
            return _most_probable(self.classifier, self.image, self.target == "second")
        return torch.tensor([self.truth if self.target == "true" else int(self.target)])

    def _controls(self, job: Job) -> dict[str, AttributionMasks]:
        label, attribution = self._label(), self.attributions[self.first]
        classes = len(self.classifier.categories)
        lots = self.other in {ANY, str(int(label))}
        other = wrong_labels(label, classes) if lots else torch.tensor([int(self.other)])
        found: dict[str, AttributionMasks] = {}
        for place, name in enumerate(CONTROLS):

            def progress(done: int, total: int, place: int = place, name: str = name) -> None:
                job.step((place + done / total) / len(CONTROLS), name.replace("_", " "))

            asked = {"attribution": attribution, "iterations": self.iterations, "on_step": progress}
            if name == "another_label":
                one = attribution_masks(self.classifier, self.image, other, **asked)
            else:
                one, _ = control(name, self.classifier, self.image, label, **asked)
            found[name] = _settled(one)
        return found


def _settled(found: AttributionMasks) -> AttributionMasks:
    """Its masks are made here, not before the page, and so count among the bytes that the job keeps."""
    _ = found.products
    return found


def _most_probable(classifier: Classifier, image: Tensor, second: bool) -> Tensor:
    """The predicted class, or the one after it: int64 (1,)."""
    order = predict(classifier, image).logits.argsort(descending=True)
    return order[min(int(second), len(order) - 1)][None].cpu()


def true_class(classifier: Classifier) -> int | None:
    """Index of what the shown scene shows, where that is known and the classifier has such a class."""
    if (shown := picture_name()).startswith(data_set.PREFIX):
        return data_set.true_class(shown, classifier)
    sample = samples().get(shown)
    if sample is None or sample.object_mask is None:
        return None
    category = sample.title.rpartition(" ")[2]
    return classifier.categories.index(category) if category in classifier.categories else None
