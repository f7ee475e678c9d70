"""Idea 4: the hole has a shape. The reader names hidden objects by their holes, and so does the network."""

import base64
import io
import json
import random
import re
from collections.abc import Mapping
from functools import cache
from typing import Any

import torch
from torch import Tensor

from masking.benchmarks.specification.spec import stored_spec
from masking.benchmarks.storage.run_file import Document, read_document
from masking.benchmarks.worker.launch import spec_line
from masking.datasets.gallery import samples
from masking.image import to_picture
from masking.inference.batching import batched_logits
from masking.lessons.idea import IDEAS, Facts, Idea, Link, OnStep, ScreenControl
from masking.lessons.parts import Note, Screen, Widget
from masking.lessons.pictures import lesson_classifier, prepared_sample
from masking.lessons.stored import stored_facts
from masking.lessons.text import Text
from masking.masks.holes import HOLES, HoleContext
from masking.masks.mask import Mask
from masking.measures import Estimate, answer_bits, leaked_bits
from masking.measures.estimate import CONFIDENCE
from masking.methods import METHODS, Fill
from masking.models.picture_kinds import PictureKind
from masking.runtime.assets import ASSETS

CLASSIFIER = "silhouettes/resnet"
SHOWN = ("blackout", "greyout", "layer_masking")
HOLES_AT_ONCE, GAMES = 5, 3
PLAYED = range(HOLES_AT_ONCE, HOLES_AT_ONCE * GAMES + 1, HOLES_AT_ONCE)
"""How many holes somebody has played when there is a result."""
SEED = 0
"""Seed of the order of the holes, which is the same for everybody and knows no answers."""
RUN = ASSETS / "lessons" / "runs" / "silhouettes.json.gz"
"""The answers to many scenes: a run of the experiment `shape_leakage`."""
MUCH = 0.75
"""The hole gives the object away if an answer surely carries more than this share of the bits that name it."""
WEBP_QUALITY = 85


class SilhouetteGame(Idea):
    """A game: drawn objects are cut out, and the reader names them by their holes, as the network does."""

    name = "silhouettes"
    number = 4
    control = ScreenControl(("exact", "grown_8", "box"), "exact")
    terms = ("leakage", "bit", "confidence_interval", "chance_level")
    references = ("balasubramanian2023",)

    def compute(self, key: str, on_step: OnStep) -> Facts:
        """Return the network's answers to the game's holes, and the bits of its answers to the scenes of the run."""
        classifier, names = lesson_classifier(CLASSIFIER), game_scenes()
        images = torch.cat([prepared_sample(name, CLASSIFIER) for name in names])
        masks = Mask(torch.cat([hole_of(name, key).keep for name in names]))
        answers: dict[str, list[int]] = {}
        for done, method in enumerate(SHOWN):
            on_step(done / len(SHOWN))
            answers[method] = batched_logits(classifier, images, METHODS[method](), masks).argmax(1).tolist()
        scenes = [
            {"name": name, "truth": _truth(name), "answers": {method: answers[method][i] for method in SHOWN}}
            for i, name in enumerate(names)
        ]
        return {"scenes": scenes, "many": _many(key)}

    def draw(self, at: str, facts: Facts, text: Text) -> Screen:
        """Return the game with the network's answers, and what many scenes say."""
        many = facts["many"]
        black = many["blackout"]
        lead = "gave_away" if black["low"] > MUCH * _most_bits() else "tells_some" if black["low"] > 0 else "silent"
        verdict = text(
            "silhouettes.verdict",
            lead=text(f"silhouettes.{lead}", hole=text(f"silhouettes.holes.{at}")),
            scenes=many["scenes"],
            chance=text.percent(1 / len(_categories())),
            **{name: text.number(black[name], 2) for name in ("bits", "low", "high")},
            most=text.number(_most_bits(), 0),
            confidence=text.percent(CONFIDENCE),
            **{method: text.percent(many[method]["right"] / many["scenes"]) for method in SHOWN},
        )
        widget = Widget("game", _game_data(at, facts, text), text("silhouettes.alt"), reports=True)
        source = Note(text("silhouettes.source", scenes=many["scenes"], command=many["command"]))
        return Screen((widget, source), verdict, f"{_right(facts, HOLES_AT_ONCE)}-{HOLES_AT_ONCE}")

    def link(self, at: str) -> Link:
        """Return Shape leakage with the game's first scene under this hole, beside the exact one."""
        holes = ",".join(dict.fromkeys((self.control.start, at)))
        methods = ",".join(SHOWN)
        parameters = {"image": game_scenes()[0], "model": CLASSIFIER, "methods": methods, "holes": holes}
        return Link("Shape_leakage", parameters)

    def takes(self, guess: str) -> bool:
        """Return whether this is a result: `4`, or `8-10` after ten holes, or `8-10-box` with the kind of hole."""
        return _parse(guess) is not None

    def describe_guess(self, guess: str, text: Text) -> str:
        """Return a result in words, as `4 of 5 right`, with the kind of hole if the result names it."""
        right, played, hole = _parse(guess) or (0, HOLES_AT_ONCE, "")
        words = text("silhouettes.score", right=right, played=played)
        return f"{words} ({text(f'silhouettes.kinds.{hole}')})" if hole else words

    def answer_to(self, guess: str, answer: str) -> str:
        """Return the network's result under blackout for the holes that the reader has played."""
        if (result := _parse(guess)) is None:
            return answer
        _, played, hole = result
        return f"{_right(stored_facts(self, hole or self.control.start), played)}-{played}"

    def is_right(self, guess: str, answer: str) -> bool | None:
        """Return None: the result of a game is neither right nor wrong."""
        del guess, answer
        return None


