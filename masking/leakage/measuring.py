"""The measurement: all scenes, all holes, all methods."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from functools import partial

import torch
from torch import Tensor

from masking.datasets.silhouettes.render import Scenes
from masking.datasets.sources.labels import UNKNOWN
from masking.datasets.sources.object_scenes import ObjectScenes
from masking.inference.batching import batched_logits
from masking.inference.predict import choose_methods
from masking.leakage.result import NO_DONOR, Answers, Leakage
from masking.masks.holes import HOLES, HoleContext
from masking.masks.mask import Mask
from masking.methods import METHODS, Method
from masking.models.classifier import Classifier
from masking.registry import near_names
from masking.registry.params import param_values
from masking.results.manifest import run_manifest

PIECE = 64
"""Scenes held at once; an outline is transplanted from the same piece or the one before."""

Cut = tuple[int, Tensor]
"""An object that may lend its outline: its class, and the object bool (1, 1, h, w)."""


def supported_methods(classifier: Classifier) -> list[str]:
    """The methods that can run on a classifier."""
    return [name for name, method in METHODS.items() if method().supports(classifier) is None]


def measure_leakage(
    classifier: Classifier,
    objects: ObjectScenes,
    methods: Sequence[str] | Mapping[str, Method],
    holes: Sequence[str] = ("exact",),
    batch: int = 32,
    on_batch: Callable[[int, int], None] | None = None,
) -> Leakage:
    """Cuts the object out of every scene with every hole, and asks the classifier under every method.

    The true class of a scene is its label; where that is unknown, the classifier's own answer to the whole scene.
    Scenes in which the object is not in sight, or fills everything, are left out.

    Args:
        classifier: left exactly as found.
        objects: scenes with known objects, such as `rendered_scenes` or `photograph_scenes`.
        methods: names, or instances by name for other than default parameters.
        holes: names in `HOLES`; "transplanted" needs scenes of two classes.
        batch: scenes per forward pass; out of memory halves it.
        on_batch: called with answers done and in all after each batch; may raise to cancel.

    Raises:
        ValueError: no scene is left, or a method cannot run on the classifier.
        KeyError: an unknown method or hole.
    """
    by_name, holes = choose_methods(methods), list(dict.fromkeys(holes))
    _check(classifier, by_name, holes)
    done, each = 0, len(by_name) * len(holes)

    def advance(before: int, answers: int) -> None:
        nonlocal done
        done = before + answers
        if on_batch:
            on_batch(done, len(objects) * each)

    columns: dict[tuple[str, ...], list[Tensor]] = defaultdict(list)
    earlier: list[Cut] = []
    all_known = True
    for start in range(0, len(objects), PIECE):
        read = objects.read(classifier, start, min(start + PIECE, len(objects)))
        scenes, indices = _usable(read)
        if len(scenes) < len(read):
            advance(done, (len(read) - len(scenes)) * each)
        if not indices:
            continue
        whole = batched_logits(classifier, scenes.images, batch=batch).argmax(1)
        unknown = scenes.labels == UNKNOWN
        truth, all_known = whole.where(unknown, scenes.labels), all_known and not unknown.any()
        cuts: list[Cut] = list(zip(truth.tolist(), scenes.objects.split(1), strict=True))
        donors = [_donor(index, cuts, earlier) for index in range(len(cuts))]
        earlier = cuts
        donor_class = torch.tensor([donor[0] if donor else NO_DONOR for donor in donors])
        sites = [
            HoleContext(Mask(~cutout), Mask(~donor[1]) if donor else None, start + index)
            for (_, cutout), donor, index in zip(cuts, donors, indices, strict=True)
        ]
        for name, column in (("truth", truth), ("whole", whole), ("donor", donor_class)):
            columns[name,].append(column)
        for hole in holes:
            masks = Mask(torch.cat([HOLES[hole].make(site).keep for site in sites]))
            columns["hidden", hole].append((~masks.keep).double().mean((1, 2, 3)))
            in_sight = (scenes.objects & masks.keep).sum((1, 2, 3)).double()
            columns["left", hole].append(in_sight / scenes.objects.sum((1, 2, 3)))
            for name, method in by_name.items():
                report = partial(advance, done)
                logits = batched_logits(classifier, scenes.images, method, masks, batch, report)
                columns["logits", name, hole].append(logits)
    if not columns:
        raise ValueError(f"in none of {len(objects)} scenes is the object in sight; check the masks")
    joined = {key: torch.cat(parts) for key, parts in columns.items()}
    return Leakage(
        truth=joined["truth",],
        whole=joined["whole",],
        donor=joined["donor",],
        hidden={hole: joined["hidden", hole] for hole in holes},
        left={hole: joined["left", hole] for hole in holes},
        answers={(name, hole): Answers(joined["logits", name, hole]) for name in by_name for hole in holes},
        categories=classifier.categories,
        right_answer=objects.right_answer if all_known else None,
        manifest=run_manifest(
            classifier,
            objects=dict(objects.facts),
            methods={name: param_values(method) for name, method in by_name.items()},
            holes=holes,
        ),
    )


def _check(classifier: Classifier, methods: Mapping[str, Method], holes: Sequence[str]) -> None:
    if not methods or not holes:
        raise ValueError("nothing is to be measured; name at least one method and one hole")
    for hole in holes:
        if hole not in HOLES:
            raise KeyError(f"there is no hole {hole!r}; {near_names(hole, list(HOLES))}")
    for method in methods.values():
        if reason := method.supports(classifier):
            raise ValueError(reason)


def _usable(scenes: Scenes) -> tuple[Scenes, list[int]]:
    """The scenes with something of the object in sight and something beside it, and their places."""
    usable = scenes.objects.any(3).any(2)[:, 0] & ~scenes.objects.all(3).all(2)[:, 0]
    kept = Scenes(scenes.images[usable], scenes.objects[usable], scenes.labels[usable])
    return kept, usable.nonzero()[:, 0].tolist()


def _donor(index: int, cuts: Sequence[Cut], earlier: Sequence[Cut]) -> Cut | None:
    """The next object of another class."""
    others = (*cuts[index + 1 :], *cuts[:index], *earlier)
    return next((other for other in others if other[0] != cuts[index][0]), None)
