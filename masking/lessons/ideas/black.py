"""Idea 2: black is not nothing; the network reads it as a part of the picture."""

from collections import Counter
from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np
import torch
from torch import Tensor

from masking.datasets.gallery import samples
from masking.inference.predict import predict, predict_masked
from masking.inference.random_removal import random_removal
from masking.lessons.idea import IDEAS, Facts, Idea, Link, OnStep, ScreenControl
from masking.lessons.parts import Cards, Chart, Part, PictureCard, Screen, Series, ShareBar
from masking.lessons.pictures import PATCH, PHOTOGRAPH, SEED, lesson_classifier, prepared_sample, shown_picture
from masking.lessons.text import Text
from masking.masks.mask import Mask
from masking.methods import METHODS
from masking.models.class_groups import class_name, group_members
from masking.models.classifier import Classifier
from masking.models.packaged_networks import LITE
from masking.models.picture_kinds import PictureKind

METHOD = "blackout"
MASKS, BATCH = 16, 4
BINS = 20
"""Bars of the histogram, from black to white."""
SHOWN = 4
"""Classes with a bar of their own."""
MAJORITY = 0.5
"""A class is what black makes likely if it is named under more than this share of the random masks."""
GUESSED = {"cat": "cat", "maze": "maze", "crossword": "crossword puzzle"}
"""The guesses that name a class, with the name of its group."""


class Black(Idea):
    """The gallery's cat with random patches in black: the classes named, and the histogram of the network's input."""

    name = "black"
    number = 2
    control = ScreenControl(tuple(map(str, range(10, 100, 10))), "50", "slider", "%")
    guesses = (*GUESSED, "varied")
    terms = ("blackout", "out_of_distribution", "missingness_bias")
    references = ("jain2022",)

    def compute(self, key: str, on_step: OnStep) -> Facts:
        """Return the classes named under random black patches, and histograms of the network's input."""
        classifier, image = lesson_classifier(), prepared_sample(PHOTOGRAPH)
        whole, share = predict(classifier, image), int(key) / 100
        cat = list(group_members(whole.index, classifier.categories))
        removal = random_removal(
            classifier, image, [METHOD], share, PATCH, MASKS, SEED, BATCH, lambda _, done: on_step(done / MASKS)
        )
        _, painted, _ = predict_masked(classifier, image, _masks(key)[:1], METHODS[METHOD]())
        return {
            "whole": {"index": whole.index, "probability": float(whole.probabilities.double()[cat].sum())},
            "named": removal[METHOD].predicted.tolist(),
            "edges": _edges(classifier).tolist(),
            "values": {"whole": _histogram(image), "painted": _histogram(image if painted is None else painted)},
            "darkest": dict(_darkest()),
        }

    def draw(self, at: str, facts: Facts, text: Text) -> Screen:
        """Return the whole picture, the one with black patches, the classes named, and the histograms."""
        categories = lesson_classifier().categories
        counts = Counter(class_name(index, categories).group for index in facts["named"]).most_common()
        top, times = counts[0]
        cat = class_name(facts["whole"]["index"], categories).group
        is_majority = times > MAJORITY * MASKS
        kind = "varied" if not is_majority else "cat" if top == cat else "other"
        said = text(
            f"black.verdict.{kind}",
            share=text.percent(int(at) / 100),
            masks=MASKS,
            name=top,
            times=times,
            classes=len(counts),
            cat=dict(counts).get(cat, 0),
        )
        answer = "varied" if not is_majority else next((g for g, name in GUESSED.items() if name == top), "")
        cards = Cards(_cards(at, facts, counts, text), text("black.cards"))
        return Screen((cards, _chart(facts, text)), f"{said} {_about_values(facts, text)}", answer)

    def tease(self, text: Text) -> tuple[Part, ...]:
        """Return the picture, whole and with black patches, without answers."""
        at = self.control.start
        shown = (("whole", text("black.whole")), ("painted", text("black.painted")))
        return (
            Cards(tuple(PictureCard(title, _picture(name, at), title) for name, title in shown), text("black.cards")),
        )

    def link(self, at: str) -> Link:
        """Return Compare with the first of the random masks, ready to count the answers to all of them."""
        state = {"methods": METHOD, "mask": _masks(at)[:1].to_text(), "share": at, "patch": str(PATCH)}
        return Link("Compare", {"image": PHOTOGRAPH, "model": LITE, **state, "seed": str(SEED), "masks": str(MASKS)})


