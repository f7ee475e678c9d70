"""Idea 7: an attribution mask can write the label that it is made for."""

import base64
import copy
import io
import json
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import torch
from PIL import Image

from masking.attribution import AttributionMasks, attribution_masks, noise_image, untrained
from masking.attribution.fading import input_share, logit_lead
from masking.image import to_picture
from masking.lessons.idea import IDEAS, Facts, Idea, Link, OnStep, ScreenControl
from masking.lessons.parts import Cards, Note, Part, PictureCard, Screen, Widget
from masking.lessons.pictures import lesson_classifier, prepared_sample
from masking.lessons.stored import stored_facts
from masking.lessons.text import Text
from masking.models.categories import class_index
from masking.models.class_names import short_names
from masking.models.classifier import Classifier
from masking.models.packaged_networks import LITE
from masking.runtime.assets import ASSETS

PICTURE = "coffee"
LABELS = {"piggy_bank": "piggy bank", "ice_cream": "ice cream", "toy_terrier": "toy terrier"}
"""The labels that a reader can choose, by their names in links: the clearest of those drawn, and one that fails."""
ITERATIONS = 5
SEED = 0
"""Seed of the noise and of the untrained network."""
FILMS = ("own", "label", "noise", "untrained")
SMALL = "cifar10/nib-vgg16-slim"
"""A small network of photographs without input bias, which the study measured as well."""
SHARES = ASSETS / "lessons" / "label_films.json"
"""How many labels drawn at random could be written into each picture; a summary of studies/label_films.py."""
WORDS = ("play", "pause", "back", "next", "player", "iteration")
SIDE, QUALITY = 144, 72


class Label(Idea):
    """A photograph masked for a label that it does not show, beside its own label, noise and an untrained network."""

    name = "label"
    number = 7
    control = ScreenControl(tuple(LABELS), next(iter(LABELS)))
    guesses = ("own", "label", "other")
    terms = ("attribution", "gxsi", "logit", "nib", "mia")
    references = ("lee2021",)
    is_slow = True

    def compute(self, key: str, on_step: OnStep) -> Facts:
        """Return the four films of a label: at each iteration the answer, the label's probability, and a picture."""
        classifier, image = _precise_classifier(), prepared_sample(PICTURE)
        with torch.inference_mode():
            own = int(lesson_classifier()(image).argmax())
        label = class_index(LABELS[key], classifier.categories)
        noise = noise_image(classifier.input_size, SEED)
        sources = {
            "own": (classifier, image, own),
            "label": (classifier, image, label),
            "noise": (classifier, noise, label),
            "untrained": (untrained(classifier, SEED), image, label),
        }
        films: dict[str, Any] = {}
        for done, (name, (network, picture, target)) in enumerate(sources.items()):

            def report(step: int, total: int, done: int = done) -> None:
                on_step((done + step / total) / len(sources))

            films[name] = _facts(attribution_masks(network, picture, target, "gxsi", ITERATIONS, report))
        return {"own": own, "label": label, "films": films}

    def draw(self, at: str, facts: Facts, text: Text) -> Screen:
        """Return the films side by side, with what happened at the iteration that shows it best."""
        masks, names = facts["films"]["label"], _names()
        step = _best_step(masks, facts["label"])
        is_written = masks["index"][step] == facts["label"]
        verdict = text(
            "label.written" if is_written else "label.missed",
            label=names[facts["label"]],
            answer=names[masks["index"][step]],
            before=text.percent(masks["probability"][0], 1),
            after=text.percent(masks["probability"][step], 1),
            step=step,
        )
        parts = (self._widget(facts, step, text), Note(f"{_fading(facts, text)} {_share(text)}"))
        answer = "label" if is_written else "own" if masks["index"][step] == facts["own"] else "other"
        return Screen(parts, f"{verdict} {_controls(facts, text)}", answer)

    def _widget(self, facts: Facts, start: int, text: Text) -> Widget:
        names = _names()
        label, own = names[int(facts["label"])], names[int(facts["own"])]
        films = [_film_data(name, own if name == "own" else label, facts, text) for name in FILMS]
        words = {word: text(f"label.player.{word}") for word in WORDS}
        steps = [text("label.player.step", step=step, last=ITERATIONS) for step in range(ITERATIONS + 1)]
        data = {"films": films, "start": start, "last": ITERATIONS, "words": {**words, "steps": steps}}
        return Widget("film", data, text("label.films", label=label))

    def tease(self, text: Text) -> tuple[Part, ...]:
        """Return the whole photograph and pure noise, without answers."""
        return (
            Cards(
                (PictureCard(text("label.photograph"), _whole(), text("label.photograph")),), text("label.photograph")
            ),
        )

    def link(self, at: str) -> Link:
        """Return the page of attribution masks with the same film, at the iteration that the screen begins with."""
        facts, categories = stored_facts(self, at), lesson_classifier().categories
        other = next(label for name, label in LABELS.items() if name != at)
        parameters = {
            "image": PICTURE,
            "model": LITE,
            "for": str(facts["label"]),
            "other": str(class_index(other, categories)),
            "iterations": str(ITERATIONS),
            "step": str(_best_step(facts["films"]["label"], facts["label"])),
        }
        return Link("Attribution_masks", parameters)


