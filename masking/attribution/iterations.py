"""The result of an attribution mask: its iterations, and everything that follows from the attributions."""

import dataclasses
import io
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import torch
from torch import Tensor

from masking.attribution.frames import Frame, FrameSequence, sequences_to_gif, sequences_to_sheet
from masking.attribution.heat_overlay import overlay
from masking.attribution.min_max import min_max
from masking.measures.entropy import predictive_entropy
from masking.measures.estimate import Estimate
from masking.measures.masked_image_accuracy import mia
from masking.models.class_names import short_names
from masking.results.notebook import html_picture
from masking.results.sentences import entropy_text, percent_text
from masking.results.tables import to_csv

NOTHING = "nothing (all logits 0)"
"""Stands for the predicted class if the input is dead."""
COLOURS_MEAN = (
    "Red speaks for the class, blue against it, on one scale for all iterations. Each iteration multiplies the picture "
    "by one more mask. The masks are made for this class: reaching it is no evidence of an object."
)


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

    def predicted_name(self, step: int, index: int = 0) -> str | None:
        """Return the short name of that category; None if the input is dead."""
        self._check(step, 0)
        return None if self.dead[step, index] else short_names(self.categories)[int(self.predicted[step, index])]

    def target_name(self, index: int = 0) -> str:
        """Return the short name of the class that one image's masks are made for."""
        return short_names(self.categories)[int(self.target[index])]

    def hits(self, expected: Tensor | None = None) -> Tensor:
        """Return whether the predicted class is the expected one, by default the target: bool (I + 1, n).

        Dead inputs count as wrong.
        """
        return (self.predicted == (self.target if expected is None else expected)) & ~self.dead

    def mia(self, expected: Tensor | None = None) -> tuple[Estimate, ...]:
        """Return at each step the share of images classified as expected, by default as the target."""
        classes = self.target if expected is None else expected
        return tuple(mia(logits, classes) for logits in self.logits)

    def top(self, step: int, k: int = 5, index: int = 0, *, short: bool = False) -> list[tuple[str, float]]:
        """Return the k most probable categories of one image, or their short names, with their probabilities."""
        self._check(step, 0)
        probability, order = self.probabilities[step, index].topk(min(k, len(self.categories)))
        names = short_names(self.categories) if short else self.categories
        return [(names[i], p) for p, i in zip(probability.tolist(), order.tolist(), strict=True)]

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
        name, probability = self.target_name(), float(self.probability[step, 0])
        answer = f"answer “{self.predicted_name(step)}”" if self.predicted_name(step) else f"answer {NOTHING}"
        doubt = entropy_text(float(self.entropy[step, 0]), math.log2(len(self.categories)))
        return Frame(pictures, f"Iteration {step}: {answer}; “{name}” has {percent_text(probability)}; doubt {doubt}.")

    def frame_sequence(self, index: int = 0, limit: float | None = None, picture: str = "") -> FrameSequence:
        """Return the frames of one image with a heading: what the masks are made for, by which classifier, of what.

        Args:
            index: number of the image.
            limit: as for `frames`.
            picture: name of the picture.
        """
        source = f"Classifier: {self.manifest['classifier']}." + (f" Picture: {picture}." if picture else "")
        title = f"{self.title}: mask made for “{self.target_name(index)}”"
        return FrameSequence(self.frames(index, limit), (title, source, COLOURS_MEAN))

    def to_gif(self, index: int = 0, limit: float | None = None, picture: str = "") -> bytes:
        """Animate the frames of one image as a GIF with a heading; arguments as for `frame_sequence`."""
        return sequences_to_gif([self.frame_sequence(index, limit, picture)])

    def to_png(self, index: int = 0, limit: float | None = None, picture: str = "") -> bytes:
        """Draw the frames of one image as one sheet with a heading; arguments as for `frame_sequence`."""
        return sequences_to_sheet([self.frame_sequence(index, limit, picture)]).to_png()

    def to_svg(self, index: int = 0, limit: float | None = None, picture: str = "") -> str:
        """Draw the same sheet as SVG, with text as text; arguments as for `frame_sequence`."""
        sequence = self.frame_sequence(index, limit, picture)
        return sequences_to_sheet([sequence]).to_svg(sequence.heading[0])

    def _repr_html_(self) -> str:
        """Show a notebook the animation of the first image."""
        return html_picture(self.to_gif(), " ".join(self.frame_sequence().heading), "gif")

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
