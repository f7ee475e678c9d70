"""A vision transformer that is small enough to be bundled with the code."""

import torch
from torch import Tensor, nn
from torchvision.models import VisionTransformer

from masking.models import ARCHITECTURES


class SmallViT(VisionTransformer):
    """torchvision's vision transformer, in which two layers of small filters read each patch instead of one large one.

    It maps normalised images (n, 3, h, w) of one size to logits (n, num_classes). No filter crosses the border of a
    patch, so before attention a token depends on its own patch only.
    """

    def __init__(self, num_classes: int, image_size: int, patch_size: int, width: int, depth: int, heads: int):
        super().__init__(image_size, patch_size, depth, heads, width, 2 * width, num_classes=num_classes)
        fine = patch_size // 4
        self.conv_proj = nn.Sequential(
            nn.Conv2d(3, width // 2, fine, stride=fine), nn.GELU(), nn.Conv2d(width // 2, width, 4, stride=4)
        )

    def with_tokens(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return the logits and the encoder's output for each patch: (n, patches, width), row by row."""
        patches = self._process_input(x)
        encoded = self.encoder(torch.cat([self.class_token.expand(len(x), -1, -1), patches], dim=1))
        return self.heads(encoded[:, 0]), encoded[:, 1:]


@ARCHITECTURES.register("small_vit")
def small_vit(
    num_classes: int, image_size: int = 128, patch_size: int = 16, width: int = 160, depth: int = 5, heads: int = 5
) -> SmallViT:
    """Build a small vision transformer with fresh weights, by default of 1.3 million parameters.

    Args:
        num_classes: number of logits.
        image_size: side of the images, in pixels.
        patch_size: side of a patch, in pixels.
        width: length of a token.
        depth: number of layers.
        heads: attention heads of each layer.

    Raises:
        ValueError: sizes that do not divide.
    """
    for whole, part, sentence in (
        (image_size, patch_size, "images of {} pixels cannot be cut into patches of {}"),
        (patch_size, 4, "patches of {} pixels cannot be cut into {} by {} pieces"),
        (width, heads, "tokens of {} numbers cannot be shared among {} heads"),
    ):
        if whole % part:
            raise ValueError(f"{sentence.format(whole, part, part)}; give sizes that divide")
    return SmallViT(num_classes, image_size, patch_size, width, depth, heads)
