"""A vision transformer small enough to travel with the code."""

import torch
from torch import Tensor, nn
from torchvision.models import VisionTransformer

from masking.models import ARCHITECTURES


class SmallViT(VisionTransformer):
    """torchvision's vision transformer; each patch is read by two layers of small filters instead of one large one.

    Normalised images (n, 3, h, w) of one size in, logits (n, num_classes) out. No filter crosses the border of a patch,
    so a token knows nothing of the patches around it before attention.
    """

    def __init__(self, num_classes: int, image_size: int, patch_size: int, width: int, depth: int, heads: int):
        super().__init__(image_size, patch_size, depth, heads, width, 2 * width, num_classes=num_classes)
        fine = patch_size // 4
        self.conv_proj = nn.Sequential(
            nn.Conv2d(3, width // 2, fine, stride=fine), nn.GELU(), nn.Conv2d(width // 2, width, 4, stride=4)
        )

    def with_tokens(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """The logits, and what the encoder says of each patch: (n, patches, width), row by row."""
        patches = self._process_input(x)
        encoded = self.encoder(torch.cat([self.class_token.expand(len(x), -1, -1), patches], dim=1))
        return self.heads(encoded[:, 0]), encoded[:, 1:]


@ARCHITECTURES.register("small_vit")
def small_vit(
    num_classes: int, image_size: int = 128, patch_size: int = 16, width: int = 160, depth: int = 5, heads: int = 5
) -> SmallViT:
    """A small vision transformer with fresh weights: 1.3 million parameters as it stands.

    `width` is the length of a token, `depth` the number of layers. ValueError for sizes that do not divide.
    """
    for whole, part, sentence in (
        (image_size, patch_size, "images of {} pixels cannot be cut into patches of {}"),
        (patch_size, 4, "patches of {} pixels cannot be cut into {} by {} pieces"),
        (width, heads, "tokens of {} numbers cannot be shared among {} heads"),
    ):
        if whole % part:
            raise ValueError(f"{sentence.format(whole, part, part)}; give sizes that divide")
    return SmallViT(num_classes, image_size, patch_size, width, depth, heads)