IDEAS.register("black")(Black())


def _masks(at: str) -> Mask:
    size = lesson_classifier().input_size
    return Mask.random_patches(size, int(at) / 100, patch=PATCH, seed=SEED, count=MASKS)


def _edges(classifier: Classifier) -> np.ndarray:
    """Return the ends of the histogram's bars: from black to white, in the network's own units."""
    with torch.inference_mode():
        ends = [classifier.normalise(torch.full((1, 3, 1, 1), each)) for each in (0.0, 1.0)]
    return np.linspace(float(ends[0].min()), float(ends[1].max()), BINS + 1)


def _histogram(image: Tensor) -> list[float]:
    """Return the share of an image's normalised values in each bar."""
    classifier = lesson_classifier()
    with torch.inference_mode():
        values = classifier.normalise(image).flatten().double().numpy()
    edges = _edges(classifier)
    return (np.histogram(values.clip(edges[0], edges[-1]), edges)[0] / values.size).tolist()


@cache
def _darkest() -> Mapping[str, float]:
    """Return the share of values in the darkest bar for each other photograph of the gallery."""
    names = [each.name for each in samples().values() if each.kind == PictureKind.PHOTOGRAPH]
    return {name: _histogram(prepared_sample(name))[0] for name in names if name != PHOTOGRAPH}


def _about_values(facts: Facts, text: Text) -> str:
    """Return how dark the black patches make the picture, beside photographs that are dark by themselves."""
    painted, most = facts["values"]["painted"][0], max(facts["darkest"].values())
    shares = {"painted": painted, "whole": facts["values"]["whole"][0], "most": most}
    words = {name: text.percent(share) for name, share in shares.items()}
    return text(f"black.values.{'beyond' if painted > most else 'within'}", **words)


def _cards(at: str, facts: Facts, counts: list[tuple[str, int]], text: Text) -> tuple[PictureCard, ...]:
    categories, whole = lesson_classifier().categories, facts["whole"]
    named = [class_name(index, categories).name for index in (whole["index"], facts["named"][0])]
    certain = ShareBar(
        text("black.object"), whole["probability"], text.percent(whole["probability"], 1), is_marked=True
    )
    titles = text("black.whole"), text("black.painted")
    return (
        PictureCard(titles[0], _picture("whole", at), titles[0], f"“{named[0]}”", (certain,)),
        PictureCard(
            titles[1],
            _picture("painted", at),
            titles[1],
            f"“{named[1]}”",
            colour=METHODS[METHOD].style.colour,
            caption=text("black.first", masks=MASKS),
        ),
        PictureCard(text("black.named", masks=MASKS), bars=tuple(_bars(facts, counts, text))),
    )


def _bars(facts: Facts, counts: list[tuple[str, int]], text: Text) -> list[ShareBar]:
    """Return a bar for each of the most frequent classes, and one for all others."""
    cat = class_name(facts["whole"]["index"], lesson_classifier().categories).group
    bars = [
        ShareBar(text("black.object") if name == cat else name, count / MASKS, str(count), is_marked=name == cat)
        for name, count in counts[:SHOWN]
    ]
    if others := sum(count for _, count in counts[SHOWN:]):
        bars.append(ShareBar(text("black.others"), others / MASKS, str(others)))
    return bars


def _chart(facts: Facts, text: Text) -> Chart:
    edges = np.asarray(facts["edges"])
    centres = tuple(((edges[1:] + edges[:-1]) / 2).round(3).tolist())
    values: Mapping[str, Any] = facts["values"]
    whole = Series(text("black.whole"), centres, tuple(100 * share for share in values["whole"]))
    painted = tuple(100 * share for share in values["painted"])
    black = Series(text("black.painted"), centres, painted, METHODS[METHOD].style)
    black_value = float(edges[0])
    mark = black_value, text("black.mark", value=text.number(black_value))
    titles = text("black.x_title"), text("black.y_title"), text("black.chart")
    return Chart("bars", (whole, black), *titles, marks=(mark,))


def _picture(name: str, at: str) -> bytes:
    classifier, image = lesson_classifier(), prepared_sample(PHOTOGRAPH)
    mask = _masks(at)[:1] if name == "painted" else Mask.full(classifier.input_size)
    return shown_picture(METHOD, image, mask, classifier)
