"""A comparison as one picture: panels side by side, each with its prediction."""

import io
import textwrap
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageFont, ImageOps
from torch import Tensor

from masking.image import to_picture

SIDE = 256
GAP = 16
LINE = 18
INK, FAINT, BAR, PAPER, WARNING = "#1b1f24", "#5b6470", "#7aa6d8", "#ffffff", "#a33b20"
BARS = 5


@dataclass(frozen=True, eq=False)
class Panel:
    """One picture (1, 3, h, w), its most probable classes, its predictive entropy in bits and a remark."""

    title: str
    image: Tensor
    top: list[tuple[str, float]]
    entropy: float
    note: str = ""


def contact_sheet(panels: list[Panel], footer: str) -> bytes:
    """Draw the panels in one row, as the bytes of a PNG; all bars share one scale, 0 … 1."""
    width = GAP + len(panels) * (SIDE + GAP)
    notes = textwrap.wrap(footer, max(20, width // 8))
    remarks = max(len(_wrap_note(panel)) for panel in panels)
    height = 2 * GAP + SIDE + LINE * (BARS + 3 + remarks) + GAP + LINE * len(notes)
    canvas = Image.new("RGB", (width, height), PAPER)
    draw = ImageDraw.Draw(canvas)
    for column, panel in enumerate(panels):
        _draw_panel(canvas, draw, panel, GAP + column * (SIDE + GAP))
    for line, note in enumerate(notes):
        draw.text((GAP, height - GAP - LINE * (len(notes) - line)), note, fill=FAINT, font=_font(13))
    buffer = io.BytesIO()
    canvas.save(buffer, "PNG")
    return buffer.getvalue()


def _wrap_note(panel: Panel) -> list[str]:
    """Return the lines of a panel's remark."""
    return textwrap.wrap(panel.note, SIDE // 8)


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)


def _shorten(text: str, width: int, font: ImageFont.FreeTypeFont | ImageFont.ImageFont) -> str:
    while len(text) > 1 and font.getlength(text) > width:
        text = text[:-2] + "…"
    return text


def _draw_panel(canvas: Image.Image, draw: ImageDraw.ImageDraw, panel: Panel, left: int) -> None:
    draw.text((left, GAP // 2), panel.title, fill=INK, font=_font(15))
    top = GAP // 2 + LINE + 4
    picture = ImageOps.contain(to_picture(panel.image), (SIDE, SIDE), Image.Resampling.NEAREST)
    canvas.paste(picture, (left, top))
    font = _font(13)
    for rank, (category, probability) in enumerate(panel.top[:BARS]):
        y = top + SIDE + 6 + rank * LINE
        draw.rectangle((left, y, left + round(SIDE * probability), y + LINE - 3), fill=BAR)
        number = f"{probability:.1%}"
        draw.text((left + SIDE - font.getlength(number) - 3, y), number, fill=INK, font=font)
        draw.text((left + 3, y), _shorten(category, SIDE - 64, font), fill=INK, font=font)
    y = top + SIDE + 6 + BARS * LINE
    draw.text((left, y), f"predictive entropy {panel.entropy:.2f} bits", fill=FAINT, font=font)
    for line, note in enumerate(_wrap_note(panel), start=1):
        draw.text((left, y + line * LINE), note, fill=WARNING, font=font)
