"""The result of an attribution mask: its iterations, and everything that follows from the attributions."""

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

from masking.attribution.frames import Frame, frames_to_gif, frames_to_sheet
from masking.attribution.heat_overlay import overlay
from masking.measures.entropy import predictive_entropy
from masking.measures.estimate import Estimate
from masking.measures.masked_image_accuracy import mia
from masking.registry.params import check_params, param
from masking.results.notebook import html_picture
from masking.results.tables import to_csv

NOTHING = "nothing (all logits 0)"
"""Stands for the predicted class if the input is dead."""


@dataclass(frozen=True)
class MaskSettings:
    """The settings of an attribution mask."""

    iterations: int = param(10, "how often the mask is multiplied; 0 classifies only the whole image", low=0, high=200)

    def __post_init__(self):
        check_params(self)


@dataclass(frozen=True, eq=False)
class AttributionMasks:
    """Images filtered repeatedly by their own attributions (Lee & Chang, algorithm 1): I iterations, n images.

    Step 0 is the whole image; at step i, it is multiplied by i masks. Masks and masked images follow from the
    attributions and are computed when they are first used.

    Attributes:
        image: (n, 3, h, w) in [0, 1], on the CPU, as are all other tensors.
        mean: mean of the classifier's normalisation, (1, 3, 1, 1); masked values fade to this colour.
        std: standard deviation of the normalisation, (1, 3, 1, 1).
        attributions: float32 (I, n, 3, h, w); attributions[i] belongs to the image at step i and makes step i + 1.
        logits: float32 (I + 1, n, classes), the answers at each step.
        target: int64 (n,), the class that each mask is made for.
        attribution: name of the attribution.
        title: title of the attribution.
        categories: class names in index order.
        manifest: all that is needed to compute it again.
    """

    image: Tensor
    mean: Tensor
    std: Tensor
    attributions: Tensor
    logits: Tensor
    target: Tensor
    attribution: str
    title: str
    categories: tuple[str, ...]
    manifest: Mapping[str, Any]

    def __len__(self) -> int:
        """Return the number of images."""
        return len(self.image)

    def __getitem__(self, index: int) -> "AttributionMasks":
        """Return one image alone; raise IndexError if there is no such image."""
        if not -len(self) <= index < len(self):
            raise IndexError(f"there is no image {index}; they go from 0 to {len(self) - 1}")
        span = slice(index % len(self), index % len(self) + 1)
        parts = {"attributions": self.attributions[:, span], "logits": self.logits[:, span]}
        return dataclasses.replace(self, image=self.image[span], target=self.target[span], **parts)

    def first(self, iterations: int) -> "AttributionMasks":
        """Return the result after so many of the iterations."""
        self._check(iterations, 0)
        parts = {"attributions": self.attributions[:iterations], "logits": self.logits[: iterations + 1]}
        return dataclasses.replace(self, **parts)

    @property
    def iterations(self) -> int:
        """The number of iterations, I."""
        return len(self.attributions)

    # --- what the classifier saw ---------------------------------------------------------------

    @cached_property
    def products(self) -> Tensor:
        """The product of all masks so far, at each step: float32 (I + 1, n, 3, h, w) in [0, 1], 1 at step 0."""
        products = [torch.ones_like(self.image, dtype=torch.float32)]
        for heat in self.attributions:
            products.append(products[-1] * min_max(heat))
        return torch.stack(products)

    def mask(self, step: int) -> Tensor:
        """Return the mask of a single step 1 … I: float32 (n, 3, h, w) in [0, 1]."""
        self._check(step, 1)
        return min_max(self.attributions[step - 1])

    def normalised(self, step: int) -> Tensor:
        """Return the network's input at a step: the normalised image times the product, (n, 3, h, w)."""
        self._check(step, 0)
        whole = ((self.image - self.mean) / self.std).to(self.mean.dtype)
        return (whole * self.products[step]).to(whole.dtype)

    def seen(self, step: int) -> Tensor:
        """Return that input as images, (n, 3, h, w) in [0, 1]: masked values fade to the mean colour."""
        self._check(step, 0)
        mean = self.mean.to(self.image.dtype)
        return torch.lerp(mean.expand_as(self.image), self.image, self.products[step].to(self.image.dtype))

    def heat(self, step: int) -> Tensor:
        """Return the attribution at step 0 … I − 1, summed over channels: float32 (n, 1, h, w), for `Mask.by_heat`.

        Raises:
            ValueError: no such step.
        """
        if not 0 <= step < self.iterations:
            raise ValueError(f"there is no attribution {step}; there are {self.iterations}, from 0")
        return self.attributions[step].sum(1, keepdim=True)

    def _check(self, step: int, first: int) -> None:
        if not first <= step <= self.iterations:
            raise ValueError(f"there is no step {step}; they go from {first} to {self.iterations}")

    # --- what it answered ----------------------------------------------------------------------

    @cached_property
    def probabilities(self) -> Tensor:
        """Probability of every class, float64 (I + 1, n, classes)."""
        return self.logits.double().softmax(-1)

    @cached_property
    def probability(self) -> Tensor:
        """Probability of the target at each step, float64 (I + 1, n)."""
        return self.probabilities[:, torch.arange(len(self)), self.target]

    @cached_property
    def entropy(self) -> Tensor:
        """Predictive entropy at each step, float64 (I + 1, n), in bits."""
        return predictive_entropy(self.logits)

    @cached_property
    def predicted(self) -> Tensor:
        """Index of the predicted class at each step, int64 (I + 1, n); 0 if the input is dead."""
        return self.logits.argmax(-1)

    @cached_property
    def dead(self) -> Tensor:
        """Whether all logits are exactly 0, so that there is no answer: bool (I + 1, n)."""
        return (self.logits == 0).all(-1)

    @cached_property
    def zero_share(self) -> Tensor:
        """Share of values whose product is exactly 0, now and at all later steps: float64 (I + 1, n)."""
        return (self.products == 0).double().mean((2, 3, 4))

    def predicted_category(self, step: int, index: int = 0) -> str | None:
        """Return the category predicted for one image at a step; None if its input is dead."""
        self._check(step, 0)
        return None if self.dead[step, index] else self.categories[int(self.predicted[step, index])]

    def hits(self, expected: Tensor | None = None) -> Tensor:
        """Return whether the predicted class is the expected one, by default the target: bool (I + 1, n).

        Dead inputs count as wrong.
        """
        return (self.predicted == (self.target if expected is None else expected)) & ~self.dead

    def mia(self, expected: Tensor | None = None) -> tuple[Estimate, ...]:
        """Return at each step the share of images classified as expected, by default as the target."""
        classes = self.target if expected is None else expected
        return tuple(mia(logits, classes) for logits in self.logits)

    def top(self, step: int, k: int = 5, index: int = 0) -> list[tuple[str, float]]:
        """Return the k most probable categories of one image at a step with their probabilities, best first."""
        self._check(step, 0)
        probability, order = self.probabilities[step, index].topk(min(k, len(self.categories)))
        return [(self.categories[i], p) for p, i in zip(probability.tolist(), order.tolist(), strict=True)]

    # --- pictures and files --------------------------------------------------------------------

    @cached_property
    def scale(self) -> float:
        """Heat of the strongest colour at all steps: the largest 99.5 % quantile of any step."""
        heats = self.attributions.sum(2).abs().flatten(1)
        return max((float(np.quantile(heat.numpy(), 0.995)) for heat in heats), default=0.0)

    def frames(self, index: int = 0, limit: float | None = None) -> list[Frame]:
        """Return the frames of one image: at each step the attribution, its mask, the product and the network's input.

        Args:
            index: number of the image.
            limit: heat of the strongest red and blue; default `scale`. Set it to compare images.
        """
        image, limit = self[index], self.scale if limit is None else limit
        return [image._frame(step, limit) for step in range(self.iterations + 1)]

    def _frame(self, step: int, limit: float) -> Frame:
        product = self.products[step].mean(1, keepdim=True)
        white = torch.ones_like(self.image)
        pictures = {
            "attribution": overlay(white, self.heat(step - 1), limit) if step else white,
            "mask of this step": self.mask(step).mean(1, keepdim=True).expand_as(white) if step else white,
            "all masks, brightest white": (product / (product.max() or 1)).expand_as(white),
            "what the network saw": self.seen(step),
        }
        answer = self.predicted_category(step) or NOTHING
        target, probability = self.categories[int(self.target[0])], float(self.probability[step, 0])
        bits = float(self.entropy[step, 0])
        return Frame(pictures, f"step {step}: {target} {probability:.1%}; predicted {answer}; entropy {bits:.2f} bits")

    def heading(self, index: int = 0, picture: str = "") -> tuple[str, str]:
        """Return the two lines above one image's frames: attribution and target, then classifier and picture name."""
        target = self.categories[int(self.target[index])]
        source = ", ".join(filter(None, [self.manifest["classifier"], picture]))
        return f"{self.title}, mask made for {target}", source

    def to_gif(self, index: int = 0, limit: float | None = None, picture: str = "") -> bytes:
        """Animate the frames of one image as a GIF with a heading; arguments as for `frames` and `heading`."""
        return frames_to_gif(self.frames(index, limit), self.heading(index, picture))

    def to_png(self, index: int = 0, limit: float | None = None, picture: str = "") -> bytes:
        """Draw the frames of one image as one sheet with a heading; arguments as for `frames` and `heading`."""
        return frames_to_sheet(self.frames(index, limit), self.heading(index, picture))

    def _repr_html_(self) -> str:
        """Show a notebook the animation of the first image."""
        return html_picture(self.to_gif(), ". ".join(self.heading()), "gif")

    @cached_property
    def rows(self) -> list[dict[str, Any]]:
        """One flat record per image and step, for tables; `predicted` is None if the input is dead."""
        return [self._row(image, step) for image in range(len(self)) for step in range(self.iterations + 1)]

    def _row(self, image: int, step: int) -> dict[str, Any]:
        return {
            "image": image,
            "step": step,
            "target": int(self.target[image]),
            "category": self.categories[int(self.target[image])],
            "probability": float(self.probability[step, image]),
            "predicted": self.predicted_category(step, image),
            "predictive_entropy_bits": float(self.entropy[step, image]),
            "zero_share": float(self.zero_share[step, image]),
            "dead": bool(self.dead[step, image]),
        }

    def to_csv(self) -> str:
        """Return a CSV table with one line per image and step."""
        return to_csv(self.rows)

    @property
    def facts(self) -> dict[str, Any]:
        """The attribution and its size in one flat record."""
        return {"attribution": self.attribution, "iterations": self.iterations, "images": len(self)}

    def to_json(self) -> str:
        """Return facts, rows and manifest as JSON text; attributions, masks and logits are in `to_npz`."""
        return json.dumps(
            {**self.facts, "rows": self.rows, "manifest": dict(self.manifest)}, indent=2, ensure_ascii=False
        )

    def to_npz(self) -> bytes:
        """Return everything as arrays named like the attributes, with facts and manifest as JSON text."""
        names = ("image", "attributions", "products", "logits", "target", "probability", "entropy", "zero_share")
        arrays: dict[str, Any] = {name: getattr(self, name).numpy() for name in names}
        texts = {"facts": self.facts, "manifest": dict(self.manifest)}
        arrays |= {name: np.array(json.dumps(text)) for name, text in texts.items()}
        buffer = io.BytesIO()
        np.savez_compressed(buffer, **arrays)
        return buffer.getvalue()


def min_max(heat: Tensor) -> Tensor:
    """Make a mask of a heat (n, 3, h, w): stretch each channel of each image to 0 … 1 (Lee & Chang, equation 11).

    A constant channel becomes 0 for good, as in the authors' code; the paper does not define 0/0.
    """
    low, high = heat.amin((2, 3), keepdim=True), heat.amax((2, 3), keepdim=True)
    spread = high - low
    return (heat - low) / torch.where(spread == 0, 1, spread)
