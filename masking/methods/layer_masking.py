"""Layer masking: run the network on the visible pixels only, masked and padded at every layer."""

from dataclasses import dataclass

from torch import Tensor

from masking.layers import layer_masked
from masking.mask import Mask
from masking.methods import METHODS, Method
from masking.models.classifier import Classifier


@METHODS.register("layer_masking")
@dataclass(frozen=True)
class LayerMasking(Method):
    """No colour is invented: each layer sees visible cells, their neighbours' means at the rim, and nothing else."""

    title = "Layer masking"
    meaning = "Hidden pixels are not painted at all: every layer of the network computes from visible ones only."
    source = "Balasubramanian & Feizi, ICCV 2023 (arXiv 2211.14646), section 3"

    def supports(self, classifier: Classifier) -> str | None:
        """None, or the first operation of the network that has no masked form."""
        if classifier.family != "cnn":
            return f"layer masking is for convolutional networks; {classifier.name} is a transformer"
        missing = layer_masked(classifier.network).unsupported()
        if not missing:
            return None
        node, reason = missing[0]
        return f"layer masking cannot run {classifier.name}: {node} ({reason})"

    def _logits(self, classifier: Classifier, image: Tensor, mask: Mask) -> Tensor:
        try:
            return layer_masked(classifier.network)(classifier.normalise(image), mask.keep)
        except NotImplementedError as error:  # a refusal that depends on shapes, known only on the way
            raise ValueError(f"layer masking cannot run {classifier.name}: {error}") from None
