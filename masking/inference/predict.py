"""The verbs `predict` and `compare`: one image, one mask, one or several masking methods."""

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch
from torch import Tensor

from masking.image import ImageInput, digest
from masking.masks.mask import Mask
from masking.masks.shares import share_text
from masking.measures import predictive_entropy
from masking.methods import METHODS, Fill, Method
from masking.models.classifier import Classifier
from masking.registry.params import param_values
from masking.registry.parsing import entry_title
from masking.results.contact_sheet import Panel, contact_sheet
from masking.results.hatching import hatched
from masking.results.manifest import run_manifest
from masking.results.notebook import html_table
from masking.results.sentences import NOTHING_LEFT, comparison_sentence
from masking.results.tables import to_csv

USUAL_METHODS = ("blackout", "greyout", "layer_masking")


@dataclass(frozen=True, eq=False)
class Prediction:
    """A classifier's answer to one image: logits (classes,), on the CPU."""

    logits: Tensor
    categories: tuple[str, ...]

    @cached_property
    def probabilities(self) -> Tensor:
        """Softmax, float64 (classes,)."""
        return self.logits.double().softmax(-1)

    @cached_property
    def entropy(self) -> float:
        """Predictive entropy in bits, 0 … log2(classes)."""
        return predictive_entropy(self.logits).item()

    @property
    def entropy_limit(self) -> float:
        """Largest possible entropy in bits, log2(classes): all classes alike."""
        return math.log2(len(self.categories))

    def probability(self, index: int) -> float:
        """Return the probability of a class, 0 … 1."""
        return float(self.probabilities[index])

    @property
    def index(self) -> int:
        """Index of the predicted class."""
        return int(self.logits.argmax())

    @property
    def category(self) -> str:
        """Name of the predicted class."""
        return self.categories[self.index]

    def top(self, k: int = 5) -> list[tuple[str, float]]:
        """Return the k most probable categories with their probabilities, the most probable first."""
        probability, index = self.probabilities.topk(min(k, len(self.categories)))
        return [(self.categories[i], p) for p, i in zip(probability.tolist(), index.tolist(), strict=True)]

    def _repr_html_(self) -> str:
        """Show a notebook the most probable categories."""
        rows = [{"category": category, "probability": f"{probability:.1%}"} for category, probability in self.top()]
        return html_table(rows, f"Predictive entropy {self.entropy:.2f} bits")


@dataclass(frozen=True, eq=False)
class Comparison:
    """One image under several masking methods.

    Attributes:
        image: (1, 3, h, w) in [0, 1], on the CPU.
        mask: the one mask.
        whole: the prediction without a mask.
        masked: the prediction under each method, by name.
        seen: the image (1, 3, h, w) that each method showed the model; None if hidden pixels had no colour.
        methods: the methods by name.
        manifest: all that is needed to compute it again.
        blind: names of the methods that left nothing visible, so that any picture gives the same answer.
    """

    image: Tensor
    mask: Mask
    whole: Prediction
    masked: Mapping[str, Prediction]
    seen: Mapping[str, Tensor | None]
    methods: Mapping[str, Method]
    manifest: Mapping[str, Any]
    blind: frozenset[str] = frozenset()

    def title(self, name: str) -> str:
        """Return a method's title with its settings, or the name itself if no method is registered under it."""
        return entry_title(METHODS, name)

    def change(self, name: str) -> float:
        """Return how much probability the originally predicted class gains under a method (negative: loses)."""
        index = self.whole.index
        return float(self.masked[name].probabilities[index] - self.whole.probabilities[index])

    def picture(self, name: str) -> Tensor:
        """Return what the model saw (1, 3, h, w); hidden pixels are hatched if they had no colour."""
        seen = self.seen[name]
        return hatched(self.image, self.mask) if seen is None else seen

    @property
    def sentence(self) -> str:
        """The comparison in plain words."""
        return comparison_sentence(
            self.whole.category, {self.title(n).lower(): p.category for n, p in self.masked.items()}
        )

    def rows(self, k: int = 5) -> list[dict[str, Any]]:
        """Return one flat record per method for tables, the whole image first."""
        rows = [_row("whole image", self.whole, 0.0, k)]
        rows += [_row(name, prediction, self.change(name), k) for name, prediction in self.masked.items()]
        return [{**row, "nothing_left_to_see": row["method"] in self.blind} for row in rows]

    def to_json(self) -> str:
        """Return predictions, mask and manifest as JSON text; the mask is encoded as in a link."""
        predictions = (self.whole, *self.masked.values())
        rows = [{**row, "top": each.top()} for row, each in zip(self.rows(k=0), predictions, strict=True)]
        facts = {
            "hidden_share": self.mask.hidden_share,
            "mask": self.mask.to_text(),
            "reading": self.sentence,
            "predictions": rows,
            "manifest": dict(self.manifest),
        }
        return json.dumps(facts, indent=2, ensure_ascii=False)

    def to_csv(self) -> str:
        """Return a CSV table with one line per method and its five most probable classes."""
        return to_csv(self.rows())

    def to_png(self) -> bytes:
        """Draw a contact sheet: every picture that the model saw, with its prediction below it."""
        panels = [Panel("Whole picture", self.image, self.whole.top(), self.whole.entropy)]
        panels += [
            Panel(
                title=self.title(name),
                image=self.picture(name),
                top=prediction.top(),
                entropy=prediction.entropy,
                note=NOTHING_LEFT if name in self.blind else "",
            )
            for name, prediction in self.masked.items()
        ]
        footer = f"{self.manifest['classifier']}, {share_text(self.mask.hidden_share, 0)} hidden. {self.sentence}"
        return contact_sheet(panels, footer)

    _repr_png_ = to_png  # how a notebook shows it


