"""The type `Comparison`: one image under several masking methods, with the verdict on each answer, and its exports."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from torch import Tensor

from masking.inference.prediction import Prediction
from masking.masks.mask import Mask
from masking.masks.shares import share_text
from masking.methods import METHODS, Method
from masking.registry.parsing import entry_title
from masking.results.contact_sheet import Panel, contact_sheet
from masking.results.hatching import hatched
from masking.results.tables import to_csv
from masking.results.verdict import Verdict, judge, verdict_sentences


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
        object_visible: the share of the object that is visible, 0 … 1; None where the object is not known.
    """

    image: Tensor
    mask: Mask
    whole: Prediction
    masked: Mapping[str, Prediction]
    seen: Mapping[str, Tensor | None]
    methods: Mapping[str, Method]
    manifest: Mapping[str, Any]
    blind: frozenset[str] = frozenset()
    object_visible: float | None = None

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

    @cached_property
    def verdicts(self) -> dict[str, Verdict]:
        """What each method's answer means, by the method's name."""
        original = self.whole.named
        return {
            name: judge(original, answer.named, self.object_visible, nothing_left=name in self.blind)
            for name, answer in self.masked.items()
        }

    @property
    def sentence(self) -> str:
        """The comparison in plain words."""
        if self.masked and not self.mask.hidden_share:
            return f"Nothing is hidden, so every method gives the plain answer: {self.whole.named.text}."
        verdicts = {self.title(name).lower(): verdict for name, verdict in self.verdicts.items()}
        return verdict_sentences(self.whole.named, verdicts)

    def rows(self, k: int = 5) -> list[dict[str, Any]]:
        """Return one flat record per method for tables, the whole image first."""
        rows = [_row("whole image", self.whole, 0.0, k)]
        rows += [_row(name, prediction, self.change(name), k) for name, prediction in self.masked.items()]
        kinds = ["", *(str(verdict.kind) for verdict in self.verdicts.values())]
        return [
            {**row, "nothing_left_to_see": row["method"] in self.blind, "verdict": kind}
            for row, kind in zip(rows, kinds, strict=True)
        ]

    def to_json(self) -> str:
        """Return predictions, mask and manifest as JSON text; the mask is encoded as in a link."""
        predictions = (self.whole, *self.masked.values())
        rows = [{**row, "top": each.top()} for row, each in zip(self.rows(k=0), predictions, strict=True)]
        facts = {
            "hidden_share": self.mask.hidden_share,
            "object_visible_share": self.object_visible,
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
        panels = [Panel("Whole picture", self.image, self.whole.top(short=True), self.whole.entropy)]
        panels += [
            Panel(
                title=self.title(name),
                image=self.picture(name),
                top=prediction.top(short=True),
                entropy=prediction.entropy,
                note=self.verdicts[name].text,
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
