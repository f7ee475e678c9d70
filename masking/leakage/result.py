"""The result of a measurement: every single answer, and the statistics that follow from them."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from statistics import NormalDist
from typing import Any

from torch import Tensor

from masking.masks.holes import HOLES
from masking.measures import Estimate, leaked_bits, leaked_bits_difference, rate, reliance_error
from masking.measures.estimate import CONFIDENCE
from masking.measures.readout import read_out
from masking.results.notebook import html_table
from masking.results.tables import to_csv

Key = tuple[str, str]
"""Method and hole."""
NO_DONOR = -1
SCENES_PER_PAIR = 2
"""Scenes per pair of true and predicted class. With fewer, leakage comes out too high and its interval too narrow."""
SCENES_PER_CLASS = 16
"""With fewer scenes per class, nothing can be learned from the probabilities."""


@dataclass(frozen=True, eq=False)
class Answers:
    """The classifier's answers under one method and hole: logits float32 (n, classes), on the CPU."""

    logits: Tensor

    @cached_property
    def predicted(self) -> Tensor:
        """The index of the predicted class (n,)."""
        return self.logits.argmax(1)

    def probability(self, category: Tensor) -> Tensor:
        """Return the probability of one class per scene, float64 (n,)."""
        return self.logits.double().softmax(1).gather(1, category[:, None])[:, 0]


