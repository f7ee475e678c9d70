"""Files with the iterations of attribution masks: animation, contact sheet, tables, arrays; and the command line."""

import io
import json
import shlex
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import streamlit as st

from masking.attribution import AttributionMasks
from masking.attribution.frames import FrameSequence, sequences_to_gif, sequences_to_sheet
from masking.attribution.mask_sentences import NO_EVIDENCE, label_of
from masking.models.categories import class_text
from masking.registry.parsing import format_entry
from masking.results import tables
from masking.results.sheet import Layout
from pages.attribution.request import FilmRequest
from pages.components.exports import file_name, show_downloads, show_link
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
        """Return the attributions' frames side by side."""
        return self._to_sheet().to_png()

    def to_svg(self) -> str:
        """Return the same sheet as SVG."""
        return self._to_sheet().to_svg("; ".join(sequence.heading[0] for sequence in self._sequences()))

    def to_gif(self) -> bytes:
        """Return the attributions' animations one above the other."""
        return sequences_to_gif(self._sequences())

    def _to_sheet(self) -> Layout:
        return sequences_to_sheet(self._sequences())

    def _sequences(self) -> list[FrameSequence]:
        return [each.frame_sequence(picture=self.picture) for each in self.masks.values()]

    @property
    def array_bytes(self) -> int:
        """Size of all arrays before they are compressed, which saves little: attributions are like noise."""
        return sum(
            each.attributions.nbytes + each.products.nbytes + each.image.nbytes for each in self.all_masks.values()
        )


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
    title = picture_title(request.picture)
    files = Exports(masks, controls or {}, title)
    parts = title, label_of(next(iter(masks.values()))), " ".join(masks)

    def named(ending: str) -> str:
        return file_name("attribution mask", *parts, ending=ending)

    megabytes = max(1, round(files.array_bytes / 2**20))
    with st.container(horizontal=True):
        show_link("picture, classifier, attributions, classes, iterations and step")
        show_downloads(
            [
                ("GIF", files.to_gif, named("gif"), "image/gif"),
                ("PNG", files.to_png, named("png"), "image/png"),
                ("SVG", files.to_svg, named("svg"), "image/svg+xml"),
                ("CSV", files.to_csv, named("csv"), "text/csv"),
                ("JSON", files.to_json, named("json"), "application/json"),
                ("NPZ", files.to_npz, named("npz"), "application/octet-stream"),
            ],
            {"NPZ": f"All attributions and masks as arrays, up to {megabytes} MB"},
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
