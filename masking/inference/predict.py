"""The verbs `predict` and `compare`: one image, one mask, one or several masking methods."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from masking.image import ImageInput, digest
from masking.inference.comparison import Comparison
from masking.inference.prediction import Prediction
from masking.masks.mask import Mask
from masking.methods import METHODS, Method
from masking.methods.method import method_facts
from masking.models.class_groups import is_class
from masking.models.classifier import Classifier
from masking.results.manifest import run_manifest

USUAL_METHODS = ("blackout", "greyout", "layer_masking")


def predict(classifier: Classifier, image: ImageInput) -> Prediction:
    """Predict the class of one image, anything that `Classifier.prepare` reads.

    Raises:
        ValueError: more than one image, or one that cannot be read.
    """
    prepared = classifier.prepare(image)
    if len(prepared) != 1:
        raise ValueError(f"predict takes one image, not {len(prepared)}; call the classifier itself for a batch")
    with torch.inference_mode():
        return Prediction(classifier(prepared)[0].float().cpu(), classifier.categories)


def choose_methods(methods: Sequence[str] | Mapping[str, Method]) -> dict[str, Method]:
    """Return methods by name, with default parameters where only names are given; raise KeyError on an unknown name."""
    if isinstance(methods, Mapping):
        return dict(methods)
    if isinstance(methods, str):
        methods = (methods,)
    return {name: METHODS[name]() for name in methods}


def predict_masked(
    classifier: Classifier, image: Tensor, mask: Mask, method: Method
) -> tuple[Prediction, Tensor | None, bool]:
    """Return the prediction under one method, the image it showed, and whether it left nothing visible.

    The image is None if hidden pixels had no colour.
    """
    logits, blind = method.answer(classifier, image, mask)
    seen = method.picture(image, mask.to(image.device), classifier)
    prediction = Prediction(logits[0].float().cpu(), classifier.categories)
    return prediction, None if seen is None else seen.cpu(), bool(blind[0])


def compare(
    classifier: Classifier,
    image: ImageInput,
    mask: Mask,
    methods: Sequence[str] | Mapping[str, Method] = USUAL_METHODS,
    on_method: Callable[[str], None] | None = None,
    mask_source: Mapping[str, Any] | None = None,
    known_object: Mask | None = None,
    object_class: str | None = None,
) -> Comparison:
    """Compare several masking methods on one image and one mask.

    Args:
        classifier: from `load_classifier`.
        image: anything that `Classifier.prepare` reads; one image.
        mask: one mask of the classifier's input size, or of the tensor's size if `image` is a tensor.
        methods: names; or instances by name, for parameters other than the defaults.
        on_method: called with each name before it is computed; may raise to cancel.
        mask_source: how the mask was made (file, or share, patch and seed), for the manifest.
        known_object: the mask that hides the picture's object exactly, of the same size; with it the verdicts tell a
            leak from a harm.
        object_class: name of the object's class; default the class named for the whole picture. If the network names
            another one, the object counts as unknown: then nobody can say that it is still named.

    Raises:
        ValueError: sizes that do not fit, no `Mask` or more than one, or a method that cannot run on the classifier.
        KeyError: an unknown method.
    """
    instances = choose_methods(methods)
    prepared = classifier.prepare(image)
    if not isinstance(mask, Mask):  # pyright: ignore[reportUnnecessaryIsInstance]
        kind = type(mask).__name__
        raise ValueError(f"the mask is a {kind}; give Mask(keep), or classifier.prepare_mask(file)")  # noqa: TRY004
    if len(mask) != 1:
        raise ValueError(f"compare takes one mask, not {len(mask)}; draw many with random_removal")
    whole = predict(classifier, prepared)
    masked: dict[str, Prediction] = {}
    seen: dict[str, Tensor | None] = {}
    blind: set[str] = set()
    for name, method in instances.items():
        if on_method:
            on_method(name)
        masked[name], seen[name], is_blind = predict_masked(classifier, prepared, mask, method)
        if is_blind:
            blind.add(name)
    if object_class is not None and not is_class(whole.index, object_class, classifier.categories):
        known_object = None
    image_cpu = prepared.cpu()
    facts = run_manifest(
        classifier,
        image=digest(image_cpu),
        mask=mask.digest,
        mask_source=dict(mask_source or {}),
        **method_facts(instances, classifier),
    )
    return Comparison(
        image=image_cpu,
        mask=mask,
        whole=whole,
        masked=masked,
        seen=seen,
        methods=instances,
        manifest=facts,
        blind=frozenset(blind),
        object_visible=None if known_object is None else mask.visible_share_of(known_object),
    )