IDEAS.register("label")(Label())


@cache
def _precise_classifier() -> Classifier:
    """Return the classifier in double precision.

    Each mask is made from the gradient at the last one, so differences grow from step to step: in single precision,
    the probabilities after a few masks depend on how many threads add up.
    """
    return copy.deepcopy(lesson_classifier()).double()


def _facts(masks: AttributionMasks) -> dict[str, Any]:
    """Return a film as numbers and pictures."""
    return {
        "index": masks.predicted[:, 0].tolist(),
        "probability": masks.probability[:, 0].tolist(),
        "lead": logit_lead(masks)[:, 0].tolist(),
        "left": input_share(masks)[:, 0].tolist(),
        "pictures": [_picture(masks.seen(step)) for step in range(masks.iterations + 1)],
    }


def _picture(image: torch.Tensor) -> str:
    """Return a small picture as a data URL."""
    buffer = io.BytesIO()
    to_picture(image).resize((SIDE, SIDE), Image.Resampling.BOX).save(buffer, "WEBP", quality=QUALITY, method=6)
    return f"data:image/webp;base64,{base64.b64encode(buffer.getvalue()).decode()}"


@cache
def _whole() -> bytes:
    buffer = io.BytesIO()
    to_picture(prepared_sample(PICTURE)).save(buffer, "PNG")
    return buffer.getvalue()


def _names() -> Sequence[str]:
    return short_names(lesson_classifier().categories)


def _best_step(masks: Mapping[str, Any], label: int) -> int:
    """Return the iteration with the label's highest probability, among those that answer it if there are any."""
    steps = [step for step, index in enumerate(masks["index"]) if step and index == label]
    return max(steps or range(1, len(masks["index"])), key=lambda step: masks["probability"][step])


def _film_data(name: str, label: str, facts: Facts, text: Text) -> dict[str, Any]:
    masks, names = facts["films"][name], _names()
    target = facts["own"] if name == "own" else facts["label"]
    title = text(f"label.titles.{name}", label=label)
    frames = [
        {
            "picture": picture,
            "alt": f"{title}: {text('label.player.step', step=step, last=ITERATIONS)}",
            "answer": f"“{names[index]}”",
            "is_label": index == target,
            "word": text("label.reached") if index == target and step else "",
            "share": probability,
            "percent": text.percent(probability, 1),
        }
        for step, (picture, index, probability) in enumerate(
            zip(masks["pictures"], masks["index"], masks["probability"], strict=True)
        )
    ]
    return {"title": title, "label": label, "frames": frames}


def _controls(facts: Facts, text: Text) -> str:
    """Return what pure noise and the untrained network do with the same label."""
    label, sentences = facts["label"], list[str]()
    for name in ("noise", "untrained"):
        answers = facts["films"][name]["index"]
        outcome = "reached" if label in answers[1:] else "missed"
        if name == "untrained" and len(set(answers)) == 1:
            outcome = "constant"
        sentences.append(text(f"label.controls.{name}_{outcome}"))
    return " ".join(sentences)


def _fading(facts: Facts, text: Text) -> str:
    """Return why a probability can fall while the label stays, with the numbers of the picture's own label."""
    masks, own = facts["films"]["own"], facts["own"]
    kept = next((step for step, index in enumerate(masks["index"]) if index != own), len(masks["index"])) - 1
    highest = max(range(kept + 1), key=lambda step: masks["lead"][step])
    return text(
        "label.fading" if kept > highest else "label.fainter",
        label=_names()[own],
        first=highest,
        last=kept,
        high=text.percent(masks["probability"][highest], 1),
        low=text.percent(masks["probability"][kept], 1),
        high_lead=text.number(masks["lead"][highest], 1),
        low_lead=text.number(masks["lead"][kept], 1),
        left=text.percent(masks["left"][kept], 0),
    )


def _share(text: Text) -> str:
    """Return how many labels drawn at random could be written: into this picture, and by a network without bias."""
    stored = _shares()
    row = next(each for each in stored["rows"] if (each["network"], each["picture"]) == (LITE, PICTURE))
    small = [each for each in stored["rows"] if each["network"] == SMALL]
    noise = stored["noise"][SMALL]
    return text(
        "label.share",
        labels=row["labels"],
        written=row["written"],
        small=SMALL,
        small_labels=sum(each["labels"] for each in small),
        small_written=sum(each["written"] for each in small),
        noise_labels=noise["labels"],
        noise_written=noise["written"],
        command=stored["command"],
    )


@cache
def _shares() -> Mapping[str, Any]:
    return json.loads(SHARES.read_text("utf-8"))
