"""Idea 6: the explanation changes with the paint. LIME under three methods, with the same segments and samples."""

import base64
import io
from collections import Counter
from collections.abc import Mapping
from functools import cache
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from masking.attribution import LimeExplanation, lime, segment_image
from masking.attribution.heat_overlay import BLUE, RED, STRONGEST
from masking.attribution.lime_explainer import draw_samples
from masking.attribution.segment_drawing import area_paths, border_path
from masking.image import to_picture
from masking.lessons.idea import IDEAS, Facts, Idea, Link, OnStep, ScreenControl
from masking.lessons.parts import Cards, Part, PictureCard, Screen, Widget
from masking.lessons.pictures import PHOTOGRAPH, SEED, lesson_classifier, prepared_sample, shown_picture
from masking.lessons.text import Text
from masking.masks.mask import Mask
from masking.methods import METHODS
from masking.models.class_groups import class_name
from masking.models.packaged_networks import LITE
from masking.registry.parsing import parse_entry
from masking.segments import SEGMENTATIONS

SHOWN = ("blackout", "greyout", "layer_masking")
SEGMENTS = 30
"""How many superpixels are asked for; SLIC makes fewer, each large enough to be clicked."""
SAMPLE_COUNTS = ("25", "50", "100", "200", "400")
MOST = int(SAMPLE_COUNTS[-1])
DIGITS = 3
WEBP_QUALITY = 85


class Explanation(Idea):
    """The gallery's cat explained by LIME under three methods; the slider takes the first of the same samples."""

    name = "explanation"
    number = 6
    control = ScreenControl(SAMPLE_COUNTS, SAMPLE_COUNTS[-1], "slider")
    guesses = ("all", "two", "none")
    terms = ("lime", "superpixel", "r2", "held_out", "confidence_interval")
    references = ("ribeiro2016", "balasubramanian2023", "jain2022")
    is_slow = True

    def computed_for(self, at: str) -> str:
        """Return the largest number of samples: every smaller one takes the first of the same answers."""
        del at
        return SAMPLE_COUNTS[-1]

    def compute(self, key: str, on_step: OnStep) -> Facts:
        """Return every method's answers to the samples, and the explanation by the first of them."""
        samples = int(key)
        facts: dict[str, Any] = {}
        for name in SHOWN:
            explanation = explain(name, samples, on_step)
            facts["index"], facts["segments"] = explanation.target, len(explanation.coefficients)
            facts[name] = {
                "answers": explanation.probabilities.tolist(),
                "fits": {at: _fit(explanation.first(int(at))) for at in SAMPLE_COUNTS if int(at) <= samples},
            }
        return facts

    def draw(self, at: str, facts: Facts, text: Text) -> Screen:
        """Return the three explanations with one segment's samples, and whether they agree on the strongest."""
        fits = {name: facts[name]["fits"][at] for name in SHOWN}
        tops = {name: _strongest(fit) for name, fit in fits.items()}
        (segment, agreeing), *_ = Counter(tops.values()).most_common()
        answer = {3: "all", 2: "two", 1: "none"}[agreeing]
        data = _widget_data(int(at), facts, segment if agreeing > 1 else tops[SHOWN[-1]], text)
        verdict = " ".join([_agreement(at, answer, tops, text), _fit_words(fits, text), _certainty(fits, tops, text)])
        category = class_name(facts["index"], lesson_classifier().categories).name
        return Screen((Widget("segments", data, text("explanation.alt", category=category)),), verdict, answer)

    def tease(self, text: Text) -> tuple[Part, ...]:
        """Return one of the samples under each method, without answers."""
        classifier, image, kept = lesson_classifier(), prepared_sample(PHOTOGRAPH), _samples(2)[1]
        mask = Mask(kept[lesson_segments()][None, None])
        cards = [
            PictureCard(
                METHODS[name].title,
                shown_picture(name, image, mask, classifier),
                text("explanation.sample", method=METHODS[name].title),
                colour=METHODS[name].style.colour,
            )
            for name in SHOWN
        ]
        return (Cards(tuple(cards), text("explanation.samples")),)

    def link(self, at: str) -> Link:
        """Return LIME with the same segments and samples."""
        return Link(
            "LIME",
            {
                "image": PHOTOGRAPH,
                "model": LITE,
                "methods": ",".join(SHOWN),
                "samples": at,
                "segmentation": "slic",
                "slic.count": str(SEGMENTS),
            },
        )


