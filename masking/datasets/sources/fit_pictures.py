"""The pictures that a calibration is fitted to, from a source of labelled pictures; the labels are not used."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from masking.datasets.silhouettes.worlds import WORLDS, world_classifiers, world_of
from masking.datasets.sources.image_source import ImageSource
from masking.models.classifier import Classifier

AT_ONCE = 32
"""Pictures that are read together."""
FIRST_SCENE = 100_000
"""The first drawn scene of a fit: experiments count from 0 and come nowhere near."""


def own_world(classifier: Classifier) -> str | None:
    """Return the name of the drawn world that a bundled classifier was trained on; None for any other classifier."""
    if classifier.name not in world_classifiers():
        return None
    own = world_of(classifier.name)
    return next((name for name, world in WORLDS.items() if replace(world, size=own.size) == own), None)


def read_pictures(
    source: ImageSource,
    classifier: Classifier,
    count: int,
    first: int = 0,
    on_pictures: Callable[[int, int], None] | None = None,
) -> tuple[Tensor, dict[str, Any]]:
    """Return pictures as a classifier sees them, float32 (n, 3, h, w) in [0, 1] on the CPU, and facts for manifests.

    Args:
        source: an opened source.
        classifier: decides the size.
        count: how many; all that are left where there are fewer.
        first: how many to skip, in the order in which runs take them.
        on_pictures: called with the pictures read and their total; may raise to cancel.

    Raises:
        ValueError: no picture is left after the first ones, or one that cannot be read; one sentence.
    """
    indices = source.pick_indices(count, first)
    parts: list[Tensor] = []
    for start in range(0, len(indices), AT_ONCE):
        part = indices[start : start + AT_ONCE]
        parts.append(source.read(classifier, part).images.cpu())
        if on_pictures:
            on_pictures(start + len(part), len(indices))
    facts = {"pictures": len(indices), "first": first, "listing": source.listing.digest}
    return torch.cat(parts), facts
