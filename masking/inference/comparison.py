"""The type `Comparison`: one image under several masking methods, with the verdict on each answer, and its exports."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from torch import Tensor

from masking.inference.answer_sheet import (
    WHOLE,
    answer_panel,
    answer_row,
    classifier_facts,
    count_text,
    followed_classes,
    legend_of,
    mask_origin,
    removal_facts,
    removal_row,
    settings_text,
    whole_panel,
    with_followed,
)
from masking.inference.prediction import Prediction
from masking.inference.removal import Removal
from masking.masks.mask import Mask
from masking.masks.shares import share_text
from masking.methods import METHODS, Method
from masking.models.class_names import short_names
from masking.registry.parsing import entry_title, format_entry
from masking.results.contact_sheet import ContactSheet, Panel, Section
from masking.results.hatching import hatched
from masking.results.sentences import NOTHING_LEFT
from masking.results.series_style import series_styles
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
        removal: the answers to many random masks by method, for the exports; see `with_removal`.
        removal_settings: how these masks were made, such as share, patch and seed.
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
    removal: Mapping[str, Removal] = field(default_factory=dict[str, Removal])
    removal_settings: Mapping[str, Any] = field(default_factory=dict[str, Any])

    def with_removal(self, removal: Mapping[str, Removal], settings: Mapping[str, Any] | None = None) -> "Comparison":
        """Return the same comparison whose exports also hold class entropies.

        Args:
            removal: what `random_removal` returned for this image and these methods.
            settings: how the masks were made, such as `{"share": 0.5, "patch": 16, "seed": 0}`.
        """
        return replace(self, removal=dict(removal), removal_settings=dict(settings or {}))

    def title(self, name: str) -> str:
        """Return a method's title with its settings, or the name itself if no method is registered under it."""
        word = format_entry(name, self.methods[name]) if name in METHODS and name in self.methods else name
        return entry_title(METHODS, word)

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
            name: judge(
                original,
                answer.named,
                self.object_visible,
                nothing_left=name in self.blind,
                shows_through=name in self.methods and not self.methods[name].hides,
            )
            for name, answer in self.masked.items()
        }

    @property
    def sentence(self) -> str:
        """The comparison in plain words."""
        if self.masked and not self.mask.hidden_share:
            return f"Nothing is hidden, so every method gives the answer to the whole picture: {self.whole.named.text}."
        verdicts = {self.title(name).lower(): verdict for name, verdict in self.verdicts.items()}
        return verdict_sentences(self.whole.named, verdicts)

    def rows(self, k: int = 5) -> list[dict[str, Any]]:
        """Return one flat record per method for tables, the whole image first."""
        answers = {"whole image": self.whole, **self.masked}
        kinds = ["", *(str(verdict.kind) for verdict in self.verdicts.values())]
        return [
            {
                **_row(
                    name, answer, answer.probability(self.whole.index) - self.whole.probability(self.whole.index), k
                ),
                "nothing_left_to_see": name in self.blind,
                "verdict": kind,
                "group": answer.named.group,
                "probability_of_original_class": answer.probability(self.whole.index),
                "probability_of_original_group": answer.group_probability(self.whole.index),
                **self._removal_columns(name),
            }
            for (name, answer), kind in zip(answers.items(), kinds, strict=True)
        ]

    def _removal_columns(self, name: str) -> dict[str, Any]:
        """Return what many random masks showed, empty for the whole image; no columns without such masks."""
        if not self.removal:
            return {}
        removal = self.removal.get(name)
        return {
            "class_entropy_bits": removal and abs(removal.class_entropy),
            "same_answer_share": removal and removal.agreement,
            "same_group_share": removal and removal.group_agreement,
            "random_masks": removal and len(removal.predicted),
        }

    def to_json(self) -> str:
        """Return predictions, mask and manifest as JSON text; the mask is encoded as in a link."""
        predictions = (self.whole, *self.masked.values())
        rows = [{**row, "top": each.top()} for row, each in zip(self.rows(k=0), predictions, strict=True)]
        facts: dict[str, Any] = {
            "hidden_share": self.mask.hidden_share,
            "object_visible_share": self.object_visible,
            "mask": self.mask.to_text(),
            "reading": self.sentence,
            "predictions": rows,
            "manifest": dict(self.manifest),
        }
        if self.removal:
            answers = {name: dict(removal.histogram()) for name, removal in self.removal.items()}
            facts["random_masks"] = {**self.removal_settings, "answers": answers}
        return json.dumps(facts, indent=2, ensure_ascii=False)

    def to_csv(self) -> str:
        """Return a CSV table with one line per method and its five most probable classes."""
        return to_csv(self.rows())

    def to_png(self, picture: str = "") -> bytes:
        """Draw a contact sheet: every picture that the model saw, with the answer to it and what that means.

        Args:
            picture: the title of the picture, for the heading.
        """
        return self.contact_sheet(picture).to_png()

    def to_svg(self, picture: str = "") -> str:
        """Draw the contact sheet as SVG, for figures that can be edited."""
        return self.contact_sheet(picture).to_svg()

    def to_html(self, picture: str = "") -> str:
        """Return a page that needs no other file: the contact sheet, all numbers and the manifest."""
        return self.contact_sheet(picture).to_html()

    def contact_sheet(self, picture: str = "") -> ContactSheet:
        """Return everything that the comparison shows and says, for files."""
        answers = [self.whole, *self.masked.values()]
        panels = [whole_panel(self.image, self.whole), *map(self._panel, self.masked)]
        followed = followed_classes(answers) if self.masked else []
        panels = [
            with_followed(panel, answer, self.whole, followed) for panel, answer in zip(panels, answers, strict=True)
        ]
        names = short_names(self.whole.categories)
        return ContactSheet(
            heading=f"{picture or 'One picture'} under {count_text(len(self.masked), 'masking method')}",
            sentence=self.sentence,
            sections=[Section("", "", panels)],
            legend=legend_of(self.whole, is_striped=self._is_striped, has_removal=bool(self.removal)),
            facts=self._facts,
            tables=self._tables,
            manifest={**self.manifest, "mask_as_in_links": self.mask.to_text()},
            followed=[names[index] for index in followed],
        )

    def _panel(self, name: str) -> Panel:
        """Return what a method showed and what was said to it."""
        removal = self.removal.get(name)
        return answer_panel(
            self.title(name),
            self.picture(name),
            self.masked[name],
            self.whole,
            verdict=self.verdicts[name],
            colour=series_styles(self.masked, METHODS)[name].colour,
            more=None if removal is None else removal_facts(removal),
            remark=NOTHING_LEFT if name in self.blind else "",
        )

    @property
    def _is_striped(self) -> bool:
        return bool(self.mask.hidden_share) and any(self.seen[name] is None for name in self.masked)

    @property
    def _facts(self) -> dict[str, str]:
        """How the comparison was made, by name."""
        hidden = f"{share_text(self.mask.hidden_share)} of the picture, {mask_origin(self.manifest.get('mask_source'))}"
        facts = {"Hidden": hidden if self.mask.hidden_share else "nothing", **classifier_facts(self.manifest)}
        if self.removal:
            count = max(len(removal.predicted) for removal in self.removal.values())
            facts["Random masks"] = settings_text(self.removal_settings, count)
        return facts

    @property
    def _tables(self) -> dict[str, list[dict[str, str]]]:
        rows = [answer_row(WHOLE, self.whole, self.whole, "")]
        rows += [
            answer_row(self.title(name), answer, self.whole, self.verdicts[name].word)
            for name, answer in self.masked.items()
        ]
        removals = [removal_row(self.title(name), removal) for name, removal in self.removal.items()]
        return {"Answers": rows} | ({"Answers to random masks": removals} if removals else {})

    def _repr_png_(self) -> tuple[bytes, dict[str, int]]:
        """Show a notebook the contact sheet in the size of its layout, with the pixels of a fine screen."""
        layout = self.contact_sheet().layout()
        return layout.to_png(), {"width": round(layout.width)}


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