IDEAS.register("silhouettes")(SilhouetteGame())


@cache
def game_scenes() -> tuple[str, ...]:
    """Return the names of the game's scenes in their order: all different objects, five for each game."""
    scenes = [name for name, sample in samples().items() if sample.kind == PictureKind.DRAWN]
    return tuple(random.Random(SEED).sample(scenes, HOLES_AT_ONCE * GAMES))  # noqa: S311, no secret


@cache
def hole_of(scene: str, hole: str) -> Mask:
    """Return the mask that hides a scene's object with a kind of hole."""
    file = samples()[scene].object_mask
    assert file is not None
    data = file.read_bytes()
    return HOLES[hole].make(HoleContext(lesson_classifier(CLASSIFIER).prepare_mask(data, Mask.from_png(data).size)))


def _categories() -> tuple[str, ...]:
    return lesson_classifier(CLASSIFIER).categories


def _most_bits() -> float:
    return answer_bits(1, 1, len(_categories())).value


def _truth(scene: str) -> int:
    return _categories().index(samples()[scene].object_class or "")


def _parse(guess: str) -> tuple[int, int, str] | None:
    """Return the right answers, the answers and the hole, "" if it is not named, of a result; None for no result."""
    match = re.fullmatch(r"(\d{1,2})(?:-(\d{1,2}))?(?:-(\w+))?", guess, re.ASCII)
    if match is None:
        return None
    right, played, hole = int(match[1]), int(match[2] or HOLES_AT_ONCE), match[3] or ""
    is_result = right <= played and played in PLAYED and hole in ("", *SilhouetteGame.control.values)
    return (right, played, hole) if is_result else None


def _right(facts: Facts, played: int) -> int:
    """Return how many of the first holes the network names rightly under blackout."""
    return sum(scene["answers"]["blackout"] == scene["truth"] for scene in facts["scenes"][:played])


@cache
def _run() -> Document:
    return read_document(RUN)


