"""The table of a model card: accuracy of a bundled classifier on whole scenes and with the exact object hidden.

    python -m studies.cards silhouettes/resnet-cutout

Prints Markdown. `best` is the accuracy of the best classifier that sees the same and knows nothing about the hole.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Annotated

import torch
import typer
from torch import Tensor

from masking import Mask, load_classifier
from masking.datasets.silhouettes.render import Scenes, World, render
from masking.datasets.silhouettes.worlds import world_of
from masking.methods import METHODS
from masking.models.classifier import Classifier
from masking.training.batches import TEST_SEEDS_FROM

BATCH = 64
HIDING = {
    "blackout": ("blackout", {}),
    "greyout (its mean colour)": ("greyout", {}),
    "grey 0.5": ("greyout", {"grey": "middle"}),
    "mean colour of what is visible": ("mean_colour", {}),
    "layer masking": ("layer_masking", {}),
    "token dropping": ("token_dropping", {}),
}

Answer = Callable[[Scenes], Tensor]


def accuracy(answer: Answer, world: World, first: int, scenes: int) -> float:
    """Return the share of correctly classified scenes, from seed `first` on."""
    right = 0
    for start in range(first, first + scenes, BATCH):
        batch = render(world, range(start, min(start + BATCH, first + scenes)))
        right += int((answer(batch).argmax(1) == batch.labels).sum())
    return right / scenes


def rows(classifier: Classifier, scenes: int, own_scenes: int) -> Iterator[tuple[str, float, float, str]]:
    """Yield what the classifier sees, its accuracy, the best possible accuracy, and the scenes."""
    world = world_of(classifier.name)

    def whole(batch: Scenes) -> Tensor:
        return classifier(batch.images)

    seeds = f"{own_scenes:,} (seeds from 2³¹)"
    yield "whole scenes of its own world", accuracy(whole, world, TEST_SEEDS_FROM, own_scenes), best(world), seeds
    seeds = f"{scenes:,} (seeds from 0)"
    for change in ({"background": 0.0}, {"outline": 0.0, "texture": 0.0}, {"outline": 0.0, "texture": 1.0}):
        other = replace(world, **change)
        if other != world:
            what = ", ".join(f"{cue} {strength:g}" for cue, strength in change.items())
            yield f"whole scenes, but {what}", accuracy(whole, other, 0, scenes), best(other), seeds
    for what, (name, settings) in HIDING.items():
        method = METHODS[name](**settings)
        if method.supports(classifier) is None:

            def hidden(batch: Scenes, method=method) -> Tensor:
                return method.logits(classifier, batch.images, Mask(~batch.objects))

            share = accuracy(hidden, world, 0, scenes)
            yield f"the exact object hidden by {what}", share, world.expected_accuracy("background"), seeds


def best(world: World) -> float:
    """Return the best possible accuracy on whole scenes."""
    return world.expected_accuracy("scene")


def main(
    name: str,
    scenes: Annotated[int, typer.Option(help="Scenes of every row but the first.")] = 2048,
    own_scenes: Annotated[int, typer.Option(help="Scenes of the first row.")] = 20_000,
) -> None:
    """Print the table."""
    start, classifier = time.monotonic(), load_classifier(name)
    typer.echo("| what the classifier sees | right | best | scenes |\n| --- | --- | --- | --- |")
    with torch.inference_mode():
        for what, share, possible, seeds in rows(classifier, scenes, own_scenes):
            typer.echo(f"| {what} | {share:.1%} | {possible:.2%} | {seeds} |")
    typer.echo(f"{time.monotonic() - start:.0f} seconds", err=True)


if __name__ == "__main__":
    typer.run(main)
