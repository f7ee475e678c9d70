"""Whether a classifier that sees a small picture of a thing compares things as it does with the large picture."""

from torch import Tensor
from torch.nn.functional import cosine_similarity

from masking.measures.linearity import TINY
from masking.measures.measure import measure


@measure(
    "Concordance error",
    "cosine, 0 … 2",
    "lower",
    "How much the similarity of two pictures' features changes when both pictures are shrunk and the rest is missing.",
    "Balasubramanian & Feizi 2023, concordance experiments (average Δ cosine similarity)",
)
def concordance_error(shown: Tensor, whole: Tensor) -> Tensor:
    """Compute |cos(f_s(a), f_s(b)) − cos(f(a), f(b))| for pairs of pictures a and b, float64 (…,).

    Args:
        shown: (…, 2, d), features of both pictures when only a part of the input is present.
        whole: (…, 2, d), features of both whole pictures.

    Raises:
        ValueError: shapes that differ, or features that are no pairs.
    """
    if shown.shape != whole.shape or shown.ndim < 2 or shown.shape[-2] != 2:
        shapes = f"{tuple(shown.shape)} and {tuple(whole.shape)}"
        raise ValueError(f"concordance needs features (…, 2, d) of pairs, shown and whole; these are {shapes}")
    parts, all_of_it = (
        cosine_similarity(features[..., 0, :], features[..., 1, :], dim=-1, eps=TINY)
        for features in (shown.double(), whole.double())
    )
    return (parts - all_of_it).abs()
