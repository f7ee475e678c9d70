"""The walk of a window as a figure that the browser draws: `assets/widgets/window.js`."""

import base64
import io
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from masking.image import to_picture
from masking.layer_trace import RUNS
from masking.lessons.idea import Facts
from masking.lessons.parts import Widget
from masking.lessons.text import Text
from masking.masks.mask import Mask
from masking.methods import METHODS
from masking.models.classifier import Classifier
from masking.results.hatching import hatched

PICTURE = 224
"""The longest side of the small picture, in pixels; a window of it is a dot anyway."""
WORDS = (
    "back", "step", "play", "pause", "place", "mark", "strip", "grid", "cell", "sum", "reference", "off", "not_yet",
    "none", "bias", "hint", "hint_small", "left_out", "round", "round_one", "outside", "all_visible", "some_hidden",
    "filled", "all_hidden", "answers", "depth",
)  # fmt: skip
"""The entries of `window.words` that the browser fills in."""
PLACEHOLDERS = ("n", "total", "row", "column", "visible", "cells", "number", "rounds", "title", "value", "layer")


def window_widget(
    facts: Facts, fill: str, classifier: Classifier, image: Tensor, mask: Mask, text: Text, *, with_depth: bool = False
) -> Widget:
    """Return the figure of a walk.

    Args:
        facts: of `WindowWalk.facts`; for `with_depth` also `depth` of `depth_facts`.
        fill: name of the fill that the walk compares with layer masking.
        classifier: the one that has run; its normalisation gives the cells their colours.
        image: the picture (1, 3, h, w) in [0, 1].
        mask: the mask of the walk.
        text: the words.
        with_depth: whether the mask on its way through the network stands below.
    """
    titles = {"whole": text("window.whole"), "painted": METHODS[fill].title, "masked": METHODS["layer_masking"].title}
    styles = {"painted": METHODS[fill].style, "masked": METHODS["layer_masking"].style}
    middle = start_of(facts)
    data = {
        **{key: facts[key] for key in ("kernel", "dilation", "weights", "bias", "top", "left", "rounds", "cells")},
        "stops": facts["stops"],
        "start": middle,
        "unit": facts["spread"],
        "size": list(mask.size),
        "decimal": "," if text.number(0.5, 1) == "0,5" else ".",
        "colours": [text(f"window.{name}") for name in ("red", "green", "blue")],
        "runs": [
            {
                "name": name,
                "title": titles[name],
                "colour": styles[name].colour if name in styles else "",
                "pixels": _pixels(facts["cells"][name], classifier),
            }
            for name in RUNS
        ],
        "picture": _png(hatched(image.cpu(), mask.to("cpu")), PICTURE),
        "depth": [_stage(stage, text) for stage in facts["depth"]] if with_depth else [],
        "words": {name: _template(f"window.words.{name}", text) for name in WORDS},
    }
    return Widget("window", data, text("window.alt", fill=titles["painted"]))


def start_of(facts: Facts) -> int:
    """Return the stop that a walk is shown at first: the middle one of those whose window lies across the edge."""
    across = [number for number, stop in enumerate(facts["stops"]) if lies_across(facts, stop)]
    return across[len(across) // 2] if across else 0


def lies_across(facts: Facts, stop: Mapping[str, Any]) -> bool:
    """Return whether a window reads visible and hidden cells."""
    (height, width), (down, right) = facts["kernel"], facts["dilation"]
    top, left = stop["row"] - facts["top"], stop["column"] - facts["left"]
    read = {facts["rounds"][top + down * y][left + right * x] for y in range(height) for x in range(width)}
    return 0 in read and bool(read - {0, -2})


def depth_facts(keeps: Sequence[tuple[str, Tensor]]) -> list[dict[str, Any]]:
    """Return the visible cells of layers, bool (h, w) each, as JSON holds them."""
    return [
        {"layer": name, "visible": keep.double().mean().item(), "keep": Mask(keep[None, None]).to_text()}
        for name, keep in keeps
    ]


def _stage(stage: Mapping[str, Any], text: Text) -> dict[str, str]:
    mask = Mask.from_text(stage["keep"])
    rows, columns = mask.size
    share = text("window.visible", share=text.percent(stage["visible"]))
    side = 64
    cells = mask.keep.float().expand(1, 3, -1, -1) * 0.75 + 0.2
    zoom = max(1, side // max(mask.size))
    return {
        "title": f"{rows}×{columns}",
        "share": share,
        "picture": _png(cells.repeat_interleave(zoom, 2).repeat_interleave(zoom, 3), 2 * side),
    }


def _pixels(cells: Any, classifier: Classifier) -> list[list[str]]:
    """Return the colours of cells (colours, rows, columns) as hexadecimal digits; grey for networks of other inputs."""
    values = torch.tensor(cells)
    if len(values) == 3:
        mean, std = (tensor.float().cpu()[0] for tensor in (classifier.mean, classifier.std))
        values = values * std + mean
    else:
        values = values.mean(0, keepdim=True).expand(3, -1, -1) / 2 + 0.5
    numbers = (values.clamp(0, 1) * 255).round().int().permute(1, 2, 0).tolist()
    return [["{:02x}{:02x}{:02x}".format(*pixel) for pixel in row] for row in numbers]


def _png(image: Tensor, side: int) -> str:
    picture = to_picture(image)
    picture.thumbnail((side, side))
    content = io.BytesIO()
    picture.save(content, "png")
    return f"data:image/png;base64,{base64.b64encode(content.getvalue()).decode()}"


def _template(key: str, text: Text) -> str:
    """Return an entry with its placeholders as they are: the browser fills them in."""
    return text(key, **{name: f"{{{name}}}" for name in PLACEHOLDERS})
