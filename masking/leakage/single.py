"""One scene: its object is hidden by every hole, under every method, and a sentence says what revealed it."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from masking.image import digest
from masking.inference.answer_sheet import (
    WHOLE,
    answer_panel,
    answer_row,
    classifier_facts,
    legend_of,
    method_title,
    whole_panel,
)
from masking.inference.predict import choose_methods
from masking.inference.prediction import Prediction
from masking.leakage.cutout_sentence import cutout_sentence
from masking.leakage.result import Key
from masking.masks.holes import HOLES, HoleContext
from masking.masks.mask import Mask
from masking.masks.shares import share_text
from masking.methods import METHODS, Method
from masking.methods.method import method_facts
from masking.models.class_groups import is_class
from masking.models.classifier import Classifier
from masking.models.input_checks import check_values
from masking.results.contact_sheet import ContactSheet, Panel, Section
from masking.results.hatching import hatched
from masking.results.manifest import run_manifest
from masking.results.sentences import NOTHING_LEFT
from masking.results.series_style import series_styles
from masking.results.tables import to_csv
from masking.results.verdict import Verdict, is_same, judge


@dataclass(frozen=True, eq=False)
class Cutout:
    """One scene (1, 3, h, w) under several methods and holes.

    Attributes:
        image: the scene.
        whole: the prediction with nothing hidden; its class is `hidden_class`.
        donor: name of the class whose outline is transplanted, or "".
        certain: whether the exact hole is known to hide the whole object, and the network names that object.
        masks: the mask of each hole.
        answers: the prediction by method and hole.
        seen: the picture that the model got (1, 3, h, w); None if hidden pixels had no colour.
        manifest: everything that is needed to compute it again.
        blind: the methods and holes that left nothing visible, so that any picture gives the same answer.
        see_through: names of the methods that let some of the hidden part through.
    """

    image: Tensor
    whole: Prediction
    donor: str
    certain: bool
    masks: Mapping[str, Mask]
    answers: Mapping[Key, Prediction]
    seen: Mapping[Key, Tensor | None]
    manifest: Mapping[str, Any]
    blind: frozenset[Key] = frozenset()
    see_through: frozenset[str] = frozenset()

    @property
    def methods(self) -> list[str]:
        """The names of the methods, in order."""
        return list(dict.fromkeys(method for method, _ in self.answers))

    @property
    def hidden_class(self) -> str:
        """The class that the classifier names when nothing is hidden."""
        return self.whole.category

    @property
    def object_name(self) -> str:
        """The class that the classifier names when nothing is hidden, as sentences call it: its group or short name."""
        return self.whole.named.group

    def probability(self, method: str, hole: str) -> float:
        """Return the probability of the hidden class, 0 … 1."""
        return float(self.answers[method, hole].probabilities[self.whole.index])

    def still_named(self, method: str, hole: str) -> bool:
        """Return whether the hidden class is still named, or a class of its group."""
        return is_same(self.whole.named, self.answers[method, hole].named)

    def verdict(self, method: str, hole: str) -> Verdict:
        """Return what an answer means; if it is not certain that the object is hidden, only what is known."""
        visible = None
        if self.certain and "exact" in self.masks:
            visible = self.masks[hole].visible_share_of(self.masks["exact"])
        return judge(
            self.whole.named,
            self.answers[method, hole].named,
            visible,
            nothing_left=(method, hole) in self.blind,
            shows_through=method in self.see_through,
        )

    def picture(self, method: str, hole: str) -> Tensor:
        """Return what the model saw; hidden pixels without a colour are hatched."""
        seen = self.seen[method, hole]
        return hatched(self.image, self.masks[hole]) if seen is None else seen

    @property
    def sure(self) -> float:
        """The probability of the hidden class with nothing hidden, together with the classes of its group, 0 … 1."""
        return self.whole.group_probability(self.whole.index)

    def object_probability(self, method: str, hole: str) -> float:
        """Return the probability of the hidden class together with the classes of its group, 0 … 1."""
        return self.answers[method, hole].group_probability(self.whole.index)

    def took_outline(self, method: str, hole: str) -> bool:
        """Return whether the class of the transplanted outline is named, and the hidden one is not."""
        answer = self.answers[method, hole]
        is_donor = bool(self.donor) and self.donor in {answer.category, answer.named.name}
        return hole == "transplanted" and is_donor and not self.still_named(method, hole)

    @property
    def sentence(self) -> str:
        """What revealed the object, in plain words; a doubt comes first if the model hardly knows the object."""
        return cutout_sentence(self)

    @property
    def rows(self) -> list[dict[str, Any]]:
        """One flat record per method and hole."""
        return [
            {
                "method": method,
                "hole": hole,
                "hidden_share": self.masks[hole].hidden_share,
                "predicted": answer.category,
                "probability": float(answer.probabilities.max()),
                "hidden_class": self.hidden_class,
                "verdict": str(self.verdict(method, hole).kind),
                "probability_of_hidden_class": self.probability(method, hole),
            }
            for (method, hole), answer in self.answers.items()
        ]

    def to_csv(self) -> str:
        """Return the rows as a CSV table."""
        return to_csv(self.rows)

    def to_json(self) -> str:
        """Return rows, masks (as in links) and manifest as JSON text."""
        masks = {hole: mask.to_text() for hole, mask in self.masks.items()}
        facts = {"reading": self.sentence, "rows": self.rows, "masks": masks, "manifest": dict(self.manifest)}
        return json.dumps(facts, indent=2, ensure_ascii=False)

    def to_png(self, picture: str = "") -> bytes:
        """Draw a contact sheet: every picture that the model saw, with the answer to it; one row per hole.

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
        """Return everything that the cutout shows and says, for files."""
        whole = Section("", "", [whole_panel(self.image, self.whole)])
        holes = [
            Section(
                HOLES[hole].title,
                f"{HOLES[hole].meaning} It hides {share_text(mask.hidden_share)} of the picture.",
                [self._panel(method, hole) for method in self.methods],
            )
            for hole, mask in self.masks.items()
        ]
        rows = [answer_row(WHOLE, self.whole, self.whole, "")]
        for (method, hole), answer in self.answers.items():
            title = f"{method_title(method, self.manifest)}, {HOLES[hole].title}"
            rows.append(answer_row(title, answer, self.whole, self.verdict(method, hole).word))
        is_striped = any(seen is None for seen in self.seen.values())
        known = (
            "known to hide the whole object" if self.certain else f"may not hide all that shows the {self.object_name}"
        )
        facts = {"Exact hole": known, **({"Transplanted outline": self.donor} if self.donor else {})}
        return ContactSheet(
            heading=f"{picture or 'One picture'}: what does the hole reveal?",
            sentence=self.sentence,
            sections=[whole, *holes],
            legend=legend_of(self.whole, is_striped=is_striped),
            facts=facts | classifier_facts(self.manifest),
            tables={"Answers": rows},
            manifest={
                **self.manifest,
                "masks_as_in_links": {hole: mask.to_text() for hole, mask in self.masks.items()},
            },
        )

    def _panel(self, method: str, hole: str) -> Panel:
        answer = self.answers[method, hole]
        return answer_panel(
            method_title(method, self.manifest),
            self.picture(method, hole),
            answer,
            self.whole,
            verdict=self.verdict(method, hole),
            colour=series_styles(self.methods, METHODS)[method].colour,
            remark=NOTHING_LEFT if (method, hole) in self.blind else "",
        )


