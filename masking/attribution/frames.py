"""Pictures that change step by step, as an animated GIF or as one sheet for PNG and SVG."""

import io
from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor

from masking.results.lettering import wrap
from masking.results.sheet import BODY, GAP, PAPER, SMALL, TITLE, Layout, TextStyle

SIDE, BETWEEN = 192, 10
"""Side of a picture, and the space between two of them."""
MILLISECONDS = 700
"""How long a GIF shows each step."""
COLOURS = 128
"""Colours of each frame of a GIF."""
MOST_ROWS = 21
"""The most rows of a sheet; of more steps, evenly spaced ones are shown."""


@dataclass(frozen=True, eq=False)
class Frame:
    """One step: pictures (1, 3, h, w) in [0, 1] by title, and a caption."""

    pictures: dict[str, Tensor]
    caption: str


@dataclass(frozen=True, eq=False)
class FrameSequence:
    """Frames of one picture with a heading: its first line is the title, the others say what it shows."""

    frames: Sequence[Frame]
    heading: Sequence[str] = ()

    @property
    def width(self) -> int:
        """Width of the pictures side by side, in units of a sheet."""
        return len(self.frames[0].pictures) * (SIDE + BETWEEN) - BETWEEN

    @property
    def heading_height(self) -> float:
        """Height of the heading with all its lines."""
        return sum(len(wrap(text, self.width, style.size, style.bold)) * style.line for text, style in self._styled)

    @property
    def row_height(self) -> float:
        """Height of a picture with the longest caption: nothing moves when it plays."""
        lines = max(len(wrap(frame.caption, self.width, BODY.size)) for frame in self.frames)
        return SIDE + lines * BODY.line + BETWEEN

    @property
    def _styled(self) -> list[tuple[str, TextStyle]]:
        return [(line, SMALL if number else TITLE) for number, line in enumerate(self.heading)]

    def draw(self, layout: Layout, left: float, top: float, steps: Sequence[int], heading_height: float) -> float:
        """Draw the heading and one row per step; return the lower edge."""
        above = top
        for text, style in self._styled:
            above = layout.write(text, left, above, self.width, style)
        top += heading_height + BETWEEN / 2
        for column, title in enumerate(self.frames[0].pictures):
            layout.write(title, left + column * (SIDE + BETWEEN), top, SIDE, SMALL, lines=1)
        top += SMALL.line
        for step in steps:
            frame = self.frames[step]
            for column, (title, picture) in enumerate(frame.pictures.items()):
                layout.paste(picture, left + column * (SIDE + BETWEEN), top, SIDE, SIDE, f"{title}. {frame.caption}")
            layout.write(frame.caption, left, top + SIDE + 2, self.width, BODY)
            top += self.row_height
        layout.fill(left, top, 0, 0, PAPER)  # short captions leave the frame as high as long ones do
        return top


def sequences_to_gif(sequences: Sequence[FrameSequence]) -> bytes:
    """Animate sequences of equal length one above the other, in an endless loop."""

    def draw(step: int) -> Layout:
        layout, top = Layout(2 * GAP + max(sequence.width for sequence in sequences)), GAP / 2
        for sequence in sequences:
            top = sequence.draw(layout, GAP, top, [step], sequence.heading_height)
        return layout

    first, *others = [draw(step).to_picture(1).quantize(COLOURS) for step in range(len(sequences[0].frames))]
    buffer = io.BytesIO()
    first.save(buffer, "GIF", save_all=True, append_images=others, duration=MILLISECONDS, loop=0)
    return buffer.getvalue()


def sequences_to_sheet(sequences: Sequence[FrameSequence]) -> Layout:
    """Draw sequences side by side, one row per step; of many steps, evenly spaced ones with the first and the last."""
    layout, left = Layout(GAP + sum(sequence.width + GAP for sequence in sequences)), GAP
    heading_height = max(sequence.heading_height for sequence in sequences)
    for sequence in sequences:
        rows = min(len(sequence.frames), MOST_ROWS)
        steps = [round(row * (len(sequence.frames) - 1) / max(1, rows - 1)) for row in range(rows)]
        sequence.draw(layout, left, GAP, steps, heading_height)
        left += sequence.width + GAP
    return layout
