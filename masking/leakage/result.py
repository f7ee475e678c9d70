"""What was measured: every single answer, and the statistics that follow from them."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
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
"""Of true and predicted class; with fewer, leakage comes out too high and its interval too narrow."""
SCENES_PER_CLASS = 16
"""Fewer are not enough to learn from what the probabilities tell."""


@dataclass(frozen=True, eq=False)
class Answers:
    """The classifier's answers under one method and hole: logits float32 (n, classes), on the CPU."""

    logits: Tensor

    @cached_property
    def predicted(self) -> Tensor:
        """Index of the predicted class (n,)."""
        return self.logits.argmax(1)

    def probability(self, category: Tensor) -> Tensor:
        """Of one class for each scene, float64 (n,)."""
        return self.logits.double().softmax(1).gather(1, category[:, None])[:, 0]


@dataclass(frozen=True, eq=False)
class Leakage:
    """Answers to the same scenes and holes under several methods, so that whatever is compared is paired.

    Attributes:
        truth: class of each scene (n,).
        whole: class predicted with nothing hidden (n,).
        donor: class of the transplanted outline (n,), `NO_DONOR` where there was none.
        hidden: by hole, the share of pixels that it hides (n,).
        left: by hole, the share of the object that stays in sight (n,).
        answers: by method and hole.
        categories: class names in index order.
        right_answer: accuracy of the best classifier that sees everything but the object; None where nobody knows.
        manifest: what is needed to measure again.
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

    def __len__(self) -> int:
        return len(self.truth)

    @property
    def chance(self) -> float:
        """Accuracy of guessing, 0 … 1."""
        return 1 / len(self.categories)

    @property
    def wanted(self) -> int:
        """How many scenes make the bits and their intervals honest."""
        return SCENES_PER_PAIR * len(self.truth.unique()) ** 2

    @property
    def methods(self) -> list[str]:
        """Names of the methods, in order."""
        return list(dict.fromkeys(method for method, _ in self.answers))

    @property
    def holes(self) -> list[str]:
        """Names of the holes, in order."""
        return list(dict.fromkeys(hole for _, hole in self.answers))

    def only_right(self) -> "Leakage":
        """The scenes that the classifier names rightly with nothing hidden (Balasubramanian & Feizi 2023).

        Raises ValueError when there are fewer than two.
        """
        right = self.whole == self.truth
        if right.sum() < 2:
            named = f"{int(right.sum())} of {len(self)} scenes"
            raise ValueError(f"{named} are named rightly with nothing hidden; measure more scenes")
        parts = {name: getattr(self, name)[right] for name in ("truth", "whole", "donor")}
        by_hole = {name: {h: t[right] for h, t in getattr(self, name).items()} for name in ("hidden", "left")}
        answers = {key: Answers(one.logits[right]) for key, one in self.answers.items()}
        facts = {**self.manifest, "only_scenes_named_rightly": True}
        return replace(self, **parts, **by_hole, answers=answers, manifest=facts)

    def accuracy(self, method: str, hole: str = "exact") -> Estimate:
        """Share of right answers. Where the hole covers the object: shape-only accuracy, and chance is right."""
        return rate(int((self.answers[method, hole].predicted == self.truth).sum()), len(self))

    def bits(self, method: str, hole: str = "exact") -> Estimate:
        """Mutual information of true and predicted class; leakage where the hole covers the object."""
        return self._bits[method, hole]

    @cached_property
    def _bits(self) -> dict[Key, Estimate]:
        return {key: leaked_bits(self.truth, one.predicted) for key, one in self.answers.items()}

    def readable(self, method: str, hole: str = "exact") -> Estimate:
        """Leakage by all probabilities together, in bits: what somebody reads out who knows the classifier's doubts.

        Not less than `bits` in truth, but a lower bound itself. It takes a few scenes for each class.
        """
        return self._readable[method, hole]

    @cached_property
    def _readable(self) -> dict[Key, Estimate]:
        return {key: leaked_bits(self.truth, read_out(self.truth, one.logits)) for key, one in self.answers.items()}

    def fewer_bits(self, method: str, than: str, hole: str = "exact") -> Estimate:
        """How many bits less a method leaks than another, scene by scene."""
        return leaked_bits_difference(
            self.truth, self.answers[than, hole].predicted, self.answers[method, hole].predicted
        )

    def reliance_error(self, method: str, hole: str = "exact") -> Estimate | None:
        """|accuracy − right answer|: how wrongly hiding this way tells what the classifier relies on.

        Meant for the world that the classifier was trained on: the right answer is that of one that makes the best of
        what it sees. None where that is not known.
        """
        return None if self.right_answer is None else reliance_error(self.accuracy(method, hole), self.right_answer)

    def moved(self, method: str, hole: str = "transplanted") -> Estimate:
        """Share of scenes called by the donor's class. Under the hole "exact": what the donor gets without a hole."""
        given = self.donor != NO_DONOR
        return rate(int((self.answers[method, hole].predicted == self.donor)[given].sum()), int(given.sum()))

    def shift(self, method: str) -> Estimate:
        """Mean probability that the donor's class gains when its outline replaces the object's own, −1 … 1."""
        given = self.donor != NO_DONOR
        with_donor, without = (
            self.answers[method, hole].probability(self.donor.clamp(min=0))[given] for hole in ("transplanted", "exact")
        )
        gained = with_donor - without
        mean = float(gained.mean())
        spread = float(gained.std()) if len(gained) > 1 else math.inf  # one scene tells nothing of others
        reach = NormalDist().inv_cdf((1 + CONFIDENCE) / 2) * spread / len(gained) ** 0.5
        return Estimate(mean, max(-1.0, mean - reach), min(1.0, mean + reach))

    @cached_property
    def rows(self) -> list[dict[str, Any]]:
        """One flat record per method and hole, for tables; shares 0 … 1, leakage in bits."""
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
        row |= _spread("accuracy", self.accuracy(method, hole)) | _spread("bits", self.bits(method, hole))
        row |= _spread("reliance_error", self.reliance_error(method, hole) if HOLES[hole].covers else None)
        enough = len(self) >= SCENES_PER_CLASS * len(self.truth.unique())
        row |= _spread("readable_bits", self.readable(method, hole) if enough else None)
        row["probability_of_truth"] = float(self.answers[method, hole].probability(self.truth).mean())
        given = bool((self.donor != NO_DONOR).any())
        return row | _spread("called_by_donor", self.moved(method, hole) if given else None)

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
        """The rows as a CSV table."""
        return to_csv(self.rows)

    def to_json(self, answers: bool = True) -> str:
        """Rows and manifest as JSON text, with every single answer unless these are not wanted."""
        facts: dict[str, Any] = {"manifest": dict(self.manifest), "rows": self.rows}
        if answers:
            facts |= {name: getattr(self, name).tolist() for name in ("truth", "whole", "donor")}
            facts["categories"] = self.categories
            facts["predicted"] = {f"{m} {h}": one.predicted.tolist() for (m, h), one in self.answers.items()}
        return json.dumps(facts, indent=None if answers else 1)


def _with_interval(found: Estimate, form: str) -> str:
    return f"{found.value:{form}} ({found.low:{form}} … {found.high:{form}})"


def _spread(name: str, found: Estimate | None) -> dict[str, Any]:
    """An estimate as three columns, empty where there is none."""
    values = (found.value, found.low, found.high) if found else ("", "", "")
    return dict(zip((name, f"{name}_low", f"{name}_high"), values, strict=True))
