"""Idea 3: grey, blur and mean colour are not nothing either; class entropy shows how far a paint decides the answer."""

import math
from collections import Counter
from typing import Any

import torch

from masking.inference.random_removal import random_removal
from masking.inference.removal import Removal
from masking.lessons.idea import IDEAS, Facts, Idea, Link, OnStep, ScreenControl
from masking.lessons.parts import Cards, Part, PictureCard, Screen, Widget
from masking.lessons.pictures import PATCH, PHOTOGRAPH, SEED, lesson_classifier, prepared_sample, shown_picture
from masking.lessons.stored import stored_facts
from masking.lessons.text import Text
from masking.masks.mask import Mask
from masking.measures import class_entropy
from masking.methods import METHODS
from masking.models.class_groups import class_name
from masking.models.packaged_networks import LITE

SHOWN = ("blackout", "greyout", "mean_colour", "noise", "blur", "inpaint", "neighbour_fill", "layer_masking")
HIDDEN, MASKS, BATCH = 0.5, 64, 8
MAJORITY = 0.5
"""Answers agree if more than this share of them are alike."""
ALIKE = 0.05
"""Two methods are alike good if the shares of masks under which the object is named differ by less than this."""
LEGEND = 5
"""Classes with a letter of their own in the figure."""
WORDS = ("grid", "others", "play", "all", "so_far", "bits", "line", "method", "table", "still", "most_often")
"""What the figure says in the reader's language."""


class Paint(Idea):
    """The gallery's cat with half of its patches hidden in 64 random ways, under one method after the other."""

    name = "paint"
    number = 3
    control = ScreenControl(SHOWN, "greyout")
    guesses = ("better", "same", "worse")
    terms = ("class_entropy", "bit", "greyout", "inpainting")
    references = ("jain2022",)
    is_slow = True

    def compute(self, key: str, on_step: OnStep) -> Facts:
        """Return the class of the whole picture and those named under the random masks."""
        removal = random_removal(
            lesson_classifier(), prepared_sample(PHOTOGRAPH), [key], HIDDEN, PATCH, MASKS, SEED, BATCH,
            lambda _, done: on_step(done / MASKS),
        )[key]  # fmt: skip
        return {"whole": removal.original, "named": removal.predicted.tolist()}

    def draw(self, at: str, facts: Facts, text: Text) -> Screen:
        """Return the answers that fill up, the class entropy so far, and all methods side by side."""
        removals = {name: _removal(facts if name == at else stored_facts(self, name)) for name in SHOWN}
        current = removals[at]
        top, times = _most_often(current)
        kept = "kept" if current.group_agreement > MAJORITY else "lost"
        spread = "alike" if times > MAJORITY * MASKS else "varied"
        said = text(
            f"paint.verdict.{kept}_{spread}",
            method=METHODS[at].title,
            masks=MASKS,
            cat=_named(current),
            name=top,
            times=times,
            classes=len(current.histogram()),
            bits=text.number(current.class_entropy),
            most=text.number(math.log2(MASKS), 0),
        )
        if not METHODS[at].hides:
            said = f"{said} {text('paint.verdict.leaks', method=METHODS[at].title)}"
        widget = Widget("answers", _widget_data(at, removals, text), _describe(removals, text))
        return Screen((widget,), said, _answer(removals))

    def tease(self, text: Text) -> tuple[Part, ...]:
        """Return the picture under black and under grey, without answers."""
        size = lesson_classifier().input_size
        mask = Mask.random_patches(size, HIDDEN, patch=PATCH, seed=SEED)
        picture, classifier = prepared_sample(PHOTOGRAPH), lesson_classifier()
        cards = [
            PictureCard(
                METHODS[name].title, shown_picture(name, picture, mask, classifier), text("paint.alt", method=title)
            )
            for name, title in ((name, METHODS[name].title) for name in ("blackout", "greyout"))
        ]
        return (Cards(tuple(cards), text("paint.cards")),)

    def link(self, at: str) -> Link:
        """Return Compare with the first of the random masks, ready to count the answers to all of them."""
        mask = Mask.random_patches(lesson_classifier().input_size, HIDDEN, patch=PATCH, seed=SEED)
        state = {"methods": ",".join(dict.fromkeys(("blackout", at, "layer_masking"))), "mask": mask.to_text()}
        state |= {"share": f"{100 * HIDDEN:.0f}", "patch": str(PATCH), "seed": str(SEED), "masks": str(MASKS)}
        return Link("Compare", {"image": PHOTOGRAPH, "model": LITE, **state})


IDEAS.register("paint")(Paint())


def _removal(facts: Facts) -> Removal:
    return Removal(torch.tensor(facts["named"]), facts["whole"], lesson_classifier().categories)


def _named(removal: Removal) -> int:
    """Return under how many masks the object is named."""
    return round(removal.group_agreement * len(removal.predicted))


def _answer(removals: dict[str, Removal]) -> str:
    """Return whether grey leaves the object named more often than black."""
    gain = removals["greyout"].group_agreement - removals["blackout"].group_agreement
    return "same" if abs(gain) < ALIKE else "better" if gain > 0 else "worse"


def _widget_data(at: str, removals: dict[str, Removal], text: Text) -> dict[str, Any]:
    current = removals[at]
    named = current.predicted.tolist()
    counts = Counter(named).most_common()
    order = [index for index, _ in counts]
    bits = [class_entropy(current.predicted[: count + 1]) for count in range(MASKS)]
    return {
        "words": {word: text(f"paint.words.{word}", masks=MASKS) for word in WORDS},
        "cells": [order.index(index) for index in named],
        "classes": [_class(index, current) for index in order],
        "legend": ", ".join(f"{class_name(index, current.categories).name} {count}" for index, count in counts),
        "letters": LEGEND,
        "bits": [round(value, 4) for value in bits],
        "numbers": [text.number(value) for value in bits],
        "methods": _rows(at, removals, text),
    }


def _class(index: int, removal: Removal) -> dict[str, Any]:
    named = class_name(index, removal.categories)
    return {"name": named.name, "is_object": named.group == removal.object_name}


def _rows(at: str, removals: dict[str, Removal], text: Text) -> list[dict[str, Any]]:
    entropies = {name: removal.class_entropy for name, removal in removals.items()}
    scale = max(*entropies.values(), 1.0)
    return [
        {
            "title": METHODS[name].title,
            "colour": METHODS[name].style.colour,
            "is_current": name == at,
            "share": round(entropies[name] / scale, 4),
            "bits": text.number(entropies[name]),
            "still": _named(removal),
            "most_often": "{} ({})".format(*_most_often(removal)),
        }
        for name, removal in removals.items()
    ]


def _most_often(removal: Removal) -> tuple[str, int]:
    """Return the class that is named under most masks, and their number."""
    index, count = Counter(removal.predicted.tolist()).most_common(1)[0]
    return class_name(index, removal.categories).name, count


def _describe(removals: dict[str, Removal], text: Text) -> str:
    sentences = (
        text(
            "paint.described", method=METHODS[name].title, bits=text.number(removal.class_entropy),
            cat=_named(removal), masks=MASKS,
        )
        for name, removal in removals.items()
    )  # fmt: skip
    return " ".join(sentences)
