"""A classifier: a frozen network together with its preprocessing, normalisation and categories."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn

from masking.image import ImageInput, centre_view, check_image, open_picture, to_image
from masking.masks.mask import Mask
from masking.runtime.memory import out_of_memory

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)

Family = Literal["cnn", "vit"]


class Classifier(nn.Module):
    """A frozen network that takes images (n, 3, h, w) in [0, 1] and gives logits (n, classes).

    Args:
        name: how it is called in pickers, links and results.
        network: takes normalised images, gives logits; put into evaluation mode and frozen.
        categories: class names in index order.
        input_size: (h, w) in pixels.
        mean: colour that becomes zero after normalisation, RGB in [0, 1].
        std: RGB divisor of the normalisation.
        family: "cnn" or "vit".
        resize: shorter side in pixels before the central crop; default the input's own height.
        interpolation: of that resizing, as torchvision names it.
        weights_digest: sha256 of the weights file, for manifests.
    """

    mean: Tensor
    std: Tensor

    def __init__(
        self,
        name: str,
        network: nn.Module,
        categories: Sequence[str],
        input_size: tuple[int, int] = (224, 224),
        mean: Sequence[float] = IMAGENET_MEAN,
        std: Sequence[float] = IMAGENET_STD,
        family: Family = "cnn",
        resize: int | None = None,
        interpolation: str = "bilinear",
        weights_digest: str = "",
    ):
        super().__init__()
        self.name = name
        self.network = network
        self.categories = tuple(categories)
        self.input_size = input_size
        self.family: Family = family
        self.resize = resize or min(input_size)
        self.interpolation = interpolation
        self.weights_digest = weights_digest
        self._takes = {input_size}
        self.register_buffer("mean", torch.tensor(mean, dtype=torch.float32).view(1, 3, 1, 1))
        self.register_buffer("std", torch.tensor(std, dtype=torch.float32).view(1, 3, 1, 1))
        self.eval().requires_grad_(requires_grad=False)

    def normalise(self, image: Tensor) -> Tensor:
        """(image − mean) / std per channel, in the precision of the weights."""
        return ((image - self.mean) / self.std).to(self.mean.dtype)

    def forward(self, image: Tensor) -> Tensor:
        """Logits (n, classes) of images (n, 3, h, w) in [0, 1]. Raises ValueError on a shape that it cannot take."""
        self._check(image)
        return self.network(self.normalise(image))

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        return self.mean.device

    @property
    def key(self) -> str:
        """The name in caches and jobs: equal keys (name, weights and device) mean equal answers."""
        return f"{self.name} {self.weights_digest} {self.device}"

    @property
    def view_share(self) -> float:
        """How much of the picture's shorter side the central crop shows, 0 … 1."""
        return self.input_size[0] / self.resize

    def prepare(self, source: ImageInput) -> Tensor:
        """A picture as this classifier sees it: float32 (1, 3, h, w) in [0, 1], on the classifier's device.

        Tensors pass unchanged after a check; of any height and width, where the network takes any. Raises ValueError
        with one sentence on anything unreadable.
        """
        if isinstance(source, Tensor):
            self._check(source)
            return source.to(self.device)
        view = centre_view(open_picture(source), self.resize, self.input_size, self.interpolation)
        return to_image(view).to(self.device)

    def _check(self, image: Tensor) -> None:
        """Raise ValueError unless the network takes such images; a size that is new to it is tried on a blank one."""
        check_image(image)
        size = (image.shape[2], image.shape[3])
        if size in self._takes:
            return
        try:
            with torch.inference_mode():
                self.network(self.mean.new_zeros(1, 3, *size))
        except (RuntimeError, AssertionError) as error:  # what layers of a fixed size, and torchvision's ViTs, raise
            if isinstance(error, RuntimeError) and out_of_memory(error):
                raise
            raise ValueError(
                "the image is {}x{} (height x width) but {} takes {}x{} only; resize it".format(
                    *size, self.name, *self.input_size
                )
            ) from None
        self._takes.add(size)

    def prepare_mask(self, data: bytes | str | Path, picture_size: tuple[int, int] | None = None) -> Mask:
        """A mask picture in this classifier's frame; it may have the whole picture's size or the frame's.

        Where both sizes are the same, it is taken for the whole picture's, and resized and cropped with it.

        Args:
            data: bytes or path of a PNG, bright = present, dark = hidden.
            picture_size: (h, w) of the picture it belongs to.

        Raises:
            ValueError: it has neither size.
        """
        content = data if isinstance(data, bytes) else read_bytes(data, "mask")
        mask = Mask.from_png(content)
        if mask.size != picture_size and mask.size == self.input_size:
            return mask
        if picture_size is None or mask.size != picture_size:
            sizes = {self.input_size: "{}x{}".format(*self.input_size)}
            if picture_size is not None:
                sizes[picture_size] = "{}x{}".format(*picture_size)
            raise ValueError(
                "mask is {}x{} (height x width) but the image is {}; save the mask at that size".format(
                    *mask.size, " or ".join(sizes.values())
                )
            )
        # Resized like the picture itself: a pixel is present only if nothing hidden was mixed into it.
        present = Image.fromarray(mask.keep[0, 0].numpy().astype(np.float32))
        view = centre_view(present, self.resize, self.input_size, self.interpolation)
        return Mask(torch.from_numpy(np.array(view) > 1 - 1e-4)[None, None])


def read_bytes(path: str | Path, what: str) -> bytes:
    """The bytes of a file. Raises ValueError with one sentence when it cannot be read."""
    try:
        return Path(path).expanduser().read_bytes()
    except OSError as error:
        reason = error.strerror or str(error)
        raise ValueError(f"the {what} {path} cannot be read ({reason}); check the path") from None
