"""How similar two classes are for a classifier."""

from functools import lru_cache

from torch import Tensor, nn

from masking.models.class_groups import class_groups
from masking.models.classifier import Classifier


def class_similarities(classifier: Classifier) -> Tensor | None:
    """Return the cosine between the last layer's weights for each pair of classes: float32 (classes, classes), CPU.

    The mean over classes is subtracted first, since softmax ignores it. This similarity comes from the classifier
    itself, so it works for any classes, and its values hold for that classifier only; that of Jain et al. (2022) is
    `wordnet_similarities`. None where the network has no such layer.
    """
    heads = [
        module.weight.detach().flatten(1)
        for module in classifier.network.modules()
        if isinstance(module, nn.Linear | nn.Conv2d) and len(module.weight) == len(classifier.categories)
    ]
    if not heads:
        return None
    weights = heads[-1].float().cpu()
    directions = nn.functional.normalize(weights - weights.mean(0), dim=1)
    return directions @ directions.T


def wordnet_similarities(classifier: Classifier) -> Tensor | None:
    """Return the Wu-Palmer similarity in WordNet of each pair of classes: float32 (classes, classes), 0 … 1.

    This is the measure of Jain et al. (2022). None where the classes are not ImageNet's 1,000.
    """
    return _wordnet_similarities(classifier.categories)


@lru_cache(maxsize=2)
def _wordnet_similarities(categories: tuple[str, ...]) -> Tensor | None:
    groups = class_groups(categories)
    return None if groups is None else groups.similarities()
