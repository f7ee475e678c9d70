"""MIA, the accuracy on masked images: how often a classifier predicts the expected class."""

from torch import Tensor

from masking.measures.estimate import Estimate, rate
from masking.measures.measure import measure


@measure(
    "Accuracy on masked images (MIA)",
    "share, 0 … 1",
    "higher",
    "How often masked images are classified as the label that their mask was made for: not accuracy on unseen data.",
    "Lee & Chang 2021 (arXiv 2102.07332), table 2",
)
def mia(logits: Tensor, expected: Tensor) -> Estimate:
    """Compute how often masked images are classified as the label that their mask was made for.

    This is not accuracy on unseen data. The mask depends on the label, so a high value means that masking steers the
    classifier, not that the mask shows the object. Dead inputs, with all logits exactly 0, count as wrong, although
    argmax would name the first class.

    Args:
        logits: (n, classes), of one step.
        expected: integer class indices (n,).

    Returns:
        The share with its 95 % interval (Wilson).

    Raises:
        ValueError: no image, or shapes that do not fit.
    """
    if logits.ndim != 2 or expected.shape != logits.shape[:1]:
        shapes = f"{tuple(logits.shape)} and {tuple(expected.shape)}"
        raise ValueError(f"the logits and expected classes have shapes {shapes}; give (n, classes) and (n,)")
    answered = (logits != 0).any(1)
    return rate(int(((logits.argmax(1) == expected.to(logits.device)) & answered).sum()), len(logits))
