"""How similar two classes are for a classifier."""

from torch import Tensor, nn

from masking.models.classifier import Classifier


def class_similarities(classifier: Classifier) -> Tensor | None:
    """Return the cosine between the last layer's weights for each pair of classes: float32 (classes, classes), CPU.

    The mean over classes is subtracted first, since softmax ignores it. Jain et al. (2022) take the similarity of two
    classes from WordNet. This function takes it from the classifier itself, so it works for any classes, and its
    values hold for that classifier only. None where the network has no such layer.
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
