"""A folder with one folder of pictures per class, as ImageNet and most others come."""

from torchvision.datasets import ImageFolder

from masking.datasets.labelled import LABELLED, Part, Pictures, pictures, square


@LABELLED.register("folder")
def folder(part: Part) -> Pictures:
    """Pictures of `place/class/picture.jpg`; the folders' names in alphabetical order are the classes."""
    if not part.place.is_dir():
        raise ValueError(f"there is no folder {part.place}; check the path")
    try:
        found = ImageFolder(str(part.place))
        images = [square(picture, part.size) for picture, _ in found]
    except FileNotFoundError:
        raise ValueError(f"{part.place} needs one folder of pictures per class; sort them into folders") from None
    except OSError as error:
        raise ValueError(f"a picture below {part.place} cannot be read ({error}); remove it") from None
    return pictures(images, found.targets, found.classes, part.place)
