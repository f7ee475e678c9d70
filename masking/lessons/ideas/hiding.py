"""Idea 1: hiding is how we ask what matters, and the answer depends on how we hide."""

from collections.abc import Mapping
from typing import Any

import torch

from masking.inference.batching import batched_logits
from masking.lessons.idea import IDEAS, Facts, Idea, Link, OnStep, ScreenControl
from masking.lessons.parts import Cards, Chart, Part, PictureCard, Screen, Series, ShareBar
from masking.lessons.pictures import PATCH, PHOTOGRAPH, SEED, lesson_classifier, prepared_sample, shown_picture
from masking.lessons.stored import stored_facts
from masking.lessons.text import Text
from masking.masks.mask import Mask
from masking.methods import METHODS
from masking.models.class_groups import class_name, group_members
from masking.models.packaged_networks import LITE

SHOWN = ("blackout", "greyout", "neighbour_fill", "layer_masking")
MASKS = 16
NAMED_MOSTLY = 0.5
"""The object counts as still named if more than this share of the random masks leave it named."""


class Hiding(Idea):
    """The gallery's cat with a growing share of random patches hidden, under four methods."""

    name = "hiding"
    number = 1
    control = ScreenControl(tuple(map(str, range(0, 100, 10))), "50", "slider", "%")
    guesses = ("cat", "other", "depends")
    terms = ("occlusion", "masking_method", "softmax", "layer_masking")
    references = ("jain2022", "balasubramanian2023")

    def compute(self, key: str, on_step: OnStep) -> Facts:
        """Return for each method how often the cat is named, its mean probability, and the first mask's answer."""
        classifier, image = lesson_classifier(), prepared_sample(PHOTOGRAPH)
        with torch.inference_mode():
            whole = classifier(image)[0].double().softmax(0)
        cat = list(group_members(int(whole.argmax()), classifier.categories))
        masks = _masks(int(key))
        facts: dict[str, Any] = {"whole": {"probability": float(whole[cat].sum()), "index": int(whole.argmax())}}
        for done, name in enumerate(SHOWN):
            on_step(done / len(SHOWN))
            answers = batched_logits(classifier, image, METHODS[name](), masks).double().softmax(1)
            named = answers.argmax(1)
            facts[name] = {
                "named": int(torch.isin(named, torch.tensor(cat)).sum()),
                "mean": float(answers[:, cat].sum(1).mean()),
                "index": int(named[0]),
                "probability": float(answers[0, cat].sum()),
            }
        return facts

    def draw(self, at: str, facts: Facts, text: Text) -> Screen:
        """Return the whole picture and one card for each method, and how the counts go on with the hidden share."""
        cards = [_card("whole", text("hiding.whole"), at, facts["whole"], text)]
        cards += [_card(name, METHODS[name].title, at, facts[name], text) for name in SHOWN]
        counts = {name: facts[name]["named"] for name in SHOWN}
        verdict = text(
            "hiding.verdict",
            share=text.percent(int(at) / 100),
            masks=MASKS,
            whole=text.percent(facts["whole"]["probability"]),
            **counts,
        )
        still = {name: count > NAMED_MOSTLY * MASKS for name, count in counts.items()}
        answer = "cat" if all(still.values()) else "depends" if any(still.values()) else "other"
        return Screen((Cards(tuple(cards), text("hiding.cards")), self._curves(int(at), text)), verdict, answer)

    def _curves(self, at: int, text: Text) -> Chart:
        by_share = {int(share): stored_facts(self, share) for share in self.control.values}
        series = tuple(
            Series(
                METHODS[name].title,
                tuple(by_share),
                tuple(facts[name]["named"] / MASKS for facts in by_share.values()),
                METHODS[name].style,
            )
            for name in SHOWN
        )
        titles = text("hiding.x_title"), text("hiding.y_title", masks=MASKS), text("hiding.chart")
        return Chart("lines", series, *titles, marks=((at, text.percent(at / 100)),), is_share=True)

    def tease(self, text: Text) -> tuple[Part, ...]:
        """Return the picture, whole and with half of it hidden, without answers."""
        at = self.control.start
        whole = PictureCard(text("hiding.whole"), _picture("whole", at), text("hiding.whole"))
        hidden = PictureCard(METHODS["blackout"].title, _picture("blackout", at), text("hiding.hidden"))
        return (Cards((whole, hidden), text("hiding.cards")),)

    def link(self, at: str) -> Link:
        """Return Compare with the first of the random masks."""
        mask = _masks(int(at))[:1].to_text()
        return Link("Compare", {"image": PHOTOGRAPH, "model": LITE, "methods": ",".join(SHOWN), "mask": mask})


IDEAS.register("hiding")(Hiding())


def _masks(hidden_percent: int) -> Mask:
    size = lesson_classifier().input_size
    return Mask.random_patches(size, hidden_percent / 100, patch=PATCH, seed=SEED, count=MASKS)


def _card(name: str, title: str, at: str, facts: Mapping[str, Any], text: Text) -> PictureCard:
    categories = lesson_classifier().categories
    answer = class_name(facts["index"], categories)
    object_name = class_name(int(facts["index"]), categories).group if name == "whole" else text("hiding.object")
    bar = ShareBar(object_name, facts["probability"], text.percent(facts["probability"], 1), is_marked=True)
    return PictureCard(
        title,
        _picture(name, at),
        text("hiding.alt", method=title),
        answer=f"“{answer.name}”",
        bars=(bar,),
        colour=METHODS[name].style.colour if name in METHODS else "",
    )


def _picture(name: str, at: str) -> bytes:
    classifier, image = lesson_classifier(), prepared_sample(PHOTOGRAPH)
    mask = _masks(int(at))[:1] if name != "whole" else Mask.full(classifier.input_size)
    return shown_picture(name if name != "whole" else "blackout", image, mask, classifier)
