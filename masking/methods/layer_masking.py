"""Layer masking: the network computes from visible pixels only, masked and padded at every layer."""

from dataclasses import dataclass
from typing import Any, ClassVar

from torch import Tensor

from masking.layers import Convolution, Joins, LayerMasked, Masked, layer_masked
from masking.masks.mask import Mask
from masking.methods import METHODS, Method, Style
from masking.models.classifier import Classifier
from masking.models.family import guess_family


@METHODS.register("layer_masking")
@dataclass(frozen=True)
class LayerMasking(Method, Joins):
    """No colour is invented: each layer sees only visible cells, and at their rim the means of neighbours."""

    title = "Layer masking"
    meaning = "Hidden pixels are not painted at all: every layer of the network computes from visible ones only."
    source = "Balasubramanian & Feizi, ICCV 2023 (arXiv 2211.14646), section 3"
    style = Style("#6a3ffe", "circle", "solid")
    family = "cnn"
    convolution: ClassVar[Convolution] = "neighbour"

    def supports(self, classifier: Classifier) -> str | None:
        """Return None, or a sentence with the first operation of the network that has no masked form."""
        missing = self._engine(classifier).unsupported() if classifier.family == "cnn" else []
        if classifier.family != "cnn" or (missing and guess_family(classifier.network) != "cnn"):
            hint = "" if METHODS["token_dropping"]().supports(classifier) else ", for which there is token dropping"
            return f"{self.title.lower()} is for convolutional networks; {classifier.name} is a transformer{hint}"
        return f"{self._cannot_run(classifier)}: {missing[0][0]} ({missing[0][1]})" if missing else None

    def blind(self, classifier: Classifier, image: Tensor, mask: Mask) -> Tensor:
        """Return for each image whether no cell is visible in the last masked layer; skips pass over small regions."""
        return self.answer(classifier, image, mask)[1]

    def _answer(self, classifier: Classifier, image: Tensor, mask: Mask) -> tuple[Tensor, Tensor]:
        visible = mask.keep

        def watch(_: str, result: Any) -> None:
            nonlocal visible
            visible = result.keep.cells if isinstance(result, Masked) else visible

        try:
            logits = self._engine(classifier)(classifier.normalise(image), mask.keep, watch)
        except NotImplementedError as error:  # a refusal that depends on shapes, which are known only while running
            raise ValueError(f"{self._cannot_run(classifier)}: {error}") from None
        return logits, ~visible.any((1, 2, 3)).expand(len(image))

    def _engine(self, classifier: Classifier) -> LayerMasked:
        return layer_masked(classifier.network, self, self.convolution, classifier.input_size)

    def _cannot_run(self, classifier: Classifier) -> str:
        return f"{self.title.lower()} cannot run {classifier.name}"
