"""Gradient × input and related attributions: products of the gradient and the input."""

from dataclasses import dataclass

from torch import Tensor

from masking.attribution.attribution import ATTRIBUTIONS, Attribution, Heat
from masking.attribution.gradient import ONE_AND_ONE, input_gradient
from masking.models.classifier import Classifier


class GradientProduct(Attribution):
    """An attribution computed value by value from the gradient, the input and the unmasked image."""

    relative_cost = ONE_AND_ONE

    def _heat(self, classifier: Classifier, x: Tensor, target: Tensor, original: Tensor) -> Heat:
        gradient, logits = input_gradient(classifier, x, target)
        return Heat(self.product(gradient, x, original), logits)

    def product(self, gradient: Tensor, x: Tensor, original: Tensor) -> Tensor:
        """Return the heat from gradient, normalised input and unmasked input, all of shape (n, 3, h, w)."""
        raise NotImplementedError


@ATTRIBUTIONS.register("gxi")
@dataclass(frozen=True)
class GradientXInput(GradientProduct):
    """The gradient times the input; on a network without biases, it sums up to the logit."""

    title = "Gradient × input (GxI)"
    meaning = "What each value adds to the class's logit if the network is linear; exact for networks without biases."
    source = "Shrikumar et al. 2016 (arXiv 1605.01713); Lee & Chang 2021 (arXiv 2102.07332), table 2"

    def product(self, gradient: Tensor, x: Tensor, original: Tensor) -> Tensor:
        """See `GradientProduct`."""
        del original
        return gradient * x


@ATTRIBUTIONS.register("gxsi")
@dataclass(frozen=True)
class GradientXSignOfInput(GradientProduct):
    """The gradient times the sign of the input: how the logit changes as a value moves away from the mean colour."""

    title = "Gradient × sign of input (GxSI)"
    meaning = "How fast the class's logit grows as each value moves further away from the mean colour."
    source = "Lee & Chang 2021 (arXiv 2102.07332), equation 13"

    def product(self, gradient: Tensor, x: Tensor, original: Tensor) -> Tensor:
        """See `GradientProduct`. The sign is the masked input's, as in the authors' code."""
        del original
        return gradient * x.sign()


@ATTRIBUTIONS.register("pgxi")
@dataclass(frozen=True)
class PositiveGradientXInput(GradientProduct):
    """The positive part of the gradient times the input, as the paper defines it."""

    title = "Positive gradient × input (PGxI, paper)"
    meaning = "Gradient × input where the gradient is positive, 0 elsewhere: the paper's formula, not that of its code."
    source = "Lee & Chang 2021 (arXiv 2102.07332), table 2"

    def product(self, gradient: Tensor, x: Tensor, original: Tensor) -> Tensor:
        """See `GradientProduct`."""
        del original
        return gradient.clamp(min=0) * x


@ATTRIBUTIONS.register("pgxi_released")
@dataclass(frozen=True)
class PositiveGradientXInputReleased(GradientProduct):
    """The magnitude of the gradient times the image before any masking, as the authors' released code computes it."""

    title = "Positive gradient × input (PGxI, as in the authors' code)"
    meaning = "Magnitude of the gradient × the unmasked image; the paper's tables probably use this."
    source = "Lee & Chang 2021 (arXiv 2102.07332), released code: captum's Saliency (absolute) times the image"

    def product(self, gradient: Tensor, x: Tensor, original: Tensor) -> Tensor:
        """See `GradientProduct`."""
        del x
        return gradient.abs() * original