def _row(name: str, prediction: Prediction, change: float, k: int) -> dict[str, Any]:
    row: dict[str, Any] = {
        "method": name,
        "predicted": prediction.category,
        "probability": float(prediction.probabilities.max()),
        "change_of_original_class": change,
        "predictive_entropy_bits": prediction.entropy,
    }
    for rank, (category, probability) in enumerate(prediction.top(k) if k else (), start=1):
        row[f"top{rank}"] = category
        row[f"top{rank}_probability"] = probability
    return row


def predict(classifier: Classifier, image: ImageInput) -> Prediction:
    """Predict the class of one image, anything that `Classifier.prepare` reads.

    Raises:
        ValueError: more than one image, or one that cannot be read.
    """
    prepared = classifier.prepare(image)
    if len(prepared) != 1:
        raise ValueError(f"predict takes one image, not {len(prepared)}; call the classifier itself for a batch")
    with torch.inference_mode():
        return Prediction(classifier(prepared)[0].float().cpu(), classifier.categories)


def choose_methods(methods: Sequence[str] | Mapping[str, Method]) -> dict[str, Method]:
    """Return methods by name, with default parameters where only names are given; raise KeyError on an unknown name."""
    if isinstance(methods, Mapping):
        return dict(methods)
    if isinstance(methods, str):
        methods = (methods,)
    return {name: METHODS[name]() for name in methods}


def predict_masked(
    classifier: Classifier, image: Tensor, mask: Mask, method: Method
) -> tuple[Prediction, Tensor | None]:
    """Return the prediction under one method and the image it showed (None if hidden pixels had no colour)."""
    logits = method.logits(classifier, image, mask)[0].float().cpu()
    seen = method.fill(image, mask.to(image.device), classifier).cpu() if isinstance(method, Fill) else None
    return Prediction(logits, classifier.categories), seen


def compare(
    classifier: Classifier,
    image: ImageInput,
    mask: Mask,
    methods: Sequence[str] | Mapping[str, Method] = USUAL_METHODS,
    on_method: Callable[[str], None] | None = None,
    mask_source: Mapping[str, Any] | None = None,
) -> Comparison:
    """Compare several masking methods on one image and one mask.

    Args:
        classifier: from `load_classifier`.
        image: anything that `Classifier.prepare` reads; one image.
        mask: one mask of the classifier's input size, or of the tensor's size if `image` is a tensor.
        methods: names; or instances by name, for parameters other than the defaults.
        on_method: called with each name before it is computed; may raise to cancel.
        mask_source: how the mask was made (file, or share, patch and seed), for the manifest.

    Raises:
        ValueError: sizes that do not fit, no `Mask` or more than one, or a method that cannot run on the classifier.
        KeyError: an unknown method.
    """
    instances = choose_methods(methods)
    prepared = classifier.prepare(image)
    if not isinstance(mask, Mask):  # pyright: ignore[reportUnnecessaryIsInstance]
        kind = type(mask).__name__
        raise ValueError(f"the mask is a {kind}; give Mask(keep), or classifier.prepare_mask(file)")  # noqa: TRY004
    if len(mask) != 1:
        raise ValueError(f"compare takes one mask, not {len(mask)}; draw many with random_removal")
    whole = predict(classifier, prepared)
    masked: dict[str, Prediction] = {}
    seen: dict[str, Tensor | None] = {}
    blind: set[str] = set()
    for name, method in instances.items():
        if on_method:
            on_method(name)
        masked[name], seen[name] = predict_masked(classifier, prepared, mask, method)
        if method.blind(classifier, prepared, mask).item():
            blind.add(name)
    image_cpu = prepared.cpu()
    facts = run_manifest(
        classifier,
        image=digest(image_cpu),
        mask=mask.digest,
        mask_source=dict(mask_source or {}),
        methods={name: param_values(method) for name, method in instances.items()},
    )
    return Comparison(
        image=image_cpu,
        mask=mask,
        whole=whole,
        masked=masked,
        seen=seen,
        methods=instances,
        manifest=facts,
        blind=frozenset(blind),
    )
