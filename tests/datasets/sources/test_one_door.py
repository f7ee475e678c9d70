"""Every source and every training open a picture alike: upright, 16 bits scaled, transparency on white."""

import io
from pathlib import Path

import numpy as np
import pytest
import torch
import torchvision
from PIL import Image

from masking.datasets.sources import SOURCES, TrainingPart
from masking.datasets.sources.folder import open_with_masks
from masking.datasets.sources.torchvision_set import open_object_set
from masking.image import open_picture, to_image

RAMP = np.linspace(0, 255, 40 * 60).reshape(40, 60)


def encoded(picture: Image.Image, kind="PNG", **options) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def turned() -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = 6
    return exif


GREY = Image.fromarray(RAMP.astype(np.uint8))
FILES = {
    "turned": (encoded(GREY.convert("RGB"), "JPEG", exif=turned(), quality=95), np.rot90(RAMP, -1)),
    "16 bits": (encoded(Image.fromarray((RAMP * 257).astype(np.uint16))), RAMP),
    "transparent": (encoded(Image.merge("LA", [GREY, Image.new("L", GREY.size, 0)])), RAMP * 0 + 255),
    "turned and clear": (
        encoded(Image.merge("LA", [GREY, Image.fromarray(np.uint8((RAMP < 128) * 255))]), exif=turned()),
        np.rot90(np.where(RAMP < 128, RAMP, 255), -1),
    ),
}


def write(path: Path, data: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def folder(root: Path, data: bytes):
    write(root / "cat" / "a.png", data)
    return SOURCES["folder"](str(root)).open()


def training_folder(root: Path, data: bytes):
    write(root / "cat" / "a.png", data)
    return SOURCES["folder"].open_part(TrainingPart(root))


def archive(root: Path, data: bytes):
    root.mkdir(exist_ok=True)
    np.savez(root / "a.npz", data=np.frombuffer(data, np.uint8), offsets=[0, len(data)], labels=[0], classes=["cat"])
    return SOURCES["jpeg_archive"](str(root / "a.npz")).open()


def image_list(root: Path, data: bytes):
    write(root / "a.png", data)
    (root / "list.csv").write_text("path,label\na.png,cat\n")
    return SOURCES["listed"](str(root / "list.csv")).open()


def with_masks(root: Path, data: bytes):
    write(root / "images" / "a.png", data)
    height, width = np.asarray(open_picture(data)).shape[:2]
    write(root / "masks" / "a.png", encoded(Image.new("1", (width, height), 1)))
    return open_with_masks(root / "images", root / "masks")


def pets(root: Path, data: bytes, *, classes: bool = True):
    base = root / "oxford-iiit-pet"
    write(base / "images" / "Abyssinian_1.jpg", data)
    write(base / "annotations" / "trimaps" / "Abyssinian_1.png", encoded(Image.new("L", (60, 40), 1)))
    write(base / "annotations" / "test.txt", b"Abyssinian_1 1 1 1\n")
    return SOURCES["torchvision"]("oxford-pets", str(root)).open() if classes else open_object_set("oxford-pets", root)


def pets_without_classes(root: Path, data: bytes):
    return pets(root, data, classes=False)


def pascal(root: Path, data: bytes):
    base = root / "VOCdevkit" / "VOC2012"
    write(base / "JPEGImages" / "a.jpg", data)
    write(base / "SegmentationClass" / "a.png", encoded(Image.new("L", (60, 40), 1)))
    write(base / "ImageSets" / "Segmentation" / "val.txt", b"a\n")
    return open_object_set("voc", root)


def imagenette(root: Path, data: bytes):
    for wordnet_id in torchvision.datasets.Imagenette._WNID_TO_CLASS:
        write(root / "imagenette2-320" / "val" / wordnet_id / "a.JPEG", data)
    return SOURCES["torchvision"]("imagenette", str(root)).open()


DOORS = [folder, training_folder, archive, image_list, with_masks, pets, pets_without_classes, pascal, imagenette]


@pytest.mark.parametrize(("data", "expected"), FILES.values(), ids=FILES)
@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.__name__)
def test_every_source_opens_a_picture_alike(door, data, expected, tmp_path):
    picture = door(tmp_path / "set", data).item(0).picture
    assert picture.mode == "RGB"
    assert torch.equal(to_image(picture), to_image(open_picture(data)))
    assert np.abs(np.asarray(picture)[..., 0] - expected).max() <= 6  # a JPEG is not exact


@pytest.mark.parametrize("source", ["folder", "listed", "training"])
def test_a_picture_as_narrow_as_a_line_is_called_by_its_name(tmp_path, source):
    (tmp_path / "bird").mkdir()
    narrow = tmp_path / "bird" / "strip.png"
    Image.new("RGB", (300, 2)).save(narrow)
    (tmp_path / "list.csv").write_text(f"path,label\n{narrow},bird\n")
    if source == "training":
        image_source = SOURCES["folder"].open_part(TrainingPart(tmp_path))
    else:
        image_source = SOURCES[source](path=str(tmp_path if source == "folder" else tmp_path / "list.csv")).open()
    with pytest.raises(ValueError, match=r"strip\.png is 300x2; crop it nearer to a square"):
        image_source.item(0)