IDEAS.register("explanation")(Explanation())


def explain(method: str, samples: int, on_step: OnStep) -> LimeExplanation:
    """Return the photograph's explanation under a method."""
    before = SHOWN.index(method)

    def report(done: int, explanation: LimeExplanation) -> None:
        del explanation
        on_step((before + done / samples) / len(SHOWN))

    image = prepared_sample(PHOTOGRAPH)
    return lime(lesson_classifier(), image, method, None, lesson_segments(), samples, SEED, on_batch=report)


@cache
def lesson_segments() -> Tensor:
    """Return the segments of the photograph, int64 (h, w)."""
    return segment_image(parse_entry(SEGMENTATIONS, f"slic:count={SEGMENTS}"), prepared_sample(PHOTOGRAPH))


def _samples(count: int) -> Tensor:
    """Return which segments each sample shows, bool (count, segments)."""
    return draw_samples(count, int(lesson_segments().max()) + 1, SEED)


def _fit(explanation: LimeExplanation) -> dict[str, Any]:
    low, high = explanation.interval.T.tolist()
    return {
        "weights": explanation.coefficients.tolist(),
        "low": low,
        "high": high,
        "r2_held_out": explanation.r2_held_out,
    }


def _strongest(fit: Mapping[str, Any]) -> int:
    """Return the segment that speaks most for the class."""
    weights: list[float] = fit["weights"]
    return weights.index(max(weights))


# --- the verdict -----------------------------------------------------------------------------------------------------


def _agreement(at: str, answer: str, tops: Mapping[str, int], text: Text) -> str:
    titles = {name: METHODS[name].title for name in tops}
    if answer == "all":
        return text("explanation.verdict.all", samples=at, segment=_segment_name(tops[SHOWN[0]], text))
    if answer == "none":
        return text("explanation.verdict.none", samples=at)
    counts = Counter(tops.values())
    alike = [name for name in tops if counts[tops[name]] > 1]
    (other,) = set(tops) - set(alike)
    return text(
        "explanation.verdict.two",
        samples=at,
        first=titles[alike[0]],
        second=titles[alike[1]],
        third=titles[other],
        segment=_segment_name(tops[alike[0]], text),
        other=_segment_name(tops[other], text),
    )


def _fit_words(fits: Mapping[str, Mapping[str, Any]], text: Text) -> str:
    """Say under which method the weights predict unseen answers best, and under which worst."""
    by_fit = sorted(fits, key=lambda name: fits[name]["r2_held_out"])
    values = {name: text.number(fits[name]["r2_held_out"]) for name in fits}
    worst, best = by_fit[0], by_fit[-1]
    return text(
        "explanation.verdict.fit",
        best=METHODS[best].title,
        highest=values[best],
        worst=METHODS[worst].title,
        lowest=values[worst],
    )


def _certainty(fits: Mapping[str, Mapping[str, Any]], tops: Mapping[str, int], text: Text) -> str:
    """Say which methods' strongest weight may be chance; if none, how many segments have the same sign everywhere."""
    doubtful = [METHODS[name].title for name, top in tops.items() if fits[name]["low"][top] <= 0]
    if doubtful:
        return text("explanation.verdict.chance", methods=f" {text('explanation.and')} ".join(doubtful))
    signs = torch.tensor([fits[name]["weights"] for name in SHOWN]).sign()
    same = int((signs == signs[0]).all(0).sum())
    return text("explanation.verdict.signs", same=same, segments=signs.shape[1])


def _segment_name(segment: int, text: Text) -> str:
    """Return a segment's number with its position in the picture."""
    return text("explanation.segment", number=segment, position=text(f"explanation.positions.{_thirds()[segment]}"))


