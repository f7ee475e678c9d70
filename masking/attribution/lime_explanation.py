"""What LIME found: the answers to every sample, and all that follows from them."""

import dataclasses
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import torch
from torch import Tensor

from masking.attribution import lime_surrogate as surrogate
from masking.attribution.heat_overlay import overlay
from masking.image import to_png
from masking.masks.mask import Mask
from masking.measures.estimate import CONFIDENCE
from masking.registry.params import check_params, param
from masking.results.notebook import html_picture
from masking.results.tables import to_csv

WIDTH = 320
"""Of the picture in a notebook, in pixels of the screen."""


@dataclass(frozen=True)
class LimeSettings:
    """How LIME samples and fits; the defaults are those of the lime package's image explainer."""

    samples: int = param(1000, "how many times segments are hidden at random", low=2, high=100_000)
    seed: int = param(0, "of the samples", low=0, high=2**31 - 1)
    kernel_width: float = param(0.25, "lower makes samples with few segments count less", low=0.05, high=100)
    alpha: float = param(1.0, "ridge penalty; higher draws all weights towards 0", low=1e-6, high=1000)

    def __post_init__(self):
        check_params(self)


@dataclass(frozen=True, eq=False)
class LimeExplanation:
    """One image explained by LIME under one masking method, for one class of the answers.

    Everything is derived from the samples and the answers to them, when first asked for; another target, or only the
    first samples, cost no forward pass.

    Attributes:
        image: (1, 3, h, w) in [0, 1], on the CPU.
        segments: int64 (h, w), labels 0 … s−1 without gaps.
        z: bool (samples, s), True = the segment was present; in the first sample all are.
        logits: float32 (samples, classes), the answers.
        target: index of the explained class.
        method: name of the masking method.
        title: its title.
        settings: how many samples were asked for (`samples` may be fewer), and how they are fitted.
        categories: class names in index order.
        manifest: where it comes from.
    """

    image: Tensor
    segments: Tensor
    z: Tensor
    logits: Tensor
    target: int
    method: str
    title: str
    settings: LimeSettings
    categories: tuple[str, ...]
    manifest: Mapping[str, Any]

    def __len__(self) -> int:
        return len(self.z)

    @property
    def samples(self) -> int:
        """Samples that were answered; fewer than `settings.samples` while LIME runs, or after a cancel."""
        return len(self.z)

    @property
    def category(self) -> str:
        """Name of the explained class."""
        return self.categories[self.target]

    # --- other questions to the same answers ---------------------------------------------------

    def for_target(self, target: int) -> "LimeExplanation":
        """The same samples explained for another class."""
        if not 0 <= target < len(self.categories):
            raise ValueError(f"there is no class {target}; they go from 0 to {len(self.categories) - 1}")
        return dataclasses.replace(self, target=target)

    def first(self, samples: int) -> "LimeExplanation":
        """The explanation after so many of the samples."""
        if not 1 <= samples <= len(self):
            raise ValueError(f"{samples} samples were asked for; there are 1 to {len(self)}")
        return dataclasses.replace(self, z=self.z[:samples], logits=self.logits[:samples])

    # --- what was asked and answered -----------------------------------------------------------

    @cached_property
    def probabilities(self) -> Tensor:
        """Of the explained class in each sample, float64 (samples,)."""
        return self.logits.double().softmax(1)[:, self.target]

    @cached_property
    def weights(self) -> Tensor:
        """How much each sample counts, float64 (samples,), 1 for the whole picture."""
        return surrogate.proximity(self.z, self.settings.kernel_width)

    def mask(self, sample: int) -> Mask:
        """What was present in one sample."""
        return Mask(self.z[sample][self.segments][None, None])

    # --- the fit -------------------------------------------------------------------------------

    @cached_property
    def _fit(self) -> surrogate.Surrogate:
        return surrogate.fit(self.z, self.weights, self.probabilities, self.settings.alpha)

    @property
    def coefficients(self) -> Tensor:
        """What the presence of each segment adds to the probability, float64 (segments,)."""
        return self._fit.coefficients

    @property
    def intercept(self) -> float:
        """The probability that the linear model gives with everything hidden."""
        return self._fit.intercept

    @property
    def r2(self) -> float:
        """Weighted R² of the answers that the fit has seen, 1 at best: high with few samples, whatever they say."""
        return self._fit.r2

    @cached_property
    def r2_held_out(self) -> float:
        """Weighted R² of answers that the fit has not seen, each left out in turn, in (−∞, 1] (PRESS, Allen 1974).

        0 or less: the coefficients tell no more than the mean of the other answers. It is that of all segments, not of
        those that `sparse` chooses after seeing every answer.
        """
        return surrogate.r2_held_out(self.z, self.weights, self.probabilities, self.settings.alpha)

    @cached_property
    def interval(self) -> Tensor:
        """Ends of each coefficient's 95 % interval, float64 (segments, 2)."""
        return self.interval_at(CONFIDENCE)

    def interval_at(self, confidence: float) -> Tensor:
        """Ends (segments, 2) of the intervals that hold what many more samples would say, about as often as asked.

        They tell how far the coefficients depend on which samples were drawn, not whether a linear model is right. From
        answers held out, HC3: see `surrogate.reach`, and docs/decisions.md for how often they were right.

        Raises:
            ValueError: a confidence that does not lie between 0 and 1.
        """
        if not 0 < confidence < 1:
            raise ValueError(f"the confidence is {confidence}; give a number between 0 and 1, such as {CONFIDENCE}")
        reach = surrogate.reach(self.z, self.weights, self.probabilities, self.settings.alpha, confidence)
        return torch.stack([self.coefficients - reach, self.coefficients + reach], 1)

    @cached_property
    def order(self) -> Tensor:
        """Segments from the highest coefficient to the lowest, int64 (segments,)."""
        return self.coefficients.argsort(descending=True, stable=True)

    def contributions(self, segment: int) -> Tensor:
        """How much each sample adds to a segment's coefficient, float64 (samples,); they sum up to it."""
        count = len(self.coefficients)
        if not 0 <= segment < count:
            raise ValueError(f"there is no segment {segment}; they go from 0 to {count - 1}")
        return surrogate.contributions(self.z, self.weights, self.probabilities, self.settings.alpha)[segment]

    def evidence(self, segment: int, count: int = 8) -> Tensor:
        """The samples that moved a segment's coefficient most, in either direction, int64 (count,)."""
        return self.contributions(segment).abs().argsort(descending=True, stable=True)[:count]

    def sparse(self, count: int) -> Tensor:
        """K-LASSO: coefficients (segments,) of a ridge fit on at most `count` segments, the others exactly 0.

        The segments are those on the lasso path (Ribeiro et al. 2016, algorithm 1). Needs scikit-learn.
        """
        from masking.attribution.lasso import select_segments

        kept = select_segments(self.z, self.weights, self.probabilities, count)
        found = torch.zeros_like(self.coefficients)
        found[kept] = surrogate.fit(self.z[:, kept], self.weights, self.probabilities, self.settings.alpha).coefficients
        return found

    # --- pictures and files --------------------------------------------------------------------

    def heat(self) -> Tensor:
        """Every pixel with its segment's coefficient, float32 (1, 1, h, w)."""
        return self.coefficients.float()[self.segments][None, None]

    def to_png(self, limit: float | None = None) -> bytes:
        """The picture with its segments tinted: red adds to the probability, blue takes from it."""
        return to_png(overlay(self.image, self.heat(), limit))

    def _repr_html_(self) -> str:
        """Show a notebook the tinted picture, and how far the explanation can be trusted."""
        caption = (
            f"LIME for {self.category} under {self.title}: red segments add to its probability, blue ones take from it. "
            f"R² of held-out answers: {self.r2_held_out:.2f}, from {len(self)} samples."
        )
        return html_picture(self.to_png(), caption, width=WIDTH)

    @cached_property
    def rows(self) -> list[dict[str, Any]]:
        """One flat record per segment, highest coefficient first."""
        pixels = torch.bincount(self.segments.flatten(), minlength=len(self.coefficients))
        return [
            {
                "segment": segment,
                "rank": rank,
                "coefficient": float(self.coefficients[segment]),
                "low": float(self.interval[segment, 0]),
                "high": float(self.interval[segment, 1]),
                "pixels": int(pixels[segment]),
            }
            for rank, segment in enumerate(self.order.tolist(), start=1)
        ]

    @property
    def facts(self) -> dict[str, Any]:
        """What was explained and how well, in one flat record."""
        return {
            "method": self.method,
            "target": self.target,
            "category": self.category,
            "probability": float(self.probabilities[0]),
            "intercept": self.intercept,
            "r2": self.r2,
            "r2_held_out": self.r2_held_out,
            "segments": len(self.coefficients),
            "samples": len(self),
        }

    def to_csv(self) -> str:
        """One line per segment, highest coefficient first."""
        return to_csv(self.rows)

    def to_json(self) -> str:
        """Facts, coefficients with their intervals and manifest as JSON text; samples and answers are in `to_npz`."""
        facts = {**self.facts, "coefficients": self.rows, "manifest": dict(self.manifest)}
        return json.dumps(facts, indent=2, ensure_ascii=False)

    def to_npz(self) -> bytes:
        """Everything as arrays: coefficients, interval, z, weights, probabilities, logits, segments and manifest."""
        names = ("coefficients", "interval", "z", "weights", "probabilities", "logits", "segments")
        arrays: dict[str, Any] = {name: getattr(self, name).numpy() for name in names}
        texts = {"facts": self.facts, "manifest": dict(self.manifest)}
        arrays |= {name: np.array(json.dumps(text)) for name, text in texts.items()}
        buffer = io.BytesIO()
        np.savez_compressed(buffer, **arrays)
        return buffer.getvalue()
