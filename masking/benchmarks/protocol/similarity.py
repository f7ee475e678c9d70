"""How alike two classes are to a classifier."""

from torch import Tensor, nn

from masking.models.classifier import Classifier


def class_similarities(classifier: Classifier) -> Tensor | None:
    """Cosine between what the last layer looks for in each pair of classes: float32 (classes, classes), on the CPU.

    From the weights, less the mean over classes, which softmax does not see. Jain et al. (2022) ask WordNet how alike
    two classes are; this asks the classifier itself, so it works for any classes, but belongs to that classifier.
    None where the network has no such layer.
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