@cache
def _thirds() -> list[int]:
    """Return for each segment in which third of the rows and columns its centre lies, as 3 × row + column."""
    labels = lesson_segments()
    positions: list[int] = []
    for segment in range(int(labels.max()) + 1):
        centre = (labels == segment).nonzero().double().mean(0) + 0.5
        row, column = (min(int(3 * at / size), 2) for at, size in zip(centre.tolist(), labels.shape, strict=True))
        positions.append(3 * row + column)
    return positions


# --- the figure ------------------------------------------------------------------------------------------------------


def _widget_data(count: int, facts: Facts, selected: int, text: Text) -> dict[str, Any]:
    """Return what the figure shows; every number in it is text already, in the reader's language."""
    at, shown = str(count), _samples(count)
    limit = max(abs(weight) for name in SHOWN for weight in facts[name]["fits"][at]["weights"]) or 1.0
    words = ("next", "previous", "shown", "hidden", "mean", "against", "supports", "weight", "hint", "axis")
    return {
        **_drawing(),
        "names": [_segment_name(segment, text) for segment in range(facts["segments"])],
        "selected": selected,
        "samples": ["".join("1" if kept else "0" for kept in row) for row in shown.tolist()],
        "limit": text.number(limit),
        "end": max(max(facts[name]["answers"][:count]) for name in SHOWN),
        "colours": [_css(BLUE), _css(RED)],
        "words": {word: text(f"explanation.words.{word}", samples=at) for word in words},
        "ends": [text.percent(0), text.percent(max(max(facts[name]["answers"][:count]) for name in SHOWN))],
        "methods": [_method_data(name, count, facts, shown, limit, text) for name in SHOWN],
    }


def _method_data(name: str, count: int, facts: Facts, shown: Tensor, limit: float, text: Text) -> dict[str, Any]:
    fit, kind = facts[name]["fits"][str(count)], METHODS[name]
    answers = torch.tensor(facts[name]["answers"][:count], dtype=torch.float64)
    means = [[float(answers[side].mean()) for side in (column, ~column)] for column in shown.T]
    r2 = fit["r2_held_out"]
    meaning = "explanation.predicts" if r2 > 0 else "explanation.predicts_nothing"
    ends = zip(fit["weights"], fit["low"], fit["high"], strict=True)
    return {
        "title": kind.title,
        "colour": kind.style.colour,
        "fit": text("explanation.fit", r2=text.number(r2)),
        "meaning": text(meaning, share=text.percent(max(r2, 0))),
        "tints": [[int(weight > 0), round(abs(weight) / limit * STRONGEST, DIGITS)] for weight in fit["weights"]],
        "weights": [
            text("explanation.weight", weight=_signed(weight, text), low=_signed(low, text), high=_signed(high, text))
            for weight, low, high in ends
        ],
        "answers": [round(answer, DIGITS) for answer in answers.tolist()],
        "means": [[round(mean, DIGITS) for mean in pair] for pair in means],
        "mean_words": [[text.percent(mean, 1) for mean in pair] for pair in means],
    }


@cache
def _drawing() -> dict[str, Any]:
    """Return the grey picture with its segments as paths; each outline is closed at the picture's rim too."""
    image, labels = prepared_sample(PHOTOGRAPH), lesson_segments()
    height, width = labels.shape
    areas = area_paths(labels)
    padded = F.pad(labels[None].float(), (1, 1, 1, 1), value=-1)[0].long()
    return {
        "picture": _webp(image.mean(1, keepdim=True).expand_as(image)),
        "width": width,
        "height": height,
        "areas": list(areas.values()),
        "outlines": [border_path((padded == label).long()) for label in areas],
        "borders": border_path(labels),
    }


def _webp(image: Tensor) -> str:
    buffer = io.BytesIO()
    to_picture(image).convert("L").save(buffer, "WEBP", quality=WEBP_QUALITY)
    return f"data:image/webp;base64,{base64.b64encode(buffer.getvalue()).decode()}"


def _signed(value: float, text: Text) -> str:
    number = text.number(value)
    return f"+{number}" if value > 0 else number


def _css(colour: tuple[float, ...]) -> str:
    return f"rgb({', '.join(str(round(255 * part)) for part in colour)})"
