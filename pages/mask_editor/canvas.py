"""The picture that one draws on: tools, pen, keys and the queue of strokes live in the browser.

It is as wide as its column. Strokes come in shares of the picture, so that its size on the screen does not matter, and
each stroke comes once, however often the browser repeats it.
"""

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_hex
from typing import Any

from streamlit.components import v2
from torch import Tensor

from masking.image import to_png
from masking.masks.drawing import Stroke

DRAWING = ("brush", "lasso", "rectangle", "ellipse", "polygon")
"""The tools that a user may choose from; a canvas with one tool shows no choice."""
MOST_STROKES = 200
"""More than a hand draws between two answers of the server; a browser can send anything."""
PEN = {"hide": "Hide", "show": "Show again"}
"""What a drawing tool does, and its title."""
HERE = Path(__file__)
_canvas = v2.component(
    "picture_canvas",
    js="".join(HERE.with_name(name).read_text("utf-8") for name in ("ink.js", "tool_bar.js", "canvas.js")),
    isolate_styles=False,
)


@dataclass
class Strokes:
    """The strokes of one canvas, each taken once.

    Attributes:
        session: marks the strokes that were drawn for it; a browser may bring back those of an earlier server.
        seen: the number of the last stroke taken.
    """

    session: str = field(default_factory=lambda: token_hex(8))
    seen: int = 0

    def take(self, canvas: Mapping[str, Any] | None) -> list[Stroke]:
        """Return the strokes that have come since, oldest first. Anything else that a browser may send is ignored."""
        sent = (canvas or {}).get("drawn")
        if not isinstance(sent, Mapping) or sent.get("session") != self.session:
            return []
        queue = sent.get("strokes")
        strokes = [stroke for stroke in queue if isinstance(stroke, Mapping)] if isinstance(queue, list) else []
        new = [stroke for stroke in strokes if isinstance(n := stroke.get("number"), int) and n > self.seen]
        self.seen = max([self.seen, *(stroke["number"] for stroke in new)])
        return new[:MOST_STROKES]


def draw_canvas(
    key: str,
    strokes: Strokes,
    picture: Tensor,
    *,
    name: str,
    description: str,
    on_stroke: Callable[[], None],
    tools: Sequence[str] = DRAWING,
    actions: Mapping[str, str] = PEN,
    hint: str = "",
) -> None:
    """Draw a picture (1, 3, h, w) to draw on.

    Args:
        key: where the session state holds what the browser sends.
        strokes: which of them have been taken.
        picture: with all that was drawn until now.
        name: what a screen reader calls the drawing area.
        description: the picture's alternative text.
        on_stroke: called before the page runs again because of a stroke.
        tools: those to choose from.
        actions: "hide" and "show" with their titles, to choose from; with one, or none, there is no choice.
        hint: what to do here; by default the browser says it for each tool.
    """
    _canvas(
        key=key,
        data={
            "picture": f"data:image/png;base64,{base64.b64encode(to_png(picture)).decode()}",
            "ratio": picture.shape[3] / picture.shape[2],
            "session": strokes.session,
            "seen": strokes.seen,
            "name": name,
            "description": description,
            "tools": list(tools),
            "actions": dict(actions),
            "hint": hint,
        },
        on_drawn_change=on_stroke,
    )
