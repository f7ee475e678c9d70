"""Pictures that come with the project: scikit-image's photographs and rendered silhouettes scenes."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import skimage.data
from PIL import Image

from masking.datasets.silhouettes.render import World, render
from masking.image import open_picture, to_picture
from masking.masks.mask import Mask
from masking.models.picture_kinds import PictureKind
from masking.registry import near_names
from masking.runtime.assets import ASSETS

SCENES = ASSETS / "scenes"
SCENE_SIZE = 224


@dataclass(frozen=True)
class Sample:
    """A picture with its name in links, a title and a credit; scenes also have the object's mask (PNG) and class.

    `kind` says whether it is a photograph or a drawn scene.
    """

    name: str
    title: str
    credit: str
    open: Callable[[], Image.Image]
    kind: PictureKind
    object_mask: Path | None = None
    object_class: str | None = None


def _photograph(name: str, title: str, credit: str) -> Sample:
    def open_photograph() -> Image.Image:
        return open_picture(getattr(skimage.data, name)())

    return Sample(name, title, credit, open_photograph, PictureKind.PHOTOGRAPH)


def _scene(path: Path) -> Sample:
    return Sample(
        f"scene-{path.stem.partition('-')[0]}",
        f"Drawn {class_of_scene(path)}",
        "Rendered by Missingness Explorer, Apache-2.0",
        lambda: open_picture(path),
        PictureKind.DRAWN,
        SCENES / "objects" / path.name,
        class_of_scene(path),
    )


_PHOTOGRAPHS = (
    _photograph("chelsea", "Chelsea the cat", "Stefan van der Walt, CC0, via scikit-image"),
    _photograph("coffee", "Coffee cup", "Rachel Michetti, courtesy of Pikolo Espresso Bar, CC0, via scikit-image"),
    _photograph("astronaut", "Astronaut Eileen Collins", "NASA, public domain, via scikit-image"),
    _photograph("rocket", "Falcon 9 launch", "SpaceX, public domain, via scikit-image"),
    _photograph("brick", "Brick wall", "CC0 Textures, CC0, via scikit-image"),
    _photograph("camera", "Cameraman", "Lav Varshney, CC0, via scikit-image"),
)


REMOVED = {"stereo_motorcycle": "it names no licence; take another picture, for example coffee"}
"""Pictures that the gallery had once, and why it has them no more."""


def class_of_scene(path: Path) -> str:
    """Return the class of the object of a bundled scene, by the name of its file."""
    return path.stem.partition("-")[2]


def object_of_scene(path: Path) -> Path | None:
    """Return the mask file that hides the object of a bundled scene exactly; None for any other picture."""
    if path.resolve().parent != SCENES.resolve():
        return None
    mask = SCENES / "objects" / path.name
    return mask if mask.is_file() else None


def render_scenes(folder: Path = SCENES) -> list[Path]:
    """Write the first scene of each class as `seed-class.png`, and its exact object mask; return the scene files.

    The gallery opens these files because the first rendering is slow.
    """
    world = World(size=SCENE_SIZE)
    labels = render(World(size=48), range(40 * len(world.classes))).labels.tolist()
    (folder / "objects").mkdir(parents=True, exist_ok=True)
    written = []
    for index, category in enumerate(world.classes):
        seed = labels.index(index)
        written.append(folder / f"{seed:03d}-{category}.png")
        scene = render(world, [seed])
        to_picture(scene.images).save(written[-1], optimize=True)
        (folder / "objects" / written[-1].name).write_bytes(Mask(~scene.objects).to_png())
    return written


@cache
def samples() -> dict[str, Sample]:
    """Return every sample by name: photographs, the cat first, then drawn scenes."""
    scenes = (_scene(path) for path in sorted(SCENES.glob("*.png")))
    return {sample.name: sample for sample in (*_PHOTOGRAPHS, *scenes)}


def first_sample(kind: PictureKind) -> Sample:
    """Return the sample of this kind that pages and examples begin with."""
    return next(sample for sample in samples().values() if sample.kind == kind)


def open_sample(name: str) -> Image.Image:
    """Return a sample as an RGB picture. Raises KeyError for an unknown name."""
    if name in REMOVED:
        raise KeyError(f"the sample {name!r} was removed: {REMOVED[name]}")
    if name not in samples():
        raise KeyError(f"there is no sample {name!r}; {near_names(name, list(samples()))}")
    return samples()[name].open()
