"""Random removal: many random masks on one image, and the answers under each masking method."""

from collections.abc import Callable, Mapping, Sequence

from masking.image import ImageInput
from masking.inference.batching import batched_logits
from masking.inference.predict import choose_methods, predict
from masking.inference.removal import Removal
from masking.masks.mask import Mask
from masking.methods import Method
from masking.models.classifier import Classifier


def random_removal(
    classifier: Classifier,
    image: ImageInput,
    methods: Sequence[str] | Mapping[str, Method],
    hidden_share: float = 0.5,
    patch: int = 16,
    count: int = 64,
    seed: int = 0,
    batch: int | None = None,
    on_batch: Callable[[str, int], None] | None = None,
) -> dict[str, Removal]:
    """Apply every method to the same `count` random patch masks of one image (the protocol of Jain et al. 2022).

    Args:
        classifier: from `load_classifier`.
        image: one image, anything that `Classifier.prepare` reads.
        methods: names, or instances by name.
        hidden_share: share of hidden patches, 0 … 1.
        patch: side of a patch in pixels.
        count: number of masks.
        seed: seed of the masks, which are the same for every method.
        batch: masks per forward pass; default as many as the free memory allows.
        on_batch: called after each batch with the method's name and the number of masks done; may raise to cancel.
    """
    prepared = classifier.prepare(image)
    masks = Mask.random_patches((prepared.shape[2], prepared.shape[3]), hidden_share, patch, seed, count)
    original = predict(classifier, prepared).index
    removals: dict[str, Removal] = {}
    for name, method in choose_methods(methods).items():

        def report(done: int, name: str = name) -> None:
            if on_batch:
                on_batch(name, done)

        logits = batched_logits(classifier, prepared, method, masks, batch, report)
        removals[name] = Removal(predicted=logits.argmax(1), original=original, categories=classifier.categories)
    return removals
