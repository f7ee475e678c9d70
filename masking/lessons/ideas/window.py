"""Idea 5: layer masking computes from visible cells only; one window shows how."""

from functools import cache

import torch

from masking.layer_trace import LayerTrace, trace_layers, walk_window
from masking.lessons.idea import IDEAS, Facts, Idea, Link, OnStep, ScreenControl
from masking.lessons.parts import Cards, Part, PictureCard, Screen
from masking.lessons.pictures import PHOTOGRAPH, lesson_classifier, prepared_sample, shown_picture
from masking.lessons.text import Text
from masking.lessons.window_widget import depth_facts, start_of, window_widget
from masking.masks.mask import Mask
from masking.methods import METHODS
from masking.models.packaged_networks import LITE

CHOSEN_FOR = "blackout"
"""The fill whose damage decides on the channel and the walk, so that all fills are seen at the same place."""
RADIUS = 48
"""Of the round hole in the middle, in pixels: a row of windows meets its edge at a slant, so it crosses it slowly."""
SAME = 1e-3
"""Two answers that differ by less are the same."""


class WindowIdea(Idea):
    """One window of the first convolution on its way over the edge of a round hole."""

    name = "window"
    number = 5
    control = ScreenControl(("blackout", "greyout", "mean_colour", "neighbour_fill"), "blackout")
    guesses = ("whole", "visible", "zero")
    terms = ("layer_masking", "neighbour_padding", "blackout", "greyout", "neighbour_fill")
    references = ("balasubramanian2023", "liu2018")
    is_slow = True

    def compute(self, key: str, on_step: OnStep) -> Facts:
        """Return the walk's facts, and the visible cells on their way through the network."""
        classifier, image, mask = lesson_classifier(), prepared_sample(PHOTOGRAPH), round_hole()
        walk = walk_window(classifier, image, mask, key, CHOSEN_FOR)
        on_step(0.3)
        trace = trace_layers(classifier, image, mask, key, lambda share: on_step(0.3 + 0.7 * share))
        return {**walk.facts(), "depth": depth_facts(_last_of_each_size(trace))}

    def draw(self, at: str, facts: Facts, text: Text) -> Screen:
        """Return the window at the middle of the edge."""
        fill = METHODS[at].title
        widget = window_widget(
            facts, at, lesson_classifier(), prepared_sample(PHOTOGRAPH), round_hole(), text, with_depth=True
        )
        answers = facts["stops"][start_of(facts)]["answers"]
        is_same = abs(facts["off_by"]["painted"] - facts["off_by"]["masked"]) < SAME
        numbers = {run: text.number(answer) for run, answer in answers.items()}
        off = {f"off_{run}": text.number(distance) for run, distance in facts["off_by"].items()}
        verdict = text(
            f"window.verdict{'_same' if is_same else ''}", fill=fill, windows=facts["windows"], **numbers, **off
        )
        is_zero, is_whole = abs(answers["masked"]) < SAME, abs(answers["masked"] - answers["whole"]) < SAME
        return Screen((widget,), verdict, "zero" if is_zero else "whole" if is_whole else "visible")

    def tease(self, text: Text) -> tuple[Part, ...]:
        """Return the picture with its hole."""
        png = shown_picture("layer_masking", prepared_sample(PHOTOGRAPH), round_hole(), lesson_classifier())
        return (Cards((PictureCard(text("window.teaser"), png, text("window.teaser")),), text("window.teaser")),)

    def link(self, at: str) -> Link:
        """Return Layers with the same picture, network, hole and paint, at the first convolution."""
        return Link(
            "Layers",
            {"image": PHOTOGRAPH, "model": LITE, "mask": round_hole().to_text(), "fill": at, "layer": "stem.1"},
        )


IDEAS.register("window")(WindowIdea())


@cache
def round_hole() -> Mask:
    """Return the mask: a disc in the middle of the picture is hidden."""
    height, width = lesson_classifier().input_size
    rows, columns = torch.arange(height)[:, None] - height // 2, torch.arange(width) - width // 2
    return Mask((rows**2 + columns**2 > RADIUS**2)[None, None])


def _last_of_each_size(trace: LayerTrace) -> list[tuple[str, torch.Tensor]]:
    """Return name and visible cells of the last layer of each resolution."""
    last = {layer.view.size: (layer.name, layer.view.keep) for layer in trace.layers if layer.view.is_map}
    return list(last.values())