@dataclass(frozen=True, eq=False)
class Leakage:
    """Answers to the same scenes and holes under several methods, so that all comparisons are paired.

    Attributes:
        truth: class of each scene (n,).
        whole: class predicted with nothing hidden (n,).
        donor: class of the transplanted outline (n,), `NO_DONOR` where there was none.
        hidden: the share of pixels that each hole hides (n,), by hole.
        left: the share of the object that stays visible (n,), by hole.
        answers: the answers by method and hole.
        categories: class names in index order.
        right_answer: accuracy of the best classifier that sees everything but the object; None where it is unknown.
        manifest: everything that is needed to measure again.
        left_out: the names of the scenes that could not be measured, by the reason.
    """

    truth: Tensor
    whole: Tensor
    donor: Tensor
    hidden: Mapping[str, Tensor]
    left: Mapping[str, Tensor]
    answers: Mapping[Key, Answers]
    categories: tuple[str, ...]
    right_answer: float | None
    manifest: Mapping[str, Any]
    left_out: Mapping[str, Sequence[str]] = field(default_factory=dict[str, Sequence[str]])

    def __len__(self) -> int:
        return len(self.truth)

    @property
    def chance(self) -> float:
        """The accuracy of guessing, 0 … 1."""
        return 1 / len(self.categories)

    @property
    def wanted(self) -> int:
        """The number of scenes that is enough for reliable bits and intervals."""
        return SCENES_PER_PAIR * len(self.truth.unique()) ** 2

    @property
    def methods(self) -> list[str]:
        """The names of the methods, in order."""
        return list(dict.fromkeys(method for method, _ in self.answers))

    @property
    def holes(self) -> list[str]:
        """The names of the holes, in order."""
        return list(dict.fromkeys(hole for _, hole in self.answers))

    def only_right(self) -> "Leakage":
        """Return the scenes that the classifier names correctly with nothing hidden (Balasubramanian & Feizi 2023).

        Raises:
            ValueError: there are fewer than two.
        """
        right = self.whole == self.truth
        if right.sum() < 2:
            named = f"{int(right.sum())} of {len(self)} scenes"
            raise ValueError(f"{named} are named correctly with nothing hidden; measure more scenes")
        parts = {name: getattr(self, name)[right] for name in ("truth", "whole", "donor")}
        by_hole = {name: {h: t[right] for h, t in getattr(self, name).items()} for name in ("hidden", "left")}
        answers = {key: Answers(given.logits[right]) for key, given in self.answers.items()}
        facts = {**self.manifest, "only_scenes_named_rightly": True}
        return replace(self, **parts, **by_hole, answers=answers, manifest=facts)

    def accuracy(self, method: str, hole: str = "exact") -> Estimate:
        """Return the share of correct answers. If the hole covers the object, the best possible value is chance."""
        return rate(int((self.answers[method, hole].predicted == self.truth).sum()), len(self))

    def bits(self, method: str, hole: str = "exact") -> Estimate:
        """Return the mutual information of true and predicted class; it is leakage if the hole covers the object."""
        return self._bits[method, hole]

    @cached_property
    def _bits(self) -> dict[Key, Estimate]:
        return {key: leaked_bits(self.truth, given.predicted) for key, given in self.answers.items()}

    def readable(self, method: str, hole: str = "exact") -> Estimate:
        """Return the leakage through all probabilities together, in bits: what a trained read-out can recover.

        The true value is at least that of `bits`, but this estimate is a lower bound. It needs a few scenes per class.
        """
        return self._readable[method, hole]

    @cached_property
    def _readable(self) -> dict[Key, Estimate]:
        return {key: leaked_bits(self.truth, read_out(self.truth, given.logits)) for key, given in self.answers.items()}

    def fewer_bits(self, method: str, than: str, hole: str = "exact") -> Estimate:
        """Return how many bits less a method leaks than another, on the same scenes."""
        return leaked_bits_difference(
            self.truth, self.answers[than, hole].predicted, self.answers[method, hole].predicted
        )

    def reliance_error(self, method: str, hole: str = "exact") -> Estimate | None:
        """Return |accuracy − best possible accuracy|: how wrong the method is about what the classifier needs.

        0 means that the method tells the truth. Use the world that the classifier was trained on: there, the best
        possible accuracy is that of a classifier that makes the best of what it sees. None where it is unknown.
        """
        return None if self.right_answer is None else reliance_error(self.accuracy(method, hole), self.right_answer)

    def moved(self, method: str, hole: str = "transplanted") -> Estimate:
        """Return the share of scenes that get the donor's class; with the hole "exact", without a transplant."""
        has_donor = self.donor != NO_DONOR
        return rate(int((self.answers[method, hole].predicted == self.donor)[has_donor].sum()), int(has_donor.sum()))

    def shift(self, method: str) -> Estimate:
        """Return the mean probability that the donor's class gains from the transplant, −1 … 1."""
        has_donor = self.donor != NO_DONOR
        with_donor, without = (
            self.answers[method, hole].probability(self.donor.clamp(min=0))[has_donor]
            for hole in ("transplanted", "exact")
        )
        gained = with_donor - without
        mean = float(gained.mean())
        spread = float(gained.std()) if len(gained) > 1 else math.inf  # one scene says nothing about others
        half_width = NormalDist().inv_cdf((1 + CONFIDENCE) / 2) * spread / len(gained) ** 0.5
        return Estimate(mean, max(-1.0, mean - half_width), min(1.0, mean + half_width))

    @cached_property
    def rows(self) -> list[dict[str, Any]]:
        """One flat record per method and hole; shares are 0 … 1, leakage is in bits."""
        return [self._row(method, hole) for method, hole in self.answers]

    def _row(self, method: str, hole: str) -> dict[str, Any]:
        row: dict[str, Any] = {
            "method": method,
            "hole": hole,
            "radius": HOLES[hole].radius if HOLES[hole].radius is not None else "",
            "scenes": len(self),
            "hidden_share": float(self.hidden[hole].mean()),
            "object_left": float(self.left[hole].mean()),
            "chance": self.chance,
        }
        row |= _estimate_columns("accuracy", self.accuracy(method, hole)) | _estimate_columns(
            "bits", self.bits(method, hole)
        )
        row |= _estimate_columns("reliance_error", self.reliance_error(method, hole) if HOLES[hole].covers else None)
        enough = len(self) >= SCENES_PER_CLASS * len(self.truth.unique())
        row |= _estimate_columns("readable_bits", self.readable(method, hole) if enough else None)
        row["probability_of_truth"] = float(self.answers[method, hole].probability(self.truth).mean())
        any_donor = bool((self.donor != NO_DONOR).any())
        return row | _estimate_columns("called_by_donor", self.moved(method, hole) if any_donor else None)

    def _repr_html_(self) -> str:
        """Show a notebook the accuracy and the leakage under each method and hole."""
        rows = [
            {
                "method": method,
                "hole": hole,
                "accuracy": _with_interval(self.accuracy(method, hole), ".1%"),
                "leakage in bits": _with_interval(self.bits(method, hole), ".2f"),
            }
            for method, hole in self.answers
        ]
        few = f" The bits come out too high below {self.wanted} scenes." if len(self) < self.wanted else ""
        scenes = f"{len(self)} scenes with the object cut out. Guessing is right in {self.chance:.1%}."
        return html_table(rows, scenes + few)

    def to_csv(self) -> str:
        """Return the rows as a CSV table."""
        return to_csv(self.rows)

    def to_json(self, answers: bool = True) -> str:
        """Return rows and manifest as JSON text, with every single answer if `answers` is True."""
        facts: dict[str, Any] = {"manifest": dict(self.manifest), "rows": self.rows}
        if answers:
            facts |= {name: getattr(self, name).tolist() for name in ("truth", "whole", "donor")}
            facts["categories"] = self.categories
            facts["predicted"] = {f"{m} {h}": given.predicted.tolist() for (m, h), given in self.answers.items()}
        return json.dumps(facts, indent=None if answers else 1)


def _with_interval(estimate: Estimate, form: str) -> str:
    return f"{estimate.value:{form}} ({estimate.low:{form}} … {estimate.high:{form}})"


def _estimate_columns(name: str, estimate: Estimate | None) -> dict[str, Any]:
    """Return an estimate as three columns, empty if there is none."""
    values = (estimate.value, estimate.low, estimate.high) if estimate else ("", "", "")
    return dict(zip((name, f"{name}_low", f"{name}_high"), values, strict=True))
