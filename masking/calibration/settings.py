"""The settings of a fit: shares, masks, form, ridge, seed."""

from dataclasses import dataclass

from masking.registry.params import check_params, param

MATRIX, DIAGONAL, AUTO = "matrix", "diagonal", "auto"
MOST_MATRIX_CLASSES = 64
"""With more classes than this, `auto` means the diagonal form: a matrix has the square of that many parameters."""
CELLS = 8
"""The least number of patches along the shorter side of an image; the side of a patch shrinks for small images."""


@dataclass(frozen=True)
class CalibrationSettings:
    """The settings of a fit."""

    shares: tuple[float, ...] = param((0.25, 0.5, 0.75), "shares of the image that are hidden", low=0.01, high=0.99)
    masks: int = param(1, "random masks per image and share", low=1, high=100)
    patch: int = param(
        16, f"side of a patch; at most 1/{CELLS} of the shorter side of the image", low=1, high=512, unit="px"
    )
    form: str = param(
        AUTO,
        f"a matrix, or a factor per class; auto: a matrix up to {MOST_MATRIX_CLASSES} classes",
        choices=(AUTO, MATRIX, DIAGONAL),
    )
    per_share: bool = param(False, "whether each share gets a map of its own; the nearest share's is used")
    ridge: float = param(1e-3, "weight of the squared distance from the identity", low=0, high=1e6)
    seed: int = param(0, "seed of the random masks", low=0, high=2**31 - 1)

    def __post_init__(self):
        check_params(self)

    def form_for(self, classes: int) -> str:
        """Return `matrix` or `diagonal` for a number of classes."""
        if self.form != AUTO:
            return self.form
        return MATRIX if classes <= MOST_MATRIX_CLASSES else DIAGONAL

    def patch_for(self, size: tuple[int, int]) -> int:
        """Return the side of a patch in pixels for images of size (h, w)."""
        return max(1, min(self.patch, min(size) // CELLS))
