"""The result of LIME: the answers to every sample, and everything that follows from them."""

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch
from torch import Tensor

from masking.attribution import lime_surrogate as surrogate
from masking.attribution.heat_overlay import overlay
from masking.attribution.lasso import check_most, select_segments
from masking.attribution.lime_designs import complete_designs, sample_partners
from masking.attribution.lime_files import fit_facts, segment_rows, to_npz
from masking.attribution.lime_settings import LimeSettings
from masking.attribution.lime_stability import count_certain
from masking.attribution.segment_drawing import draw_segments
from masking.image import to_png
from masking.masks.mask import Mask
from masking.measures.estimate import CONFIDENCE
from masking.models.class_names import short_names
from masking.results.notebook import html_picture
from masking.results.tables import to_csv

WIDTH = 320  # of the picture in a notebook, in pixels of the screen


@dataclass(frozen=True, eq=False)
class LimeExplanation:
    """One image explained by LIME under one masking method, for one class.

    Everything is derived from the samples and the answers to them when it is first used. Another target, or a smaller
    number of samples, takes no forward pass.

    Attributes:
        image: (1, 3, h, w) in [0, 1], on the CPU.
        segments: int64 (h, w), labels 0 … s−1 without gaps.
        z: bool (samples, s), True = the segment is present; in the first sample all are.
        logits: float32 (samples, classes), the answers.
        target: index of the explained class.
        method: name of the masking method.
        title: title of the masking method.
        settings: how samples are drawn and fitted; there may be fewer samples than these settings name.
        categories: class names in index order.
        manifest: all that is needed to compute it again.
        stopped: whether LIME ended before the last sample because it was stable.
        most: with a number above 0, at most so many segments have a coefficient, see `only`.
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
    most: int = 0
    stopped: bool = False

    def __len__(self) -> int:
        return len(self.z)

    @property
    def samples(self) -> int:
        """Number of answered samples; smaller than `settings.samples` while LIME runs and after a cancel."""
        return len(self.z)

    @property
    def category(self) -> str:
        """Name of the explained class."""
        return self.categories[self.target]

    @property
    def short_category(self) -> str:
        """Short name of the explained class."""
        return short_names(self.categories)[self.target]

    @property
    def designs(self) -> int | None:
        """How many complete balanced designs the samples hold; without one, they are only paired. None otherwise."""
        balanced = self.settings.sampling == "balanced"
        return complete_designs(len(self), self.z.shape[1]) if balanced else None

    # --- other explanations from the same answers ----------------------------------------------

    def for_target(self, target: int) -> "LimeExplanation":
        """Explain another class with the same samples; raise ValueError if there is no such class."""
        if not 0 <= target < len(self.categories):
            raise ValueError(f"there is no class {target}; they go from 0 to {len(self.categories) - 1}")
        return dataclasses.replace(self, target=target)

    def first(self, samples: int) -> "LimeExplanation":
        """Return the explanation after so many of the samples; raise ValueError if there are not as many."""
        if not 1 <= samples <= len(self):
            raise ValueError(f"{samples} samples were asked for; there are 1 to {len(self)}")
        return dataclasses.replace(self, z=self.z[:samples], logits=self.logits[:samples])

    def only(self, most: int) -> "LimeExplanation":
        """Return the explanation by at most so many segments, those that K-LASSO selects (Ribeiro et al. 2016).

        The lasso path selects them from all answers, then they are fitted like all segments before; the others have
        coefficient 0. Intervals do not include the uncertainty of the selection. This needs scikit-learn.

        Raises:
            ValueError: a number below 1, or scikit-learn is not installed.
        """
        check_most(most)
        return dataclasses.replace(self, most=most)

    # --- samples and answers -------------------------------------------------------------------

    @cached_property
    def probabilities(self) -> Tensor:
        """Probability of the explained class in each sample, float64 (samples,)."""
        return self.logits.double().softmax(1)[:, self.target]

    @cached_property
    def weights(self) -> Tensor:
        """Weight of each sample, float64 (samples,); 1 for the whole picture."""
        return surrogate.proximity(self.z, self.settings.kernel_width)

    def mask(self, sample: int) -> Mask:
        """Return the mask of one sample."""
        return Mask(self.z[sample][self.segments][None, None])

    # --- the fit -------------------------------------------------------------------------------

    @cached_property
    def kept(self) -> Tensor:
        """The segments that may have a coefficient, int64 ascending: all, or those that `only` keeps."""
        if not self.most:
            return torch.arange(self.z.shape[1])
        return select_segments(self.z, self.weights, self.probabilities, self.most)

    @cached_property
    def _fit(self) -> surrogate.Surrogate:
        return surrogate.fit(self.z[:, self.kept], self.weights, self.probabilities, self.settings.alpha)

    @cached_property
    def coefficients(self) -> Tensor:
        """How much the presence of each segment adds to the probability, float64 (segments,)."""
        return self._spread(self._fit.coefficients)

    def _spread(self, values: Tensor) -> Tensor:
        """Return values (kept, …) of the kept segments as values (segments, …) of all, 0 for the others."""
        return values.new_zeros(self.z.shape[1], *values.shape[1:]).index_copy(0, self.kept, values)

    @property
    def intercept(self) -> float:
        """The probability in the linear model if everything is hidden."""
        return self._fit.intercept

    @property
    def r2(self) -> float:
        """Weighted R² of the answers that were fitted, at most 1; few samples give a high value for any classifier."""
        return self._fit.r2

    @cached_property
    def r2_held_out(self) -> float:
        """Weighted R² of answers that were left out of the fit in turn, in (−∞, 1] (PRESS, Allen 1974).

        At 0 or less, the coefficients predict no better than the mean of the other answers. It belongs to the fit of
        all segments, not to those that `only` selects from all answers.
        """
        return surrogate.r2_held_out(self.z, self.weights, self.probabilities, self.settings.alpha, self._partners)

    @property
    def _partners(self) -> Tensor | None:
        return sample_partners(len(self), self.settings.sampling)

    @cached_property
    def interval(self) -> Tensor:
        """Ends of each coefficient's 95 % interval, float64 (segments, 2)."""
        return self.interval_at(CONFIDENCE)

    def interval_at(self, confidence: float) -> Tensor:
        """Return the ends (segments, 2) of confidence intervals for the coefficients that many more samples would give.

        They show how much the coefficients depend on the drawn samples, not whether a linear model is right. They come
        from answers left out, one by one or pair by pair: see `lime_surrogate.covariance`, and docs/decisions/lime.md
        for their measured coverage.

        Raises:
            ValueError: a confidence that is not between 0 and 1.
        """
        if not 0 < confidence < 1:
            raise ValueError(f"the confidence is {confidence}; give a number between 0 and 1, such as {CONFIDENCE}")
        problem = self.z[:, self.kept], self.weights, self.probabilities, self.settings.alpha
        reach = self._spread(surrogate.reach(*problem, confidence, self._partners))
        return torch.stack([self.coefficients - reach, self.coefficients + reach], 1)

    @cached_property
    def certain(self) -> int:
        """How many of the strongest segments have a certain sign and rank; see `lime_stability`."""
        return count_certain(self.z, self.kept, self.weights, self.probabilities, self.settings)

    @property
    def is_stable(self) -> bool:
        """Whether LIME may stop: as many segments as `until_stable` says are certain, or all if there are fewer."""
        wanted = min(self.settings.until_stable, len(self.kept))
        return 0 < wanted <= self.certain

    @cached_property
    def order(self) -> Tensor:
        """Segments from the highest coefficient to the lowest, int64 (segments,)."""
        return self.coefficients.argsort(descending=True, stable=True)

    def contributions(self, segment: int) -> Tensor:
        """Return how much each sample adds to a segment's coefficient, float64 (samples,); the sum is the coefficient.

        Raises:
            ValueError: no such segment.
        """
        count = len(self.coefficients)
        if not 0 <= segment < count:
            raise ValueError(f"there is no segment {segment}; they go from 0 to {count - 1}")
        design = self.z[:, self.kept]
        shares = surrogate.contributions(design, self.weights, self.probabilities, self.settings.alpha)
        return self._spread(shares)[segment]

    def evidence(self, segment: int, count: int = 8) -> Tensor:
        """Return the samples that change a segment's coefficient most, in either direction, int64 (count,)."""
        return self.contributions(segment).abs().argsort(descending=True, stable=True)[:count]

    def sparse(self, count: int) -> Tensor:
        """Return the coefficients (segments,) of at most `count` segments, the others exactly 0; see `only`."""
        return self.only(count).coefficients

    # --- pictures and files --------------------------------------------------------------------

    def heat(self) -> Tensor:
        """Return each pixel's segment coefficient, float32 (1, 1, h, w)."""
        return self.coefficients.float()[self.segments][None, None]

    def to_png(self, limit: float | None = None) -> bytes:
        """Draw the picture with tinted segments: red adds to the probability, blue reduces it."""
        return to_png(overlay(self.image, self.heat(), limit))

    def to_svg(self, limit: float | None = None) -> str:
        """Draw the tinted segments with their outlines as SVG, for print; each says its weight under the pointer."""
        weights = self.coefficients.tolist()
        titles = {segment: f"segment {segment}: {weight:+.4f}" for segment, weight in enumerate(weights)}
        caption = f"LIME for {self.short_category} under {self.title}, {len(self)} samples"
        return draw_segments(self.image, self.segments, weights, titles, caption, limit)

    def _repr_html_(self) -> str:
        """Show a notebook the tinted picture, and how far the explanation can be trusted."""
        caption = (
            f"LIME for {self.short_category} under {self.title}: red segments add to its probability, blue ones reduce "
            f"it. R² of held-out answers: {self.r2_held_out:.2f}, from {len(self)} samples."
        )
        return html_picture(self.to_png(), caption, width=WIDTH)

    @cached_property
    def rows(self) -> list[dict[str, Any]]:
        """One flat record per segment that may have a coefficient, the highest first."""
        return segment_rows(self)

    @property
    def facts(self) -> dict[str, Any]:
        """The explained class and the quality of the fit, in one flat record."""
        return fit_facts(self)

    def to_csv(self) -> str:
        """Return a CSV table with one line per segment, the highest coefficient first."""
        return to_csv(self.rows)

    def to_json(self) -> str:
        """Return facts, coefficients with intervals and manifest as JSON text; `to_npz` has samples and answers."""
        facts = {**self.facts, "coefficients": self.rows, "manifest": dict(self.manifest)}
        return json.dumps(facts, indent=2, ensure_ascii=False)

    def to_npz(self) -> bytes:
        """Return everything as arrays; facts and manifest are JSON text."""
        return to_npz(self)
