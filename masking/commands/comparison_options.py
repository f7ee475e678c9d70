"""The options that say which picture, mask and methods are compared, and the comparison that they name."""

from pathlib import Path
from typing import Annotated, Any

import typer

from masking.commands.app import methods_of
from masking.datasets.gallery import class_of_scene, object_of_scene
from masking.image import open_picture
from masking.inference.comparison import Comparison
from masking.inference.predict import compare
from masking.masks.mask import Mask
from masking.models.classifier import Classifier
from masking.runtime.assets import bundled_file

ImageFile = Annotated[Path, typer.Argument(help="A PNG, JPEG or WEBP picture.")]
MaskFile = Annotated[
    Path | None,
    typer.Option(help="A mask file: white or opaque pixels are present, black or transparent ones hidden."),
]
Patches = Annotated[
    float | None, typer.Option(help="Instead of a mask: hide this share of the picture in random patches.")
]
PatchSide = Annotated[int, typer.Option(help="Side of a random patch, in pixels.")]
PatchSeed = Annotated[int, typer.Option(help="Seed of the random patches.")]
ObjectFile = Annotated[
    Path | None,
    typer.Option(
        "--object",
        help="A mask file that hides the object exactly: then each answer is a leak, a harm, or as it should be. "
        "Bundled scenes have theirs.",
    ),
]


def make_comparison(
    model: Classifier,
    image: Path,
    mask: Path | None,
    patches: float | None,
    patch: int,
    seed: int,
    known_object: Path | None,
    methods: str,
) -> Comparison:
    """Return the comparison that the options of a command name.

    Raises:
        KeyError: an unknown method.
        ValueError: a file that cannot be read, or options that contradict each other; one sentence.
    """
    picture = open_picture(bundled_file(image))
    if mask is not None and patches is not None:
        raise ValueError("two things say what to hide; give --mask FILE or --patches SHARE, not both")
    if mask is not None:
        source: dict[str, Any] = {"file": mask.name}
        hidden = model.prepare_mask(bundled_file(mask), (picture.height, picture.width))
    elif patches is not None:
        source = {"random_patches": {"share": patches, "patch": patch, "seed": seed}}
        hidden = Mask.random_patches(model.input_size, patches, patch, seed)
    else:
        raise ValueError("nothing says what to hide; give --mask FILE or --patches SHARE")
    scene_object = object_of_scene(bundled_file(image))
    object_file = known_object or scene_object
    size = picture.height, picture.width
    return compare(
        model,
        picture,
        hidden,
        methods_of(methods, model),
        mask_source=source,
        known_object=None if object_file is None else model.prepare_mask(bundled_file(object_file), size),
        object_class=class_of_scene(image) if scene_object and not known_object else None,
    )
