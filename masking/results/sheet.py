"""A sheet: pictures, bars and measured text at fixed positions, written as PNG or as SVG from one layout."""

import base64
import io
import math
from dataclasses import dataclass, replace
from xml.sax.saxutils import quoteattr

from PIL import Image, ImageDraw, features
from torch import Tensor

from masking.image import to_picture
from masking.results.lettering import FAMILY, LINE, load_font, printable, shorten, text_width, wrap
from masking.results.markup import clean_text, markup_text
from masking.results.sentences import percent_text

INK, FAINT, PAPER, RULE = "#1b1f24", "#59616d", "#ffffff", "#d9dee5"
GAP = 16
SCALE = 2.0
"""Pixels of a PNG per unit of the layout: 4 panels are 2,200 pixels wide, 300 dpi over the width of a page."""


@dataclass(frozen=True)
class TextStyle:
    """How a text is set: its size, colour and weight."""

    size: float = 13
    colour: str = INK
    bold: bool = False

    @property
    def line(self) -> float:
        """Distance of two lines."""
        return round(LINE * self.size)

    def in_colour(self, colour: str) -> "TextStyle":
        """Return the same style in another colour."""
        return replace(self, colour=colour)


HEADING, TITLE, BODY, SMALL = TextStyle(17, bold=True), TextStyle(14, bold=True), TextStyle(), TextStyle(12, FAINT)


@dataclass(frozen=True)
class _Line:
    """One line of text; `left` and `baseline` are where it begins, or ends if it stands at the right."""

    text: str
    left: float
    baseline: float
    style: TextStyle
    at_right: bool = False

    def draw(self, canvas: Image.Image, pen: ImageDraw.ImageDraw, scale: float) -> None:
        font = load_font(self.style.size * scale, self.style.bold)
        position, anchor = (self.left * scale, self.baseline * scale), "rs" if self.at_right else "ls"
        direction = "ltr" if features.check("raqm") else None  # also where a line begins in Hebrew or Arabic
        text = printable(self.text)
        pen.text(position, text, fill=self.style.colour, font=font, anchor=anchor, direction=direction)

    def to_svg(self) -> str:
        weight = ' font-weight="bold"' if self.style.bold else ""
        anchor = ' text-anchor="end"' if self.at_right else ""
        return (
            f'<text x="{self.left:g}" y="{self.baseline:g}" font-size="{self.style.size:g}" fill="{self.style.colour}"'
            f"{weight}{anchor}>{markup_text(self.text)}</text>"
        )


@dataclass(frozen=True)
class _Box:
    """One filled rectangle."""

    left: float
    top: float
    width: float
    height: float
    colour: str

    def draw(self, canvas: Image.Image, pen: ImageDraw.ImageDraw, scale: float) -> None:
        left, top = round(self.left * scale), round(self.top * scale)
        right, bottom = round((self.left + self.width) * scale) - 1, round((self.top + self.height) * scale) - 1
        if right >= left and bottom >= top:
            pen.rectangle((left, top, right, bottom), fill=self.colour)

    def to_svg(self) -> str:
        sides = f'x="{self.left:g}" y="{self.top:g}" width="{self.width:g}" height="{self.height:g}"'
        return f'<rect {sides} fill="{self.colour}"/>'


@dataclass(frozen=True)
class _Picture:
    """One picture in a rectangle of its own shape."""

    picture: Image.Image
    left: float
    top: float
    width: float
    height: float
    text: str

    def draw(self, canvas: Image.Image, pen: ImageDraw.ImageDraw, scale: float) -> None:
        size = max(1, round(self.width * scale)), max(1, round(self.height * scale))
        canvas.paste(_resize(self.picture, size), (round(self.left * scale), round(self.top * scale)))

    def to_svg(self) -> str:
        buffer = io.BytesIO()
        self.picture.save(buffer, "PNG")
        source = f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()}"
        sides = f'x="{self.left:g}" y="{self.top:g}" width="{self.width:g}" height="{self.height:g}"'
        name = f"<title>{markup_text(self.text)}</title>" if self.text else ""
        rendering = 'preserveAspectRatio="none" style="image-rendering: pixelated"'
        return f'<image {sides} {rendering} xlink:href="{source}">{name}</image>'


