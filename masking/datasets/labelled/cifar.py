"""CIFAR-10 and CIFAR-100 through torchvision, from disk; downloaded only when asked for."""

from PIL import Image
from torchvision.datasets import CIFAR10, CIFAR100

from masking.datasets.labelled import LABELLED, Part, Pictures, pictures, square


def _read(kind: type[CIFAR10], part: Part) -> Pictures:
    try:
        found = kind(str(part.place), train=part.training, download=part.download)
    except RuntimeError:
        raise ValueError(
            f"{kind.__name__} is not in {part.place}; put it there, or write download = true under [data]"
        ) from None
    except OSError as error:
        raise ValueError(f"{kind.__name__} cannot be downloaded ({error}); put it into {part.place}") from None
    images = [square(Image.fromarray(pixels), part.size) for pixels in found.data]
    return pictures(images, found.targets, found.classes, part.place)


@LABELLED.register("cifar10")
def cifar10(part: Part) -> Pictures:
    """60,000 pictures of ten classes, 32 x 32 pixels (Krizhevsky 2009)."""
    return _read(CIFAR10, part)


@LABELLED.register("cifar100")
def cifar100(part: Part) -> Pictures:
    """60,000 pictures of a hundred classes, 32 x 32 pixels (Krizhevsky 2009)."""
    return _read(CIFAR100, part)
