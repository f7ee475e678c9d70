"""A film of pictures that change step by step, as a GIF or as one sheet."""

import io
from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

from masking.image import to_picture

SIDE, GAP, LINE = 192, 8, 20
INK, FAINT, PAPER = "#1b1f24", "#5b6470", "#ffffff"
DRAWN = str.maketrans("×", "x")
"""Pillow's own font has no such sign."""
MILLISECONDS = 700
"""How long a GIF shows each step."""
MOST_ROWS = 21
"""A sheet of more steps would be too tall to look at; some are left out evenly."""


@dataclass(frozen=True, eq=False)
class Frame:
    """One step: pictures (1, 3, h, w) in [0, 1] by title, and a caption."""

    pictures: dict[str, Tensor]
    caption: str


def to_gif(frames: Sequence[Frame], heading: Sequence[str] = ()) -> bytes:
    """All frames one after the other, for ever, below the lines of a heading."""
    first, *others = [_drawn([frame], heading).quantize(128) for frame in frames]
    buffer = io.BytesIO()
    first.save(buffer, "GIF", save_all=True, append_images=others, duration=MILLISECONDS, loop=0)
    return buffer.getvalue()


def to_png(frames: Sequence[Frame], heading: Sequence[str] = ()) -> bytes:
    """The frames below a heading and one another, evenly chosen if they are many, with the first and the last."""
    rows = min(len(frames), MOST_ROWS)
    chosen = [frames[round(row * (len(frames) - 1) / max(1, rows - 1))] for row in range(rows)]
    buffer = io.BytesIO()
    _drawn(chosen, heading).save(buffer, "PNG")
    return buffer.getvalue()


def _drawn(frames: Sequence[Frame], heading: Sequence[str]) -> Image.Image:
    titles = list(frames[0].pictures)
    width, row = GAP + len(titles) * (SIDE + GAP), SIDE + LINE + GAP
    above = GAP // 2 + len(heading) * LINE
    sheet = Image.new("RGB", (width, above + GAP // 2 + LINE + len(frames) * row), PAPER)
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(13)
    for number, line in enumerate(heading):
        draw.text((GAP, GAP // 2 + number * LINE), line.translate(DRAWN), fill=FAINT if number else INK, font=font)
    for column, title in enumerate(titles):
        draw.text((GAP + column * (SIDE + GAP), above), title, fill=FAINT, font=font)
    for number, frame in enumerate(frames):
        top = above + LINE + number * row
        for column, image in enumerate(frame.pictures.values()):
            picture = to_picture(image)
            scale = SIDE / max(picture.size)
            side = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
            sheet.paste(picture.resize(side, Image.Resampling.NEAREST), (GAP + column * (SIDE + GAP), top))
        draw.text((GAP, top + SIDE + 3), frame.caption, fill=INK, font=font)
    return sheet
