"""Files with the iterations of attribution masks: animation, contact sheet, tables, arrays; and the command line."""

import io
import json
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st
from PIL import Image, ImageSequence

from masking.attribution import AttributionMasks
from masking.attribution.frames import MILLISECONDS
from masking.attribution.mask_sentences import NO_EVIDENCE
from masking.models.categories import class_text
from masking.registry.parsing import format_entry
from masking.results import tables
from pages.attribution.request import FilmRequest
from pages.components.exports import show_downloads, show_link
from pages.pickers.picture import is_in_project, picture_path, picture_png, picture_title

AS_ASKED = "as_asked"


@dataclass(frozen=True)
class Exports:
    """The content of the files.

    Attributes:
        masks: by name of the attribution.
        controls: by name of the test; they use the first attribution and belong beside all of its numbers.
        picture: title of the picture.
    """

    masks: Mapping[str, AttributionMasks]
    controls: Mapping[str, AttributionMasks]
    picture: str

    @property
    def all_masks(self) -> dict[str, AttributionMasks]:
        """Masks and tests together, named `attribution/test`."""
        first = next(iter(self.masks))
        as_asked = {f"{name}/{AS_ASKED}": each for name, each in self.masks.items()}
        return as_asked | {f"{first}/{name}": each for name, each in self.controls.items()}

    def to_csv(self) -> str:
        """Return a table with one row per attribution, test and step."""
        return tables.to_csv(
            [
                dict(zip(("attribution", "film"), name.split("/"), strict=True)) | row
                for name, each in self.all_masks.items()
                for row in each.rows
            ]
        )

    def to_json(self) -> str:
        """Return facts, rows and manifests as JSON text."""
        films = {name: json.loads(each.to_json()) for name, each in self.all_masks.items()}
        return json.dumps({"reading": NO_EVIDENCE, "films": films}, indent=2, ensure_ascii=False)

    def to_npz(self) -> bytes:
        """Return all arrays, named `attribution/test/array`."""
        arrays = {}
        for name, each in self.all_masks.items():
            with np.load(io.BytesIO(each.to_npz()), allow_pickle=False) as loaded:
                arrays |= {f"{name}/{array}": loaded[array] for array in loaded.files}
        buffer = io.BytesIO()
        np.savez_compressed(buffer, **arrays)
        return buffer.getvalue()

    def to_png(self) -> bytes:
        """Return the attributions' sheets side by side."""
        sheets = [Image.open(io.BytesIO(each.to_png(picture=self.picture))) for each in self.masks.values()]
        buffer = io.BytesIO()
        _join_horizontally(sheets).save(buffer, "PNG")
        return buffer.getvalue()

    def to_gif(self) -> bytes:
        """Return the attributions' animations one above the other."""
        steps = zip(*(_read_frames(each.to_gif(picture=self.picture)) for each in self.masks.values()), strict=True)
        first, *others = [_join_vertically(frames).quantize(128) for frames in steps]
        buffer = io.BytesIO()
        first.save(buffer, "GIF", save_all=True, append_images=others, duration=MILLISECONDS, loop=0)
        return buffer.getvalue()


def _read_frames(gif: bytes) -> Iterator[Image.Image]:
    return (frame.convert("RGB") for frame in ImageSequence.Iterator(Image.open(io.BytesIO(gif))))


def _join_horizontally(images: Sequence[Image.Image]) -> Image.Image:
    joined = Image.new("RGB", (sum(image.width for image in images), max(image.height for image in images)), "#ffffff")
    left = 0
    for image in images:
        joined.paste(image, (left, 0))
        left += image.width
    return joined


def _join_vertically(images: Sequence[Image.Image]) -> Image.Image:
    joined = Image.new("RGB", (max(image.width for image in images), sum(image.height for image in images)), "#ffffff")
    top = 0
    for image in images:
        joined.paste(image, (0, top))
        top += image.height
    return joined


def commands(request: FilmRequest, masks: Mapping[str, AttributionMasks]) -> str:
    """Return the command line that makes each attribution mask again, one line per attribution."""
    return "\n".join(_command(request, name, each) for name, each in masks.items())


def _command(request: FilmRequest, name: str, masks: AttributionMasks) -> str:
    options = {
        "classifier": request.classifier.name,
        "attribution": format_entry(name, request.attributions[name]),
        "target": class_text(int(masks.target[0]), request.classifier.categories),
        "iterations": masks.iterations,
        "device": request.classifier.device,
        "out": f"{name}.gif",
    }
    words = ["python", "-m", "masking", "attribution-mask", picture_path(request.picture)]
    for option, value in options.items():
        words += [f"--{option}", str(value)]
    return shlex.join(words)


def show_exports(
    request: FilmRequest, masks: Mapping[str, AttributionMasks], controls: Mapping[str, AttributionMasks] | None
) -> None:
    """Show the row of downloads; each file is made when somebody asks for it."""
    files = Exports(masks, controls or {}, picture_title(request.picture))
    with st.container(horizontal=True):
        show_link("picture, classifier, attributions, classes, iterations and step")
        show_downloads(
            [
                ("GIF", files.to_gif, "attribution_mask.gif", "image/gif"),
                ("PNG", files.to_png, "attribution_mask.png", "image/png"),
                ("CSV", files.to_csv, "attribution_mask.csv", "text/csv"),
                ("JSON", files.to_json, "attribution_mask.json", "application/json"),
                ("NPZ", files.to_npz, "attribution_mask.npz", "application/octet-stream"),
            ]
        )
        with st.popover("Command", icon=":material/terminal:"):
            st.caption(
                "These commands make the same masks. Run them in the folder of this project. "
                "Save own weights under the path in the command first."
            )
            st.code(commands(request, masks), language="bash", wrap_lines=True)
            if not is_in_project(request.picture):
                st.caption("The project does not contain this picture. Save it in the folder under this name first.")
                path = picture_path(request.picture)
                show_downloads([("Picture", lambda: picture_png(request.picture), path, "image/png")])
