"""Pictures that change step by step, as an animated GIF or as one sheet."""

import io
from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

from masking.image import to_picture

SIDE, GAP, LINE = 192, 8, 20
INK, FAINT, PAPER = "#1b1f24", "#5b6470", "#ffffff"
SUBSTITUTES = str.maketrans("×", "x")
"""Signs that Pillow's own font lacks, and their replacements."""
MILLISECONDS = 700
"""How long a GIF shows each step."""
MOST_ROWS = 21
"""The most rows of a sheet; of more steps, evenly spaced ones are shown."""


@dataclass(frozen=True, eq=False)
class Frame:
    """One step: pictures (1, 3, h, w) in [0, 1] by title, and a caption."""

    pictures: dict[str, Tensor]
    caption: str


def frames_to_gif(frames: Sequence[Frame], heading: Sequence[str] = ()) -> bytes:
    """Animate all frames in an endless loop, below the lines of a heading."""
    first, *others = [_draw([frame], heading).quantize(128) for frame in frames]
    buffer = io.BytesIO()
    first.save(buffer, "GIF", save_all=True, append_images=others, duration=MILLISECONDS, loop=0)
    return buffer.getvalue()


def frames_to_sheet(frames: Sequence[Frame], heading: Sequence[str] = ()) -> bytes:
    """Draw the frames as rows below a heading; of many, evenly spaced ones with the first and the last."""
    rows = min(len(frames), MOST_ROWS)
    selected = [frames[round(row * (len(frames) - 1) / max(1, rows - 1))] for row in range(rows)]
    buffer = io.BytesIO()
    _draw(selected, heading).save(buffer, "PNG")
    return buffer.getvalue()


def _draw(frames: Sequence[Frame], heading: Sequence[str]) -> Image.Image:
    titles = list(frames[0].pictures)
    width, row = GAP + len(titles) * (SIDE + GAP), SIDE + LINE + GAP
    above = GAP // 2 + len(heading) * LINE
    canvas = Image.new("RGB", (width, above + GAP // 2 + LINE + len(frames) * row), PAPER)
    draw, font = ImageDraw.Draw(canvas), ImageFont.load_default(13)
    for number, line in enumerate(heading):
        draw.text(
            (GAP, GAP // 2 + number * LINE), line.translate(SUBSTITUTES), fill=FAINT if number else INK, font=font
        )
    for column, title in enumerate(titles):
        draw.text((GAP + column * (SIDE + GAP), above), title, fill=FAINT, font=font)
    for number, frame in enumerate(frames):
        top = above + LINE + number * row
        for column, image in enumerate(frame.pictures.values()):
            picture = to_picture(image)
            scale = SIDE / max(picture.size)
            side = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
            canvas.paste(picture.resize(side, Image.Resampling.NEAREST), (GAP + column * (SIDE + GAP), top))
        draw.text((GAP, top + SIDE + 3), frame.caption, fill=INK, font=font)
    return canvas