def cut_out(
    classifier: Classifier,
    image: Tensor,
    cutout: Mask,
    methods: Sequence[str] | Mapping[str, Method],
    holes: Sequence[str] = ("exact", "box"),
    donor: tuple[str, Mask] | None = None,
    certain: bool = True,
    seed: int = 0,
    on_method: Callable[[str], None] | None = None,
    object_class: str | None = None,
) -> Cutout:
    """Hide one object with every hole, and classify the scene under every method.

    Args:
        classifier: left exactly as found.
        image: one scene (1, 3, h, w) in [0, 1].
        cutout: hides the object exactly.
        methods: names, or instances by name.
        holes: names in `HOLES`; "transplanted" needs a donor.
        donor: name of a class and a mask that hides an object of it, of the scene's size.
        certain: whether `cutout` is known to hide the whole object; if not, the sentence is careful.
        seed: seed of the random blob.
        on_method: called with each name before its computation; may raise to cancel.
        object_class: name of the object's class, as for `compare`: if the network names another class for the whole
            scene, the sentence is careful.

    Raises:
        ValueError: nothing is hidden, a donor is missing, or a method cannot run on the classifier.
        KeyError: a method or hole is unknown.
    """
    if not cutout.hidden_share:
        raise ValueError("nothing is hidden; mark the object first")
    by_name = choose_methods(methods)
    if not by_name or not holes:
        raise ValueError("there is nothing to show; choose at least one method and one hole")
    context = HoleContext(cutout, donor[1] if donor else None, seed)
    masks = {hole: HOLES[hole].make(context) for hole in holes}
    check_values(image)
    with torch.inference_mode():
        whole = Prediction(classifier(image.to(classifier.device))[0].float().cpu(), classifier.categories)
    if object_class is not None:
        certain &= is_class(whole.index, object_class, classifier.categories)
    answers: dict[Key, Prediction] = {}
    seen: dict[Key, Tensor | None] = {}
    blind: set[Key] = set()
    stacked = Mask(torch.cat([mask.keep for mask in masks.values()]))
    for name, method in by_name.items():
        if on_method:
            on_method(name)
        logits, is_blind = (part.cpu() for part in method.answer(classifier, image, stacked))
        on_device = image.to(classifier.device), stacked.to(classifier.device)
        filled = method.picture(*on_device, classifier)
        for index, hole in enumerate(masks):
            answers[name, hole] = Prediction(logits[index].float(), classifier.categories)
            blind |= {(name, hole)} if is_blind[index] else set()
            seen[name, hole] = None if filled is None else filled[index : index + 1].cpu()
    facts = run_manifest(
        classifier,
        image=digest(image),
        cutout=cutout.digest,
        donor=donor[0] if donor else "",
        seed=seed,
        **method_facts(by_name, classifier),
    )
    return Cutout(
        image=image.cpu(),
        whole=whole,
        donor=donor[0] if donor else "",
        certain=certain,
        masks=masks,
        answers=answers,
        seen=seen,
        manifest=facts,
        blind=frozenset(blind),
        see_through=frozenset(name for name, method in by_name.items() if not method.hides),
    )