def _many(hole: str) -> dict[str, Any]:
    """Return what the stored run says about a kind of hole: right answers and bits by method."""
    run = _run()
    rows = list(zip(*(run["columns"][name] for name in ("hole", "method", "truth", "predicted")), strict=True))
    facts: dict[str, Any] = {"command": spec_line(stored_spec(json.dumps(run["run"]["spec"])))}
    for method in SHOWN:
        pairs = torch.tensor([[truth, named] for h, m, truth, named in rows if (h, m) == (hole, method)])
        truth, named = pairs.unbind(1)
        bits = leaked_bits(truth, named)
        facts["scenes"] = len(pairs)
        facts[method] = {
            "right": int((truth == named).sum()),
            "bits": bits.value,
            "low": bits.low,
            "high": bits.high,
        }
    return facts


def _game_data(at: str, facts: Facts, text: Text) -> dict[str, Any]:
    """Return all that the game shows, for a browser without a server."""
    most = _most_bits()
    many = facts["many"]
    return {
        "hole": at,
        "atOnce": HOLES_AT_ONCE,
        "classes": list(_categories()),
        "methods": [
            {
                "name": METHODS[method].title,
                "colour": METHODS[method].style.colour,
                "right": text.percent(many[method]["right"] / many["scenes"]),
                "many": _bits(Estimate(*(many[method][end] for end in ("bits", "low", "high"))), text, 2),
            }
            for method in SHOWN
        ],
        "scenes": [
            {
                **_pictures(scene["name"], at),
                "truth": scene["truth"],
                "answers": [scene["answers"][method] for method in SHOWN],
            }
            for scene in facts["scenes"]
        ],
        "bits": {
            str(played): [_bits(answer_bits(right, played, len(_categories())), text) for right in range(played + 1)]
            for played in PLAYED
        },
        "most": most,
        "words": _words(many["scenes"], text),
    }


def _bits(bits: Estimate, text: Text, digits: int = 1) -> dict[str, Any]:
    """Return bits with their interval, as numbers and as that language writes them."""
    ends = {"value": bits.value, "low": bits.low, "high": bits.high}
    return {name: round(end, 3) for name, end in ends.items()} | {
        "text": [text.number(end, digits) for end in ends.values()]
    }


def _words(scenes: int, text: Text) -> dict[str, str]:
    """Return the game's words; what the browser fills in stays in braces."""
    names = ("hole", "ask", "choices", "was", "picture", "cut", "you", "right", "wrong", "next", "finish", "more",
             "again", "bits", "few", "five", "result")  # fmt: skip
    holders = ("number", "total", "name", "right", "played", "bits", "low", "high", "rest")
    left = {name: f"{{{name}}}" for name in holders}
    words = {name: text(f"silhouettes.game.{name}", **left) for name in names}
    return words | {
        "score": text("silhouettes.score", **left),
        "many": text("silhouettes.game.many", scenes=scenes),
        "axis": text("silhouettes.game.axis", share=text.percent(1 / len(_categories())), **left),
    }


def _pictures(scene: str, hole: str) -> Mapping[str, str]:
    """Return a scene whole and with the object cut out, as blackout shows it to the network, as addresses of data."""
    return {"cut": _cut_picture(scene, hole), "whole": _whole_picture(scene)}


@cache
def _cut_picture(scene: str, hole: str) -> str:
    image, classifier = prepared_sample(scene, CLASSIFIER), lesson_classifier(CLASSIFIER)
    blackout = METHODS["blackout"]()
    assert isinstance(blackout, Fill)
    return _webp(blackout.fill(image, hole_of(scene, hole), classifier))


@cache
def _whole_picture(scene: str) -> str:
    return _webp(prepared_sample(scene, CLASSIFIER))


def _webp(image: Tensor) -> str:
    buffer = io.BytesIO()
    to_picture(image).save(buffer, "WEBP", quality=WEBP_QUALITY)
    return f"data:image/webp;base64,{base64.b64encode(buffer.getvalue()).decode()}"
