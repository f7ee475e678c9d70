"""Doors for pictures, masks, label maps and strokes."""

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks.hardening import bombs, hostile
from benchmarks.hardening.door import SIDE, Door, document_maker, json_of, words_door
from masking.datasets.sources.folder import open_with_masks
from masking.image import STORED_FORMATS, open_picture
from masking.masks.drawing import draw
from masking.masks.mask import Mask
from masking.masks.mask_file import read_object, read_present
from masking.masks.mask_text import keep_from_text, keep_to_text
from masking.segments.label_map import label_map


def _pictures() -> list[bytes]:
    values = np.random.default_rng(0).integers(0, 256, (SIDE, SIDE, 4)).astype(np.uint8)
    picture, exif = Image.fromarray(values), Image.Exif()
    exif[0x0112], exif[0x010E] = 6, "words"
    rgb, grey = picture.convert("RGB"), picture.convert("L")
    made = [
        bombs.encode(each, "PNG")
        for each in (picture, rgb, grey, grey.convert("1"), rgb.convert("P"), picture.convert("LA"))
    ]
    made += [bombs.encode(Image.fromarray(values[..., 0].astype(np.uint16) * 257), "PNG")]
    made += [bombs.encode(rgb, "JPEG", exif=exif), bombs.encode(rgb, "JPEG", progressive=True)]
    made += [bombs.encode(rgb.convert("CMYK"), "JPEG"), bombs.encode(picture, "WEBP"), bombs.encode(rgb, "GIF")]
    made += [
        bombs.encode(rgb, "BMP"),
        bombs.encode(rgb, "PPM"),
        bombs.encode(rgb, "TIFF", compression="tiff_lzw"),
    ]
    return [*made, bombs.encode(Image.fromarray(values[..., 0] / np.float32(255)), "TIFF")]


def _masks() -> list[bytes]:
    mask = Mask.box((SIDE, SIDE), 8, 8, 30, 30)
    levels = np.kron(np.arange(16).reshape(4, 4), np.ones((16, 16))).astype(np.uint8)
    return [
        mask.to_png(),
        bombs.encode(Image.fromarray(levels), "PNG"),
        bombs.encode(Image.fromarray(levels, "P"), "PNG"),
    ]


def _strokes(data: bytes, _: Path) -> object:
    try:
        strokes = json.loads(data)
    except (ValueError, RecursionError):
        return None  # the browser's own decoding comes before this door
    return draw(Mask.full((SIDE, SIDE)), strokes if isinstance(strokes, list) else [strokes]).digest


STROKES = [
    {"tool": "brush", "action": "hide", "points": [[0.2, 0.5], [0.4, 0.5]], "width": 0.1},
    {"tool": "lasso", "action": "show", "points": [[0.2, 0.5], [0.4, 0.5], [0.3, 0.9]]},
    {"tool": "rectangle", "action": "hide", "points": [[0.2, 0.5], [0.4, 0.9]]},
]


def _stroke_bombs() -> list[bytes]:
    many = [[(i % 7) / 7, (i % 11) / 11] for i in range(90_000)]
    strokes = [{"tool": tool, "action": "hide", "points": many, "width": 2} for tool in ("brush", "lasso", "polygon")]
    wide = [{"tool": "brush", "action": "hide", "points": [[0.5, 0.5]], "width": width} for width in (5e5, 1e308, -1)]
    return [hostile.to_json([stroke]) for stroke in (*strokes, *wide)]


def _with_masks(data: bytes, folder: Path) -> object:
    for name in ("images", "masks"):
        (folder / name).mkdir(exist_ok=True)
    Image.new("RGB", (SIDE, SIDE)).save(folder / "images" / "a.png")
    (folder / "masks" / "a.png").write_bytes(data)
    return open_with_masks(folder / "images", folder / "masks").item(0)


PICTURE_DOORS: Mapping[str, Door] = {
    "pictures": Door(
        lambda data, _: open_picture(data, formats=STORED_FORMATS), _pictures, bombs.picture_bombs, share=2
    ),
    "masks": Door(lambda data, _: read_present(data), lambda: [*_masks(), *_pictures()[:11]], bombs.picture_bombs),
    "object masks": Door(
        lambda data, _: read_object(data), lambda: [*_masks(), *_pictures()[:11]], bombs.picture_bombs
    ),
    "folders with masks": Door(_with_masks, _masks, share=0.3),
    "label maps": Door(
        lambda data, _: label_map(data, (SIDE, SIDE)),
        lambda: [
            bombs.npy(b"{'descr': '<i8', 'fortran_order': False, 'shape': (64, 64), }", data=bytes(32768)),
            *_masks(),
        ],
        lambda: [*bombs.array_bombs(), *bombs.picture_bombs()],
        share=1.5,
    ),
    "texts of masks": words_door(
        keep_from_text, keep_to_text(np.eye(64, dtype=bool)), "8192x8192.eJxj", "9x9." + "A" * 99
    ),
    "strokes": Door(_strokes, json_of(lambda: STROKES), _stroke_bombs, document_maker(hostile.to_json)),
}
