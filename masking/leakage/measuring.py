"""The measurement: all scenes, all holes, all methods."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from functools import partial

import torch
from torch import Tensor

from masking.datasets.silhouettes.render import Scenes
from masking.datasets.sources.labels import UNKNOWN
from masking.datasets.sources.object_scenes import ObjectScenes, SourceScenes
from masking.inference.batching import batched_logits
from masking.inference.predict import choose_methods
from masking.leakage.left_out import NO_BACKGROUND, NO_OBJECT, describe_left_out
from masking.leakage.result import NO_DONOR, Answers, Leakage
from masking.masks.holes import HOLES, HoleContext
from masking.masks.mask import Mask
from masking.methods import METHODS, Method
from masking.methods.method import method_facts
from masking.models.classifier import Classifier
from masking.registry import near_names
from masking.results.manifest import run_manifest

SCENES_AT_ONCE = 64
"""Scenes in memory at once. A transplanted outline comes from the same scenes or from those before."""

LabelledObject = tuple[int, Tensor]
"""An object that can lend its outline: its class, and its pixels, bool (1, 1, h, w)."""


def supported_methods(classifier: Classifier) -> list[str]:
    """Return the names of the methods that can run on a classifier."""
    return [name for name, method in METHODS.items() if method().supports(classifier) is None]


def measure_leakage(
    classifier: Classifier,
    objects: ObjectScenes,
    methods: Sequence[str] | Mapping[str, Method],
    holes: Sequence[str] = ("exact",),
    batch: int = 32,
    on_batch: Callable[[int, int], None] | None = None,
) -> Leakage:
    """Hide the object of every scene with every hole, and classify the scenes under every method.

    The true class of a scene is its label. Where the label is unknown, it is the classifier's answer to the whole
    scene. Scenes are left out if the object is invisible or fills the whole picture; the result names them.

    Args:
        classifier: left exactly as found.
        objects: scenes with known objects, such as `rendered_scenes` or `photograph_scenes`.
        methods: names, or instances by name if their parameters are not the defaults.
        holes: names in `HOLES`; "transplanted" needs scenes of two classes.
        batch: scenes per forward pass; it is halved when memory runs out.
        on_batch: called with the answers done and the total after each batch; may raise to cancel.

    Raises:
        ValueError: no scene is left, or a method cannot run on the classifier.
        KeyError: a method or hole is unknown.
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
    earlier_objects: list[LabelledObject] = []
    left_out: dict[str, list[str]] = {NO_OBJECT: [], NO_BACKGROUND: []}
    all_known = True
    for start in range(0, len(objects), SCENES_AT_ONCE):
        loaded = objects.read(classifier, start, min(start + SCENES_AT_ONCE, len(objects)))
        scenes, indices = _usable_scenes(loaded)
        if len(scenes) < len(loaded):
            for reason, positions in _unusable_scenes(loaded).items():
                left_out[reason] += [_name_of(objects, start + position) for position in positions]
            advance(done, (len(loaded) - len(scenes)) * each)
        if not indices:
            continue
        whole = batched_logits(classifier, scenes.images, batch=batch).argmax(1)
        unknown = scenes.labels == UNKNOWN
        truth, all_known = whole.where(unknown, scenes.labels), all_known and not unknown.any()
        labelled: list[LabelledObject] = list(zip(truth.tolist(), scenes.objects.split(1), strict=True))
        donors = [_find_donor(index, labelled, earlier_objects) for index in range(len(labelled))]
        earlier_objects = labelled
        donor_class = torch.tensor([donor[0] if donor else NO_DONOR for donor in donors])
        contexts = [
            HoleContext(Mask(~pixels), Mask(~donor[1]) if donor else None, start + index)
            for (_, pixels), donor, index in zip(labelled, donors, indices, strict=True)
        ]
        for name, column in (("truth", truth), ("whole", whole), ("donor", donor_class)):
            columns[name,].append(column)
        for hole in holes:
            masks = Mask(torch.cat([HOLES[hole].make(context).keep for context in contexts]))
            columns["hidden", hole].append((~masks.keep).double().mean((1, 2, 3)))
            visible = (scenes.objects & masks.keep).sum((1, 2, 3)).double()
            columns["left", hole].append(visible / scenes.objects.sum((1, 2, 3)))
            for name, method in by_name.items():
                report = partial(advance, done)
                logits = batched_logits(classifier, scenes.images, method, masks, batch, report)
                columns["logits", name, hole].append(logits)
    left_out = {reason: names for reason, names in left_out.items() if names}
    if not columns:
        raise ValueError(f"no scene can be measured: {describe_left_out(left_out)}; check the masks")
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
        left_out=left_out,
        manifest=run_manifest(
            classifier,
            objects=dict(objects.facts),
            **method_facts(by_name, classifier),
            holes=holes,
            **({"left_out": {reason: len(names) for reason, names in left_out.items()}} if left_out else {}),
        ),
    )


def _check(classifier: Classifier, methods: Mapping[str, Method], holes: Sequence[str]) -> None:
    if not methods or not holes:
        raise ValueError("there is nothing to measure; name at least one method and one hole")
    for hole in holes:
        if hole not in HOLES:
            raise KeyError(f"there is no hole {hole!r}; {near_names(hole, list(HOLES))}")
    for method in methods.values():
        if reason := method.supports(classifier):
            raise ValueError(reason)


def _usable_scenes(scenes: Scenes) -> tuple[Scenes, list[int]]:
    """Return the scenes that show some of the object and something beside it, and their positions."""
    unusable = [position for positions in _unusable_scenes(scenes).values() for position in positions]
    usable = torch.ones(len(scenes), dtype=torch.bool)
    usable[unusable] = False
    kept = Scenes(scenes.images[usable], scenes.objects[usable], scenes.labels[usable])
    return kept, usable.nonzero()[:, 0].tolist()


def _name_of(objects: ObjectScenes, index: int) -> str:
    return objects.name(index) if isinstance(objects, SourceScenes) else f"scene {index}"


def _unusable_scenes(scenes: Scenes) -> dict[str, list[int]]:
    """Return the positions of the scenes that cannot be measured, by the reason."""
    none, all_of_it = ~scenes.objects.any(3).any(2)[:, 0], scenes.objects.all(3).all(2)[:, 0]
    return {NO_OBJECT: none.nonzero()[:, 0].tolist(), NO_BACKGROUND: all_of_it.nonzero()[:, 0].tolist()}


def _find_donor(
    index: int, labelled: Sequence[LabelledObject], earlier: Sequence[LabelledObject]
) -> LabelledObject | None:
    """Return the next object of another class."""
    others = (*labelled[index + 1 :], *labelled[:index], *earlier)
    return next((other for other in others if other[0] != labelled[index][0]), None)
