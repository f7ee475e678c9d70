"""The type `Classifier`: a frozen network together with its preprocessing, normalisation and categories."""

from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor, nn

from masking.image import ImageInput, centre_view, check_image, open_picture, to_image
from masking.masks.framing import frame_present
from masking.masks.mask import Mask
from masking.models.family import Family, guess_family
from masking.models.input_checks import (
    check_answers,
    check_categories,
    check_family,
    check_interpolation,
    check_normalisation,
    check_size,
    check_values,
)
from masking.models.network_digest import CachedDigest, network_digest
from masking.models.picture_kinds import PictureKind
from masking.models.precision import network_device, unwrapped
from masking.models.probe import logits_network
from masking.runtime.file_bytes import read_file
from masking.runtime.memory import out_of_memory

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)


class Classifier(nn.Module):
    """A frozen network that maps images (n, 3, h, w) in [0, 1] to logits (n, classes).

    Args:
        name: its name in pickers, links and results.
        network: maps normalised images to logits (n, classes), or to a tuple, dict or output object with logits; if it
            ends in softmax, the logits are the logarithms. It is put into evaluation mode and frozen, not copied,
            except that one with weights in half precision is copied to float32. It runs once or twice on noise.
        categories: class names in index order.
        input_size: (h, w) in pixels.
        mean: the colour that normalisation turns into zero, RGB in [0, 1].
        std: the divisors of the normalisation, RGB.
        family: "cnn" or "vit".
        resize: shorter side in pixels before the central crop; default the shorter side of the input.
        interpolation: how that resizing interpolates, by torchvision's name.
        weights_digest: sha256 of the weights file, for manifests.
        output: which entry of a tuple, dict or output object holds the logits, if several could.
        binary: whether one number z for each image is read as the logits −z/2 and z/2 of two classes.

    Raises:
        ValueError: the network takes no such images, or its answer is no logit per category; one sentence.
    """

    mean: Tensor
    std: Tensor
    trained_on: PictureKind = PictureKind.UNKNOWN
    """What the pictures were that the network has learnt from, where its author says so."""

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
        output: int | str | None = None,
        *,
        binary: bool = False,
    ):
        super().__init__()
        self.name = name
        self.categories = check_categories(categories)
        self.input_size = check_size(input_size)
        normalisation = check_normalisation(mean, std)
        colours = 3 if len(mean) == 3 else 1
        self.network, dtype = logits_network(
            network, len(self.categories), self.input_size, name, normalisation, colours, output, binary=binary
        )
        self.family: Family = check_family(family)
        self.resize = resize or min(self.input_size)
        self.interpolation = check_interpolation(interpolation)
        self.weights_digest = weights_digest
        self._tensors = CachedDigest()
        self._takes = {self.input_size}
        device = network_device(self.network)
        for key, values in zip(("mean", "std"), normalisation, strict=True):
            self.register_buffer(key, torch.tensor(values, dtype=dtype, device=device).view(1, 3, 1, 1))
        self.eval().requires_grad_(requires_grad=False)

    def normalise(self, image: Tensor) -> Tensor:
        """Return (image − mean) / std per channel, in the precision of the weights."""
        return ((image - self.mean) / self.std).to(self.mean.dtype)

    def forward(self, image: Tensor) -> Tensor:
        """Return logits (n, classes) of images (n, 3, h, w) in [0, 1]; ValueError on a shape that does not fit."""
        self._check(image)
        return check_answers(self.network(self.normalise(image)), self.name)

    @classmethod
    def from_network(
        cls,
        network: nn.Module,
        categories: Sequence[str],
        *,
        input_size: tuple[int, int] = (224, 224),
        mean: Sequence[float] = IMAGENET_MEAN,
        std: Sequence[float] = IMAGENET_STD,
        name: str = "",
        resize: int | None = None,
        interpolation: str = "bilinear",
        family: Family | None = None,
        output: int | str | None = None,
    ) -> "Classifier":
        """Make a classifier of any PyTorch network; it takes what `Classifier` takes, with more defaults.

        Args:
            network: maps normalised images to an answer that holds logits or probabilities.
            categories: class names in index order; two names for a network with one logit, that of class 0 first.
            input_size: (h, w) in pixels.
            mean: RGB in [0, 1], or one number for a network that takes grey images.
            std: RGB, or one number.
            name: default the name of the network's class.
            resize: shorter side in pixels before the central crop; default that of the input.
            interpolation: "bilinear" or "bicubic".
            family: "cnn" or "vit"; default "vit" if the network has at least as many attentions as convolutions.
            output: which entry of a tuple, dict or output object holds the logits, if several could.

        Raises:
            ValueError: the network takes no such images, or its answer is no logit per category; one sentence.
        """
        network = unwrapped(network)
        classifier = cls(
            name or type(network).__name__,
            network,
            categories,
            input_size,
            mean,
            std,
            family or guess_family(network),
            resize,
            interpolation,
            output=output,
            binary=True,
        )
        classifier.weights_digest = network_digest(network)
        return classifier

    @property
    def device(self) -> torch.device:
        """The device of the weights."""
        return self.mean.device

    @property
    def key(self) -> str:
        """The name in caches and jobs: equal keys mean equal answers.

        It consists of name, digest of the weights and device. Where no file of weights was given, the digest is that of
        the network's tensors, computed again if they change.
        """
        return f"{self.name} {self.weights_digest or self._tensors.digest(self.network)} {self.device}"

    @property
    def view_share(self) -> float:
        """The share of the largest centred box of the input's shape that the central crop shows, per side, 0 … 1.

        For a square input this is the share of the picture's shorter side.
        """
        return min(1.0, min(self.input_size) / self.resize)

    def prepare(self, source: ImageInput) -> Tensor:
        """Turn a picture into what this classifier sees: float32 (1, 3, h, w) in [0, 1], on the classifier's device.

        Tensors are checked and pass unchanged. They may have any height and width that the network takes. Raises
        ValueError with one sentence if the picture cannot be read.
        """
        if isinstance(source, Tensor):
            self._check(source)
            check_values(source)
            return source.to(self.device)
        view = centre_view(open_picture(source), self.resize, self.input_size, self.interpolation)
        return to_image(view).to(self.device)

    def _check(self, image: Tensor) -> None:
        """Raise ValueError unless the network takes such images; a new size is tried once, on a blank image."""
        check_image(image)
        size = (image.shape[2], image.shape[3])
        if size in self._takes:
            return
        if not self._runs_on(size):
            raise ValueError(
                "the image is {}x{} (height x width) but {} takes {}x{} only; resize it".format(
                    *size, self.name, *self.input_size
                )
            )
        self._takes.add(size)

    def _runs_on(self, size: tuple[int, int]) -> bool:
        """Return whether the network gives logits (1, classes) for a blank image of this size."""
        try:
            with torch.inference_mode():
                answer = self.network(self.mean.new_zeros(1, 3, *size))
        except (RuntimeError, AssertionError, ValueError) as error:  # of layers, of torchvision's and of others' ViTs
            if isinstance(error, RuntimeError) and out_of_memory(error):
                raise
            return False
        return answer.shape == (1, len(self.categories))

    def prepare_mask(self, data: bytes | str | Path, picture_size: tuple[int, int] | None = None) -> Mask:
        """Read a mask picture in this classifier's frame; it has the size of the whole picture or of the frame.

        If both sizes are equal, it counts as a mask of the whole picture, and is resized and cropped with it.

        Args:
            data: the bytes or the path of a mask file; `masking.masks.mask_file.read_present` says how it is read.
            picture_size: (h, w) of the picture that it belongs to.

        Raises:
            ValueError: the mask has another size.
        """
        content = data if isinstance(data, bytes) else read_file(data, "mask")
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
        present = frame_present(mask.keep[0, 0].numpy(), self.resize, self.input_size, self.interpolation)
        return Mask(torch.from_numpy(present)[None, None])