class Layout:
    """What a sheet shows, and where: positions count from the upper left corner, in units of 1/96 inch."""

    def __init__(self, width: float):
        self.width = width
        self._shapes: list[_Line | _Box | _Picture] = []
        self._bottom = 0.0

    @property
    def height(self) -> float:
        """The lowest thing's lower edge, and a margin."""
        return self._bottom + GAP

    def write(
        self, text: str, left: float, top: float, width: float, style: TextStyle = BODY, lines: int | None = None
    ) -> float:
        """Write a text in as many lines as it needs, or in at most `lines`; return where the next line would begin."""
        for line in wrap(text, width, style.size, style.bold, lines):
            self._add(_Line(line, left, top + round(0.8 * style.line), style), top + style.line)
            top += style.line
        return top

    def write_right(self, text: str, right: float, top: float, style: TextStyle = BODY) -> float:
        """Write one line that ends at `right`; return how wide it is."""
        self._add(_Line(text, right, top + round(0.8 * style.line), style, at_right=True), top + style.line)
        return text_width(text, style.size, style.bold)

    def fill(self, left: float, top: float, width: float, height: float, colour: str) -> float:
        """Fill a rectangle; return its lower edge."""
        self._add(_Box(left, top, width, height, colour), top + height)
        return top + height

    def rule(self, top: float) -> float:
        """Draw a thin line over the whole width; return where to go on below it."""
        return self.fill(GAP, top, self.width - 2 * GAP, 1, RULE) + GAP / 2

    def bar(self, name: str, share: float, left: float, top: float, width: float, colour: str, ink: str = INK) -> float:
        """Draw a bar of a share of the width, 0 … 1, with its name and percentage; return where to go on below it."""
        style = TextStyle(12, ink)
        height = style.line + 2
        self.fill(left, top, width * share, height, colour)
        number = self.write_right(percent_text(share), left + width - 3, top + 1, style)
        self.write(shorten(name, width - number - 12, style.size), left + 4, top + 1, width, style, 1)
        return top + height + 2

    def paste(
        self, picture: Image.Image | Tensor, left: float, top: float, width: float, height: float, text: str = ""
    ) -> float:
        """Put a picture, or an image (1, 3, h, w), at a position, as large as fits; return its lower edge.

        It keeps its shape and its pixels, which are not smoothed. `text` says to screen readers what it shows.
        """
        picture = to_picture(picture) if isinstance(picture, Tensor) else picture.convert("RGB")
        ratio = min(width / picture.width, height / picture.height)
        own_width, own_height = picture.width * ratio, picture.height * ratio
        self._add(_Picture(picture, left, top, own_width, own_height, text), top + own_height)
        return top + own_height

    def _add(self, shape: _Line | _Box | _Picture, bottom: float) -> None:
        self._shapes.append(shape)
        self._bottom = max(self._bottom, bottom)

    def to_picture(self, scale: float = SCALE) -> Image.Image:
        """Draw everything with Pillow."""
        canvas = Image.new("RGB", (round(self.width * scale), round(self.height * scale)), PAPER)
        pen = ImageDraw.Draw(canvas)
        for shape in self._shapes:
            shape.draw(canvas, pen, scale)
        return canvas

    def to_png(self, scale: float = SCALE) -> bytes:
        """Return the sheet as the bytes of a PNG."""
        buffer = io.BytesIO()
        self.to_picture(scale).save(buffer, "PNG", dpi=(96 * scale, 96 * scale))
        return buffer.getvalue()

    def to_svg(self, title: str = "") -> str:
        """Return the sheet as SVG: text is text, pictures are part of the file."""
        size = f'width="{self.width:g}" height="{self.height:g}" viewBox="0 0 {self.width:g} {self.height:g}"'
        paper = _Box(0, 0, self.width, self.height, PAPER).to_svg()
        shapes = "\n".join([paper, *(shape.to_svg() for shape in self._shapes)])
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" {size} '
            f'font-family="{FAMILY}" role="img" '  # programs older than SVG 2 know pictures by xlink only
            f"aria-label={quoteattr(clean_text(title))}>\n<title>{markup_text(title)}</title>\n{shapes}\n</svg>\n"
        )


def _resize(picture: Image.Image, size: tuple[int, int]) -> Image.Image:
    """Return a picture at another size; enlarged pixels stay squares with sharp edges."""
    factor = max(1, math.ceil(max(size[0] / picture.width, size[1] / picture.height)))
    enlarged = picture.resize((factor * picture.width, factor * picture.height), Image.Resampling.NEAREST)
    return enlarged.resize(size, Image.Resampling.BOX)
